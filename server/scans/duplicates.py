"""What clerks decide about pairs: compare them, merge them field by field, or keep both."""

from typing import Any, Final

import sqlalchemy as sa

from mobile_contract.base import Wire
from mobile_contract.extractions import ExtractionValues
from mobile_contract.forms import FormDefinition
from mobile_contract.identity import Role
from mobile_contract.ids import is_id, natural_id
from mobile_contract.problems import Refused
from mobile_contract.records import Kind, ReportValues
from mobile_contract.scans import (
    ComparedField,
    ComparedPlace,
    ComparedSide,
    Comparison,
    Confirmation,
    Duplicate,
    Duplicates,
    DuplicateState,
    MergeDuplicate,
    Side,
)
from mobile_contract.sync import Change, Patch
from server import forms, identity, projects
from server.identity import Caller
from server.kernel.clock import Clock, rfc3339
from server.kernel.database import Database
from server.kernel.journal import Journal
from server.replication import Replication, server_of, values_of
from server.scans import likeness, model, store
from server.scans.confirming import Confirming
from server.scans.events import DuplicateKept, DuplicateMerged
from server.scans.model import PAIRS, ExtractionAct, PairAct
from server.scans.pairs import Pairs
from server.scans.queue import refuse_if_claimed
from sync.state import Record

_DECIDED: Final = {PairAct.KEEP: DuplicateKept, PairAct.MERGE: DuplicateMerged}


class _Came(Wire, frozen=True, kw_only=True):
    """When a record came, and which extraction it was made of, if any."""

    received_at: str
    extraction: str | None = None


class DuplicateDecisions:
    """The service; the dependency ``duplicates``."""

    def __init__(
        self,
        db: Database,
        journal: Journal,
        replication: Replication,
        confirming: Confirming,
        pairs: Pairs,
        clock: Clock,
    ) -> None:
        self._db = db
        self._journal = journal
        self._replication = replication
        self._confirming = confirming
        self._pairs = pairs
        self._clock = clock

    async def listing(
        self, caller: Caller, state: DuplicateState, within: tuple[str | None, str | None], after: str, limit: int
    ) -> Duplicates:
        """Return a page of pairs of the scopes in which the caller is a clerk; ``within`` a project, a scope."""
        scopes = frozenset(scope for scope in caller.scopes() if Role.CLERK in caller.role_in(scope))

        def work(tx: sa.Connection) -> list[Duplicate]:
            named = projects.within(tx, *within)
            return store.listing(tx, scopes if named is None else scopes & named, state, after, limit)

        found = await self._db.read(work)
        return Duplicates(duplicates=tuple(found), next=found[-1].id if len(found) == limit else "")

    async def compare(self, caller: Caller, key: str) -> Comparison:
        """Return a pair compared field by field. Raises ``request.not_found``, ``identity.forbidden``."""
        return await self._db.read(lambda tx: self._compared(tx, self._mine(tx, caller, key)))

    async def keep(self, caller: Caller, key: str, reason: str) -> Duplicate:
        """Keep both of a pair, with a reason. Raises as :meth:`compare`, or ``scans.pair_decided``."""

        def work(tx: sa.Connection) -> Duplicate:
            pair = self._open(tx, caller, key, PairAct.KEEP)
            return self._settle(tx, caller, pair, PairAct.KEEP, reason, {})

        return await self._db.write(work)

    async def merge(self, caller: Caller, key: str, asked: MergeDuplicate) -> Duplicate:
        """Make one of the two, as the clerk chose: nothing of the other side is lost, its record stays as it was.

        Raises as :meth:`keep`, ``scans.choose_each`` with the paths that still need a choice, or
        ``scans.report_refused``.
        """

        def work(tx: sa.Connection) -> Duplicate:
            pair = self._open(tx, caller, key, PairAct.MERGE)
            compared = self._compared(tx, pair)
            chosen = _chosen(compared, asked)
            paper = self._extraction(tx, pair.extraction)
            scan = values_of(paper, ExtractionValues).scan
            refuse_if_claimed(tx, caller.person, scan, rfc3339(self._clock.now()))
            if compared.report is not None:
                self._into_report(tx, caller, paper, compared, chosen)
            else:
                older = self._extraction(tx, pair.other)
                taken = {field.path: field.paper for field in compared.fields if chosen.get(field.path) is Side.PAPER}
                self._confirming.confirm_in(tx, caller, older.id, Confirmation(corrections=taken))
                self._confirming.decide(tx, caller, paper, ExtractionAct.DISCARD)
            sides = {path: side.value for path, side in chosen.items()}
            return self._settle(tx, caller, pair, PairAct.MERGE, "", sides)

        return await self._db.write(work)

    def _into_report(
        self, tx: sa.Connection, caller: Caller, paper: Record, compared: Comparison, chosen: dict[str, Side]
    ) -> None:
        """Set what was chosen from the paper on the filed report, over what the clerk saw there."""
        report = self._replication.record(tx, compared.report or "")
        if report is None:
            raise Refused("request.not_found")
        filed, changes = values_of(report, ReportValues).fields, dict[str, Change]()
        for field in compared.fields:
            if chosen.get(field.path) is not Side.PAPER:
                continue
            _, name, row, column = [*field.path.split("/"), "", ""][:4]
            if row and row not in (filed.get(name) or {}):
                whole = changes.setdefault(f"fields/{name}/{row}", Change(value={}, was=None))
                whole.value[column] = field.paper
            else:
                changes[field.path] = Change(value=field.paper, was=field.other)
        patch = Patch(
            op_id=natural_id("op", "merge", compared.duplicate.id),
            n=0,
            scope=report.scope,
            kind=Kind.REPORT,
            id=report.id,
            at=rfc3339(self._clock.now()),
            unit=natural_id("unit", paper.id),
            set=changes,
        )
        self._confirming.decide(tx, caller, paper, ExtractionAct.CONFIRM, patch if changes else None, report.id)

    def _compared(self, tx: sa.Connection, pair: Duplicate) -> Comparison:
        paper = self._extraction(tx, pair.extraction)
        values = values_of(paper, ExtractionValues)
        form = forms.definition(tx, values.form, values.form_version) if values.form and values.form_version else None
        report = self._pairs.report_of(tx, pair.other)
        paper_side, other_side = self._side(tx, paper.id), self._side(tx, pair.other)
        if form is None:
            return Comparison(duplicate=pair, fields=(), report=report, paper_side=paper_side, other_side=other_side)
        ours, theirs = self._sides(tx, form, values, pair, report)
        known = likeness.labels(form)
        paper_at, other_at = (self._places(tx, form, side, report) for side in (paper_side, other_side))
        fields = tuple(
            ComparedField(
                path=path,
                label=likeness.label_of(path, known),
                paper=ours.get(path),
                other=theirs.get(path),
                differs=ours.get(path) != theirs.get(path),
                paper_at=paper_at.get(path),
                other_at=other_at.get(path),
            )
            for path in dict.fromkeys((*ours, *theirs))
        )
        return Comparison(duplicate=pair, fields=fields, report=report, paper_side=paper_side, other_side=other_side)

    def _side(self, tx: sa.Connection, key: str) -> ComparedSide | None:
        """Return what is shown of one side: a report that came from paper shows that paper."""
        record = self._replication.record(tx, key)
        if record is None:
            return None
        received_at, extraction = server_of(record, _Came).received_at, record
        if record.kind == Kind.REPORT:
            named = server_of(record, _Came).extraction
            found = self._replication.record(tx, named) if named is not None else None
            if found is None:
                return ComparedSide(record=key, received_at=received_at)
            extraction = found
        read = values_of(extraction, ExtractionValues)
        return ComparedSide(
            record=key, received_at=received_at, extraction=extraction.id, scan=read.scan, pages=read.rectified
        )

    def _places(
        self, tx: sa.Connection, form: FormDefinition, side: ComparedSide | None, report: str | None
    ) -> dict[str, ComparedPlace]:
        """Return where the answers of a side stand, by path: rows as in :meth:`_sides`."""
        if side is None or side.extraction is None:
            return {}
        read = values_of(self._extraction(tx, side.extraction), ExtractionValues)
        if (read.form, read.form_version) != (form.id, form.version):
            return {}
        filed = {} if report is None else model.paths_filed(form, report, model.report_fields(form, read, {}))
        return {
            filed.get(field.path, field.path): ComparedPlace(page=field.page, box=field.box) for field in read.fields
        }

    def _sides(
        self, tx: sa.Connection, form: FormDefinition, values: ExtractionValues, pair: Duplicate, report: str | None
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        """Return both sides, value by path: rows by id where one side is filed, else by their ordinal on the paper."""
        paper = model.report_fields(form, values, {})
        if report is not None:
            filed = self._replication.record(tx, report)
            there = values_of(filed, ReportValues).fields if filed is not None else {}
            return likeness.flat(form, model.with_row_ids(form, report, paper)), likeness.flat(form, there)
        older = values_of(self._extraction(tx, pair.other), ExtractionValues)
        same = (older.form, older.form_version) == (form.id, form.version)
        return likeness.flat(form, paper), likeness.flat(form, model.report_fields(form, older, {})) if same else {}

    def _settle(
        self,
        tx: sa.Connection,
        caller: Caller,
        pair: Duplicate,
        act: PairAct,
        reason: str,
        sides: dict[str, str],
    ) -> Duplicate:
        state = PAIRS.step(pair.state, act)
        at = rfc3339(self._clock.now())
        store.decide(tx, [pair.id], state, caller.person, at, reason)
        self._pairs.show(tx, caller.person, pair.extraction)
        event = _DECIDED[act](
            actor=caller.person,
            subject=pair.id,
            extraction=pair.extraction,
            other=pair.other,
            reason=reason,
            choices=sides,
        )
        self._journal.record(tx, pair.scope, event, at)
        return store.one(tx, pair.id) or pair

    def _open(self, tx: sa.Connection, caller: Caller, key: str, act: PairAct) -> Duplicate:
        """Return a pair that the caller may decide about, its scope locked. Raises ``scans.pair_decided``."""
        pair = self._journal.lock_for(tx, lambda: self._mine(tx, caller, key), lambda found: [found.scope])
        PAIRS.step(pair.state, act)
        return pair

    def _mine(self, tx: sa.Connection, caller: Caller, key: str) -> Duplicate:
        """Return a pair that the caller may decide about by the grants of now; else ``request.not_found``."""
        pair = store.one(tx, key) if is_id(key) else None
        holdings = identity.holdings(tx, caller.person)
        if pair is None or not holdings.holds(pair.scope):
            raise Refused("request.not_found")
        holdings.require(Role.CLERK, pair.scope)
        return pair

    def _extraction(self, tx: sa.Connection, key: str) -> Record:
        record = self._replication.record(tx, key)
        if record is None or record.kind != Kind.EXTRACTION:
            raise Refused("request.not_found")
        return record


def _chosen(compared: Comparison, asked: MergeDuplicate) -> dict[str, Side]:
    """Return the side for each path: chosen, or the only one with an answer. Raises ``scans.choose_each``."""
    differing = {field.path: field for field in compared.fields if field.differs}
    open_ = [
        path
        for path, field in differing.items()
        if path not in asked.choices and field.paper is not None and field.other is not None
    ]
    strange = sorted(asked.choices.keys() - {field.path for field in compared.fields})
    if strange:
        raise Refused("request.invalid", reason=strange[0][:200])
    if open_:
        raise Refused("scans.choose_each", paths=", ".join(open_[:20]))
    return {
        path: asked.choices.get(path, Side.OTHER if field.paper is None else Side.PAPER)
        for path, field in differing.items()
    }

"""Making reports of what a clerk confirms: a decision about an extraction, and what follows from it."""

import asyncio

import msgspec
import sqlalchemy as sa

from mobile_contract.base import Wire
from mobile_contract.extractions import Correction, ExtractionServer, ExtractionValues
from mobile_contract.forms import FormDefinition
from mobile_contract.identity import Role
from mobile_contract.ids import natural_id
from mobile_contract.problems import Refused
from mobile_contract.records import Kind, ReportValues, ScanValues
from mobile_contract.scans import Alternatives, Confirmation, Confirmed
from mobile_contract.states import ExtractionState
from mobile_contract.sync import AnyOp, Change, Create, Outcome, Patch, Receipt
from ocr.alternatives import alternatives
from server import forms, identity
from server.identity import Caller
from server.kernel.clock import rfc3339
from server.kernel.database import Database
from server.replication import Annotation, Replication, as_program, server_of, values_of
from server.scans import model
from server.scans import store as scans_store
from server.scans.judging import Judging
from server.scans.model import (
    EXTRACTIONS,
    PAIRS,
    ExtractionAct,
    ExtractionAnnotation,
    FiledAnnotation,
    Lists,
    PairAct,
    no_lists,
)
from server.scans.pairs import Pairs
from server.scans.queue import refuse_if_claimed
from sync.state import Record

#: The role under which the program writes.


class _Decision(Wire, frozen=True, kw_only=True):
    """What a decision sets of an extraction, as it is stored: what an op saw must not be a default in its place."""

    state: ExtractionState | None = None
    report: str | None = None


class Confirming:
    """The service; the dependency ``confirming``."""

    def __init__(
        self, db: Database, replication: Replication, judging: Judging, pairs: Pairs, lists: Lists = no_lists
    ) -> None:
        self._lists = lists
        self._db = db
        self._replication = replication
        self._judging = judging
        self._clock = judging.clock
        self._pairs = pairs

    async def confirm(self, caller: Caller, extraction: str, confirmation: Confirmation) -> Confirmed:
        """File the report that a clerk confirms. Confirming again gives the same answer.

        Raises ``request.not_found``, ``request.invalid`` (a path that is no field), ``identity.forbidden``,
        ``scans.claimed``, ``scans.decided``, ``scans.nothing_read``, ``scans.report_refused``, or
        ``scans.maybe_duplicate`` while it is undecided whether this paper is one that was read or filed before.
        """
        done = await self._db.write(lambda tx: self._confirm(tx, caller, extraction, confirmation))
        if isinstance(done, str):  # a pair that was found just now stays
            raise Refused("scans.maybe_duplicate", pair=done)
        return done

    def confirm_in(self, tx: sa.Connection, caller: Caller, extraction: str, confirmation: Confirmation) -> Confirmed:
        """Confirm inside the caller's transaction. Raises as :meth:`confirm`."""
        done = self._confirm(tx, caller, extraction, confirmation)
        if isinstance(done, str):
            raise Refused("scans.maybe_duplicate", pair=done)
        return done

    def _confirm(
        self, tx: sa.Connection, caller: Caller, extraction: str, confirmation: Confirmation
    ) -> Confirmed | str:
        """File the report and return it, or return the id of a pair that must be decided first."""
        record = self._replication.decidable(tx, caller.person, extraction, Kind.EXTRACTION, Role.CLERK)
        values = values_of(record, ExtractionValues)
        EXTRACTIONS.step(values.state, ExtractionAct.CONFIRM)
        refuse_if_claimed(tx, caller.person, values.scan, rfc3339(self._clock.now()))
        form = form_of(tx, values)
        if form is None:
            raise Refused("scans.nothing_read")
        fields = model.report_fields(form, values, confirmation.corrections)
        report = values.report or model.report_id(form, record.scope, extraction, fields)
        if values.state is ExtractionState.PROPOSED and (pair := self._undecided(tx, record, report)):
            return pair
        fields = model.with_row_ids(form, report, fields)
        filed = ReportValues(form=form.id, form_version=form.version, fields=fields)
        create = Create(
            op_id=natural_id("op", "report", extraction),
            n=0,
            scope=record.scope,
            kind=Kind.REPORT,
            id=report,
            at=rfc3339(self._clock.now()),
            unit=natural_id("unit", extraction),
            values=msgspec.to_builtins(filed),
        )
        receipt = self.decide(tx, caller, record, ExtractionAct.CONFIRM, create, report)
        # When the paper was written is unknown; that it was filed later says nothing.
        annotations: dict[str, Annotation] = {report: FiledAnnotation(source="scan", extraction=extraction, late=None)}
        if server_of(record, ExtractionServer).decided_by is None:  # confirmed again, nothing is learned
            by, at, put_right = caller.person, create.at, confirmation.corrections
            self._judging.learn_from(tx, record, values, put_right, by, at)
            corrected = {path: Correction(value=value, by=by, at=at) for path, value in put_right.items()}
            annotations[extraction] = ExtractionAnnotation(corrections=corrected or None)
        self._replication.annotate(tx, caller.person, annotations)
        return Confirmed(report=report, receipt=receipt)

    async def alternatives(self, caller: Caller, extraction: str) -> Alternatives:
        """Return what else the values of an extraction may be. Raises ``request.not_found``, ``identity.forbidden``."""

        def work(tx: sa.Connection) -> Alternatives:
            record = self._replication.decidable(tx, caller.person, extraction, Kind.EXTRACTION, Role.CLERK)
            read = values_of(record, ExtractionValues)
            form, scan = form_of(tx, read), self._replication.record(tx, read.scan)
            if form is None or scan is None:
                return Alternatives(fields={})
            year = model.year_of(values_of(scan, ScanValues))
            return Alternatives(fields=alternatives(form, read, self._lists(tx, record.scope), year))

        return await self._db.read(work)

    async def form_draft(self, caller: Caller, extraction: str) -> str:
        """Return a draft of a form, an XLSForm in its text form, of what stands on pages whose form is not known.

        Raises ``request.not_found``, ``identity.forbidden``, or ``scans.nothing_read`` where no such page is.
        """

        def work(tx: sa.Connection) -> ExtractionValues:
            record = self._replication.decidable(tx, caller.person, extraction, Kind.EXTRACTION, Role.CLERK)
            return values_of(record, ExtractionValues)

        values = await self._db.read(work)
        if not values.pairs and not values.tables:
            raise Refused("scans.nothing_read")
        sample = forms.Sample(pairs=values.pairs, tables=values.tables, lines=values.lines)
        return await asyncio.to_thread(forms.draft, sample)

    async def discard(self, caller: Caller, extraction: str) -> None:
        """Discard an extraction. Raises as :meth:`confirm` does."""

        def work(tx: sa.Connection) -> None:
            record = self._replication.decidable(tx, caller.person, extraction, Kind.EXTRACTION, Role.CLERK)
            scan = values_of(record, ExtractionValues).scan
            refuse_if_claimed(tx, caller.person, scan, rfc3339(self._clock.now()))
            self.discard_in(tx, caller, record)

        await self._db.write(work)

    def discard_in(self, tx: sa.Connection, caller: Caller, record: Record) -> None:
        """Discard an extraction inside the caller's transaction, with the undecided pairs of it."""
        self.decide(tx, caller, record, ExtractionAct.DISCARD)
        moot = [pair.id for pair in scans_store.open_of(tx, record.id)]
        scans_store.decide(tx, moot, PAIRS.after(PairAct.DISCARD), caller.person, rfc3339(self._clock.now()))
        self._pairs.show(tx, caller.person, record.id)

    def _undecided(self, tx: sa.Connection, record: Record, report: str) -> str | None:
        """Return an undecided pair of an extraction: one there is, or a new one with the report."""
        there = scans_store.open_of(tx, record.id)
        found = there[0] if there else self._pairs.filed_already(tx, record, report, rfc3339(self._clock.now()))
        return found.id if found is not None else None

    def decide(
        self,
        tx: sa.Connection,
        caller: Caller,
        record: Record,
        act: ExtractionAct,
        first: Create | Patch | None = None,
        report: str | None = None,
    ) -> Receipt:
        """Write the decision about an extraction, and ``first`` what follows from it for a report: together.

        Both stand under the name of who decides. Return the receipt of the first. Raises ``scans.decided`` or
        ``scans.report_refused``.
        """
        there = values_of(record, _Decision)
        decision = EXTRACTIONS.step(there.state or ExtractionState.PROPOSED, act)
        changes = {"state": Change(value=decision.value, was=there.state)}
        if report is not None:
            changes["report"] = Change(value=report, was=there.report)
        patch = Patch(
            op_id=natural_id("op", decision, record.id),
            n=0,
            scope=record.scope,
            kind=Kind.EXTRACTION,
            id=record.id,
            at=rfc3339(self._clock.now()),
            unit=natural_id("unit", record.id),
            set=changes,
        )
        work: list[AnyOp] = [patch] if first is None else [first, patch]
        # The clerk's own roles were asked above; the program's role lets this one patch through beside them.
        actor = as_program(record.scope, caller, identity.holdings(tx, caller.person).role_in(record.scope))
        receipts = self._replication.apply_in(tx, actor, work)
        for receipt in receipts:
            if receipt.outcome is Outcome.PARKED:
                raise Refused("scans.report_refused", reason=receipt.code)
        decided = ExtractionAnnotation(decided_by=caller.person, decided_at=patch.at)
        if server_of(record, ExtractionServer).decided_by is None:
            self._replication.annotate(tx, caller.person, {record.id: decided})
        return receipts[0]


def form_of(tx: sa.Connection, values: ExtractionValues) -> FormDefinition | None:
    """Return the version of the form that an extraction names; None where it names none that is known."""
    return forms.definition(tx, values.form, values.form_version) if values.form and values.form_version else None

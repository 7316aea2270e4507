"""Examining captures when the journal lists one, and people's decisions about what was found.

A capture is stored in a transaction of its own before it is compared: of two that arrive at once, at least one sees
the other. Looking again at the same facts changes nothing.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

import msgspec
import sqlalchemy as sa

from media import evidence
from media.evidence import CaptureClaim, CaptureFacts, Finding
from mobile_contract.evidence import EvidenceFlag, EvidenceItem, EvidenceList, EvidenceState
from mobile_contract.media import FileState, MediaFacts
from mobile_contract.problems import Refused
from mobile_contract.records import Kind
from mobile_contract.sync import Create
from server import projects
from server.evidence import model, store
from server.evidence.events import EvidenceConfirmed, EvidenceDismissed, EvidenceReopened
from server.evidence.model import FlagAct
from server.identity import WORKER, Caller, granted_since
from server.jobs import Handler, Job
from server.kernel.clock import Clock, rfc3339
from server.kernel.database import Database
from server.kernel.events import Event, Received
from server.kernel.journal import Journal
from server.replication import ParkedApplied, RecordMoved, Replication
from server.uploads import BlobExamined, Uploads
from sync.state import Record

AT_ONCE = 200
_DECIDED: Final = {
    EvidenceState.DISMISSED: EvidenceDismissed,
    EvidenceState.CONFIRMED: EvidenceConfirmed,
    EvidenceState.OPEN: EvidenceReopened,
}


class Evidence:
    """The service; the dependency ``evidence``. ``handlers`` are its jobs."""

    def __init__(
        self, db: Database, journal: Journal, replication: Replication, uploaded: Uploads, clock: Clock
    ) -> None:
        self._db = db
        self._journal = journal
        self._replication = replication
        self._uploads = uploaded
        self._clock = clock
        made = (Received(Create, Kind.PHOTO), Received(Create, Kind.CHECK_IN), ParkedApplied, RecordMoved)
        self.handlers: tuple[Handler[Any], ...] = (
            Handler(kind="evidence.captured", args=Event, on=made, run=self.on_captured),
            Handler(kind="evidence.examined", args=BlobExamined, on=(BlobExamined,), run=self.on_examined),
        )

    # -- looking ------------------------------------------------------------------------------------------------------

    async def on_captured(self, job: Job[Event]) -> None:
        """Examine a record that was written, moved, or parked until now. A job handler."""
        await self._look(job.args.subject)

    async def on_examined(self, job: Job[BlobExamined]) -> None:
        """Examine again what cites a file whose facts are new. A job handler."""
        after, more = "", True
        while more:
            sha256, page = job.args.subject, after
            found = await self._db.read(lambda tx, sha=sha256, page=page: store.with_file(tx, sha, page, AT_ONCE))  # type: ignore[misc]
            for record in found:
                await self._look(record)
            more, after = len(found) == AT_ONCE, found[-1] if found else ""

    async def _look(self, key: str) -> None:
        def put_down(tx: sa.Connection) -> tuple[Record, CaptureClaim, MediaFacts | None] | None:
            record = self._captured(tx, key)
            if record is None:
                return None
            facts = self._facts(tx, record)
            claim = model.claim_of(record, facts, self._around(tx, record))
            store.keep(tx, record.scope, claim.capture)
            return record, claim, facts

        looked = await self._db.write(put_down)
        if looked is None:
            return
        record, claim, facts = looked
        at = rfc3339(self._clock.now())

        def compare(tx: sa.Connection) -> None:
            found = [*evidence.check_claim(claim, facts), *_compared(tx, record.scope, claim.capture)]
            if not found and not store.any_about(tx, record.id):
                return  # the usual case: no wait for a lock on the scope
            rows = [model.finding_row(record.id, finding, at) for finding in found]
            others = {finding.other for finding in found if finding.other is not None}
            sides = self._lock(tx, {record.id, *others, *store.beside(tx, record.id, model.BESIDE)})
            store.find(tx, rows)
            store.withdraw(tx, record.id, [row["id"] for row in rows])
            self._show(tx, WORKER.person, sides)

        await self._db.write(compare)

    def _around(self, tx: sa.Connection, record: Record) -> model.Around:
        return model.Around(
            site=projects.site_of(tx, record.scope),
            fences=projects.fences_of(tx, record.scope, model.moment_of(record)),
            granted_at=granted_since(tx, model.person_of(record), record.scope),
        )

    def _captured(self, tx: sa.Connection, key: str) -> Record | None:
        record = self._replication.meant(tx, key)
        return record if record is not None and record.kind in model.CAPTURED and not record.deleted else None

    def _facts(self, tx: sa.Connection, record: Record) -> MediaFacts | None:
        """Return what the bytes of a record's file say, if the readers of its scope may read them."""
        files = self._uploads.receipts(tx, record.scope, record.id)
        stored = [file.sha256 for file in files if file.state is FileState.STORED]
        return next(iter(self._uploads.facts(tx, stored).values()), None)

    def _lock(self, tx: sa.Connection, sides: Iterable[str]) -> dict[str, str]:
        """Lock the scopes of records; return scope by record. Only then write: flags on a record are set as a whole."""
        scopes = self._scopes(tx, sides)
        self._journal.lock(tx, scopes.values())
        return scopes

    def _scopes(self, tx: sa.Connection, keys: Iterable[str]) -> dict[str, str]:
        found = ((key, self._replication.record(tx, key)) for key in keys)
        return {key: record.scope for key, record in found if record is not None}

    def _show(self, tx: sa.Connection, actor: str, sides: Mapping[str, str]) -> None:
        """Bring the flags on locked records (with their scopes) up to date.

        A feed shows what all its readers may read: comparisons within its scope.
        """
        changes = {}
        for key, scope in sides.items():
            rows = store.standing(tx, key, model.SHOWN)
            others = {row.id: row.other if row.record == key else row.record for row in rows}
            scopes = {**self._scopes(tx, filter(None, {*others.values()} - sides.keys())), **sides}
            flags = [_flag(row, others[row.id]) for row in rows if scopes.get(others[row.id] or key) == scope]
            changes[key] = model.FlagsAnnotation(flags=tuple(flags) or None)
        self._replication.annotate(tx, actor, changes)

    # -- reviewing ----------------------------------------------------------------------------------------------------

    async def listing(
        self, caller: Caller, state: EvidenceState, asked: model.Asked, after: str, limit: int
    ) -> EvidenceList:
        """Return a page of flags for a reviewer: all sides in scopes where the caller is clerk or supervisor.

        Administrators see what was found across two scopes: often no one reviews both.
        """
        scopes = [scope for scope in caller.scopes() if caller.role_in(scope) & model.REVIEWERS]

        def work(tx: sa.Connection) -> Sequence[Any]:
            narrower = store.asked_for(projects.within(tx, asked.project, asked.scope), asked.code)
            return store.listing(tx, scopes, state, after, limit, across=caller.admin, narrower=narrower)

        rows = await self._db.read(work)
        items = tuple(_item(row) for row in rows)
        return EvidenceList(flags=items, next=items[-1].id if len(items) == limit else "")

    async def decide(self, caller: Caller, key: str, act: FlagAct, reason: str) -> EvidenceItem:
        """Dismiss, confirm or reopen a flag, with a reason; a later decision takes the place of an earlier one.

        Raises ``request.not_found``, ``identity.forbidden`` or ``evidence.own``.
        """
        now = rfc3339(self._clock.now())

        def work(tx: sa.Connection) -> EvidenceItem:
            row = self._journal.lock_for(
                tx,
                lambda: self._reviewed(tx, caller, key),
                lambda found: self._scopes(tx, _sides(found)).values(),
            )
            sides = self._scopes(tx, _sides(row))
            state = model.FLAGS.step(EvidenceState(row.state), act)
            if state is None:
                raise model.FLAGS.refusal(row.state, act)
            store.decide(tx, key, {"state": state.value, "by": caller.person, "at": now, "reason": reason})
            event = _DECIDED[state](
                actor=caller.person,
                subject=key,
                code=row.code,
                record=row.record,
                other=row.other,
                was=row.state,
                reason=reason,
            )
            for scope in sorted({sides[side] for side in _sides(row)}):
                self._journal.record(tx, scope, event, now)
            self._show(tx, caller.person, sides)
            return _item(store.one(tx, key))

        return await self._db.write(work)

    def _reviewed(self, tx: sa.Connection, caller: Caller, key: str) -> Any:
        row = store.one(tx, key)
        scopes = () if row is None else {row.scope, row.other_scope or row.scope}
        arbiter = caller.admin and len(scopes) == 2  # of what was found across them
        if row is None or not (arbiter or all(map(caller.holds, scopes))):
            raise Refused("request.not_found")
        if not arbiter and not all(caller.role_in(scope) & model.REVIEWERS for scope in scopes):
            raise Refused("identity.forbidden")
        if caller.person in (row.person, row.other_person):
            raise Refused("evidence.own")
        return row


def _compared(tx: sa.Connection, scope: str, capture: CaptureFacts) -> Iterable[Finding]:
    """Return findings of a capture beside others: of its file, of its looks, of its person."""
    for other in store.same_file(tx, scope, capture, model.PAIRS):
        yield from evidence.pair(capture, other)
    alike = [found for other in store.looking_alike(tx, scope, capture) for found in evidence.pair(capture, other)]
    pictures = [found for found in alike if found.code != "evidence.same_file"]
    yield from sorted(pictures, key=lambda found: (found.params["earlier"], found.other or ""))[: model.PAIRS]
    for other in store.neighbours(tx, capture):
        yield from evidence.journey(capture, other)


def _sides(row: Any) -> set[str]:
    return {side for side in (row.record, row.other) if side}


def _flag(row: Any, other: str | None) -> EvidenceFlag:
    return EvidenceFlag(
        id=row.id,
        code=row.code,
        params=msgspec.json.decode(row.params),
        other=other,
        state=EvidenceState(row.state),
    )


def _item(row: Any) -> EvidenceItem:
    columns = {name: getattr(row, name) for name in EvidenceItem.__struct_fields__}
    return EvidenceItem(**columns | {"params": msgspec.json.decode(row.params), "state": EvidenceState(row.state)})

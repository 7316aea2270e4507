"""The exchange, and the one door for all that is not a phone: ``apply`` for values, ``annotate`` for the server's.

If a push is refused – by the database, or by a projection that cannot work with it – everything is rolled back and
the units are planned afresh one by one; the one that is refused again is parked: answering 500 would have its phone
send it for ever, and everything behind it wait.
"""

import logging
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TypeVar

import msgspec
import sqlalchemy as sa
from msgspec.structs import replace

from mobile_contract.archive import ArchivedRecords, ArchiveRecords
from mobile_contract.identity import Role
from mobile_contract.parked import ApplyParked, ParkedState
from mobile_contract.problems import Refused
from mobile_contract.records import VersionChanges
from mobile_contract.repair import BucketsAsked
from mobile_contract.states import ParkedOpState
from mobile_contract.sync import AnyOp, Limits, Receipt, SyncRequest
from server.identity import WORKER, Quarantine
from server.identity import holdings as holdings_of
from server.jobs import Job
from server.kernel.clock import Clock, new_id, rfc3339
from server.kernel.database import Database, would_fail_again
from server.kernel.files import FileNews
from server.kernel.journal import SYSTEM, Journal
from server.replication import store
from server.replication.archiving import archive, restore
from server.replication.events import DatabaseRestored
from server.replication.model import Actor, Files, Known, PushContext, RolesOf, SyncedKind, Tuning
from server.replication.pace import Pace
from server.replication.parked import NotApplied, ParkedOps
from server.replication.reading import FeedReader
from server.replication.waiting import Narrower, Uncovered
from server.replication.wake import Wakes
from server.replication.writing import ATTEMPTS, Writer
from sync import ops, quarantine
from sync.parking import kept_op
from sync.policy import PARKED
from sync.push import told, units
from sync.state import PushPlan, Record, Sent
from sync.typed import Annotation

log = logging.getLogger("plumbline")

T = TypeVar("T")
_USUAL = Tuning()


class Replication:
    """Owns records, receipts and the feed. It knows kinds only as rows of the registry it is given."""

    def __init__(  # noqa: PLR0913, PLR0917 - one for each room it stands on
        self,
        db: Database,
        journal: Journal,
        kinds: Iterable[SyncedKind],
        held: RolesOf,
        clock: Clock,
        limits: Limits,
        tuning: Tuning = _USUAL,
        files: Files | None = None,
        known: Known = lambda _tx, _person, _scope: True,
    ) -> None:
        self._db = db
        self._journal = journal
        self._clock = clock
        self._reader = FeedReader(held, clock, limits)
        self.pace = Pace(tuning, time.monotonic)
        self._push_bytes = tuning.push_bytes
        self.wakes = Wakes(db, self._reader.scopes, tuning)
        self._writer = Writer(journal, kinds, held, clock, limits, self.wakes.committed, files, known, tuning)
        self._parked = ParkedOps(self._writer, limits)
        self.limits = limits

    async def start(self) -> None:
        """Return a new database its epoch."""
        await self._db.write(store.found_epoch)

    async def restored(self, actor: str) -> str:
        """Note that this database came from a backup: it gets a new epoch, by which every phone learns of it.

        They send again what they keep, in their order, and read everything anew. Return the epoch.
        """

        def work(tx: sa.Connection) -> str:
            epoch = store.change_epoch(tx)
            event = DatabaseRestored(actor=actor, subject=epoch)
            self._journal.record(tx, SYSTEM, event, rfc3339(self._clock.now()))
            return epoch

        return await self._db.write(work)

    # -- phones -------------------------------------------------------------------------------------------------------

    async def exchange(self, actor: Actor, request: SyncRequest) -> bytes:
        """Take a phone's ops and give a page of changes: the body of a ``SyncAnswer``, as JSON bytes."""
        self._refuse_too_many(request)
        plans: list[PushPlan] = []
        cursor = request.cursor
        if request.ops:
            if not cursor.epoch:  # a new phone's; the server may be restored between its ops and its page
                cursor = msgspec.structs.replace(cursor, epoch=await self._db.read(store.epoch))
            sent = ops.decode(request.ops, self.limits)
            plans = await self._push(actor, sent, PushContext(cursor=cursor, clock=request.clock))
        return await self._db.read(lambda tx: self._reader.page(tx, actor, cursor, *told(plans)))

    async def quarantine(self, actor: Actor, request: SyncRequest, device: Quarantine) -> bytes:
        """Take the ops of a device that is trusted no more: each is parked, and nothing is given but receipts.

        Raise ``identity.quarantine_full`` when it has handed in too much, ``identity.device_wiped`` when it is over.
        """
        plans: list[PushPlan] = []
        epoch = await self._db.read(store.epoch)
        wipe = quarantine.is_through(request, epoch, lost=device.lost)
        if wipe:
            await self._db.write(device.tell_to_wipe)
        elif request.ops:
            self._refuse_too_many(request)
            sent = quarantine.quarantined(ops.decode(request.ops, self.limits))
            context = PushContext(clock=request.clock, skip_waiting=True, device=device)
            without_roles = Actor(person=actor.person, replica=actor.replica, roles={})  # who holds nothing
            plans = await self._push(without_roles, sent, context)
        receipts, notices = told(plans)
        now = rfc3339(self._clock.now())
        answer = quarantine.answer(request, epoch, receipts, notices, wipe=wipe, now=now, limits=self.limits)
        return msgspec.json.encode(answer)

    def _refuse_too_many(self, request: SyncRequest) -> None:
        if len(request.ops) > self.limits.ops_per_exchange:
            raise Refused("request.too_large", limit=self.limits.request_bytes)

    async def _push(self, actor: Actor, sent: list[Sent], context: PushContext) -> list[PushPlan]:
        """Write ops in as many transactions as their weight asks for: between two, others have their turn."""
        plans: list[PushPlan] = []
        while sent and (not plans or plans[-1].answers):  # under a foreign cursor nothing is taken
            try:
                plans.append(await self._write(actor, sent, replace(context, weight=self._push_bytes)))
            except Refused:
                raise
            except Exception as error:
                if not would_fail_again(error):
                    raise
                log.warning("a push was refused; replaying it unit by unit", exc_info=error)
                plans += [await self._push_unit(actor, unit, context) for unit in units(sent)]
                break
            sent = sent[len(plans[-1].answers) :]
        return plans

    async def _push_unit(self, actor: Actor, unit: list[Sent], context: PushContext) -> PushPlan:
        # A unit may be refused because of what waited for its records: then it goes without.
        for skip_waiting in (False, True):
            try:
                return await self._write(actor, unit, replace(context, skip_waiting=skip_waiting))
            except Refused:
                raise
            except Exception as error:
                if not would_fail_again(error):
                    raise
                reference = new_id()
                log.error("a unit was refused, reference %s", reference, exc_info=error)
        refused = {item.body_hash: reference for item in unit}
        return await self._write(actor, unit, replace(context, refused=refused, skip_waiting=True))

    async def _write(self, actor: Actor, sent: Sequence[Sent], context: PushContext) -> PushPlan:
        return await self._covering(
            lambda tx, extra_scopes: self._writer.push(tx, actor, sent, replace(context, extra_scopes=extra_scopes)),
        )

    async def _covering(self, work: Callable[[sa.Connection, frozenset[str]], T]) -> T:
        """Run work in a transaction; as often as it finds that it must lock more scopes, run it afresh with those."""
        extra_scopes: frozenset[str] = frozenset()
        for _ in range(ATTEMPTS):
            try:
                return await self._db.write(lambda tx, extra_scopes=extra_scopes: work(tx, extra_scopes))  # type: ignore[misc]
            except Uncovered as found:
                extra_scopes |= found.scopes
        raise Refused("server.busy", seconds=1)

    # -- all others ---------------------------------------------------------------------------------------------------

    async def apply(self, actor: Actor, work: Sequence[AnyOp]) -> list[Receipt]:
        """Apply ops of the desk or of a machine, answered at once; ``op_id`` makes it safe to repeat."""
        return await self._covering(lambda tx, extra_scopes: self._writer.apply(tx, actor, work, extra_scopes))

    def apply_in(self, tx: sa.Connection, actor: Actor, work: Sequence[AnyOp]) -> list[Receipt]:
        """Apply ops inside the caller's transaction. An op id that was answered before gets its old receipt."""
        extra_scopes: frozenset[str] = frozenset()
        for _ in range(ATTEMPTS):
            try:
                with tx.begin_nested():
                    return self._writer.apply(tx, actor, work, extra_scopes)
            except Uncovered as found:
                extra_scopes |= found.scopes
        raise Refused("server.busy", seconds=1)

    def hold(self, tx: sa.Connection, scope: str) -> None:
        """Lock a scope until commit, so that what is read of its records is still so when they are annotated."""
        self._writer.hold(tx, scope)

    def hold_for(self, tx: sa.Connection, read: Callable[[], Record]) -> Record:
        """Return a record, its scope locked until commit. Raise what ``read`` raises, and ``server.busy``."""
        return self._writer.hold_for(tx, read)

    def annotate(self, tx: sa.Connection, actor: str, changes: Mapping[str, Annotation]) -> int:
        """Set server values of records by id, in the caller's transaction. Return how many changed.

        Records that do not exist are passed over. What changes takes a new place in its scope's feed.
        """
        return self._writer.annotate(tx, actor, changes)

    def tell_of_file(self, tx: sa.Connection, actor: str, sha256: str) -> None:
        """Put what has become of a file on the records that need it, in the caller's transaction."""
        self._writer.tell_of_file(tx, actor, sha256)

    async def on_blob_arrived(self, job: Job[FileNews]) -> None:
        """Put a file's arrival, or its loss, on the records of one scope that need it: they move up the feed."""
        sha256, scope = job.args.subject, job.args.scope

        def work(tx: sa.Connection) -> None:
            self.hold(tx, scope)  # what a push changes meanwhile, its own citations say
            self._writer.tell_of_file(tx, WORKER.person, sha256, scope)

        await self._db.write(work)

    def move(self, tx: sa.Connection, actor: str, ids: Iterable[str], scope: str) -> int:
        """Move records to another scope, in the caller's transaction. Return how many moved.

        Deleted ones, unknown ones and those that are there already are passed over. Raise ``server.busy`` when one
        is being moved by another transaction.
        """
        return self._writer.move(tx, actor, ids, scope)

    def forget(self, tx: sa.Connection, forgotten: Mapping[str, Sequence[str]]) -> None:
        """Drop what stands beside records that the feed forgets, given as ids by kind, in the caller's transaction."""
        self._writer.forget(tx, forgotten)

    async def archive(self, actor: Actor, asked: ArchiveRecords) -> ArchivedRecords:
        """Put records into the archive of their scope, or bring them back, for a supervisor or administrator.

        Raise ``request.not_found``, ``identity.forbidden``, or ``server.busy`` where one is being moved.
        """
        return await self._db.write(lambda tx: archive(tx, self._writer, actor, asked))

    async def restore(self, actor: Actor, record_id: str, reason: str) -> bytes:
        """Bring a deleted record back, and give its feed entry.

        Raise ``request.not_found`` – also when the feed has forgotten it – or ``identity.forbidden``.
        """

        def work(tx: sa.Connection) -> bytes:
            restore(tx, self._writer, actor, record_id, reason)
            return store.entry(*store.by_id(tx, [record_id]))

        return await self._db.write(work)

    # -- parked ops ---------------------------------------------------------------------------------------------------

    async def parked(
        self, actor: Actor, state: str, after: str, limit: int, narrower: Narrower = lambda _tx: ()
    ) -> bytes:
        """Return a page of the parked ops that an actor may see, the oldest first: a ``ParkedList`` as JSON bytes."""
        return await self._db.read(lambda tx: self._parked.listing(tx, actor, state, after, limit, narrower(tx)))

    async def retry_parked(self, actor: Actor, key: str, reason: str | None) -> ParkedState:
        """Have a parked op tried again under its author. Raise ``request.not_found`` or ``parked.settled``."""
        return await self._covering(lambda tx, extra_scopes: self._parked.retry(tx, actor, key, reason, extra_scopes))

    async def retry_waiting(self, key: str) -> None:
        """Try a parked op again because what it waited for has come; what is settled meanwhile stays as it is."""
        await self._covering(lambda tx, extra_scopes: self._parked.retry_waiting(tx, key, extra_scopes))

    async def apply_parked(self, actor: Actor, key: str, asked: ApplyParked) -> ParkedState:
        """Apply a parked op, corrected, under who decides. One that cannot be applied waits on, and ``code`` says why.

        Raise ``request.not_found``, ``parked.settled``, or a ``value.…`` for an op outside the model of values.
        """
        try:
            return await self._covering(
                lambda tx, extra_scopes: self._parked.apply(tx, actor, key, asked, extra_scopes)
            )
        except NotApplied as refused:
            return ParkedState(id=key, state=ParkedOpState.WAITING, code=refused.code)

    async def discard_parked(self, actor: Actor, key: str, reason: str) -> ParkedState:
        """Discard a parked op for good, with a reason. Raise ``request.not_found`` or ``parked.settled``."""
        return await self._db.write(lambda tx: self._parked.discard(tx, actor, key, reason))

    async def reopen_parked(self, actor: Actor, key: str, reason: str) -> ParkedState:
        """Have a discarded parked op wait again. Raise ``request.not_found`` or ``parked.settled``."""
        return await self._db.write(lambda tx: self._parked.reopen(tx, actor, key, reason))

    # -- reading ------------------------------------------------------------------------------------------------------

    def record(self, tx: sa.Connection, record_id: str) -> Record | None:
        """Return a record by id, deleted ones too."""
        found: Record | None = store.Records(tx, [record_id]).get(record_id)
        return found

    def of_kind(self, tx: sa.Connection, scope: str, kind: str, limit: int) -> list[Record]:
        """Return living records of a kind in one scope, in the order of the feed."""
        found = store.Records(tx, [row.id for row in store.of_kind(tx, [scope], kind, 0, limit)])
        return [found[key] for key in found]

    def decidable(self, tx: sa.Connection, person: str, record_id: str, kind: str, role: Role) -> Record:
        """Return a live record of a kind that a person may decide about: authority is judged as it is now.

        Raise ``request.not_found`` (also where they may not read it) or ``identity.forbidden`` (without ``role``
        in its scope).
        """
        record = self.record(tx, record_id)
        holdings = holdings_of(tx, person)
        if record is None or record.deleted or record.kind != kind or not holdings.holds(record.scope):
            raise Refused("request.not_found")
        holdings.require(role, record.scope)
        return record

    def meant(self, tx: sa.Connection, record_id: str) -> Record | None:
        """Return a record by id; by the id of a parked op, the record that the op is about."""
        found = self.record(tx, record_id)
        if found is not None and found.kind == PARKED.kind:
            op = kept_op(found)
            found = self.record(tx, str(op.id)) if op is not None else None
        return found

    async def read(self, actor: Actor, record_id: str) -> bytes:
        """Return the feed entry of one record, if the actor may read its scope."""
        return await self._db.read(lambda tx: self._reader.read(tx, actor, record_id))

    async def changes(self, actor: Actor, record_id: str, since: int, until: int) -> VersionChanges:
        """Compare two signed versions of a record, or one with what it holds now, if the actor may read its scope."""
        return await self._db.read(lambda tx: self._reader.changes(tx, actor, record_id, since, until))

    def entries(self, tx: sa.Connection, ids: Sequence[str]) -> bytes:
        """Return records by id as a JSON array of feed entries; the caller has judged who may read them."""
        return b"[" + b",".join(map(store.entry, store.by_id(tx, ids))) + b"]"

    async def buckets(self, actor: Actor, asked: BucketsAsked) -> bytes:
        """Return sums or records of a scope's buckets: the body of a ``BucketsAnswer``, as JSON bytes."""
        return await self._db.read(lambda tx: self._reader.buckets(tx, actor, asked))

    async def listing(self, actor: Actor, kind: str, scope: str | None, after: int, limit: int) -> bytes:
        """Return live records of a kind in the scopes an actor may read: a JSON array of feed entries."""
        found = await self._db.read(lambda tx: self._reader.listing(tx, actor, kind, scope, after, limit))
        return b"[" + b",".join(found) + b"]"

"""The exchange, and the one door for everybody who is not a phone: ``apply`` for values, ``annotate`` for the server's.

Write path: authenticate, decode and read outside; then, in one transaction, lock the scopes in sorted order, read the
records, plan, let each kind project, write in bulk with the receipts. If the database refuses, everything is rolled
back and the units are planned afresh one by one; the one it refuses again is parked. So is a unit that a projection
cannot work with: answering 500 would have its phone send it for ever, and everything behind it wait.
"""

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, cast

import msgspec
import sqlalchemy as sa

from mobile_contract.problems import Refused
from mobile_contract.sync import (
    AnyOp,
    Create,
    Cursor,
    FeedEntry,
    Limits,
    Notice,
    Outcome,
    Receipt,
    Resolve,
    ScopeChecksum,
    SyncAnswer,
    SyncRequest,
)
from server.kernel.clock import Clock, new_id, rfc3339
from server.kernel.database import Database, would_fail_again
from server.kernel.journal import Book, Event, Journal
from server.replication import store
from server.replication.model import Actor, SyncedKind, Written
from sync import checksum, ops
from sync.policy import CONFLICT, PARKED
from sync.pull import next_cursor, plan_pull
from sync.push import plan_push, units
from sync.state import Answer, Author, Derivation, PushPlan, PushState, Record, Sent

log = logging.getLogger("plumbline")

#: Looks up the scopes a person holds now, with their roles in each: authority is judged on arrival.
Held = Callable[[sa.Connection, str], Mapping[str, frozenset[str]]]


class Replication:
    """Owns records, receipts and the feed. It knows kinds only as rows of the registry it is given."""

    def __init__(
        self,
        db: Database,
        journal: Journal,
        kinds: Iterable[SyncedKind],
        held: Held,
        clock: Clock,
        limits: Limits,
    ) -> None:
        self._db = db
        self._journal = journal
        self._kinds = {kind.policy.kind: kind for kind in kinds}
        self._policies = {kind: synced.policy for kind, synced in self._kinds.items()} | {
            CONFLICT.kind: CONFLICT,
            PARKED.kind: PARKED,
        }
        self._held = held
        self._clock = clock
        self.limits = limits

    async def start(self) -> None:
        """Give a new database its epoch."""
        await self._db.write(store.found_epoch)

    # -- phones -------------------------------------------------------------------------------------------------------

    async def exchange(self, actor: Actor, request: SyncRequest) -> bytes:
        """Take a phone's ops and give a page of changes: the body of a ``SyncAnswer``, as JSON bytes."""
        if len(request.ops) > self.limits.ops_per_exchange:
            raise Refused("request.too_large", limit=self.limits.request_bytes)
        receipts: list[Receipt] = []
        notices: list[Notice] = []
        if request.ops:
            sent = [self._shaped(item) for item in ops.decode(request.ops, self.limits)]
            for plan in await self._push(actor, sent, request):
                receipts.extend(answer.receipt for answer in plan.answers)
                notices.extend(plan.notices)
        return await self._db.read(lambda tx: self._page(tx, actor, request.cursor, receipts, notices))

    def _shaped(self, item: Sent) -> Sent:
        """Mark a new record whose values are not those of its kind."""
        synced = self._kinds.get(item.op.kind) if isinstance(item.op, Create) and not item.problem else None
        if synced is None or synced.shape is None or not isinstance(item.op, Create):
            return item
        try:
            msgspec.convert(item.op.values, synced.shape)
        except msgspec.ValidationError as error:
            return replace(item, problem="op.bad_value", params={"path": str(error)[:200]})
        return item

    async def _push(self, actor: Actor, sent: list[Sent], request: SyncRequest) -> list[PushPlan]:
        try:
            return [await self._db.write(lambda tx: self._push_in(tx, actor, sent, request))]
        except Exception as error:
            if not would_fail_again(error):
                raise
            log.warning("a push was refused; replaying it unit by unit", exc_info=error)
        return [await self._push_unit(actor, unit, request) for unit in units(sent)]

    async def _push_unit(self, actor: Actor, unit: list[Sent], request: SyncRequest) -> PushPlan:
        try:
            return await self._db.write(lambda tx: self._push_in(tx, actor, unit, request))
        except Exception as error:
            if not would_fail_again(error):
                raise
            reference = new_id()
            log.error("a unit was refused, reference %s", reference, exc_info=error)
        refused = {item.body_hash: reference for item in unit}
        return await self._db.write(lambda tx: self._push_in(tx, actor, unit, request, refused))

    def _push_in(
        self,
        tx: sa.Connection,
        actor: Actor,
        sent: Sequence[Sent],
        request: SyncRequest | None = None,
        refused: Mapping[str, str] | None = None,
    ) -> PushPlan:
        now = rfc3339(self._clock.now())
        roles = actor.roles if actor.roles is not None else self._held(tx, actor.person)
        author = Author(
            replica=actor.replica,
            person=actor.person,
            own_scope=actor.own_scope,
            roles=roles,
            read_to=request.cursor.seqs if request else {},
        )
        scopes = {item.op.scope for item in sent if item.op and item.op.scope in roles} | {actor.own_scope}
        book = self._journal.open(tx, scopes, now)
        state = self._state(tx, author, sent, refused or {})
        plan = plan_push(state, sent, now, self.limits, refused)
        self._write(tx, book, state.records, plan.records.values(), actor.person)
        for answer in plan.answers:
            if answer.fresh:
                book.write(answer.stream, _event(actor, answer))
        if actor.roles is None or sent:
            highest = max([state.last_n, *(item.n for item in sent)])
            clock = request.clock if request else ""
            store.remember_replica(tx, actor.replica, actor.person, highest, clock, now)
        book.close()
        return plan

    def _state(self, tx: sa.Connection, author: Author, sent: Sequence[Sent], refused: Mapping[str, str]) -> PushState:
        # Nothing is looked up for what was refused: looking it up may be what the database refuses.
        sound = [item for item in sent if not item.problem and item.body_hash not in refused]
        decoded = [item.op for item in sound if item.op is not None]
        records = store.Records(tx, {op.id for op in decoded})
        records.also(
            str(conflict.values.get("record"))
            for op in decoded
            if isinstance(op, Resolve) and (conflict := records.get(op.id)) is not None
        )
        receipts = store.receipts_of(tx, author.replica, sorted({item.op_id for item in sent}))
        last_n = store.last_n(tx, author.replica)
        old = sorted({item.n for item in sent if 0 < item.n <= last_n})
        return PushState(
            author=author,
            policies=self._policies,
            records=records,
            receipts=receipts,
            ids_used=frozenset(op_id for op_id, _ in receipts),
            numbers=store.numbers_of(tx, author.replica, old),
            last_n=last_n,
            derivations=self._derivations(tx, records, decoded),
        )

    def _derivations(
        self, tx: sa.Connection, records: store.Records, decoded: Iterable[AnyOp]
    ) -> dict[str, Derivation]:
        found: dict[str, Derivation] = {}
        wanted: dict[str, tuple[str, Mapping[str, Any]]] = {
            op.id: (op.kind, getattr(op, "values", {})) for op in decoded if not isinstance(op, Resolve)
        }
        wanted |= {key: (record.kind, record.values) for key, record in records.items()}
        for key, (kind, values) in wanted.items():
            synced = self._kinds.get(kind)
            if synced is not None and synced.derive is not None:
                derivation = synced.derive(tx, dict(values))
                if derivation is not None:
                    found[key] = derivation
        return found

    def _write(
        self, tx: sa.Connection, book: Book, before: Mapping[str, Record], changed: Iterable[Record], person: str
    ) -> None:
        final = {record.id: record for record in changed}
        for kind, synced in self._kinds.items():
            written = [
                Written(record=record, before=before.get(record.id), person=person, at=book.at)
                for record in final.values()
                if record.kind == kind
            ]
            if written and synced.project is not None:
                for key, server in synced.project(tx, written).items():
                    final[key] = replace(final[key], server={**final[key].server, **server})
        store.save(tx, book, before, final.values())

    # -- everybody else -----------------------------------------------------------------------------------------------

    async def apply(self, actor: Actor, work: Sequence[AnyOp]) -> list[Receipt]:
        """Apply ops of the desk or of a machine, answered at once; ``op_id`` makes it safe to repeat."""
        return await self._db.write(lambda tx: self.apply_in(tx, actor, work))

    def apply_in(self, tx: sa.Connection, actor: Actor, work: Sequence[AnyOp]) -> list[Receipt]:
        """Apply ops inside the caller's transaction. An op id that was answered before gets its old receipt."""
        known = {op_id: receipt for (op_id, _), receipt in self._answered(tx, actor, work).items()}
        first = store.last_n(tx, actor.replica) + 1
        fresh = [op for op in work if op.op_id not in known]
        raws = [msgspec.json.encode(msgspec.structs.replace(op, n=first + index)) for index, op in enumerate(fresh)]
        if raws:
            plan = self._push_in(tx, actor, ops.decode(raws, self.limits))
            known |= {answer.receipt.op_id: answer.receipt for answer in plan.answers}
        return [known[op.op_id] for op in work]

    def _answered(self, tx: sa.Connection, actor: Actor, work: Sequence[AnyOp]) -> dict[tuple[str, str], Receipt]:
        return store.receipts_of(tx, actor.replica, [op.op_id for op in work])

    def annotate(self, tx: sa.Connection, actor: str, changes: Mapping[str, Mapping[str, Any]]) -> int:
        """Set server values of records by id (None removes one), in the caller's transaction. Gives how many changed.

        Records that do not exist are passed over. What changes takes a new place in its scope's feed.
        """
        there = store.Records(tx, changes)
        book = self._journal.open(tx, {record.scope for record in there.values()}, rfc3339(self._clock.now()))
        there = store.Records(tx, changes)  # read again: now the scopes are locked
        changed = []
        for key, record in there.items():
            server = {name: item for name, item in {**record.server, **changes[key]}.items() if item is not None}
            if server != record.server:
                changed.append(replace(record, server=server))
                payload = {"kind": record.kind, "set": dict(changes[key])}
                book.write(record.scope, Event(name="record.annotated", actor=actor, subject=key, payload=payload))
        store.save(tx, book, there, changed)
        book.close()
        return len(changed)

    # -- reading ------------------------------------------------------------------------------------------------------

    def record(self, tx: sa.Connection, record_id: str) -> Record | None:
        """Give a record by id, deleted ones too."""
        return store.Records(tx, [record_id]).get(record_id)

    async def read(self, actor: Actor, record_id: str) -> bytes:
        """Give the feed entry of one record, if the actor may read its scope."""

        def work(tx: sa.Connection) -> bytes:
            record = self.record(tx, record_id)
            if record is None or record.scope not in self._scopes(tx, actor):
                raise Refused("request.not_found")
            return store.entry(store.page(tx, record.scope, record.seq - 1, 1)[0])

        return await self._db.read(work)

    def entries(self, tx: sa.Connection, ids: Sequence[str]) -> bytes:
        """Give records by id as a JSON array of feed entries; the caller has judged who may read them."""
        return b"[" + b",".join(map(store.entry, store.by_id(tx, ids))) + b"]"

    async def listing(self, actor: Actor, kind: str, scope: str | None, after: int, limit: int) -> bytes:
        """Give live records of a kind in the scopes an actor may read: a JSON array of feed entries."""

        def work(tx: sa.Connection) -> bytes:
            scopes = self._scopes(tx, actor)
            wanted = scopes & {scope} if scope else scopes
            return b"[" + b",".join(map(store.entry, store.of_kind(tx, wanted, kind, after, limit))) + b"]"

        return await self._db.read(work)

    def _scopes(self, tx: sa.Connection, actor: Actor) -> frozenset[str]:
        roles = actor.roles if actor.roles is not None else self._held(tx, actor.person)
        return frozenset(roles) | {actor.own_scope}

    def _page(
        self, tx: sa.Connection, actor: Actor, cursor: Cursor, receipts: Sequence[Receipt], notices: Sequence[Notice]
    ) -> bytes:
        epoch = store.epoch(tx)
        ends = store.heads(tx, self._scopes(tx, actor))
        plan = plan_pull(cursor, epoch, {scope: end.seq for scope, end in ends.items()})
        entries: list[bytes] = []
        reached: dict[str, int] = {}
        room, size, more = self.limits.page_entries, self.limits.page_bytes, False
        for scope, after in plan.after.items():
            if more or ends[scope].seq <= after:
                more = more or ends[scope].seq > after
                continue
            for row in store.page(tx, scope, after, room + 1):
                body = store.entry(row)
                if not room or (entries and size < len(body)):
                    more = True
                    break
                entries.append(body)
                reached[scope] = row.seq
                room, size = room - 1, size - len(body)
        sums = () if more else tuple(_checksum(scope, end) for scope, end in sorted(ends.items()))
        answer = SyncAnswer(
            server_time=rfc3339(self._clock.now()),
            receipts=tuple(receipts),
            changes=cast("tuple[FeedEntry, ...]", tuple(msgspec.Raw(body) for body in entries)),  # encoded already
            cursor=next_cursor(plan, epoch, reached),
            more=more,
            dropped=plan.dropped,
            checksums=sums,
            notices=(*notices, *plan.notices),
            limits=self.limits,
        )
        return msgspec.json.encode(answer)


def _checksum(scope: str, end: Any) -> ScopeChecksum:
    return ScopeChecksum(scope=scope, at_seq=end.seq, sum=checksum.written(end.sum), count=end.live)


def _event(actor: Actor, answer: Answer) -> Event:
    """Make the journal row that is receipt, op log and leaf at once. The op stands in it byte for byte."""
    sent = answer.sent
    parked = answer.receipt.outcome is Outcome.PARKED or sent.op is None
    name = "op.parked" if parked or sent.op is None else f"{sent.op.kind}.{_action(sent.op)}"
    return Event(
        name=name,
        actor=actor.person,
        subject=sent.op.id if sent.op is not None and not sent.problem else sent.op_id,
        payload={"op": sent.raw.decode("utf-8", "backslashreplace")},
        replica=actor.replica,
        op_id=sent.op_id,
        n=sent.n,
        body_hash=sent.body_hash,
        receipt=msgspec.json.encode(answer.receipt),
    )


def _action(op: AnyOp) -> str:
    return str(op.__struct_config__.tag)

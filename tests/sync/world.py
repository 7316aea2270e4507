"""A server made of the pure planner and a dict, and phones that reach it through a link one can cut."""

import itertools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import msgspec
from msgspec.structs import replace

from mobile_contract.ids import natural_id
from mobile_contract.repair import BucketsAnswer, BucketsAsked
from mobile_contract.sync import (
    Cursor,
    FeedEntry,
    Left,
    Limits,
    Receipt,
    ScopeChecksum,
    SyncAnswer,
    SyncRequest,
    Tombstone,
    Upsert,
)
from mobile_contract.values import Values
from server.fieldphone import SqliteStorage
from sync import checksum, ops, quarantine
from sync.parking import is_waiting, kept
from sync.policy import CONFLICT, PARKED, KindPolicy
from sync.ports import ReplicaClosed, Unreachable
from sync.pull import is_foreign, next_cursor, plan_pull
from sync.push import plan_push
from sync.repair import bucket_of, sums
from sync.replica import Replica
from sync.state import Author, Derivation, PushPlan, PushState, Record, Sent, Waiting

NOW = "2026-11-18T08:00:00.000Z"
SECTION = "section:" + natural_id("test", "section")
OTHER = "section:" + natural_id("test", "other")
WRITER = frozenset({"contractor"})
POLICIES = {
    policy.kind: policy
    for policy in (
        KindPolicy(kind="report", writers=WRITER, signable=True, deletable=True),
        KindPolicy(kind="checkIn", writers=WRITER, append_only=True),
        CONFLICT,
        PARKED,
    )
}


@dataclass
class World:
    """The server: records, receipts and op numbers. ``held`` says which scopes each person holds."""

    records: dict[str, Record] = field(default_factory=dict)
    receipts: dict[tuple[str, str, str], Receipt] = field(default_factory=dict)
    heads: dict[str, int] = field(default_factory=dict)
    floors: dict[str, int] = field(default_factory=dict)
    held: dict[str, set[str]] = field(default_factory=dict)
    left: dict[tuple[str, str], Left] = field(default_factory=dict)
    revoked: set[str] = field(default_factory=set)
    lost: set[str] = field(default_factory=set)
    wiped: set[str] = field(default_factory=set)
    derivation: Derivation | None = None
    page: int = 50
    epoch: str = "epoch-1"
    now: str = NOW
    policies: Mapping[str, KindPolicy] = field(default_factory=lambda: POLICIES)

    def exchange(self, person: str, body: bytes, limits: Limits | None = None) -> bytes:
        limits = limits or Limits()
        request = msgspec.json.decode(body, type=SyncRequest)
        author = self.author(person, request.cursor)
        if person in self.revoked | self.lost:
            return self.dismiss(replace(author, roles={}), request, limits, lost=person in self.lost)
        taken = () if is_foreign(request.cursor, self.epoch, self.heads) else request.ops
        plan = self.plan(author, ops.decode(taken, limits), limits)
        self.commit(author, plan)
        receipts = tuple(answer.receipt for answer in plan.answers)
        return msgspec.json.encode(self.read(author, request.cursor, receipts, plan.notices))

    def dismiss(self, author: Author, request: SyncRequest, limits: Limits, *, lost: bool) -> bytes:
        """Answer a device that is trusted no more."""
        if author.replica in self.wiped:
            raise ReplicaClosed("identity.device_wiped")
        wipe = quarantine.is_through(request, self.epoch, lost=lost)
        if wipe:
            self.wiped.add(author.replica)
        sent = [] if wipe else quarantine.quarantined(ops.decode(request.ops, limits))
        plan = self.plan(author, sent, limits)
        self.commit(author, plan)
        receipts = [answer.receipt for answer in plan.answers]
        said = quarantine.answer(request, self.epoch, receipts, plan.notices, wipe=wipe, now=self.now, limits=limits)
        return msgspec.json.encode(said)

    def plan(
        self, author: Author, sent: Sequence[Sent], limits: Limits, refused: Mapping[str, str] | None = None
    ) -> PushPlan:
        mine = {(op_id, body): r for (who, op_id, body), r in self.receipts.items() if who == author.replica}
        numbers = {receipt.n: op_id for (op_id, _), receipt in mine.items() if receipt.n}
        bodies = {item.op_id: item.body_hash for item in sent}
        state = PushState(
            author=author,
            policies=self.policies,
            records=self.records,
            receipts=mine,
            ids_used=frozenset(op_id for (op_id, b) in mine if bodies.get(op_id, b) != b),
            numbers=numbers,
            last_n=max(numbers, default=0),
            derive=self.derive,
            waiting=self.waiting(),
        )
        return plan_push(state, sent, self.now, limits, refused)

    def derive(self, _kind: str, _values: Values) -> Derivation:
        return self.derivation or Derivation()

    def waiting(self) -> dict[str, list[Waiting]]:
        """Return the parked units that wait for a record, under their authors as of now."""
        found: dict[str, list[Waiting]] = {}
        units: dict[tuple[str, str], list[Record]] = {}
        for record in self.records.values():
            if is_waiting(record):
                unit = (record.values.get("op") or {}).get("unit") or record.id
                units.setdefault((record.server["replica"], unit), []).append(record)
        for parked in units.values():
            items = sorted(zip((r.id for r in parked), self.kept(parked), strict=True), key=lambda item: item[1].n)
            author = self.sender(parked[0])
            for record, sent in zip(parked, self.kept(parked), strict=True):
                if record.values["code"] == "op.unknown_record" and sent.op is not None:
                    found.setdefault(sent.op.id, []).append(Waiting(author=author, items=tuple(items)))
        return found

    def sender(self, parked: Record) -> Author:
        """Return who sent a parked op, with the authority they have now."""
        return self.author(parked.server["by"], Cursor())

    def kept(self, parked: Sequence[Record]) -> list[Sent]:
        return ops.decode((kept(record) for record in parked), Limits())

    def commit(self, author: Author, plan: PushPlan) -> None:
        for record in plan.records.values():
            self.heads[record.scope] = self.heads.get(record.scope, 0) + 1
            self.records[record.id] = replace(record, seq=self.heads[record.scope])
        for answer in plan.answers:
            if answer.fresh:
                self.receipts[author.replica, answer.sent.op_id, answer.sent.body_hash] = answer.receipt

    def author(self, person: str, cursor: Cursor) -> Author:
        own = f"person:{natural_id('person', person)}"
        roles = dict.fromkeys(self.held.get(person, {SECTION}), WRITER) | {own: WRITER}
        return Author(replica=person, person=person, own_scope=own, roles=roles, read_to=cursor.seqs)

    def read(self, author: Author, cursor: Cursor, receipts: tuple[Receipt, ...], notices: tuple) -> SyncAnswer:  # type: ignore[type-arg]
        heads = {scope: self.heads.get(scope, 0) for scope in author.roles}
        plan = plan_pull(cursor, self.epoch, heads, self.floors)
        due = [entry for s, after in plan.after.items() for entry in self.feed(s) if entry.seq > after]
        page, rest = due[: self.page], due[self.page :]
        more, unread = bool(rest), {entry.scope for entry in rest}
        reached = {entry.scope: entry.seq for entry in page}
        reached |= {scope: head for scope, head in heads.items() if scope not in unread}
        return SyncAnswer(
            server_time=self.now,
            receipts=receipts,
            changes=tuple(page),
            cursor=next_cursor(plan, self.epoch, reached),
            more=more,
            dropped=plan.dropped,
            checksums=() if more else tuple(self.checksum(scope) for scope in plan.after),
            notices=(*notices, *plan.notices),
        )

    def feed(self, scope: str) -> list[FeedEntry]:
        left = [entry for entry in self.left.values() if entry.scope == scope]
        return sorted([*left, *map(_entry, self.in_scope(scope))], key=lambda entry: entry.seq)

    def move(self, key: str, scope: str) -> None:
        """Move a record, and the conflicts about it, to another scope."""
        going = [r for r in self.records.values() if r.id == key or r.values.get("record") == key]
        for record in sorted(going, key=lambda r: (r.id != key, r.seq)):
            seqs = {place: self.heads.get(place, 0) + 1 for place in (record.scope, scope)}
            self.heads.update(seqs)
            self.left[record.scope, record.id] = Left(
                seq=seqs[record.scope], scope=record.scope, kind=record.kind, id=record.id, rev=record.rev
            )
            self.records[record.id] = replace(record, scope=scope, seq=seqs[scope])

    def purge(self, scope: str, floor: int) -> None:
        """Forget what was deleted or has left up to a place in a scope's feed."""
        self.floors[scope] = floor
        gone = [r.id for r in self.in_scope(scope) if r.deleted and r.seq <= floor]
        self.records = {key: record for key, record in self.records.items() if key not in gone}
        self.left = {key: e for key, e in self.left.items() if e.scope != scope or e.seq > floor}

    def buckets(self, person: str, body: bytes) -> bytes:
        asked = msgspec.json.decode(body, type=BucketsAsked)
        assert asked.scope in self.author(person, Cursor()).roles
        live = [record for record in self.in_scope(asked.scope) if not record.deleted]
        if not asked.buckets:
            found = sums((record.id, record.rev, record.digest) for record in live)
            return msgspec.json.encode(BucketsAnswer(epoch=self.epoch, scope=asked.scope, buckets=found))
        due = [record for record in live if bucket_of(record.id) in asked.buckets and record.id > asked.after]
        due.sort(key=lambda record: record.id)
        entries = tuple(entry for record in due[: self.page] if isinstance(entry := _entry(record), Upsert))
        more = len(due) > self.page
        return msgspec.json.encode(BucketsAnswer(epoch=self.epoch, scope=asked.scope, records=entries, more=more))

    def in_scope(self, scope: str) -> list[Record]:
        return sorted((r for r in self.records.values() if r.scope == scope), key=lambda record: record.seq)

    def checksum(self, scope: str) -> ScopeChecksum:
        live = [record for record in self.in_scope(scope) if not record.deleted]
        total = 0
        for record in live:
            total = checksum.add(total, checksum.term(record.id, record.rev, record.digest))
        return ScopeChecksum(scope=scope, at_seq=self.heads.get(scope, 0), sum=checksum.written(total), count=len(live))


def _entry(record: Record) -> FeedEntry:
    place = {"seq": record.seq, "scope": record.scope, "kind": record.kind, "id": record.id, "rev": record.rev}
    if record.deleted:
        return Tombstone(**place)  # type: ignore[arg-type]
    return Upsert(**place, digest=record.digest, values=record.values, server=record.server)  # type: ignore[arg-type]


class Link:
    """A phone's network. ``fate`` is asked before each exchange: None passes, ``lost`` and ``unanswered`` cut it."""

    def __init__(self, world: World, person: str, fate: Callable[[], str | None] = lambda: None) -> None:
        self.world = world
        self.person = person
        self.fate = fate

    def exchange(self, body: bytes) -> bytes:
        fate = self.fate()
        if fate == "lost":
            raise Unreachable("lost on the way up")
        answer = self.world.exchange(self.person, body)
        if fate == "unanswered":
            raise Unreachable("the answer was lost")
        return answer[: len(answer) // 2] if fate == "truncated" else answer

    def buckets(self, body: bytes) -> bytes:
        if self.fate() is not None:
            raise Unreachable("lost")
        return self.world.buckets(self.person, body)


class TestPhone:
    """A replica with a queue in memory and ids that count, so that a failing example reads the same every time."""

    __test__ = False

    def __init__(self, world: World, person: str, fate: Callable[[], str | None] = lambda: None) -> None:
        self.person = person
        self.storage = SqliteStorage(":memory:")
        self._ids = (natural_id("test", person, str(count)) for count in itertools.count())
        self.replica = Replica(
            self.storage, Link(world, person, fate), lambda: "2026-11-18T16:00:00+08:00", lambda: next(self._ids)
        )

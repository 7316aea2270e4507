"""The two servers behind one small protocol, and the pure one of them: the planner and a dict.

An exchange happens in moments: a transaction for the ops, then a snapshot for the page. Between two moments anything
may come in, so each server calls ``Hooks.between``; after each commit it tells ``Hooks.committed`` what it answered.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import msgspec

from mobile_contract.ids import natural_id, person_scope
from mobile_contract.sync import Cursor, Limits, Receipt, ScopeChecksum, SyncRequest
from mobile_contract.values import Values
from sync import ops, quarantine
from sync.policy import CONFLICT, PARKED
from sync.ports import ReplicaClosed, Unreachable, Unreadable
from sync.pull import is_foreign
from sync.push import units
from sync.state import Author, Derivation, PushPlan, Record, Sent
from tests.simulation.rules import KINDS, Authority, Who, derivation_of, is_poison
from tests.sync.world import World

ReceiptKey = tuple[str, str, str]
#: How much a purge forgets of one scope at once.
PURGED_AT_ONCE = 3


class Down(Unreachable):
    """The server died, or its disk is full: whatever was not committed is gone."""


@dataclass(kw_only=True, slots=True)
class Hooks:
    """What a server needs of the simulation around it."""

    authority: Authority
    now: Callable[[], str]
    between: Callable[[str], None]
    committed: Callable[[Who, PushPlan], None]


class Server(Protocol):
    """What the simulation needs of a server. ``full``: its disk takes nothing more.

    ``annotates``: its records say what the server's rooms say of them, not only what the protocol does.
    """

    annotates: bool
    full: bool
    limits: Limits

    def exchange(self, who: Who, body: bytes) -> bytes: ...

    def rows(self, beyond: Mapping[str, int]) -> list[Record]:
        """Return the records beyond a place in each scope, deleted ones too."""
        ...

    def heads(self) -> dict[str, ScopeChecksum]:
        """Return the head and the checksum of each scope, as the server keeps them."""
        ...

    def receipts(self) -> dict[ReceiptKey, Receipt]: ...

    def backup(self) -> Any: ...

    def restore(self, backup: Any, epoch: str) -> None:
        """Go back to a backup, under a new epoch."""
        ...

    def purge(self, scope: str) -> None:
        """Raise a scope's floor to its mark, forget what is gone below it, and set the next mark."""
        ...

    def move(self, record: str, scope: str) -> None:
        """Move a record, with the conflicts about it, to another scope."""
        ...

    def problems(self) -> list[str]:
        """Name what is wrong inside that no phone could see."""
        ...

    def close(self) -> None: ...


class FakeServer:
    """The pure planner on a dict. A commit is one step, so it is whole or not at all."""

    annotates = False

    def __init__(self, hooks: Hooks, limits: Limits) -> None:
        self.hooks = hooks
        self.limits = limits
        self.full = False
        policies = {policy.kind: policy for policy in (*KINDS, CONFLICT, PARKED)}
        self.world = Shelf(page=limits.page_entries, epoch=natural_id("epoch", "0"), policies=policies)
        self.world.authority = hooks.authority
        self._marks: dict[str, int] = {}

    def exchange(self, who: Who, body: bytes) -> bytes:
        request = msgspec.json.decode(body, type=SyncRequest)
        if len(request.ops) > self.limits.ops_per_exchange:
            raise Unreadable("too many ops")
        if who.replica in self.hooks.authority.revoked:
            return self._quarantine(who, request)
        cursor, plans = request.cursor, list[PushPlan]()
        if request.ops:
            cursor = self._pinned(cursor)
            plans = self._push(who, ops.decode(request.ops, self.limits), cursor)
        self.hooks.between("read")
        self.world.now, self.world.page = self.hooks.now(), self.limits.page_entries
        receipts = tuple(answer.receipt for plan in plans for answer in plan.answers)
        notices = tuple(notice for plan in plans for notice in plan.notices)
        answer = self.world.read(self._author(who, cursor), cursor, receipts, notices)
        return msgspec.json.encode(msgspec.structs.replace(answer, limits=self.limits))

    def _quarantine(self, who: Who, request: SyncRequest) -> bytes:
        if who.replica in self.hooks.authority.wiped:
            raise ReplicaClosed("identity.device_wiped")
        epoch = self.world.epoch
        wipe = quarantine.is_through(request, epoch, lost=False)
        if wipe:
            self.hooks.authority.wiped.add(who.replica)
        sent = quarantine.quarantined(ops.decode(request.ops, self.limits))
        plans = self._push(who, sent, Cursor()) if sent else []
        receipts = [answer.receipt for plan in plans for answer in plan.answers]
        notices = [notice for plan in plans for notice in plan.notices]
        now, limits = self.hooks.now(), self.limits
        said = quarantine.answer(request, epoch, receipts, notices, wipe=wipe, now=now, limits=limits)
        return msgspec.json.encode(said)

    def _pinned(self, cursor: Cursor) -> Cursor:
        """Hold a new phone's exchange to the history in which it begins."""
        if cursor.epoch:
            return cursor
        self.hooks.between("read")
        return msgspec.structs.replace(cursor, epoch=self.world.epoch)

    def _push(self, who: Who, sent: list[Sent], cursor: Cursor) -> list[PushPlan]:
        """Try the ops in one go; if the database refuses, unit by unit."""
        plan = self._try(who, sent, cursor)
        return [plan] if plan is not None else [self._push_unit(who, unit, cursor) for unit in units(sent)]

    def _push_unit(self, who: Who, unit: list[Sent], cursor: Cursor) -> PushPlan:
        plan = self._try(who, unit, cursor)
        if plan is None:
            plan = self._try(who, unit, cursor, {item.body_hash: "reference" for item in unit})
        assert plan is not None
        return plan

    def _try(
        self, who: Who, sent: list[Sent], cursor: Cursor, refused: Mapping[str, str] | None = None
    ) -> PushPlan | None:
        self.hooks.between("write")
        if self.full:
            raise Down("the disk is full")
        self.world.now = self.hooks.now()
        author = self._author(who, cursor)
        taken = [] if is_foreign(cursor, self.world.epoch, self.world.heads) else sent
        plan = self.world.plan(author, taken, self.limits, refused)
        if any(is_poison(record.values) for record in plan.records.values()):
            return None
        self.world.commit(author, plan)
        self.hooks.committed(who, plan)
        return plan

    def _author(self, who: Who, cursor: Cursor) -> Author:
        found = author(self.hooks.authority, who, cursor)
        return msgspec.structs.replace(found, roles={}) if who.replica in self.hooks.authority.revoked else found

    def rows(self, beyond: Mapping[str, int]) -> list[Record]:
        left = (
            Record(
                kind=entry.kind,
                id=natural_id("left", entry.scope, entry.id),
                scope=entry.scope,
                rev=entry.rev,
                seq=entry.seq,
                values={},
                server={},
                deleted=True,
            )
            for entry in self.world.left.values()
        )
        return [r for r in (*self.world.records.values(), *left) if r.seq > beyond.get(r.scope, 0)]

    def heads(self) -> dict[str, ScopeChecksum]:
        return {scope: self.world.checksum(scope) for scope in self.world.heads}

    def receipts(self) -> dict[ReceiptKey, Receipt]:
        return dict(self.world.receipts)

    def backup(self) -> Any:
        world = self.world
        kept = (world.records, world.receipts, world.heads, world.left, world.floors, self._marks)
        return [dict(one) for one in kept]

    def restore(self, backup: Any, epoch: str) -> None:
        world = self.world
        kept = [dict(one) for one in backup]
        world.records, world.receipts, world.heads, world.left, world.floors, self._marks = kept
        world.epoch = epoch

    def purge(self, scope: str) -> None:
        mark = self._marks.get(scope, 0)
        gone = sorted(row.seq for row in self.rows({}) if row.scope == scope and row.deleted and row.seq <= mark)
        if len(gone) >= PURGED_AT_ONCE:
            self.world.purge(scope, gone[PURGED_AT_ONCE - 1])
        else:
            self.world.purge(scope, mark)
            self._marks[scope] = self.world.heads.get(scope, 0)

    def move(self, record: str, scope: str) -> None:
        self.world.move(record, scope)

    def problems(self) -> list[str]:
        return []

    def close(self) -> None:
        pass


def author(authority: Authority, who: Who, cursor: Cursor) -> Author:
    """Return who pushes, with the authority they have now."""
    return Author(
        replica=who.replica,
        person=who.person,
        own_scope=person_scope(who.person),
        roles=authority.of(who.person),
        read_to=cursor.seqs,
    )


class Shelf(World):
    """A world of the simulation's people, whose reports have a computed field."""

    authority: Authority

    def sender(self, parked: Record) -> Author:
        return author(self.authority, Who(person=parked.server["by"], replica=parked.server["replica"]), Cursor())

    def derive(self, kind: str, _values: Values) -> Derivation:
        return derivation_of(kind)

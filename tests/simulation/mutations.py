"""Planted mistakes: each is one that servers and phones of this kind are known for, or that this one once made.

A mistake is a function of pytest's ``MonkeyPatch``; ``MUTATIONS`` says on which server it is planted. Only tests plant.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec
import pytest
from msgspec.structs import replace

from mobile_contract.sync import Cursor, SyncAnswer
from server.replication import reading, store
from sync import conflicts, merge, push, quarantine
from sync.parking import park
from sync.policy import PARKED
from sync.ports import PendingOp
from sync.pull import PullPlan, plan_pull
from sync.replica import Replica
from sync.state import Author, PushPlan, Sent
from tests.simulation.rules import READER, SCOPES
from tests.simulation.servers import FakeServer, Shelf
from tests.sync import world
from tests.sync.world import World

Plant = Callable[[pytest.MonkeyPatch], None]


@dataclass(frozen=True, kw_only=True, slots=True)
class Mutation:
    """``within``: after how many seeds at most it must be found, counted from ``first``."""

    plant: Plant
    server: str
    first: int = 1
    within: int = 8


def receipt_outside_the_transaction(patch: pytest.MonkeyPatch) -> None:
    """Receipts are kept at once, records a moment later: dying in between, the server has answered for nothing."""

    def in_two(self: FakeServer, who: Any, sent: list[Sent], cursor: Any, refused: Any = None) -> PushPlan | None:
        author = self._author(who, cursor)
        plan = self.world.plan(author, sent, self.limits, refused)
        World.commit(self.world, author, replace(plan, records={}))
        self.hooks.between("read")
        World.commit(self.world, author, plan)
        self.hooks.committed(who, plan)
        return plan

    patch.setattr(FakeServer, "_try", in_two)


def last_write_wins(patch: pytest.MonkeyPatch) -> None:
    weigh = merge.weigh
    patch.setattr(
        merge,
        "weigh",
        lambda values, leaf: merge.Step.SAME if weigh(values, leaf) is merge.Step.SAME else merge.Step.SET,
    )


def cursor_by_time(patch: pytest.MonkeyPatch) -> None:
    """A record's place in the feed is when it was written; two in one millisecond have one place."""

    def commit(self: World, author: Author, plan: PushPlan) -> None:
        for record in plan.records.values():
            self.heads[record.scope] = round(datetime.fromisoformat(self.now).timestamp() * 1000)
            self.records[record.id] = replace(record, seq=self.heads[record.scope])
        real_commit(self, author, replace(plan, records={}))

    real_commit = World.commit
    patch.setattr(World, "commit", commit)


def numbers_for_refused_units(patch: pytest.MonkeyPatch) -> None:
    def commit(self: World, author: Author, plan: PushPlan) -> None:
        for answer in plan.answers:
            if answer.receipt.outcome == "parked" and answer.fresh and answer.sent.op is not None:
                scope = answer.sent.op.scope
                self.heads[scope] = self.heads.get(scope, 0) + 1
        real_commit(self, author, plan)

    real_commit = World.commit
    patch.setattr(World, "commit", commit)


def numbers_for_refused_units_in_the_store(patch: pytest.MonkeyPatch) -> None:
    def save(tx: Any, book: Any, before: Any, changed: Any) -> Any:
        changed = list(changed)
        for record in changed:
            if record.kind == PARKED.kind:
                book.streams[record.scope].seq += 1
        return real_save(tx, book, before, changed)

    real_save = store.save
    patch.setattr(store, "save", save)


def replay_not_recognised(patch: pytest.MonkeyPatch) -> None:
    def plan(self: World, author: Author, sent: Sequence[Sent], limits: Any, refused: Any = None) -> PushPlan:
        kept, self.receipts = self.receipts, {}
        try:
            return real_plan(self, author, sent, limits, refused)
        finally:
            self.receipts = kept

    real_plan = World.plan
    patch.setattr(Shelf, "plan", plan)


def replay_not_recognised_in_the_store(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(store, "receipts_of", lambda _tx, _replica, _op_ids: {})


def revoke_that_leaves_copies(patch: pytest.MonkeyPatch) -> None:
    def plan(cursor: Any, epoch: str, heads: Mapping[str, int]) -> PullPlan:
        return replace(plan_pull(cursor, epoch, heads), dropped=())

    _plan_pull(patch, plan)


def restore_that_nobody_notices(patch: pytest.MonkeyPatch) -> None:
    def plan(cursor: Any, epoch: str, heads: Mapping[str, int]) -> PullPlan:
        return replace(plan_pull(msgspec.structs.replace(cursor, epoch=epoch), epoch, heads), notices=())

    _plan_pull(patch, plan)


def foreign_rows(patch: pytest.MonkeyPatch) -> None:
    """A page is read from every scope there is."""

    def read(self: World, author: Author, cursor: Cursor, *rest: Any) -> SyncAnswer:
        return real_read(self, replace(author, roles={**dict.fromkeys(SCOPES, READER), **author.roles}), cursor, *rest)

    real_read = World.read
    patch.setattr(World, "read", read)


def sweep_under_pending_ops(patch: pytest.MonkeyPatch) -> None:
    def keep(self: Replica, answer: Any, sent_at: str) -> Any:
        result = real(self, answer, sent_at)
        memory = self._storage.memory()
        if memory.sweeping and not answer.more:
            self._storage.drop_copies([copy.id for copy in self._storage.copies() if copy.sweep < memory.sweep])
        return result

    real = Replica._keep
    patch.setattr(Replica, "_keep", keep)


def checksum_that_forgets_deletes(patch: pytest.MonkeyPatch) -> None:
    def count(origin: Any, stream: Any, before: Any, after: Any) -> None:
        if not after.deleted:
            real(origin, stream, before, after)

    real = store._count
    patch.setattr(store, "_count", count)


def unit_not_atomic(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(push, "units", lambda sent: [[item] for item in sent])


def parked_op_not_kept(patch: pytest.MonkeyPatch) -> None:
    def forgetful(*args: Any) -> Any:
        parked = park(*args)
        return replace(parked, values={key: item for key, item in parked.values.items() if key not in ("op", "raw")})

    patch.setattr(push, "park", forgetful)


def older_op_takes_the_newer_candidate(patch: pytest.MonkeyPatch) -> None:
    """As it was until a restore in simulation brought a replica's ops out of their order."""
    patch.setattr(conflicts, "_is_newer", lambda _candidate, _op: False)


def batch_that_never_shrinks(patch: pytest.MonkeyPatch) -> None:
    """As it was: a unit at the edge of a batch was always taken along, however often the batch was halved."""

    def batch(self: Replica, memory: Any) -> list[PendingOp]:
        ops = list(self._storage.pending(memory.batch + 50))
        size = min(memory.batch, len(ops))
        while 0 < size < len(ops) and ops[size].unit is not None and ops[size].unit == ops[size - 1].unit:
            size += 1
        return ops[:size]

    patch.setattr(Replica, "_batch", batch)


def sweep_that_forgets_the_rest(patch: pytest.MonkeyPatch) -> None:
    """As it was: what a sweep left alone for its pending ops was never looked at again."""

    def keep(self: Replica, answer: Any, sent_at: str) -> Any:
        result = real(self, answer, sent_at)
        if not answer.more:
            self._storage.remember(replace(self._storage.memory(), sweeping=False))
        return result

    real = Replica._keep
    patch.setattr(Replica, "_keep", keep)


def wiped_before_it_is_through(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(quarantine, "is_through", lambda _request, _epoch, *, lost: True)  # noqa: ARG005 - called by name


def _plan_pull(patch: pytest.MonkeyPatch, plan: Callable[..., PullPlan]) -> None:
    for module in (world, reading):
        patch.setattr(module, "plan_pull", plan)


MUTATIONS = (
    Mutation(plant=receipt_outside_the_transaction, server="fake"),
    Mutation(plant=last_write_wins, server="fake"),
    Mutation(plant=last_write_wins, server="real", first=5, within=4),
    Mutation(plant=cursor_by_time, server="fake"),
    Mutation(plant=numbers_for_refused_units, server="fake"),
    Mutation(plant=numbers_for_refused_units_in_the_store, server="real"),
    Mutation(plant=replay_not_recognised, server="fake"),
    Mutation(plant=replay_not_recognised_in_the_store, server="real"),
    Mutation(plant=revoke_that_leaves_copies, server="fake"),
    Mutation(plant=restore_that_nobody_notices, server="fake"),
    Mutation(plant=foreign_rows, server="fake"),
    Mutation(plant=sweep_under_pending_ops, server="fake"),
    Mutation(plant=checksum_that_forgets_deletes, server="real"),
    Mutation(plant=unit_not_atomic, server="fake"),
    Mutation(plant=parked_op_not_kept, server="fake"),
    Mutation(plant=older_op_takes_the_newer_candidate, server="fake", first=33, within=1),
    Mutation(plant=batch_that_never_shrinks, server="fake"),
    Mutation(plant=sweep_that_forgets_the_rest, server="fake", first=21, within=1),
    Mutation(plant=wiped_before_it_is_through, server="fake"),
    Mutation(plant=wiped_before_it_is_through, server="real"),
)

"""Planted mistakes: each is one that servers and phones of this kind are known for, or that this one once made.

A mistake is a function of pytest's ``MonkeyPatch``; ``MUTATIONS`` says on which server it is planted. Only tests plant.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec
import pytest
from msgspec.structs import replace

from mobile_contract.ids import archive_scope
from mobile_contract.sync import Cursor, SyncAnswer
from server.captures import kinds
from server.replication import reading, store, writing
from sync import conflicts, merge, push, quarantine, removed, replica, retry, steps
from sync.parking import park
from sync.policy import PARKED
from sync.ports import Memory, PendingOp
from sync.pull import PullPlan, next_cursor, plan_pull
from sync.push import units
from sync.replica import Replica
from sync.state import Author, PushPlan, Sent
from sync.weighing import Park
from tests.simulation import servers
from tests.simulation.phones import FrailStorage
from tests.simulation.rules import READER, SCOPES
from tests.simulation.servers import FakeServer, Shelf
from tests.sync import world
from tests.sync.world import World

Plant = Callable[[pytest.MonkeyPatch], None]


@dataclass(frozen=True, kw_only=True, slots=True)
class Mutation:
    """``first`` is the seed that finds it; as the simulator changes one of the next may, ``within`` so many at most."""

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
    def plan(cursor: Any, epoch: str, *ends: Mapping[str, int]) -> PullPlan:
        return replace(plan_pull(cursor, epoch, *ends), dropped=())

    _plan_pull(patch, plan)


def restore_that_nobody_notices(patch: pytest.MonkeyPatch) -> None:
    def plan(cursor: Any, epoch: str, *ends: Mapping[str, int]) -> PullPlan:
        return replace(plan_pull(msgspec.structs.replace(cursor, epoch=epoch), epoch, *ends), notices=())

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
        for scope, listing in self._storage.memory().sweeping.items():
            if not answer.more:
                stale = [copy.id for copy in self._storage.copies(scope=scope) if copy.sweep < listing]
                self._storage.drop_copies(stale)
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
    """As it was until a parked op that was tried again came after a later one of its replica."""
    patch.setattr(conflicts, "_has_newer", lambda _conflict, _replica, _op: False)


def member_that_the_contract_lacks(patch: pytest.MonkeyPatch) -> None:
    class More(conflicts.ConflictRevision, frozen=True, kw_only=True):
        mood: str = "good"

    patch.setattr(conflicts, "ConflictRevision", More)


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
            self._storage.remember(replace(self._storage.memory(), sweeping={}))
        return result

    real = Replica._keep
    patch.setattr(Replica, "_keep", keep)


def wiped_before_it_is_through(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(quarantine, "is_through", lambda _request, _epoch, *, lost: True)  # noqa: ARG005 - called by name


def purge_without_a_floor(patch: pytest.MonkeyPatch) -> None:
    def purge(self: World, scope: str, floor: int) -> None:
        real(self, scope, floor)
        self.floors.clear()

    real = World.purge
    patch.setattr(World, "purge", purge)


def purge_of_the_living(patch: pytest.MonkeyPatch) -> None:
    """What is old is forgotten, deleted or not."""

    def purge(self: World, scope: str, floor: int) -> None:
        real(self, scope, floor)
        self.records = {k: r for k, r in self.records.items() if r.scope != scope or r.seq > floor}

    real = World.purge
    patch.setattr(World, "purge", purge)


def listing_without_a_sweep(patch: pytest.MonkeyPatch) -> None:
    def keep(self: Replica, answer: SyncAnswer, sent_at: str) -> Any:
        notices = tuple(notice for notice in answer.notices if notice.code != "sync.scope_relisted")
        return real(self, msgspec.structs.replace(answer, notices=notices), sent_at)

    real = Replica._keep
    patch.setattr(Replica, "_keep", keep)


def sweep_of_every_scope(patch: pytest.MonkeyPatch) -> None:
    """A listing of one scope sweeps them all."""

    def begin(memory: Memory, scopes: Iterable[str]) -> Memory:
        return real(memory, memory.cursor.seqs if scopes else ())

    real = replica._begin_sweep
    patch.setattr(replica, "_begin_sweep", begin)


def floor_that_a_listing_does_not_see(patch: pytest.MonkeyPatch) -> None:
    """A listing under way goes on although the floor passed the head it began at."""

    def plan(cursor: Cursor, epoch: str, heads: Mapping[str, int], floors: Mapping[str, int]) -> PullPlan:
        seen = {scope: floor for scope, floor in floors.items() if scope not in cursor.listing}
        return plan_pull(cursor, epoch, heads, seen)

    _plan_pull(patch, plan)


def listing_that_forgets_where_it_began(patch: pytest.MonkeyPatch) -> None:
    def cursor(plan: PullPlan, epoch: str, reached: Mapping[str, int]) -> Cursor:
        return msgspec.structs.replace(next_cursor(plan, epoch, reached), listing={})

    patch.setattr(world, "next_cursor", cursor)


def ops_taken_under_a_foreign_cursor(patch: pytest.MonkeyPatch) -> None:
    """As it was: a phone's newest ops were taken before the older ones that a restore had forgotten."""
    for module in (servers, writing):
        patch.setattr(module, "is_foreign", lambda *_: False)


def phone_that_forgets_too_early(patch: pytest.MonkeyPatch) -> None:
    """What was answered an hour ago is not kept for a replay."""
    prune = FrailStorage.prune
    patch.setattr(FrailStorage, "prune", lambda self, before: prune(self, before + 82_800_000))


def move_that_nobody_is_told_of(patch: pytest.MonkeyPatch) -> None:
    def move(self: World, key: str, scope: str) -> None:
        heads, left = dict(self.heads), dict(self.left)
        old = self.records[key].scope
        real(self, key, scope)
        self.heads[old], self.left = heads[old], left

    real = World.move
    patch.setattr(World, "move", move)


def deletion_that_leaves_conflicts_open(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(conflicts, "bury", lambda draft, record, _now: draft.bury(record))


def half_a_row_comes_back(patch: pytest.MonkeyPatch) -> None:
    """As it was: of a row that was deleted, a choice brought back the one cell that was chosen."""
    patch.setattr(removed, "brought_back", lambda values, _entry: values)


def conflicts_that_do_not_follow(patch: pytest.MonkeyPatch) -> None:
    """As it was: a conflict under a row that went away went on to say what had stood there."""
    patch.setattr(conflicts, "follow", lambda *_args, **_named: None)


def form_versions_that_clash(patch: pytest.MonkeyPatch) -> None:
    """As it was: which version of a form stands was a question to a person."""
    patch.setattr(steps, "_what_may_be_set", lambda _there, leaves, _policy: leaves)


def ops_in_the_order_of_their_clocks(patch: pytest.MonkeyPatch) -> None:
    """What a phone's clock says was written earlier is taken first."""
    patch.setattr(push, "units", lambda sent: units(sorted(sent, key=lambda item: item.op.at if item.op else "")))


def clocks_that_the_exchange_does_not_show(patch: pytest.MonkeyPatch) -> None:
    """As it was: a phone that sent the same wrong clock in a capture and in the exchange was believed."""
    patch.setattr(kinds, "_offset", lambda _written: msgspec.UNSET)


def archived_records_written_to(patch: pytest.MonkeyPatch) -> None:
    """As if the scope that an op names were all that counts."""

    def take(draft: Any, op: Any, now: str) -> Any:
        target = draft.get(op.id)
        if target is not None and target.scope == archive_scope(op.scope):
            op = msgspec.structs.replace(op, scope=target.scope)
        return real_take(draft, op, now)

    def admit(draft: Any, item: Sent, unit_size: int, limits: Any) -> Any:
        try:
            return real_admit(draft, item, unit_size, limits)
        except Park as reason:
            if reason.code != "op.archived" or item.op is None:
                raise
            return item.op

    real_admit, real_take = steps.admit, steps.take
    for module in (push, retry):
        patch.setattr(module, "admit", admit)
        patch.setattr(module, "take", take)


def _plan_pull(patch: pytest.MonkeyPatch, plan: Callable[..., PullPlan]) -> None:
    for module in (world, reading):
        patch.setattr(module, "plan_pull", plan)


MUTATIONS = (
    Mutation(plant=receipt_outside_the_transaction, server="fake", first=5),
    Mutation(plant=last_write_wins, server="fake"),
    Mutation(plant=last_write_wins, server="real"),
    Mutation(plant=cursor_by_time, server="fake"),
    Mutation(plant=numbers_for_refused_units, server="fake"),
    Mutation(plant=numbers_for_refused_units_in_the_store, server="real"),
    Mutation(plant=replay_not_recognised, server="fake"),
    Mutation(plant=replay_not_recognised_in_the_store, server="real"),
    Mutation(plant=revoke_that_leaves_copies, server="fake", first=3),
    Mutation(plant=restore_that_nobody_notices, server="fake", first=5),
    Mutation(plant=foreign_rows, server="fake"),
    Mutation(plant=sweep_under_pending_ops, server="fake", first=5),
    Mutation(plant=checksum_that_forgets_deletes, server="real"),
    Mutation(plant=unit_not_atomic, server="fake"),
    Mutation(plant=parked_op_not_kept, server="fake"),
    Mutation(plant=older_op_takes_the_newer_candidate, server="fake", first=7),
    Mutation(plant=member_that_the_contract_lacks, server="fake"),
    Mutation(plant=batch_that_never_shrinks, server="fake"),
    Mutation(plant=sweep_that_forgets_the_rest, server="fake", first=5),
    Mutation(plant=purge_without_a_floor, server="fake", first=6),
    Mutation(plant=purge_of_the_living, server="fake", first=6),
    Mutation(plant=listing_without_a_sweep, server="fake", first=7),
    Mutation(plant=sweep_of_every_scope, server="fake", first=6),
    Mutation(plant=floor_that_a_listing_does_not_see, server="fake", first=36),
    Mutation(plant=listing_that_forgets_where_it_began, server="fake", first=6),
    Mutation(plant=ops_taken_under_a_foreign_cursor, server="fake", first=5),
    Mutation(plant=ops_taken_under_a_foreign_cursor, server="real", first=5),
    Mutation(plant=phone_that_forgets_too_early, server="fake", first=8),
    Mutation(plant=move_that_nobody_is_told_of, server="fake", first=4),
    Mutation(plant=deletion_that_leaves_conflicts_open, server="fake", first=3),
    Mutation(plant=half_a_row_comes_back, server="fake", first=20),
    Mutation(plant=conflicts_that_do_not_follow, server="fake"),
    Mutation(plant=form_versions_that_clash, server="fake"),
    Mutation(plant=ops_in_the_order_of_their_clocks, server="fake"),
    Mutation(plant=clocks_that_the_exchange_does_not_show, server="real"),
    Mutation(plant=archived_records_written_to, server="fake", first=4),
    Mutation(plant=wiped_before_it_is_through, server="fake"),
    Mutation(plant=wiped_before_it_is_through, server="real"),
)

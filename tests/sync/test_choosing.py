"""Who chooses in a conflict, what follows from the choice, and which candidate of a replica is its last."""

import msgspec
import pytest

from mobile_contract.ids import conflict_id, natural_id, row_id
from mobile_contract.sync import Change, Limits, Outcome, Patch
from sync import ops
from sync.state import Derivation, Record, Sent
from tests.sync.test_push import LOG, PIPE, base_log, last
from tests.sync.world import SECTION, WRITER, TestPhone, World

COUNT = f"fields/labour/{PIPE}/count"


class ReadersWorld(World):
    """A world in which ``reader`` holds the section without the role that writes reports."""

    def author(self, person, cursor):  # type: ignore[no-untyped-def]
        found = super().author(person, cursor)
        roles = {scope: WRITER if person != "reader" else frozenset({"leader"}) for scope in found.roles}
        return msgspec.structs.replace(found, roles=roles)


def clash(world: World, path: str = COUNT) -> tuple[TestPhone, TestPhone, str]:
    """Return two phones that disagree on a count of 13 or 14, and the conflict; 13 stands."""
    first, second = TestPhone(world, "chen"), TestPhone(world, "zhou")
    first.replica.create("report", SECTION, base_log(), LOG)
    first.replica.sync()
    second.replica.sync()
    first.replica.patch(LOG, {path: 13})
    second.replica.patch(LOG, {path: 14})
    first.replica.sync()
    second.replica.sync()
    return first, second, conflict_id(LOG, path)


def test_only_a_role_that_writes_the_record_may_choose_between_its_values() -> None:
    world = ReadersWorld()
    _, _, conflict = clash(world)
    reader = TestPhone(world, "reader")
    reader.replica.sync()
    reader.replica.resolve(conflict, 14)
    reader.replica.sync()
    assert last(reader) == (Outcome.PARKED, "op.role_may_not")
    assert world.records[conflict].values["state"] == "open"
    assert world.records[LOG].server["openConflicts"] == [COUNT]
    assert world.records[LOG].values["fields"]["labour"][PIPE]["count"] == 13


def test_a_total_follows_the_value_that_was_chosen() -> None:
    def recompute(values):  # type: ignore[no-untyped-def]
        total = sum(row.get("count", 0) for row in values["fields"].get("labour", {}).values())
        return {**values, "fields": {**values["fields"], "total": total}}

    world = World(derivation=Derivation(computed=lambda _: frozenset({"fields/total"}), recompute=recompute))
    first, _, conflict = clash(world)
    assert world.records[LOG].values["fields"]["total"] == 13
    first.replica.sync()
    first.replica.resolve(conflict, 14)
    first.replica.sync()
    assert last(first) == (Outcome.APPLIED, "op.applied")
    assert world.records[LOG].values["fields"]["labour"][PIPE]["count"] == 14
    assert world.records[LOG].values["fields"]["total"] == 14


def candidates(world: World, conflict: str) -> dict[str, tuple[object, int]]:
    found = world.records[conflict].values["candidates"]
    return {replica: (one["value"], one["n"]) for replica, one in found.items()}


def late(world: World, n: int, value: int, was: int) -> Record:
    """Let zhou's replica send an op of number ``n``, out of its order, and return the conflict."""
    op = Patch(
        op_id=natural_id("test", "late", str(n)), n=n, scope=SECTION, kind="report", id=LOG,
        at="2026-11-18T16:00:00+08:00", set={COUNT: Change(value=value, was=was)},
    )  # fmt: skip
    sent: list[Sent] = ops.decode([msgspec.json.encode(op)], Limits())
    author = world.author("zhou", TestPhone(world, "zhou").storage.memory().cursor)
    world.commit(author, world.plan(author, sent, Limits()))
    return world.records[conflict_id(LOG, COUNT)]


@pytest.mark.parametrize(
    ("n", "value", "kept"),
    [(4, 15, (15, 4)), (1, 15, (14, 3))],
    ids=["a later op replaces the candidate", "an earlier op does not"],
)
def test_a_replica_s_candidate_is_what_it_said_last_not_what_came_last(
    n: int, value: int, kept: tuple[int, int]
) -> None:
    world = World()
    conflict = clash_of_third_op(world)
    assert candidates(world, conflict) == {"zhou": (14, 3)}
    late(world, n, value, was=12)
    assert candidates(world, conflict) == {"zhou": kept}


def test_an_older_op_that_agrees_with_what_stands_leaves_the_newer_candidate() -> None:
    world = World()
    conflict = clash_of_third_op(world)
    assert late(world, 1, 13, was=12).values["state"] == "open"
    assert candidates(world, conflict) == {"zhou": (14, 3)}
    assert late(world, 4, 13, was=12).values["state"] == "resolved"
    assert "openConflicts" not in world.records[LOG].server


def clash_of_third_op(world: World) -> str:
    """Return a conflict whose candidate is the op 3 of zhou's replica; its number 1 never came."""
    first = TestPhone(world, "chen")
    first.replica.create("report", SECTION, base_log(), LOG)
    first.replica.sync()
    first.replica.patch(LOG, {COUNT: 13})
    first.replica.sync()
    late(world, 3, 14, was=12)
    return conflict_id(LOG, COUNT)


@pytest.mark.parametrize("fits", [1, 2, 3, 4, 5])
def test_a_batch_never_splits_a_unit(fits: int) -> None:
    """Whatever batch the server allows, ops of one unit are in one exchange; a unit longer than it goes alone."""
    world = World()
    exchanges: list[list[str | None]] = []
    phone = TestPhone(world, "chen")
    exchange = phone.replica._transport.exchange

    def noted(body: bytes) -> bytes:
        found = [msgspec.json.decode(raw)["unit"] for raw in map(bytes, msgspec.json.decode(body, type=Sending).ops)]
        exchanges.append(found)
        return exchange(body)

    phone.replica._transport.exchange = noted  # type: ignore[method-assign]
    names = [row_id(LOG, "unit", str(number)) for number in range(3)]
    for name, length in zip(names, (2, 3, 2), strict=True):
        for _ in range(length):
            phone.replica.create("checkIn", SECTION, {"note": "x"}, unit=name)
    memory = phone.storage.memory()
    phone.storage.remember(msgspec.structs.replace(memory, batch=fits))
    phone.replica.exchange()
    while phone.storage.pending(100):
        phone.storage.remember(msgspec.structs.replace(phone.storage.memory(), batch=fits))
        phone.replica.exchange()
    sent = [batch for batch in exchanges if batch]
    assert [name for batch in sent for name in batch] == [*[names[0]] * 2, *[names[1]] * 3, *[names[2]] * 2]
    for name in names:
        assert sum(name in batch for batch in sent) == 1, sent
    assert len(sent) == {1: 3, 2: 3, 3: 3, 4: 3, 5: 2}[fits]


class Sending(msgspec.Struct):
    """The ops of a request, each in its bytes."""

    ops: list[msgspec.Raw]

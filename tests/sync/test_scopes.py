"""Records that move between scopes, scopes that are granted and revoked: each phone holds what a fresh query gives."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mobile_contract.ids import natural_id
from mobile_contract.sync import Left
from sync.invariants import phone_equals_server, records_are_sound
from tests.sync.world import OTHER, SECTION, TestPhone, World

LOGS = [natural_id("log", str(day)) for day in range(3)]
HELD = {"here": {SECTION}, "there": {OTHER}, "both": {SECTION, OTHER}}


@pytest.fixture
def world() -> World:
    return World(held={name: set(scopes) for name, scopes in HELD.items()})


def agree(world: World, phone: TestPhone) -> bool:
    assert phone.replica.sync()[-1].mismatched == ()
    scopes = world.author(phone.person, phone.storage.memory().cursor).roles
    assert phone_equals_server(phone.storage.copies(), world.records.values(), scopes) == []
    return True


def test_a_moved_record_leaves_those_who_read_only_the_old_scope(world: World) -> None:
    here, there, both = (TestPhone(world, name) for name in HELD)
    here.replica.create("report", SECTION, {"form": "f"}, LOGS[0])
    for phone in (here, there, both):
        phone.replica.sync()
    world.move(LOGS[0], OTHER)
    seen = here.replica.sync()[-1].entries
    assert [type(entry) for entry in seen] == [Left]
    assert here.replica.view(LOGS[0]) is None
    assert all(agree(world, phone) for phone in (here, there, both))
    assert both.storage.copy(LOGS[0]) == there.storage.copy(LOGS[0])


def test_its_conflicts_go_with_it_and_can_be_settled_there(world: World) -> None:
    one, two, both = TestPhone(world, "here"), TestPhone(world, "here"), TestPhone(world, "both")
    two.replica._new_id = lambda: natural_id("second", str(two.storage.memory().next_n))
    one.replica.create("report", SECTION, {"form": "f", "fields": {"weather": "sun"}}, LOGS[0])
    one.replica.sync()
    both.replica.sync()
    both.replica.patch(LOGS[0], {"fields/weather": "fog"})
    one.replica.patch(LOGS[0], {"fields/weather": "rain"})
    one.replica.sync()
    both.replica.sync()
    world.move(LOGS[0], OTHER)
    assert agree(world, one)
    assert one.storage.copies(kind="conflict") == []
    assert agree(world, both)
    (conflict,) = both.storage.copies(kind="conflict")
    both.replica.resolve(conflict.id, "fog")
    both.replica.sync()
    assert world.records[LOGS[0]].values["fields"] == {"weather": "fog"}
    assert records_are_sound(world.records.values()) == []


def test_an_edit_that_names_the_old_scope_is_kept(world: World) -> None:
    both = TestPhone(world, "both")
    both.replica.create("report", SECTION, {"form": "f"}, LOGS[0])
    both.replica.sync()
    both.replica.patch(LOGS[0], {"fields/weather": "fog"})
    world.move(LOGS[0], OTHER)
    both.replica.sync()
    assert both.storage.receipts()[-1].code == "op.other_scope"
    both.replica.patch(LOGS[0], {"fields/weather": "fog"})
    both.replica.sync()
    assert both.storage.receipts()[-1].code == "op.applied"


def test_a_grant_on_the_way_starts_its_scope_at_the_beginning(world: World) -> None:
    here, there = TestPhone(world, "here"), TestPhone(world, "there")
    for log in LOGS:
        there.replica.create("report", OTHER, {"form": "f"}, log)
    there.replica.sync()
    here.replica.sync()
    world.held["here"].add(OTHER)
    assert agree(world, here)
    assert here.replica.view(LOGS[2]) == {"form": "f"}


def test_a_revoked_scope_takes_its_copies_and_never_what_is_not_sent(world: World) -> None:
    both = TestPhone(world, "both")
    both.replica.create("report", OTHER, {"form": "f"}, LOGS[0])
    both.replica.create("report", SECTION, {"form": "f"}, LOGS[1])
    both.replica.sync()
    both.replica.patch(LOGS[0], {"fields/weather": "fog"})
    world.held["both"] = {SECTION}
    assert agree(world, both)
    assert both.storage.copy(LOGS[0]) is None
    assert both.storage.copy(LOGS[1]) is not None
    assert both.storage.receipts()[-1].code == "op.scope_not_held"
    (kept,) = both.storage.copies(kind="parked")
    assert kept.values["op"]["set"] == {"fields/weather": {"value": "fog"}}
    world.held["both"] = {SECTION, OTHER}
    assert agree(world, both)
    assert both.replica.view(LOGS[0]) == {"form": "f"}


@settings(max_examples=100, deadline=None)
@given(
    script=st.lists(
        st.tuples(st.sampled_from(["move", "edit", "sync", "grant", "revoke"]), st.sampled_from(LOGS), st.booleans()),
        max_size=30,
    ),
    page=st.integers(1, 4),
)
def test_phones_agree_with_the_server_wherever_records_went(script: list[tuple[str, str, bool]], page: int) -> None:
    world = World(page=page, held={name: set(scopes) for name, scopes in HELD.items()})
    phones = {name: TestPhone(world, name) for name in HELD}
    for log in LOGS:
        phones["here"].replica.create("report", SECTION, {"form": "f"}, log)
    phones["here"].replica.sync()
    for count, (what, log, first) in enumerate(script):
        scope = SECTION if first else OTHER
        if what == "move" and world.records[log].scope != scope:
            world.move(log, scope)
        elif what == "edit" and phones["both"].replica.view(log) is not None:
            phones["both"].replica.patch(log, {"fields/weather": count})
        elif what == "sync":
            phones["both" if first else "here"].replica.exchange()
        elif what == "grant":
            world.held["here"].add(OTHER)
        elif what == "revoke":
            world.held["here"].discard(OTHER)
    for phone in phones.values():
        phone.replica.sync()
    assert all(agree(world, phone) for phone in phones.values())

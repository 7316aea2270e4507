"""What people disagree on in a record that is deleted is settled with it, and every candidate stays readable."""

import pytest

from mobile_contract.ids import natural_id
from mobile_contract.sync import Outcome
from sync.invariants import phone_equals_server, records_are_sound
from sync.policy import KindPolicy
from sync.state import Derivation, Record
from tests.sync.world import POLICIES, SECTION, TestPhone, World

LOG = natural_id("log", "2026-11-18")


@pytest.fixture
def phones(world: World) -> tuple[TestPhone, TestPhone]:
    """Two phones that disagree on the weather: it rains on the first, whose value stands."""
    first, second = TestPhone(world, "chen"), TestPhone(world, "zhou")
    first.replica.create("report", SECTION, {"form": "f", "fields": {"weather": "sun", "note": "a"}}, LOG)
    first.replica.sync()
    second.replica.sync()
    first.replica.patch(LOG, {"fields/weather": "rain"})
    second.replica.patch(LOG, {"fields/weather": "snow"})
    for phone in (first, second, first):
        phone.replica.sync()
    return first, second


def last(phone: TestPhone) -> tuple[Outcome, str]:
    receipt = phone.storage.receipts()[-1]
    return receipt.outcome, receipt.code


def conflict(world: World, path: str = "fields/weather") -> Record:
    return next(r for r in world.records.values() if r.kind == "conflict" and r.values["path"] == path)


def sound(world: World, *phones: TestPhone) -> bool:
    for phone in phones:
        phone.replica.sync()
        scopes = world.author(phone.person, phone.storage.memory().cursor).roles
        assert phone_equals_server(phone.storage.copies(), world.records.values(), scopes) == []
    return records_are_sound(world.records.values()) == []


def test_a_deletion_settles_its_conflicts(world: World, phones: tuple[TestPhone, TestPhone]) -> None:
    first, second = phones
    first.replica.delete(LOG)
    first.replica.sync()
    assert last(first) == (Outcome.APPLIED, "op.applied")
    settled = conflict(world).values
    assert settled["state"] == "resolved"
    assert "chosen" not in settled
    assert [one["value"] for one in settled["candidates"].values()] == ["snow"]
    assert "openConflicts" not in world.records[LOG].server
    assert sound(world, first, second)


def test_a_choice_that_comes_after_the_deletion_is_parked_for_that(
    world: World, phones: tuple[TestPhone, TestPhone]
) -> None:
    first, second = phones
    second.replica.resolve(conflict(world).id, "snow")
    first.replica.delete(LOG)
    first.replica.sync()
    second.replica.sync()
    assert last(second) == (Outcome.PARKED, "op.deleted_record")
    assert world.records[LOG].deleted
    assert sound(world, first, second)


def test_a_deletion_that_was_disputed_and_chosen_settles_the_others_too(
    world: World, phones: tuple[TestPhone, TestPhone]
) -> None:
    first, second = phones
    first.replica.delete(LOG)
    second.replica.patch(LOG, {"fields/note": "b"})
    second.replica.sync()
    first.replica.sync()
    assert last(first)[0] is Outcome.CONFLICT
    second.replica.sync()
    second.replica.resolve(conflict(world, "(record)").id, None)
    second.replica.sync()
    assert last(second) == (Outcome.APPLIED, "op.applied")
    assert world.records[LOG].deleted
    assert {record.values["state"] for record in world.records.values() if record.kind == "conflict"} == {"resolved"}
    assert sound(world, first, second)


def test_a_deletion_that_was_disputed_and_not_chosen_leaves_the_record(
    world: World, phones: tuple[TestPhone, TestPhone]
) -> None:
    first, second = phones
    first.replica.delete(LOG)
    second.replica.patch(LOG, {"fields/note": "b"})
    second.replica.sync()
    first.replica.sync()
    second.replica.sync()
    second.replica.resolve(conflict(world, "(record)").id, "keep")
    second.replica.sync()
    assert not world.records[LOG].deleted
    assert conflict(world).values["state"] == "open"
    assert sound(world, first, second)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"fields/day": "2026-11-19"}, "op.fixed_field"),
        ({"fields/day": None}, "op.fixed_field"),
        ({"fields/shift": "night"}, "op.fixed_field"),
        ({"fields": None}, "op.fixed_field"),
        ({"fields/day": "2026-11-18", "fields/note": "b"}, "op.applied"),
    ],
)
def test_what_makes_the_id_of_a_record_is_fixed(changes: dict[str, object], code: str) -> None:
    fixed = frozenset({"fields/day", "fields/shift"})
    world = World(policies={**POLICIES, "report": KindPolicy(kind="report", writers=frozenset({"contractor"}))})
    world.derivation = Derivation(computed=lambda _: frozenset(), recompute=lambda values: values, fixed=fixed)
    phone = TestPhone(world, "chen")
    phone.replica.create("report", SECTION, {"fields": {"day": "2026-11-18", "note": "a"}}, LOG)
    phone.replica.sync()
    phone.replica.patch(LOG, changes)
    phone.replica.sync()
    assert last(phone)[1] == code
    assert world.records[LOG].values["fields"]["day"] == "2026-11-18"

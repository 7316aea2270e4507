"""An op on a record that is not there yet waits, and is tried again when the record comes."""

from msgspec.structs import replace

from mobile_contract.ids import natural_id
from mobile_contract.sync import Change, Cursor, Limits, Patch
from sync import ops
from sync.invariants import every_op_is_accounted_for, phone_equals_server, records_are_sound
from sync.retry import plan_retry
from sync.state import PushState, Record, Waiting
from tests.sync.world import NOW, SECTION, TestPhone, World

LOG = natural_id("log", "2026-11-18")
OTHER_LOG = natural_id("log", "2026-11-19")


def report(**fields: object) -> dict[str, object]:
    return {"form": "f", "fields": fields}


def edit_unsent(phone: TestPhone, record: str, unit: str | None = None, **fields: object) -> None:
    """Queue an edit of a record whose creation this phone never sends: it saw it on a screen, say."""
    changes = {f"fields/{name}": Change(value=value) for name, value in fields.items()}
    phone.replica._enqueue(Patch, record, unit, kind="report", scope=SECTION, set=changes)


def parked(world: World) -> list[Record]:
    return [record for record in world.records.values() if record.kind == "parked"]


def states(world: World) -> list[str]:
    """Say of each parked record its state, and why it waits or with what it was applied."""
    return [
        f"{record.values['state']} {record.values.get('result', record.values['code'])}" for record in parked(world)
    ]


def test_it_is_applied_when_the_record_comes_and_its_phone_sees_that(world: World) -> None:
    early, late = TestPhone(world, "early"), TestPhone(world, "late")
    edit_unsent(early, LOG, safety="安全交底")
    early.replica.sync()
    assert states(world) == ["waiting op.unknown_record"]
    receipt = early.storage.receipts()[0]

    late.replica.create("report", SECTION, report(weather="rain"), LOG)
    late.replica.sync()
    early.replica.sync()
    assert world.records[LOG].values["fields"] == {"weather": "rain", "safety": "安全交底"}
    (copy,) = early.storage.copies(kind="parked")
    assert (copy.values["state"], copy.values["result"]) == ("applied", "op.applied")
    assert copy.values["settledAt"] == NOW
    assert "settledBy" not in copy.values
    assert early.storage.receipts() == [receipt]


def test_a_clash_with_what_came_meanwhile_is_a_conflict_under_its_author(world: World) -> None:
    early, late = TestPhone(world, "early"), TestPhone(world, "late")
    edit_unsent(early, LOG, weather="sun")
    early.replica.sync()
    late.replica.create("report", SECTION, report(weather="rain"), LOG)
    late.replica.sync()
    assert states(world) == ["applied op.conflict"]
    (conflict,) = (record for record in world.records.values() if record.kind == "conflict")
    assert [candidate["by"] for candidate in conflict.values["candidates"].values()] == ["early"]
    assert records_are_sound(world.records.values()) == []


def test_a_record_that_comes_later_in_the_same_batch_is_enough(world: World) -> None:
    phone = TestPhone(world, "chen")
    edit_unsent(phone, LOG, safety="安全交底")
    phone.replica.create("report", SECTION, report(weather="rain"), LOG)
    phone.replica.sync()
    assert [receipt.code for receipt in phone.storage.receipts()] == ["op.unknown_record", "op.applied"]
    assert states(world) == ["applied op.applied"]
    assert phone.replica.view(LOG) == report(weather="rain", safety="安全交底")


def test_a_unit_waits_and_succeeds_as_a_whole(world: World) -> None:
    early, late = TestPhone(world, "early"), TestPhone(world, "late")
    early.replica.create("report", SECTION, report(weather="fog"), OTHER_LOG, unit="u")
    edit_unsent(early, LOG, unit="u", safety="安全交底")
    early.replica.sync()
    assert OTHER_LOG not in world.records
    late.replica.create("report", SECTION, report(weather="rain"), LOG)
    late.replica.sync()
    assert states(world) == ["applied op.applied", "applied op.applied"]
    assert world.records[OTHER_LOG].values["fields"] == {"weather": "fog"}


def test_a_unit_that_waits_for_two_records_waits_for_the_second_too(world: World) -> None:
    early, late = TestPhone(world, "early"), TestPhone(world, "late")
    edit_unsent(early, LOG, unit="u", safety="one")
    edit_unsent(early, OTHER_LOG, unit="u", safety="two")
    early.replica.sync()
    late.replica.create("report", SECTION, report(weather="rain"), LOG)
    late.replica.sync()
    assert states(world) == ["waiting op.unit_parked", "waiting op.unknown_record"]
    late.replica.create("report", SECTION, report(weather="rain"), OTHER_LOG)
    late.replica.sync()
    assert {state.split()[0] for state in states(world)} == {"applied"}


def test_what_comes_by_a_waiting_unit_lets_others_go_on(world: World) -> None:
    first, second, late = (TestPhone(world, name) for name in ("first", "second", "late"))
    first.replica.create("report", SECTION, report(weather="fog"), OTHER_LOG, unit="u")
    edit_unsent(first, LOG, unit="u", safety="one")
    edit_unsent(second, OTHER_LOG, safety="two")
    first.replica.sync()
    second.replica.sync()
    late.replica.create("report", SECTION, report(weather="rain"), LOG)
    late.replica.sync()
    assert {state.split()[0] for state in states(world)} == {"applied"}
    assert world.records[OTHER_LOG].values["fields"] == {"weather": "fog", "safety": "two"}


def test_an_author_who_lost_the_scope_meanwhile_has_it_kept_under_that_reason(world: World) -> None:
    early, late = TestPhone(world, "early"), TestPhone(world, "late")
    edit_unsent(early, LOG, safety="安全交底")
    early.replica.sync()
    world.held["early"] = set()
    late.replica.create("report", SECTION, report(weather="rain"), LOG)
    late.replica.sync()
    assert states(world) == ["waiting op.scope_not_held"]
    assert world.records[LOG].values["fields"] == {"weather": "rain"}


def test_a_person_can_have_it_tried_again_under_its_author(world: World) -> None:
    phone, other = TestPhone(world, "chen"), TestPhone(world, "other")
    other.replica.create("report", SECTION, report(weather="rain"), LOG)
    other.replica.sync()
    world.held["chen"] = set()
    edit_unsent(phone, LOG, safety="安全交底")
    phone.replica.sync()
    assert states(world) == ["waiting op.scope_not_held"]
    world.held["chen"] = {SECTION}
    (kept,) = parked(world)
    author = world.author("chen", Cursor())
    waiting = Waiting(
        author=author, items=((kept.id, world.kept([kept])[0]),), asked_by="desk", reason="authority restored"
    )
    state = PushState(author=author, policies=world.policies, records=world.records)
    plan = plan_retry(state, waiting, NOW, Limits())
    assert plan == plan_retry(state, waiting, NOW, Limits())
    assert [item.parked for item in plan.settled] == [kept.id]
    assert plan.writers[LOG] == "chen"
    world.commit(author, plan)
    assert states(world) == ["applied op.merged"]
    assert parked(world)[0].values["settledBy"] == "desk"
    phone.replica.sync()
    held = {SECTION, author.own_scope}
    assert phone_equals_server(phone.storage.copies(), world.records.values(), held) == []
    assert every_op_is_accounted_for(phone.storage.receipts(), 1, world.records) == []


def test_the_same_bytes_twice_in_one_unit_that_parks_are_parked_once(world: World) -> None:
    phone = TestPhone(world, "chen")
    edit_unsent(phone, LOG, unit="u", safety="安全交底")
    (pending,) = phone.storage.pending_of(LOG)
    author = world.author("chen", Cursor())
    plan = world.plan(author, ops.decode([pending.raw, pending.raw], Limits()), Limits())
    assert [answer.fresh for answer in plan.answers] == [True, False]
    assert len(plan.records) == 1
    assert replace(plan.answers[0], fresh=False) == plan.answers[1]

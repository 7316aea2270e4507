"""What becomes of an op: each sentence of the protocol as a test of the planner, through two phones."""

import pytest

from mobile_contract.ids import natural_id, row_id
from mobile_contract.sync import Outcome
from sync.invariants import phone_equals_server, records_are_sound
from sync.merge import get
from sync.policy import KindPolicy
from sync.state import Derivation
from tests.sync.world import POLICIES, SECTION, TestPhone, World

LOG = natural_id("log", "2026-11-18")
PIPE = row_id(LOG, "labour", "管道工")


def base_log() -> dict[str, object]:
    return {
        "form": "daily_log",
        "formVersion": 1,
        "fields": {"weather_am": "cloudy", "labour": {PIPE: {"trade": "管道工", "count": 12}}},
    }


@pytest.fixture
def phones(world: World) -> tuple[TestPhone, TestPhone]:
    first, second = TestPhone(world, "chen"), TestPhone(world, "zhou")
    first.replica.create("report", SECTION, base_log(), LOG)
    first.replica.sync()
    second.replica.sync()
    return first, second


def last(phone: TestPhone) -> tuple[Outcome, str]:
    receipt = phone.storage.receipts()[-1]
    return receipt.outcome, receipt.code


def test_edits_of_different_fields_merge(world: World, phones: tuple[TestPhone, TestPhone]) -> None:
    first, second = phones
    first.replica.patch(LOG, {"fields/weather_pm": "rain"})
    second.replica.patch(LOG, {"fields/safety": "安全交底"})
    first.replica.sync()
    second.replica.sync()
    assert last(first) == (Outcome.APPLIED, "op.applied")
    assert last(second) == (Outcome.MERGED, "op.merged")
    assert world.records[LOG].values["fields"]["weather_pm"] == "rain"
    assert world.records[LOG].values["fields"]["safety"] == "安全交底"


def test_a_clash_keeps_both_values_until_a_person_chooses(world: World, phones: tuple[TestPhone, TestPhone]) -> None:
    first, second = phones
    path = f"fields/labour/{PIPE}/count"
    first.replica.patch(LOG, {path: 13})
    second.replica.patch(LOG, {path: 14, "fields/safety": "安全交底"})
    first.replica.sync()
    second.replica.sync()
    assert last(second) == (Outcome.CONFLICT, "op.conflict")
    log = world.records[LOG]
    assert get(log.values, tuple(path.split("/"))) == 13
    assert log.values["fields"]["safety"] == "安全交底"
    assert log.server["openConflicts"] == [path]
    conflict = second.storage.receipts()[-1].conflicts[0]
    first.replica.sync()
    copy = first.storage.copy(conflict)
    assert copy is not None
    assert copy.values["standing"] == 13
    assert [item["value"] for item in copy.values["candidates"].values()] == [14]

    first.replica.resolve(conflict, 14)
    first.replica.sync()
    assert get(world.records[LOG].values, tuple(path.split("/"))) == 14
    assert "openConflicts" not in world.records[LOG].server
    assert world.records[conflict].values["state"] == "resolved"


def test_a_choice_that_missed_a_candidate_leaves_the_conflict_open(
    world: World, phones: tuple[TestPhone, TestPhone]
) -> None:
    first, second = phones
    third = TestPhone(world, "wang")
    third.replica.sync()
    path = f"fields/labour/{PIPE}/count"
    for phone, count in ((first, 13), (second, 14), (third, 15)):
        phone.replica.patch(LOG, {path: count})
    first.replica.sync()
    second.replica.sync()
    first.replica.sync()
    first.replica.resolve(second.storage.receipts()[-1].conflicts[0], 14)
    third.replica.sync()
    first.replica.sync()
    assert last(first) == (Outcome.CONFLICT, "op.new_candidates")
    assert get(world.records[LOG].values, tuple(path.split("/"))) == 13


def test_a_choice_that_missed_a_new_standing_value_leaves_the_conflict_open(
    world: World, phones: tuple[TestPhone, TestPhone]
) -> None:
    first, second = phones
    path = f"fields/labour/{PIPE}/count"
    first.replica.patch(LOG, {path: 13})
    second.replica.patch(LOG, {path: 14})
    first.replica.sync()
    second.replica.sync()
    second.replica.resolve(second.storage.receipts()[-1].conflicts[0], 14)
    first.replica.patch(LOG, {path: 99})
    first.replica.sync()
    second.replica.sync()
    assert last(second) == (Outcome.CONFLICT, "op.new_candidates")
    assert get(world.records[LOG].values, tuple(path.split("/"))) == 99


def test_a_later_value_of_the_same_phone_replaces_its_candidate(
    world: World, phones: tuple[TestPhone, TestPhone]
) -> None:
    first, second = phones
    path = f"fields/labour/{PIPE}/count"
    first.replica.patch(LOG, {path: 13})
    second.replica.patch(LOG, {path: 14})
    second.replica.patch(LOG, {path: 15})
    first.replica.sync()
    second.replica.sync()
    conflict = world.records[second.storage.receipts()[-1].conflicts[0]]
    assert [item["value"] for item in conflict.values["candidates"].values()] == [15]


def test_a_phone_that_comes_round_to_the_standing_value_closes_the_conflict(
    world: World, phones: tuple[TestPhone, TestPhone]
) -> None:
    first, second = phones
    path = f"fields/labour/{PIPE}/count"
    first.replica.patch(LOG, {path: 13})
    second.replica.patch(LOG, {path: 14})
    first.replica.sync()
    second.replica.sync()
    second.replica.patch(LOG, {path: 13})
    second.replica.sync()
    assert "openConflicts" not in world.records[LOG].server


def test_a_phone_that_comes_round_while_another_does_not_takes_back_its_own_candidate(
    world: World, phones: tuple[TestPhone, TestPhone]
) -> None:
    first, second = phones
    third = TestPhone(world, "wang")
    third.replica.sync()
    path = f"fields/labour/{PIPE}/count"
    for phone, count in ((first, 13), (second, 14), (third, 15)):
        phone.replica.patch(LOG, {path: count})
        phone.replica.sync()
    second.replica.patch(LOG, {path: 13})
    second.replica.sync()
    conflict = world.records[third.storage.receipts()[-1].conflicts[0]]
    assert [(one["by"], one["value"]) for one in conflict.values["candidates"].values()] == [("wang", 15)]
    assert world.records[LOG].server["openConflicts"] == [path]


def test_two_phones_that_create_the_same_log_offline_end_with_one(world: World) -> None:
    first, second = TestPhone(world, "chen"), TestPhone(world, "zhou")
    first.replica.create("report", SECTION, base_log(), LOG)
    other = base_log() | {"fields": {"weather_am": "cloudy", "safety": "安全交底"}}
    second.replica.create("report", SECTION, other, LOG)
    first.replica.sync()
    second.replica.sync()
    assert last(second) == (Outcome.MERGED, "op.merged")
    assert [record.id for record in world.records.values() if record.kind == "report"] == [LOG]
    assert world.records[LOG].values["fields"]["safety"] == "安全交底"


def test_two_phones_that_add_the_same_trade_offline_merge_its_cells(
    world: World, phones: tuple[TestPhone, TestPhone]
) -> None:
    row = row_id(LOG, "labour", "普工")
    phones[0].replica.patch(LOG, {f"fields/labour/{row}": {"trade": "普工", "count": 18}})
    phones[1].replica.patch(LOG, {f"fields/labour/{row}": {"trade": "普工", "hours": 8}})
    phones[0].replica.sync()
    phones[1].replica.sync()
    assert world.records[LOG].values["fields"]["labour"][row] == {"trade": "普工", "count": 18, "hours": 8}


def test_a_repeat_that_is_set_as_a_whole_may_hold_a_new_row(world: World, phones: tuple[TestPhone, TestPhone]) -> None:
    row, path = row_id(LOG, "labour", "普工"), "fields/labour"
    table = {PIPE: {"trade": "管道工", "count": 12}, row: {"trade": "普工", "count": 18}}
    phones[1].replica.patch(LOG, {path: table})
    seen = phones[1].replica.view(LOG)
    assert seen is not None
    assert get(seen, ("fields", "labour")) == table
    phones[0].replica.patch(LOG, {f"{path}/{PIPE}/hours": 8})
    phones[0].replica.sync()
    phones[1].replica.sync()
    assert last(phones[1]) == (Outcome.MERGED, "op.merged")
    assert world.records[LOG].values["fields"]["labour"] == {**table, PIPE: {**table[PIPE], "hours": 8}}


def test_a_cell_of_a_row_that_was_removed_clashes_and_brings_nothing_back(
    world: World, phones: tuple[TestPhone, TestPhone]
) -> None:
    phones[0].replica.patch(LOG, {f"fields/labour/{PIPE}": None})
    phones[1].replica.patch(LOG, {f"fields/labour/{PIPE}/hours": 8})
    phones[0].replica.sync()
    phones[1].replica.sync()
    assert last(phones[1])[0] is Outcome.CONFLICT
    assert "labour" not in world.records[LOG].values["fields"]


def test_a_position_is_one_value_and_never_half_of_two() -> None:
    world = World()
    first, second = TestPhone(world, "a"), TestPhone(world, "b")
    spot = {"lat": 1, "lon": 2, "datum": "WGS84"}
    first.replica.create("report", SECTION, {"form": "f", "fields": {"spot": spot}}, LOG)
    first.replica.sync()
    second.replica.sync()
    first.replica.patch(LOG, {"fields/spot": {**spot, "lat": 5}})
    second.replica.patch(LOG, {"fields/spot": {**spot, "lon": 6}})
    first.replica.sync()
    second.replica.sync()
    assert last(second)[0] is Outcome.CONFLICT
    assert world.records[LOG].values["fields"]["spot"] == {**spot, "lat": 5}


def test_true_is_not_one(world: World, phones: tuple[TestPhone, TestPhone]) -> None:
    phones[0].replica.patch(LOG, {"fields/flag": 1})
    phones[0].replica.patch(LOG, {"fields/flag": True})
    phones[0].replica.sync()
    assert world.records[LOG].values["fields"]["flag"] is True


def test_a_signed_log_takes_edits_as_an_amendment_and_keeps_the_signed_version(
    world: World, phones: tuple[TestPhone, TestPhone]
) -> None:
    first, second = phones
    first.replica.sign(LOG)
    first.replica.sync()
    second.replica.patch(LOG, {"fields/weather_am": "rain"})
    second.replica.sync()
    assert last(second) == (Outcome.APPLIED, "op.became_amendment")
    assert world.records[LOG].server["signed"][-1]["values"]["fields"]["weather_am"] == "cloudy"
    second.replica.sign(LOG)
    second.replica.sync()
    assert [item["version"] for item in world.records[LOG].server["signed"]] == [1, 2]


def test_a_signature_under_values_that_moved_is_parked(world: World, phones: tuple[TestPhone, TestPhone]) -> None:
    first, second = phones
    first.replica.sign(LOG)
    second.replica.patch(LOG, {"fields/weather_am": "rain"})
    second.replica.sync()
    first.replica.sync()
    assert last(first) == (Outcome.PARKED, "op.moved_since")


def test_a_log_with_an_open_conflict_is_not_signed(world: World, phones: tuple[TestPhone, TestPhone]) -> None:
    first, second = phones
    first.replica.patch(LOG, {"fields/weather_am": "rain"})
    second.replica.patch(LOG, {"fields/weather_am": "snow"})
    first.replica.sync()
    second.replica.sync()
    first.replica.sync()
    first.replica.sign(LOG)
    first.replica.sync()
    assert last(first) == (Outcome.PARKED, "op.open_conflicts")


def test_a_delete_of_something_that_moved_becomes_a_conflict(world: World, phones: tuple[TestPhone, TestPhone]) -> None:
    first, second = phones
    first.replica.delete(LOG)
    second.replica.patch(LOG, {"fields/weather_am": "rain"})
    second.replica.sync()
    first.replica.sync()
    assert last(first)[0] is Outcome.CONFLICT
    assert not world.records[LOG].deleted


def test_an_edit_of_a_deleted_log_is_parked_whole(world: World, phones: tuple[TestPhone, TestPhone]) -> None:
    first, second = phones
    second.replica.patch(LOG, {"fields/weather_am": "rain"})
    first.replica.delete(LOG)
    first.replica.sync()
    second.replica.sync()
    assert last(second) == (Outcome.PARKED, "op.deleted_record")
    parked = [record for record in world.records.values() if record.kind == "parked"]
    assert parked[0].values["op"]["set"]["fields/weather_am"]["value"] == "rain"
    assert second.storage.copy(parked[0].id) is not None, "the phone sees what was parked, and why"


def test_a_unit_parks_whole_and_the_next_one_goes_on(world: World, phones: tuple[TestPhone, TestPhone]) -> None:
    first, _ = phones
    first.replica.patch(LOG, {"fields/weather_am": "rain"}, unit="u1")
    first.replica.create("unheard_of", SECTION, {"a": 1}, unit="u1")
    first.replica.patch(LOG, {"fields/safety": "ok"}, unit="u2")
    first.replica.sync()
    outcomes = [(receipt.outcome, receipt.code) for receipt in first.storage.receipts()[-3:]]
    assert outcomes == [
        (Outcome.PARKED, "op.unit_parked"),
        (Outcome.PARKED, "op.unknown_kind"),
        (Outcome.APPLIED, "op.applied"),
    ]
    assert world.records[LOG].values["fields"]["weather_am"] == "cloudy"


def test_append_only_records_never_change(world: World) -> None:
    phone = TestPhone(world, "zhou")
    check_in = phone.replica.create("checkIn", SECTION, {"note": "here"})
    phone.replica.patch(check_in, {"note": "there"})
    phone.replica.sync()
    assert last(phone) == (Outcome.PARKED, "op.append_only")
    assert world.records[check_in].values == {"note": "here"}


def test_an_op_for_a_scope_not_held_is_kept_under_its_author(world: World) -> None:
    phone = TestPhone(world, "zhou")
    world.held["zhou"] = set()
    phone.replica.create("checkIn", SECTION, {"note": "here"})
    phone.replica.sync()
    assert last(phone) == (Outcome.PARKED, "op.scope_not_held")
    assert not world.in_scope(SECTION)


def test_a_revoked_scope_takes_its_copies_and_no_queued_op(world: World, phones: tuple[TestPhone, TestPhone]) -> None:
    first, _ = phones
    first.replica.patch(LOG, {"fields/weather_am": "rain"})
    world.held["chen"] = set()
    first.replica.sync()
    assert first.storage.copy(LOG) is None
    assert last(first) == (Outcome.PARKED, "op.scope_not_held")


def test_computed_fields_are_recomputed_and_never_clash() -> None:
    def recompute(values: dict[str, object]) -> dict[str, object]:
        fields = values["fields"]
        assert isinstance(fields, dict)
        total = sum(row.get("count", 0) for row in fields.get("labour", {}).values())
        return {**values, "fields": {**fields, "total": total}}

    world = World(derivation=Derivation(computed=lambda _: frozenset({"fields/total"}), recompute=recompute))
    phone = TestPhone(world, "chen")
    log = base_log()
    log["fields"]["total"] = 99  # type: ignore[index]
    phone.replica.create("report", SECTION, log, LOG)
    phone.replica.sync()
    assert world.records[LOG].values["fields"]["total"] == 12
    phone.replica.patch(LOG, {f"fields/labour/{PIPE}/count": 20, "fields/total": 1})
    phone.replica.sync()
    assert last(phone) == (Outcome.APPLIED, "op.applied")
    assert world.records[LOG].values["fields"]["total"] == 20


def test_state_stays_sound_and_phones_equal_the_server(world: World, phones: tuple[TestPhone, TestPhone]) -> None:
    first, second = phones
    for phone, weather in ((first, "rain"), (second, "snow")):
        phone.replica.patch(LOG, {"fields/weather_am": weather})
        phone.replica.sync()
    first.replica.sync()
    assert records_are_sound(world.records.values()) == []
    for phone in phones:
        scopes = world.author(phone.person, phone.storage.memory().cursor).roles
        assert phone_equals_server(phone.storage.copies(), world.records.values(), scopes) == []


def test_a_role_that_may_not_write_a_kind_parks() -> None:
    strict = KindPolicy(kind="checkIn", writers=frozenset({"inspector"}))
    phone = TestPhone(World(policies={**POLICIES, "checkIn": strict}), "chen")
    phone.replica.create("checkIn", SECTION, {"note": "x"})
    phone.replica.sync()
    assert last(phone) == (Outcome.PARKED, "op.role_may_not")


@pytest.mark.parametrize(
    ("was", "theirs", "mine", "merged"),
    [
        (["a"], ["a", "b"], ["a", "c"], ["a", "b", "c"]),
        (["a", "b"], ["a"], ["a", "b", "c"], ["a", "c"]),
        (["a", "b"], ["b"], ["a"], None),
        (None, ["c"], ["a"], ["a", "c"]),
        (["a"], ["a", "x"], ["a", "b"], ["a", "b", "x"]),  # what no form knows is kept, last
        (["a"], "a b", ["a", "c"], "a b"),  # no list: as any other value
    ],
)
def test_lists_that_merge_by_their_members_keep_what_either_ticked_and_lose_what_either_took_away(
    was: object, theirs: object, mine: object, merged: object
) -> None:
    unions = {"fields/done": ("a", "b", "c")}
    world = World(derivation=Derivation(computed=lambda _: frozenset(), recompute=lambda values: values, unions=unions))
    world.held |= {"chen": {SECTION}, "zhou": {SECTION}}
    first, second = TestPhone(world, "chen"), TestPhone(world, "zhou")
    log = base_log()
    log["fields"]["done"] = was  # type: ignore[index]
    first.replica.create("report", SECTION, log, LOG)
    for phone in (first, second):
        phone.replica.sync()
    first.replica.patch(LOG, {"fields/done": theirs})
    second.replica.patch(LOG, {"fields/done": mine})
    first.replica.sync()
    second.replica.sync()
    assert world.records[LOG].values["fields"].get("done") == merged
    clashed = not isinstance(theirs, list)
    assert last(second)[0] is (Outcome.CONFLICT if clashed else Outcome.MERGED)

"""What happens to a row happens to its cells, and to what people disagree on in it."""

from typing import Any

import pytest

from mobile_contract.ids import natural_id, row_id
from mobile_contract.sync import Outcome, Resolve
from sync import removed
from sync.invariants import records_are_sound
from sync.merge import get
from tests.sync.world import SECTION, TestPhone, World

LOG = natural_id("log", "2026-11-18")
PIPE, MASON = row_id(LOG, "labour", "管道工"), row_id(LOG, "labour", "瓦工")
TABLE = "fields/labour"
ROW = f"{TABLE}/{PIPE}"
COUNT, HOURS = f"{ROW}/count", f"{ROW}/hours"
WHOLE = {"trade": "管道工", "count": 15, "hours": 8}

Phones = tuple[TestPhone, TestPhone]


@pytest.fixture
def phones(world: World) -> Phones:
    """Two phones that hold the same log with two rows."""
    first, second = TestPhone(world, "chen"), TestPhone(world, "zhou")
    rows = {PIPE: WHOLE, MASON: {"trade": "瓦工", "count": 4}}
    first.replica.create("report", SECTION, {"form": "f", "fields": {"weather": "sun", "labour": rows}}, LOG)
    first.replica.sync()
    second.replica.sync()
    return first, second


def last(phone: TestPhone) -> tuple[Outcome, str]:
    receipt = phone.storage.receipts()[-1]
    return receipt.outcome, receipt.code


def now(world: World, path: str) -> Any:
    return get(world.records[LOG].values, tuple(path.split("/")))


def conflicts(world: World) -> dict[str, Any]:
    """Return the open conflicts by path."""
    found = [r for r in world.records.values() if r.kind == "conflict" and r.values["state"] == "open"]
    return {record.values["path"]: record for record in found}


def edit_under_a_deletion(phones: Phones, gone: str, changes: dict[str, Any]) -> None:
    """Let the first phone delete something, and the second, which does not know, edit in it."""
    first, second = phones
    first.replica.patch(LOG, {gone: None})
    second.replica.patch(LOG, changes)
    for phone in (first, second, first):
        phone.replica.sync()


def test_a_row_whose_cell_is_chosen_comes_back_whole(world: World, phones: Phones) -> None:
    edit_under_a_deletion(phones, ROW, {COUNT: 20})
    assert conflicts(world)[COUNT].values["gone"]["path"] == ROW
    phones[0].replica.resolve(conflicts(world)[COUNT].id, 20)
    phones[0].replica.sync()
    assert last(phones[0]) == (Outcome.APPLIED, "op.applied")
    assert now(world, ROW) == WHOLE | {"count": 20}
    assert "removed" not in world.records[LOG].server
    assert records_are_sound(world.records.values()) == []


def test_a_row_whose_cell_stays_away_stays_away(world: World, phones: Phones) -> None:
    edit_under_a_deletion(phones, ROW, {COUNT: 20})
    phones[0].replica.resolve(conflicts(world)[COUNT].id, None)
    phones[0].replica.sync()
    assert now(world, ROW) is None
    assert conflicts(world) == {}


def test_a_repeat_that_was_removed_at_once_comes_back_at_once(world: World, phones: Phones) -> None:
    edit_under_a_deletion(phones, TABLE, {COUNT: 20})
    assert conflicts(world)[COUNT].values["gone"]["path"] == TABLE
    phones[0].replica.resolve(conflicts(world)[COUNT].id, 20)
    phones[0].replica.sync()
    assert now(world, TABLE) == {PIPE: WHOLE | {"count": 20}, MASON: {"trade": "瓦工", "count": 4}}


def test_a_row_that_was_written_again_is_not_undone_by_a_repeat_that_comes_back(world: World, phones: Phones) -> None:
    edit_under_a_deletion(phones, TABLE, {COUNT: 20})
    phones[0].replica.patch(LOG, {f"{TABLE}/{MASON}": {"trade": "瓦工", "count": 9}})
    phones[0].replica.sync()
    phones[0].replica.resolve(conflicts(world)[COUNT].id, 20)
    phones[0].replica.sync()
    assert now(world, f"{TABLE}/{MASON}/count") == 9
    assert now(world, ROW) == WHOLE | {"count": 20}


@pytest.fixture
def disputed(world: World, phones: Phones) -> Phones:
    """The phones disagree on a count, and both know it: 15 stands, 20 is the candidate."""
    first, second = phones
    first.replica.patch(LOG, {COUNT: 16})
    second.replica.patch(LOG, {COUNT: 20})
    for phone in (first, second, first):
        phone.replica.sync()
    return phones


@pytest.mark.parametrize("gone", [ROW, TABLE])
def test_a_conflict_under_what_went_away_says_so_and_asks_for_another_look(
    world: World, disputed: Phones, gone: str
) -> None:
    first, second = disputed
    second.replica.resolve(conflicts(world)[COUNT].id, 20)
    first.replica.patch(LOG, {gone: None})
    first.replica.sync()
    conflict = conflicts(world)[COUNT]
    assert "standing" not in conflict.values
    assert (conflict.values["gone"]["path"], conflict.values["gone"]["by"]) == (gone, "chen")
    second.replica.sync()
    assert last(second) == (Outcome.CONFLICT, "op.new_candidates")
    assert now(world, ROW) is None
    second.replica.resolve(conflict.id, 20)
    second.replica.sync()
    assert last(second) == (Outcome.APPLIED, "op.applied")
    assert now(world, ROW) == WHOLE | {"count": 20}


def test_a_phone_that_says_nothing_of_what_stood_looks_again_as_well(world: World, disputed: Phones) -> None:
    first, second = disputed
    conflict = conflicts(world)[COUNT]
    seen = tuple(item["opId"] for item in conflict.values["candidates"].values())
    first.replica.patch(LOG, {ROW: None})
    first.replica.sync()
    for code in ("op.new_candidates", "op.applied"):
        second.replica._enqueue(
            _resolve_without_standing, conflict.id, None, kind="conflict", scope=SECTION, seen=seen, value=20
        )
        second.replica.sync()
        assert last(second)[1] == code


def _resolve_without_standing(**fields: Any) -> Resolve:
    return Resolve(**fields)


def test_two_conflicts_in_one_deleted_row_are_settled_by_one_look(world: World, phones: Phones) -> None:
    edit_under_a_deletion(phones, ROW, {COUNT: 20, HOURS: 10})
    first = phones[0]
    for path, value in ((COUNT, 20), (HOURS, 10)):
        first.replica.resolve(conflicts(world)[path].id, value)
    first.replica.sync()
    assert last(first) == (Outcome.APPLIED, "op.applied")
    assert now(world, ROW) == {"trade": "管道工", "count": 20, "hours": 10}
    assert conflicts(world) == {}


def test_the_other_conflict_of_a_row_that_came_back_says_what_stands_in_it(world: World, phones: Phones) -> None:
    edit_under_a_deletion(phones, ROW, {COUNT: 20, HOURS: 10})
    phones[0].replica.resolve(conflicts(world)[COUNT].id, 20)
    phones[0].replica.sync()
    other = conflicts(world)[HOURS]
    assert other.values["standing"] == 8
    assert "gone" not in other.values
    phones[0].replica.patch(LOG, {HOURS: 9})  # somebody's news, unlike what came back with the row
    phones[0].replica.sync()
    phones[1].replica.resolve(other.id, 10)
    phones[1].replica.sync()
    assert last(phones[1])[1] == "op.new_candidates"


def test_that_a_row_came_back_is_remembered_through_news_of_something_else(world: World, phones: Phones) -> None:
    edit_under_a_deletion(phones, ROW, {COUNT: 20, HOURS: 10})
    phones[0].replica.resolve(conflicts(world)[COUNT].id, 20)
    phones[0].replica.sync()
    before = conflicts(world)[HOURS]
    phones[0].replica.patch(LOG, {"fields/weather": "rain"})
    phones[0].replica.sync()
    assert conflicts(world)[HOURS] == before
    phones[1].replica.resolve(before.id, 10)  # it saw nothing standing there
    phones[1].replica.sync()
    assert last(phones[1]) == (Outcome.APPLIED, "op.applied")


def test_a_conflict_about_an_empty_cell_says_when_its_row_goes(world: World, phones: Phones) -> None:
    edit_under_a_deletion(phones, COUNT, {COUNT: 20})
    assert "standing" not in conflicts(world)[COUNT].values
    phones[0].replica.patch(LOG, {ROW: None})
    phones[0].replica.sync()
    assert conflicts(world)[COUNT].values["gone"]["path"] == ROW


def test_a_conflict_that_opens_again_has_only_the_new_candidates(world: World, phones: Phones) -> None:
    first, second = phones
    edit_under_a_deletion(phones, COUNT, {COUNT: 20})
    first.replica.resolve(conflicts(world)[COUNT].id, 20)
    for phone in (first, second):
        phone.replica.sync()
    second.replica.patch(LOG, {COUNT: 21})
    first.replica.patch(LOG, {COUNT: 22})
    for phone in (second, first):
        phone.replica.sync()
    candidates = conflicts(world)[COUNT].values["candidates"].values()
    assert [(one["by"], one["value"]) for one in candidates] == [("chen", 22)]


def test_a_conflict_about_a_row_follows_its_cells(world: World, phones: Phones) -> None:
    first, second = phones
    first.replica.patch(LOG, {COUNT: 20})
    second.replica.patch(LOG, {ROW: None})
    for phone in (first, second, first):
        phone.replica.sync()
    second.replica.resolve(conflicts(world)[ROW].id, None)
    first.replica.patch(LOG, {COUNT: 21})
    first.replica.sync()
    assert conflicts(world)[ROW].values["standing"]["count"] == 21
    second.replica.sync()
    assert last(second) == (Outcome.CONFLICT, "op.new_candidates")
    assert now(world, COUNT) == 21


def test_a_deletion_that_is_chosen_reaches_the_conflicts_of_its_cells(world: World, disputed: Phones) -> None:
    first, second = disputed
    second.replica.patch(LOG, {ROW: None})
    first.replica.patch(LOG, {HOURS: 9})
    for phone in (first, second, first):
        phone.replica.sync()
    first.replica.resolve(conflicts(world)[ROW].id, None)
    first.replica.sync()
    assert now(world, ROW) is None
    assert conflicts(world)[COUNT].values["gone"]["path"] == ROW


def test_a_row_of_which_nothing_is_known_does_not_come_back_as_one_cell(
    world: World, phones: Phones, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(removed, "MAX_BYTES", 0)
    edit_under_a_deletion(phones, ROW, {COUNT: 20})
    phones[0].replica.resolve(conflicts(world)[COUNT].id, 20)
    phones[0].replica.sync()
    assert last(phones[0]) == (Outcome.PARKED, "op.row_gone")
    assert now(world, ROW) is None


def test_cells_left_as_they_were_do_not_hold_on_to_a_row_that_is_gone(world: World, phones: Phones) -> None:
    edit_under_a_deletion(phones, ROW, {ROW: WHOLE | {"count": 20}})
    assert list(conflicts(world)) == [COUNT]


def test_a_phone_shows_no_half_of_a_row_that_went_away_under_its_edit(phones: Phones) -> None:
    first, second = phones
    first.replica.patch(LOG, {ROW: None})
    first.replica.sync()
    second.replica.patch(LOG, {COUNT: 20})
    copy = first.storage.copy(LOG)
    assert copy is not None
    second.storage.put_copy(copy)
    seen = second.replica.view(LOG)
    assert seen is not None
    assert get(seen, tuple(ROW.split("/"))) is None


def test_only_so_much_of_what_was_removed_is_kept(world: World, phones: Phones) -> None:
    first = phones[0]
    for count in range(removed.MAX_KEPT + 5):
        row = f"{TABLE}/{row_id(LOG, 'labour', str(count))}"
        first.replica.patch(LOG, {row: {"count": count}})
        first.replica.patch(LOG, {row: None})
    first.replica.sync()
    kept = world.records[LOG].server["removed"]
    assert [entry["value"]["count"] for entry in kept] == list(range(5, removed.MAX_KEPT + 5))

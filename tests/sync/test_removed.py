"""What went away from a record is known with its extent, so that it can come back whole."""

from typing import Any

import pytest

from mobile_contract.conflicts import Removed
from mobile_contract.ids import natural_id, row_id
from sync import removed
from sync.merge import Leaf
from sync.state import Record
from tests.sync.world import NOW, SECTION

LOG = natural_id("log", "1")
ROW, OTHER, INNER = (row_id(LOG, "labour", name) for name in ("a", "b", "c"))
TABLE = {"t": {ROW: {"a": 1, "u": {INNER: {"b": 2}}}}}


def holding(*kept: dict[str, Any]) -> Record:
    return Record(kind="report", id=LOG, scope=SECTION, rev=1, values={}, server={"removed": list(kept)})


def entry(path: str, value: Any, by: str = "chen") -> dict[str, Any]:
    return {"path": path, "value": value, "by": by, "at": NOW}


@pytest.mark.parametrize(
    ("path", "row"),
    [
        (("t", ROW, "a"), None),
        (("t", OTHER, "a"), ("t", OTHER)),
        (("t", OTHER), None),  # the row itself leads through no row
        (("t", OTHER, "u", INNER, "b"), ("t", OTHER)),
        (("t", ROW, "u", OTHER, "b"), ("t", ROW, "u", OTHER)),
        ((OTHER, "a"), (OTHER,)),
        (("x", "y"), None),
    ],
)
def test_the_outermost_row_that_is_missing_is_the_one(path: tuple[str, ...], row: tuple[str, ...] | None) -> None:
    assert removed.missing_row(TABLE, path) == row


@pytest.mark.parametrize(
    ("after", "path", "gone"),
    [
        ({"t": {ROW: {"a": 1}}}, ("t", ROW, "a"), []),
        ({}, ("t", ROW, "a"), [("t", ROW)]),
        ({}, ("t", OTHER, "a"), []),
        ({}, ("t",), [("t",)]),
        ({"t": {OTHER: {"a": 1}}}, ("t",), [("t", ROW)]),
        ({"t": {ROW: {"a": 1}}}, ("t", ROW), [("t", ROW, "u")]),
        ({"t": {ROW: {"a": 1}}}, ("x",), []),
    ],
)
def test_a_row_that_went_is_gone_alone_and_a_repeat_as_a_whole(
    after: dict[str, Any], path: tuple[str, ...], gone: list[tuple[str, ...]]
) -> None:
    assert removed.gone(TABLE, after, Leaf(path, None)) == gone


def kept_of(record: Record, before: dict[str, Any], *paths: tuple[str, ...]) -> list[tuple[str, Any]] | None:
    noted = removed.noted(record, before, paths, "zhou", "later").removed
    return [(one.path, one.by) for one in noted] if isinstance(noted, tuple) else None


def test_the_latest_removal_of_a_path_is_kept_last_and_its_earlier_one_forgotten() -> None:
    before = {"t": {ROW: {"a": 3}, OTHER: 1}}
    record = holding(entry(f"t/{ROW}", {"a": 1}), entry(f"t/{OTHER}", {"a": 2}))
    assert kept_of(record, before, ("t", ROW)) == [(f"t/{OTHER}", "chen"), (f"t/{ROW}", "zhou")]
    assert kept_of(record, before, ("t", OTHER)) == [(f"t/{ROW}", "chen"), (f"t/{OTHER}", "chen")]  # a scalar is no row
    assert kept_of(holding(), {}) is None


def test_what_is_known_of_a_row_is_the_latest_entry_that_holds_it() -> None:
    record = holding(entry("t", {ROW: {"a": 1}}), entry(f"t/{OTHER}", {"a": 2}), entry("t", {INNER: {"a": 3}}))
    known = [removed.last_known(record, ("t", row)) for row in (ROW, OTHER, INNER)]
    assert [one.value if one else None for one in known] == [{ROW: {"a": 1}}, {"a": 2}, {INNER: {"a": 3}}]
    assert removed.last_known(record, ("u", ROW)) is None
    assert removed.last_known(record, ("t", row_id(LOG, "labour", "d"))) is None
    assert removed.last_known(holding(), ("t", ROW)) is None


def test_what_was_written_again_since_stays_and_the_rest_comes_back() -> None:
    kept = Removed(path="t", value={ROW: {"a": 1}, OTHER: {"a": 2}}, by="chen", at=NOW)
    assert removed.brought_back({"t": {ROW: {"a": 5}}}, kept) == {"t": {ROW: {"a": 5}, OTHER: {"a": 2}}}
    assert removed.brought_back({}, kept) == {"t": {ROW: {"a": 1}, OTHER: {"a": 2}}}


def test_an_entry_is_forgotten_once_it_is_back_and_the_others_stay() -> None:
    record = holding(entry("t", {ROW: {"a": 1}}), entry(f"t/{OTHER}", {"a": 2}))
    known = removed.last_known(record, ("t", OTHER))
    assert known is not None
    left = removed.without(record, known).removed
    assert isinstance(left, tuple)
    assert [one.path for one in left] == ["t"]
    assert removed.without(holding(entry(f"t/{OTHER}", {"a": 2})), known).removed is None

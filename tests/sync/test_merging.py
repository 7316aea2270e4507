"""How values are taken apart, compared and put together again, leaf by leaf."""

from typing import Any

import pytest

from mobile_contract.ids import natural_id, row_id
from mobile_contract.sync import Change
from mobile_contract.values import digest
from sync import merge
from sync.merge import Leaf, Step
from sync.policy import KindPolicy

LOG = natural_id("log", "1")
ROW, OTHER = row_id(LOG, "labour", "a"), row_id(LOG, "labour", "b")
POLICY = KindPolicy(kind="report")


def test_a_path_has_at_most_eight_names_and_none_is_empty() -> None:
    assert merge.split("a/b/c/d/e/f/g/h") == tuple("abcdefgh")
    for path in ("a/b/c/d/e/f/g/h/i", "", "/a", "a/", "a//b"):
        with pytest.raises(merge.BadPath):
            merge.split(path)


@pytest.mark.parametrize(
    ("path", "has"), [(("a", "b"), True), (("a",), True), (("a", ""), False), (("a/b",), False), (("a", "b/c"), False)]
)
def test_a_leaf_has_an_address_where_its_name_leads_back_to_it(path: tuple[str, ...], has: bool) -> None:
    assert Leaf(path, 1).has_address is has


@pytest.mark.parametrize(
    ("left", "right", "same"),
    [
        (1, 1, True),
        (1, 2, False),
        (1, True, False),
        (0, False, False),
        ("1", 1, False),
        (None, None, True),
        (None, {}, False),
        ({"a": 1, "b": 2}, {"b": 2, "a": 1}, True),
        ({"a": 1}, {"a": True}, False),
        ([1, 2], [2, 1], False),
        ([], {}, False),
    ],
)
def test_values_are_the_same_only_with_their_types(left: Any, right: Any, same: bool) -> None:
    assert merge.same(left, right) is same
    assert merge.same(right, left) is same


@pytest.mark.parametrize(
    ("value", "is_one"),
    [
        ({ROW: {"a": 1}, OTHER: None}, True),
        ({ROW: {}}, True),
        ({}, False),
        ({ROW: 1}, False),
        ({ROW: {"a": 1}, "name": {"a": 1}}, False),
        ([ROW], False),
        (None, False),
    ],
)
def test_a_repeat_is_an_object_of_rows_under_ids(value: Any, is_one: bool) -> None:
    assert merge.is_repeat(value) is is_one


def test_what_is_nothing_is_left_out_at_any_depth() -> None:
    assert merge.normal({"a": None, "b": {"c": {"d": None}}, "e": 0, "f": "", "g": [], "h": False}) == {
        "e": 0,
        "f": "",
        "g": [],
        "h": False,
    }
    assert merge.normal([None, {}]) == [None, {}]


def test_setting_a_value_makes_what_it_needs_and_emptied_objects_go() -> None:
    values = {"a": {"b": {"c": 1}}, "d": 1}
    assert merge.put(values, ("a", "b", "e"), 2) == {"a": {"b": {"c": 1, "e": 2}}, "d": 1}
    assert merge.put(values, ("a", "b", "c"), None) == {"d": 1}
    assert merge.put(values, ("d", "e"), 2) == {"a": {"b": {"c": 1}}, "d": {"e": 2}}
    assert merge.put(values, ("x", "y"), None) == values
    assert values == {"a": {"b": {"c": 1}}, "d": 1}
    assert merge.get(values, ("a", "b")) == {"c": 1}
    assert merge.get(values, ("d", "e")) is None


def opened(changes: dict[str, Change]) -> list[tuple[str, Any, Any, bool]]:
    return [(leaf.name, leaf.value, leaf.was, leaf.in_new_row) for leaf in merge.leaves_of_patch(changes, POLICY)]


@pytest.mark.parametrize(
    ("path", "value", "was", "leaves"),
    [
        ("fields", {"a": 1}, {"b": 2}, [("fields/b", None, 2, False), ("fields/a", 1, None, False)]),
        ("place", {"lat": 1}, {"lat": 2}, [("place", {"lat": 1}, {"lat": 2}, False)]),
        ("fields/place", {"lat": 1}, None, [("fields/place", {"lat": 1}, None, False)]),
        (f"fields/t/{ROW}", {"a": 1}, None, [(f"fields/t/{ROW}/a", 1, None, True)]),
        (f"fields/t/{ROW}", {"a": 1}, {"a": 2}, [(f"fields/t/{ROW}/a", 1, 2, False)]),
        (f"fields/t/{ROW}", None, {"a": 2}, [(f"fields/t/{ROW}", None, {"a": 2}, False)]),
        (f"fields/t/{ROW}/a", 1, None, [(f"fields/t/{ROW}/a", 1, None, False)]),
        ("fields/t", {ROW: {"a": 1}}, None, [(f"fields/t/{ROW}/a", 1, None, True)]),
        (
            "fields/t",
            {ROW: {"a": 1}},
            {OTHER: {"a": 2}},
            [(f"fields/t/{OTHER}", None, {"a": 2}, False), (f"fields/t/{ROW}/a", 1, None, True)],
        ),
        ("fields/t", None, {ROW: {"a": 1}}, [("fields/t", None, {ROW: {"a": 1}}, False)]),
    ],
)
def test_a_change_opens_into_rows_and_cells_and_nothing_smaller(
    path: str, value: Any, was: Any, leaves: list[tuple[str, Any, Any, bool]]
) -> None:
    assert opened({path: Change(value=value, was=was)}) == leaves


def test_a_long_value_that_was_seen_is_known_by_its_digest_and_stays_whole() -> None:
    (leaf,) = merge.leaves_of_patch({"fields": Change(value={"a": None, "b": 1}, was_digest="d")}, POLICY)
    assert (leaf.name, leaf.value, leaf.was, leaf.was_digest) == ("fields", {"b": 1}, None, "d")


def test_versions_differ_by_field_row_and_cell() -> None:
    before = {"form": "f", "fields": {"t": {ROW: {"a": 1, "b": 2}}}}
    after = {"form": "f", "fields": {"t": {ROW: {"a": 3, "b": 2}}}, "note": "n"}
    found = merge.differences(before, after, POLICY)
    assert [(leaf.name, leaf.value, leaf.was) for leaf in found] == [
        (f"fields/t/{ROW}/a", 3, 1),
        ("note", "n", None),
    ]


@pytest.mark.parametrize(
    ("leaf", "step"),
    [
        (Leaf(("a",), 2, 1), Step.SET),
        (Leaf(("a",), 1, 0), Step.SAME),
        (Leaf(("a",), 2, 0), Step.CLASH),
        (Leaf(("a",), 2, None, digest(1)), Step.SET),
        (Leaf(("a",), 2, 1, digest(0)), Step.CLASH),
        (Leaf(("a",), 1, None, digest(0)), Step.SAME),
        (Leaf(("t", ROW, "a"), 1), Step.SET),
        (Leaf(("t", OTHER, "a"), 1), Step.CLASH),
        (Leaf(("t", OTHER, "a"), 1, in_new_row=True), Step.SET),
        (Leaf(("t", OTHER), {"a": 1}), Step.SET),
    ],
)
def test_a_value_is_set_where_what_was_seen_is_there_and_its_row_is(leaf: Leaf, step: Step) -> None:
    assert merge.weigh({"a": 1, "t": {ROW: {"b": 1}}}, leaf) is step


@pytest.mark.parametrize(
    ("leaf", "asks_nothing"),
    [
        (Leaf(("t", OTHER, "a"), 1, 1), True),
        (Leaf(("t", OTHER, "a"), 2, 1), False),
        (Leaf(("t", ROW, "a"), 1, 1), False),
        (Leaf(("t", OTHER, "a"), None), False),
        (Leaf(("t", OTHER, "a"), 1, 1, digest(1)), False),
    ],
)
def test_a_cell_left_as_it_was_in_a_row_that_is_gone_asks_for_nothing(leaf: Leaf, asks_nothing: bool) -> None:
    assert merge.left_alone({"t": {ROW: {"b": 1}}}, leaf) is asks_nothing


@pytest.mark.parametrize(
    ("now", "was", "value", "merged"),
    [
        (["a", "b"], ["a"], ["a", "c"], ["c", "b", "a"]),
        (["a"], ["a", "b"], ["a", "b", "c"], ["c", "a"]),
        (["a", "b"], ["a", "b", "c"], ["b", "c"], ["b"]),
        (["a"], None, ["c", "z", "y"], ["c", "a", "z", "y"]),
        (None, None, ["a", "b"], ["b", "a"]),
        (["a"], ["a", "b"], ["b"], None),
        (["a"], ["a"], None, None),
    ],
)
def test_lists_of_names_merge_in_the_order_of_their_form(now: Any, was: Any, value: Any, merged: Any) -> None:
    values = {"x": now} if now else {}
    joined = merge.joined(values, Leaf(("x",), value, was), ("c", "b", "a"))
    assert joined == Leaf(("x",), merged, now)


@pytest.mark.parametrize(
    ("now", "leaf"),
    [
        ("a", Leaf(("x",), ["b"], ["a"])),
        (["a"], Leaf(("x",), "b", ["a"])),
        (["a"], Leaf(("x",), ["b"], "a")),
        (["a", 1], Leaf(("x",), ["b"], ["a"])),
        (["a"], Leaf(("x",), ["b", 1], ["a"])),
        (["a"], Leaf(("x",), ["b"], None, digest(["c"]))),
        (["a"], Leaf(("t", ROW, "x"), ["b"], ["a"])),
    ],
)
def test_what_is_no_list_of_names_or_was_not_seen_does_not_merge(now: Any, leaf: Leaf) -> None:
    assert merge.joined({"x": now}, leaf, ("a", "b")) is None


def test_rows_are_written_with_a_star() -> None:
    assert merge.pattern(("fields", ROW, "a")) == "fields/*/a"
    assert merge.matches(("fields", ROW, "a"), frozenset({"fields/*/a"}))
    assert not merge.matches(("fields", ROW, "b"), frozenset({"fields/*/a"}))


@pytest.mark.parametrize(
    ("name", "path", "touched"),
    [
        ("a", "a", True),
        ("a/b", "a", True),
        ("a", "a/b", True),
        ("ab", "a", False),
        ("a", "ab", False),
        ("b", "a", False),
    ],
)
def test_a_path_is_touched_by_itself_what_is_above_and_what_is_below(name: str, path: str, touched: bool) -> None:
    assert merge.touches(name, frozenset({"z", path})) is touched
    assert not merge.touches(name, frozenset())

"""What a leaf vouches for: golden bytes that no version may change, and every column of a row, altered in turn."""

import hashlib
import json
from typing import Any

import pytest

from server.kernel.journal import LEAF, leaf
from server.kernel.tables import journal

ROW: dict[str, Any] = {
    "stream": "section:5b0c8a1e-6f0d-5a53-9d9f-0a1d6f6f7f11",
    "pos": 7,
    "at": "2026-11-18T08:00:00.000Z",
    "actor": "陈工",
    "event": "op.taken",
    "subject": "01a1fe86-646e-71ef-a5eb-c1c7305cbdf4",
    "payload": '{"字":"值"}',
    "replica": "5b0c8a1e-6f0d-5a53-9d9f-0a1d6f6f7f12",
    "op_id": "01a1fe86-646e-71ef-a5eb-c1c7305cbdf5",
    "n": 3,
    "body_hash": "ab" * 32,
    "receipt": '{"outcome":"applied"}',
}
BEFORE = "0f" * 32
GOLDEN = "8a86670d9e22ee0da647901dfcab3d07e9b01626ceb3501eea7e42ed0c990c2d"


def test_the_leaf_of_a_row_is_the_one_that_was_always_its_leaf() -> None:
    assert leaf(ROW, BEFORE) == GOLDEN


def test_anyone_can_compute_a_leaf_from_what_is_written_about_it() -> None:
    """The array is written out here by hand, with another encoder, in the order of RFC and docstring."""
    payload = hashlib.sha256(ROW["payload"].encode()).hexdigest()
    order = ["stream", "pos", "at", "actor", "event", "subject", "replica", "op_id", "n", "body_hash", "receipt"]
    said = json.dumps([BEFORE, payload, *(ROW[name] for name in order)], ensure_ascii=False, separators=(",", ":"))
    assert leaf(ROW, BEFORE) == hashlib.sha256(b"\0" + said.encode()).hexdigest()


def test_a_leaf_vouches_for_every_column_of_the_table_but_itself() -> None:
    assert {*LEAF, "payload", "leaf"} == set(journal.columns.keys())
    assert set(ROW) == {*LEAF, "payload"}


@pytest.mark.parametrize("column", [*LEAF, "payload"])
def test_a_row_altered_in_one_column_has_another_leaf(column: str) -> None:
    was = ROW[column]
    altered: list[Any] = [was + 1] if isinstance(was, int) else [f"{was} ", "", was.upper()]
    if journal.c[column].nullable:
        altered.append(None)
    leaves = [leaf({**ROW, column: value}, BEFORE) for value in altered if value != was]
    assert GOLDEN not in leaves
    assert len(set(leaves)) == len(leaves)


def test_a_leaf_names_the_leaf_before_it() -> None:
    assert leaf(ROW, "0" * 64) != GOLDEN


def test_what_moves_from_one_column_to_the_next_is_another_row() -> None:
    moved = {**ROW, "actor": ROW["actor"] + ROW["event"], "event": ""}
    assert leaf(moved, BEFORE) != GOLDEN

"""An answer of a newer server is read as far as this phone knows it."""

from typing import Any

import msgspec
import pytest

from sync import lenient

RECEIPT = {"opId": "one", "n": 1, "outcome": "applied", "code": "op.applied"}
ENTRY = {"type": "tombstone", "seq": 3, "scope": "s", "kind": "report", "id": "r", "rev": 2}


def read(**parts: Any) -> Any:
    whole = {"serverTime": "2026-11-18T08:00:00.000Z", "receipts": [], "cursor": {"epoch": "e"}, **parts}
    return lenient.read(msgspec.json.encode(whole))


def test_what_is_known_is_read_at_once() -> None:
    answer, unread = read(receipts=[RECEIPT], changes=[ENTRY], more=True)
    assert ([one.op_id for one in answer.receipts], [one.id for one in answer.changes]) == (["one"], ["r"])
    assert (answer.more, unread) == (True, {})


def test_an_entry_of_an_unknown_type_is_left_out_and_the_others_stand() -> None:
    answer, unread = read(receipts=[RECEIPT], changes=[{**ENTRY, "type": "echo"}, ENTRY], more=True)
    assert ([one.op_id for one in answer.receipts], [one.id for one in answer.changes]) == (["one"], ["r"])
    assert (answer.more, answer.cursor.epoch, unread) == (True, "e", {})


def test_a_receipt_of_an_unknown_outcome_is_named_with_the_reason_and_the_others_stand() -> None:
    answer, unread = read(receipts=[{**RECEIPT, "opId": "two", "outcome": "dreamt"}, RECEIPT], changes=[ENTRY])
    assert ([one.op_id for one in answer.receipts], [one.id for one in answer.changes]) == (["one"], ["r"])
    assert list(unread) == ["two"]
    assert "dreamt" in unread["two"]


def test_an_unknown_receipt_without_a_name_hides_no_other() -> None:
    answer, unread = read(receipts=[{"outcome": "dreamt"}, RECEIPT])
    assert ([one.op_id for one in answer.receipts], list(unread)) == (["one"], [""])


@pytest.mark.parametrize("wrong", [{"cursor": 5}, {"receipts": 5}, {"changes": 5}, {"more": "maybe"}])
def test_a_part_that_every_version_knows_has_to_be_what_it_is(wrong: dict[str, Any]) -> None:
    with pytest.raises(msgspec.DecodeError):
        read(**wrong)

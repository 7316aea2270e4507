"""A parked op is kept whole, with why; what becomes of it later is noted beside it, once."""

import base64

import msgspec
import pytest

from mobile_contract.ids import natural_id
from mobile_contract.problems import Refused
from mobile_contract.states import ParkedOpState
from mobile_contract.sync import Limits
from mobile_contract.values import digest
from sync import ops, parking
from sync.state import Author, Record
from tests.support.refusals import refuses
from tests.sync.test_reading import OP_ID, op
from tests.sync.world import NOW, SECTION, WRITER

CHEN = Author(replica="r", person="chen", own_scope="person:chen", roles={SECTION: WRITER})
PLAIN = msgspec.json.encode(op())


def parked(raw: bytes = PLAIN, **params: str) -> Record:
    (sent,) = ops.decode([raw], Limits())
    return parking.park(CHEN, sent, "op.append_only", params, NOW)


def test_the_record_of_a_parked_op_is_its_sender_s_and_says_why() -> None:
    record = parked(path="a", id="b")
    assert (record.kind, record.scope, record.rev, record.digest) == ("parked", "person:chen", 1, digest(record.values))
    assert record.server == {"receivedAt": NOW, "by": "chen", "replica": "r"}
    assert record.values == {
        "opId": OP_ID, "code": "op.append_only", "detail": "id=b; path=a", "state": "waiting", "op": op(),
    }  # fmt: skip
    (sent,) = ops.decode([PLAIN], Limits())
    assert record.id == parking.parked_id("r", sent) == natural_id("parked", "r", OP_ID, sent.body_hash)
    assert parking.is_waiting(record)
    assert not parking.is_waiting(None)


@pytest.mark.parametrize(
    ("raw", "readable"),
    [
        (PLAIN, True),
        (msgspec.json.encode(op(values={"a": None, "b": {}})), True),  # says more than its values do
        (msgspec.json.encode(op(values={"a": 1.5})), False),
        (b"{}", False),
        (b"[1]", True),
        (b"{", False),
        (b"\xff", False),
        (b"[" * 2000 + b"]" * 2000, False),
    ],
)
def test_what_is_kept_of_an_op_is_what_was_sent(raw: bytes, readable: bool) -> None:
    record = parked(raw)
    assert ("op" in record.values) is readable
    if raw in (PLAIN, b"[1]"):
        assert "raw" not in record.values
        assert msgspec.json.decode(parking.kept(record)) == msgspec.json.decode(raw)
    else:
        assert record.values["raw"] == base64.b64encode(raw).decode()
        assert parking.kept(record) == raw


def test_an_op_that_is_applied_later_says_with_what_by_whom_and_when() -> None:
    before = parked()
    after = parking.applied(before, "op.merged", by="desk", at="later", reason="restored", op_id="other")
    assert (after.rev, after.digest) == (2, digest(after.values))
    assert after.values == {
        **before.values, "state": "applied", "result": "op.merged", "settledBy": "desk", "settledAt": "later",
        "reason": "restored", "appliedOp": "other",
    }  # fmt: skip
    by_itself = parking.applied(before, "op.applied", by=None, at="later", reason=None).values
    assert by_itself == {**before.values, "state": "applied", "result": "op.applied", "settledAt": "later"}


def test_an_op_that_is_discarded_says_by_whom_and_why() -> None:
    before = parked()
    after = parking.discarded(before, by="desk", at="later", reason="twice")
    assert (after.rev, parking.parked_state(after)) == (2, ParkedOpState.DISCARDED)
    assert after.values == {
        **before.values, "state": "discarded", "settledBy": "desk", "settledAt": "later", "reason": "twice",
    }  # fmt: skip
    assert not parking.is_waiting(after)


def test_an_op_that_fails_again_waits_under_the_new_reason_and_one_that_fails_alike_is_as_it_was() -> None:
    before = parked(path="a")
    again = parking.still_parked(before, "op.scope_not_held", {})
    assert (again.rev, again.values["code"], again.values["detail"]) == (2, "op.scope_not_held", "")
    assert parking.is_waiting(again)
    assert parking.still_parked(before, "op.append_only", {"path": "a"}) is before


def test_what_is_settled_is_settled() -> None:
    for over in (
        parking.applied(parked(), "op.applied", by=None, at="later", reason=None),
        parking.discarded(parked(), by="desk", at="later", reason="twice"),
    ):
        with refuses("parked.settled"):
            parking.discarded(over, by="desk", at="later", reason="again")
        with pytest.raises(Refused):
            parking.still_parked(over, "op.append_only", {})
        with pytest.raises(Refused):
            parking.applied(over, "op.applied", by=None, at="later", reason=None)

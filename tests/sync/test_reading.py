"""What is taken from the bytes of an op: its names where they can be read, and the first thing that is wrong in it."""

import hashlib
from typing import Any

import msgspec
import pytest

from mobile_contract.ids import natural_id
from mobile_contract.sync import Limits
from mobile_contract.values import Values
from sync import ops
from sync.state import Sent
from tests.sync.world import SECTION

OP_ID, RECORD = natural_id("test", "op"), natural_id("test", "record")
MAX_N = 2**53 - 1
COUNTED = "opId is a UUIDv7 and n counts from 1"


def op(action: str = "create", **changes: Any) -> dict[str, Any]:
    fields: dict[str, Values] = {
        "create": {"values": {"form": "f"}},
        "patch": {"set": {"form": {"value": "g", "was": "f"}}},
        "resolve": {"seen": [OP_ID], "value": 1},
    }
    names = {"opId": OP_ID, "n": 1, "scope": SECTION, "kind": "report", "id": RECORD, "at": "2026-11-18T16:00:00+08:00"}
    return {"action": action, **names, **fields[action], **changes}


def read(body: object, limits: Limits | None = None) -> Sent:
    raw = body if isinstance(body, bytes) else msgspec.json.encode(body)
    (sent,) = ops.decode([raw], limits or Limits())
    assert (sent.raw, sent.body_hash) == (raw, hashlib.sha256(raw).hexdigest())
    return sent


@pytest.mark.parametrize("n", [1, MAX_N])
def test_an_op_is_read_with_its_id_its_number_and_its_unit(n: int) -> None:
    sent = read(op(n=n, unit="u"))
    assert (sent.op_id, sent.n, sent.unit, sent.problem, sent.params) == (OP_ID, n, "u", "", {})
    assert sent.op is not None
    assert sent.op.id == RECORD


@pytest.mark.parametrize(
    ("body", "names"),
    [
        (op(n=0), (OP_ID, 0, None)),
        (op(n=MAX_N + 1), (OP_ID, 0, None)),
        (op(n=True, unit="u"), (OP_ID, 0, "u")),
        (op(n=MAX_N, unit="u", values=1), (OP_ID, MAX_N, "u")),
        (op(n=1, unit=1), (OP_ID, 1, None)),
        (op(opId="no id", n=7), (None, 7, None)),
        (op(opId=7, n="7"), (None, 0, None)),
        ({"opId": OP_ID}, (OP_ID, 0, None)),
        ([OP_ID, 1], (None, 0, None)),
        (b"\xff", (None, 0, None)),
        (b'{"opId":"\xff"}', (None, 0, None)),
    ],
)
def test_what_cannot_be_read_keeps_the_names_that_can(body: object, names: tuple[str | None, int, str | None]) -> None:
    sent = read(body)
    named = names[0] or f"raw-{sent.body_hash[:32]}"
    assert (sent.op_id, sent.n, sent.unit) == (named, *names[1:])
    assert (sent.op, sent.problem, list(sent.params)) == (None, "op.undecodable", ["reason"])
    assert sent.params["reason"]


def test_the_reason_is_said_as_far_as_a_receipt_has_room_for_it() -> None:
    assert read(op(n=0)).params == {"reason": COUNTED}
    assert read(op(opId="no id")).params == {"reason": COUNTED}
    assert "`int`" in read(op(n="7")).params["reason"]
    assert len(read({**op(), "action": "x" * 500}).params["reason"]) == 200


@pytest.mark.parametrize(
    ("body", "problem", "params"),
    [
        (op(id="x" * 100), "op.bad_id", {"id": "x" * 64}),
        (op(scope="nowhere"), "op.scope_not_held", {}),
        (op(values={"a": {"b": 1.5}}), "value.float", {"path": "/a/b"}),
        (op(values={"x" * 300: 1.5}), "value.float", {"path": "/" + "x" * 199}),
        (op(values={"a": 2**53}), "value.integer_too_large", {"path": "/a"}),
        (op("patch", set={"a": {"value": 1.5}}), "value.float", {"path": "/a/value"}),
        (op("patch", set={"a": {"value": 1, "was": 1.5}}), "value.float", {"path": "/a/was"}),
        (op("resolve", value=1.5), "value.float", {"path": "/0"}),
        (op("resolve", standing=1.5), "value.float", {"path": "/1"}),
    ],
)
def test_an_op_that_may_not_be_taken_says_what_is_wrong_and_where(
    body: object, problem: str, params: dict[str, str]
) -> None:
    sent = read(body)
    assert (sent.problem, sent.params) == (problem, params)
    assert sent.op is not None


def test_an_op_may_be_as_long_as_the_limit_and_no_longer() -> None:
    size = len(msgspec.json.encode(op()))
    assert read(op(), Limits(op_bytes=size)).problem == ""
    sent = read(op(), Limits(op_bytes=size - 1))
    assert (sent.problem, sent.params) == ("op.too_large", {"limit": str(size - 1)})


def test_each_op_of_a_batch_is_read_by_itself() -> None:
    sent = ops.decode([b"[]", msgspec.json.encode(op()), b"x"], Limits())
    assert [one.problem for one in sent] == ["op.undecodable", "", "op.undecodable"]

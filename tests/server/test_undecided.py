"""What is not decided yet keeps its files: the candidates of a conflict, parked ops, what was signed."""

import base64
from typing import Any

import msgspec
import pytest

from server.replication.undecided import _of_conflict, _of_parked, digests
from sync.policy import CONFLICT, PARKED
from sync.state import Record

A, B, C = "a" * 64, "b" * 64, "c" * 64


def record(kind: str, /, **values: Any) -> Record:
    return Record(kind=kind, id="x", scope="person:x", values=values, server={})


def conflict(state: str = "open", standing: Any = None, **candidates: Any) -> Record:
    kept = {replica: {"value": value, "opId": "x", "by": "x", "at": "x"} for replica, value in candidates.items()}
    about = {"record": "x", "kind": "photo", "path": "blob", "standing": standing}
    return record(CONFLICT.kind, state=state, candidates=kept, **about)


def parked(op: Any = None, raw: bytes | None = None, state: str = "waiting") -> Record:
    encoded = None if raw is None else base64.b64encode(raw).decode()
    return record(PARKED.kind, op=op, raw=encoded, state=state, code="op.x")


@pytest.mark.parametrize(
    ("op", "named"),
    [
        ({"values": {"blob": A, "fields": {"rows": {"1": {"photo": B}}, "list": [C, "c"]}}}, {A, B, C}),
        ({"set": {"fields/photo": {"value": A, "was": B}}, "wasDigest": C}, {A}),
        ({"value": A, "saw": [B]}, {A}),
        ({"set": "nonsense", "values": 7}, set()),
        ([A], set()),
    ],
)
def test_a_parked_op_names_what_it_would_set_and_nothing_it_saw(op: Any, named: set[str]) -> None:
    assert set(_of_parked(parked(op))) == named
    assert set(_of_parked(parked(raw=msgspec.json.encode(op)))) == named


def test_bytes_that_are_no_op_name_whatever_could_be_a_digest() -> None:
    broken = b'{"values": {"blob": "' + A.encode() + b'", "note": "\xff' + b"d" * 65
    assert list(_of_parked(parked(raw=broken))) == [A]


def test_what_is_settled_names_nothing() -> None:
    assert list(_of_parked(parked({"values": {"blob": A}}, state="discarded"))) == []
    assert list(_of_conflict(conflict(state="resolved", r=A))) == []


def test_a_conflict_names_its_candidates() -> None:
    assert set(_of_conflict(conflict(standing=C, r=A, s={"p": B}))) == {A, B}


def test_nesting_by_strangers_breaks_nothing() -> None:
    deep: Any = A
    for _ in range(50_000):
        deep = [deep]
    assert list(digests(deep)) == [A]
    nested = b'{"values":' + b"[" * 5000 + msgspec.json.encode(B) + b"]" * 5000 + b"}"
    assert list(_of_parked(parked(raw=nested))) == [B]

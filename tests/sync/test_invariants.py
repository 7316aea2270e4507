"""The looks that tests and simulations take: each thing that may be wrong is named, and nothing else is."""

from typing import Any

import pytest
from msgspec.structs import replace

from mobile_contract.ids import natural_id, row_id
from mobile_contract.sync import Outcome, Receipt
from mobile_contract.values import digest
from sync.invariants import every_op_is_accounted_for, phone_equals_server, records_are_sound
from sync.ports import Copy
from sync.state import Record

LOG, CONFLICT = natural_id("log", "1"), natural_id("conflict", "1")
ROW = row_id(LOG, "labour", "管道工")


def record(key: str, kind: str, values: dict[str, Any], **server: Any) -> Record:
    return Record(kind=kind, id=key, scope="s", rev=1, digest=digest(values), values=values, server=server)


def pair(path: str = "fields/a", **changes: Any) -> list[Record]:
    """Return a record and an open conflict about it, which agree; ``changes`` are of the conflict."""
    log = record(LOG, "report", {"fields": {"a": 1}}, openConflicts=[path])
    candidate = {"value": 2, "opId": "o", "by": "chen", "at": "2026-11-18T00:00:00Z"}
    values = {"record": LOG, "kind": "report", "path": path, "standing": 1, "candidates": {"r": candidate}}
    values["state"] = "open"
    kept = {key: value for key, value in {**values, **changes}.items() if value is not None}
    return [log, record(CONFLICT, "conflict", kept)]


def test_records_that_agree_have_nothing_wrong() -> None:
    assert records_are_sound(pair()) == []
    assert records_are_sound(pair("(record)", standing="whatever")) == []
    assert records_are_sound(pair(f"fields/labour/{ROW}/count", standing=None, gone={"path": "x"})) == []


def test_a_digest_is_that_of_the_values_or_named_unless_the_record_is_deleted() -> None:
    log, _ = pair()
    stale = replace(log, digest="0" * 64, server={})
    assert records_are_sound([stale]) == [f"report {LOG}: the digest is not that of its values"]
    assert records_are_sound([replace(stale, deleted=True)]) == []


def test_an_open_conflict_is_known_to_its_living_record() -> None:
    log, conflict = pair()
    wrong = [f"conflict {CONFLICT}: open, but its record does not say so"]
    assert records_are_sound([conflict]) == wrong
    assert records_are_sound([replace(log, deleted=True), conflict]) == wrong
    assert records_are_sound([replace(log, server={}), conflict]) == wrong
    assert records_are_sound([replace(log, server={"openConflicts": ["fields/b"]}), conflict]) == wrong


@pytest.mark.parametrize("settled", [{"state": "resolved"}, {"deleted": True}])
def test_a_conflict_that_is_over_says_nothing_of_its_record(settled: dict[str, Any]) -> None:
    _, conflict = pair(**{key: value for key, value in settled.items() if key == "state"})
    assert records_are_sound([replace(conflict, deleted=settled.get("deleted", False))]) == []


@pytest.mark.parametrize("changes", [{"standing": 3}, {"standing": True}, {"standing": None}, {"gone": {"path": "x"}}])
def test_an_open_conflict_says_what_stands(changes: dict[str, Any]) -> None:
    assert records_are_sound(pair(**changes)) == [f"conflict {CONFLICT}: what it says of fields/a does not stand there"]


def test_an_open_conflict_in_a_row_that_went_away_says_so() -> None:
    path = f"fields/labour/{ROW}/count"
    assert records_are_sound(pair(path, standing=None)) == [
        f"conflict {CONFLICT}: what it says of {path} does not stand there"
    ]


def test_an_open_conflict_has_a_candidate() -> None:
    assert records_are_sound(pair(candidates={})) == [f"conflict {CONFLICT}: open without a candidate"]


def copy_of(there: Record) -> Copy:
    return Copy(
        kind=there.kind, id=there.id, scope=there.scope, seq=1, rev=there.rev, digest=there.digest,
        values=there.values, server=there.server,
    )  # fmt: skip


def test_a_phone_holds_what_is_alive_in_its_scopes_and_nothing_else() -> None:
    log, conflict = pair()
    both = [copy_of(log), copy_of(conflict)]
    assert phone_equals_server(both, [log, conflict], {"s"}) == []
    assert phone_equals_server(both[:1], [log, conflict], {"s"}) == [f"{CONFLICT}: missing on the phone"]
    foreign = sorted(f"{key}: on the phone, but not for it to read" for key in (LOG, CONFLICT))
    assert phone_equals_server(both, [log, conflict], {"other"}) == foreign
    assert phone_equals_server(both[:1], [replace(log, deleted=True)], {"s"}) == [
        f"{LOG}: on the phone, but not for it to read"
    ]


@pytest.mark.parametrize(
    "changes", [{"rev": 2}, {"digest": "0" * 64}, {"values": {"fields": {"a": 2}}}, {"server": {"by": "chen"}}]
)
def test_a_copy_that_differs_in_anything_is_named(changes: dict[str, Any]) -> None:
    log, _ = pair()
    assert phone_equals_server([replace(copy_of(log), **changes)], [log], {"s"}) == [
        f"{LOG}: differs between phone and server"
    ]


def test_every_op_has_a_receipt_and_what_a_receipt_names_is_there() -> None:
    applied = Receipt(op_id="a", n=1, outcome=Outcome.APPLIED, code="op.applied")
    parked = Receipt(op_id="b", n=2, outcome=Outcome.PARKED, code="op.append_only")
    clash = Receipt(op_id="c", n=3, outcome=Outcome.CONFLICT, code="op.conflict", conflicts=(CONFLICT,))
    receipts, there = [applied, parked, clash], {one.id: one for one in pair()}
    kept = {"p": record("p", "parked", {"opId": "b", "code": "op.append_only"})}
    assert every_op_is_accounted_for(receipts, 3, there | kept) == []
    assert every_op_is_accounted_for(receipts, 4, there | kept) == ["4 ops were sent, 3 have a receipt"]
    assert every_op_is_accounted_for(receipts, 3, there) == ["op b: parked, but no record keeps it"]
    other = {"p": record("p", "report", {"opId": "b"})}
    assert every_op_is_accounted_for(receipts, 3, there | other) == ["op b: parked, but no record keeps it"]
    assert every_op_is_accounted_for(receipts, 3, kept) == [f"op c: conflict {CONFLICT} is nowhere"]

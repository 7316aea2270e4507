"""Ops as a phone should not send them: unreadable, numbered twice, with gaps, under an id that was used."""

import msgspec
import pytest

from mobile_contract.sync import Outcome, SyncAnswer, SyncRequest
from tests.sync.world import SECTION, TestPhone, World


def exchange(world: World, *ops: bytes) -> SyncAnswer:
    body = msgspec.json.encode(SyncRequest(clock="x", ops=tuple(map(msgspec.Raw, ops))))
    return msgspec.json.decode(world.exchange("chen", body), type=SyncAnswer)


@pytest.mark.parametrize(
    "raw",
    [
        b"[]",
        b"null",
        b'{"action":"create"}',
        b'{"action":"fly","opId":"01890000-0000-7000-8000-000000000001","n":1}',
        b'{"action":"create","opId":"x","n":1,"scope":"s","kind":"k","id":"i","at":"t","values":{}}',
        b'{"opId":12,"n":"x"}',
    ],
)
def test_an_op_that_cannot_be_read_is_parked_whole_and_the_rest_stands(world: World, raw: bytes) -> None:
    phone = TestPhone(world, "chen")
    phone.replica.create("report", SECTION, {"form": "f", "fields": {"weather_am": "cloudy"}})
    good = phone.storage.pending(1)[0].raw
    answer = exchange(world, raw, good)
    assert [receipt.outcome for receipt in answer.receipts] == [Outcome.PARKED, Outcome.APPLIED]
    assert answer.receipts[0].code == "op.undecodable"
    assert any(record.kind == "parked" for record in world.records.values())


def test_floats_are_parked_with_their_place(world: World) -> None:
    phone = TestPhone(world, "chen")
    phone.replica.create("report", SECTION, {"form": "f", "fields": {"a": 1}})
    raw = phone.storage.pending(1)[0].raw.replace(b'{"a":1}', b'{"a":1.5}')
    receipt = exchange(world, raw).receipts[0]
    assert (receipt.outcome, receipt.code, receipt.params) == (Outcome.PARKED, "value.float", {"path": "/fields/a"})


def test_an_op_id_used_for_other_content_is_parked_and_reported(world: World) -> None:
    phone = TestPhone(world, "chen")
    phone.replica.create("report", SECTION, {"form": "f", "fields": {"weather_am": "cloudy"}})
    raw = phone.storage.pending(1)[0].raw
    phone.replica.sync()
    forged = raw.replace(b"cloudy", b"sunny!")
    answer = exchange(world, forged)
    assert answer.receipts[0].code == "op.id_reused"
    again = exchange(world, forged)
    assert again.receipts == answer.receipts


def test_an_op_id_used_twice_in_one_exchange_is_parked_as_well(world: World) -> None:
    phone = TestPhone(world, "chen")
    phone.replica.create("checkIn", SECTION, {"note": "a"})
    raw = phone.storage.pending(1)[0].raw
    answer = exchange(world, raw, raw.replace(b'"a"', b'"b"'))
    assert [receipt.code for receipt in answer.receipts] == ["op.applied", "op.id_reused"]


def test_a_number_given_to_two_ops_of_one_exchange_is_a_fork_and_the_second_is_parked(world: World) -> None:
    phone = TestPhone(world, "chen")
    for note in ("a", "b"):
        phone.replica.create("checkIn", SECTION, {"note": note})
    first, second = (op.raw for op in phone.storage.pending(2))
    twin = second.replace(b'"n":2', b'"n":1')
    answer = exchange(world, first, twin)
    assert [receipt.code for receipt in answer.receipts] == ["op.applied", "sync.replica_forked"]
    assert [(notice.code, notice.params) for notice in answer.notices] == [("sync.replica_forked", {"n": "1"})]
    assert exchange(world, first, twin).receipts == answer.receipts


def test_a_gap_in_the_numbers_is_reported_and_blocks_nothing(world: World) -> None:
    phone = TestPhone(world, "chen")
    for note in ("a", "b", "c"):
        phone.replica.create("checkIn", SECTION, {"note": note})
    first, _, third = (op.raw for op in phone.storage.pending(3))
    answer = exchange(world, first, third)
    assert [receipt.outcome for receipt in answer.receipts] == [Outcome.APPLIED, Outcome.APPLIED]
    assert [(n.code, n.params) for n in answer.notices] == [("sync.gap", {"first": "2", "last": "2"})]


def test_what_a_replica_used_before_it_was_first_heard_of_is_no_gap(world: World) -> None:
    phone = TestPhone(world, "chen")
    for note in "abcd":
        phone.replica.create("checkIn", SECTION, {"note": note})
    _, second, _, fourth = (op.raw for op in phone.storage.pending(4))
    assert exchange(world, second).notices == ()
    assert [(n.code, n.params) for n in exchange(world, fourth).notices] == [("sync.gap", {"first": "3", "last": "3"})]

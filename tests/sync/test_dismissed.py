"""A device that is trusted no more hands in its work, receives nothing and wipes; each step survives a lost answer."""

import pytest

from mobile_contract.ids import natural_id
from mobile_contract.sync import Cursor, Limits, Notice, Outcome, Receipt, SyncRequest
from sync import ops, quarantine
from sync.ports import ReplicaTrust
from tests.sync.world import NOW, SECTION, TestPhone, World

LOG = natural_id("log", "2026-11-18")


def answered(request: SyncRequest, *, wipe: bool = False) -> tuple[list[str], Cursor]:
    said = quarantine.answer(request, "e", [], [], wipe=wipe, now=NOW, limits=Limits(ops_per_unit=7))
    assert (said.server_time, said.limits.ops_per_unit, said.changes) == (NOW, 7, ())
    return [notice.code for notice in said.notices], said.cursor


def test_a_revoked_phone_hands_in_what_it_has_and_then_wipes(world: World) -> None:
    phone, other = TestPhone(world, "chen"), TestPhone(world, "other")
    other.replica.create("report", SECTION, {"form": "f"}, LOG)
    other.replica.sync()
    phone.replica.sync()
    phone.replica.patch(LOG, {"form": "g"})
    world.revoked.add("chen")
    told = phone.replica.exchange()
    assert [(one.outcome, one.code) for one in told.receipts] == [(Outcome.PARKED, "op.device_revoked")]
    assert ([notice.code for notice in told.notices], told.entries) == (["device.revoked"], ())
    assert phone.storage.copies() == []
    assert phone.replica.trust is ReplicaTrust.REVOKED
    assert [notice.code for notice in phone.replica.exchange().notices] == ["device.wipe"]
    assert world.records[LOG].values == {"form": "f"}
    (parked,) = (record for record in world.records.values() if record.kind == "parked")
    assert parked.values["code"] == "op.device_revoked"


@pytest.mark.parametrize(
    ("epoch", "ops", "lost", "through"),
    [
        ("e", 0, False, False),  # it has not heard yet: it may still have work
        ("", 0, False, False),
        ("revoked e", 0, False, True),
        ("revoked e", 1, False, False),
        ("revoked d", 0, False, False),  # of the history before a restore: it sends everything again first
        ("e", 1, True, True),
    ],
)
def test_a_phone_wipes_once_it_knows_and_has_nothing_left_or_at_once_where_it_was_lost(
    epoch: str, ops: int, lost: bool, through: bool
) -> None:
    request = SyncRequest(clock=NOW, cursor=Cursor(epoch=epoch), ops=(b"{}",) * ops)  # type: ignore[arg-type]
    assert quarantine.is_through(request, "e", lost=lost) is through


@pytest.mark.parametrize(
    ("epoch", "codes"),
    [
        ("", ["device.revoked"]),
        ("e", ["device.revoked"]),
        ("revoked e", ["device.revoked"]),
        ("d", ["sync.cursor_reset", "device.revoked"]),
        ("revoked d", ["sync.cursor_reset", "device.revoked"]),
    ],
)
def test_it_is_told_that_it_is_revoked_and_to_send_everything_again_after_a_restore(
    epoch: str, codes: list[str]
) -> None:
    request = SyncRequest(clock=NOW, cursor=Cursor(epoch=epoch))
    assert answered(request) == (codes, Cursor(epoch="revoked e"))
    assert answered(request, wipe=True)[0] == ["device.wipe"]


def test_the_answer_drops_every_scope_it_has_read_and_keeps_what_else_is_to_be_said() -> None:
    request = SyncRequest(clock=NOW, cursor=Cursor(epoch="d", seqs={"b": 1, "a": 2}))
    receipt = Receipt(op_id=LOG, n=1, outcome=Outcome.PARKED, code="op.device_revoked")
    gap = Notice(code="sync.gap", params={"first": "1", "last": "2"})
    said = quarantine.answer(request, "e", [receipt], [gap], wipe=False, now=NOW, limits=Limits())
    assert (said.dropped, said.receipts) == (("a", "b"), (receipt,))
    assert said.notices == (
        gap,
        Notice(code="sync.cursor_reset", params={"epoch": "e"}),
        Notice(code="device.revoked"),
    )


def test_ops_are_parked_for_where_they_came_from_and_unreadable_ones_for_what_they_are() -> None:
    phone = TestPhone(World(), "chen")
    phone.replica.create("report", SECTION, {"form": 1.5})
    readable, not_ = quarantine.quarantined(ops.decode([phone.storage.pending(1)[0].raw, b"[]"], Limits()))
    assert (readable.problem, readable.params) == ("op.device_revoked", {})
    assert (not_.problem, list(not_.params)) == ("op.undecodable", ["reason"])

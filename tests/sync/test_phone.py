"""The reference phone by itself: what it keeps of an answer, how much it sends, and what it does when told to stop."""

import msgspec
import pytest
from msgspec.structs import replace

from mobile_contract.ids import natural_id
from mobile_contract.sync import Cursor, Limits, Notice, Receipt, SyncAnswer, SyncRequest
from sync.ports import ReplicaClosed, ReplicaTrust, Unreachable, Unreadable
from tests.sync.world import SECTION, TestPhone, World

LOG = natural_id("log", "2026-11-18")
DAY = 86_400_000
NOON = 1_795_003_200_000  # 2026-11-18T12:00:00Z


class Scripted:
    """A network that gives these answers, and notes what was asked; a refusal is raised."""

    def __init__(self, *answers: SyncAnswer | Exception) -> None:
        self.answers = list(answers)
        self.asked: list[SyncRequest] = []

    def exchange(self, body: bytes) -> bytes:
        self.asked.append(msgspec.json.decode(body, type=SyncRequest))
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return msgspec.json.encode(answer)


def answer(*codes: str, at: str = "2026-11-18T12:00:00.000Z", more: bool = False, **rest: object) -> SyncAnswer:
    notices = tuple(Notice(code=code) for code in codes)
    plain = SyncAnswer(server_time=at, receipts=(), cursor=Cursor(epoch="e"), more=more, notices=notices)
    return replace(plain, **rest)


def phone_of(*answers: SyncAnswer | Exception) -> tuple[TestPhone, Scripted]:
    phone, network = TestPhone(World(), "chen"), Scripted(*answers)
    phone.replica._transport = network
    return phone, network


def queue(phone: TestPhone, *units: str | None) -> list[str]:
    """Queue check-ins of these units, and return their ids."""
    return [phone.replica.create("checkIn", SECTION, {"note": "x"}, unit=unit) for unit in units]


def held(phone: TestPhone, records: list[str]) -> list[str]:
    """Return those records whose ops are kept and not sent."""
    queued = {op.record for op in phone.storage.pending(1000)}
    return [record for record in records if record not in queued and phone.storage.pending_of(record)]


def test_the_clock_is_compared_at_each_exchange() -> None:
    phone, network = phone_of(answer(at="2026-11-18T12:00:01.500Z"))
    phone.replica._now = lambda: "2026-11-18T20:00:00+08:00"
    phone.replica.exchange()
    assert network.asked[0].clock == "2026-11-18T20:00:00+08:00"
    assert phone.storage.memory().clock_offset_ms == 1_500


def test_what_the_server_cannot_read_is_halved_and_a_single_op_is_held() -> None:
    phone, network = phone_of(*(Unreadable("too much") for _ in range(3)), answer(limits=Limits(ops_per_exchange=3)))
    records = queue(phone, *[None] * 5)
    sizes = []
    for _ in range(3):
        assert phone.replica.exchange().more
        sizes.append(phone.storage.memory().batch)
    assert [len(request.ops) for request in network.asked] == [5, 2, 1]
    assert sizes == [2, 1, 1]
    assert held(phone, records) == records[:1]
    phone.replica.exchange()
    assert len(network.asked[-1].ops) == 1
    assert phone.storage.memory().batch == 2
    network.answers.append(answer(limits=Limits(ops_per_exchange=3)))
    phone.replica.exchange()
    assert phone.storage.memory().batch == 3  # no more than the server takes


def test_a_unit_that_the_server_cannot_read_is_held_whole() -> None:
    phone, network = phone_of(Unreadable("too much"))
    records = queue(phone, "u", "u", "u", None)
    phone.storage.remember(replace(phone.storage.memory(), batch=3))
    phone.replica.exchange()
    assert len(network.asked[0].ops) == 3
    assert held(phone, records) == records[:3]


def test_a_server_that_cannot_read_an_empty_exchange_is_out_of_reach() -> None:
    phone, _ = phone_of(Unreadable("out of order"))
    with pytest.raises(Unreachable, match="out of order"):
        phone.replica.exchange()


def test_sync_asks_until_nothing_is_left_and_no_more_often_than_it_may() -> None:
    phone, network = phone_of(answer(more=True), answer(more=True), answer())
    assert [one.more for one in phone.replica.sync()] == [True, True, False]
    phone, network = phone_of(*(answer(more=True) for _ in range(9)))
    assert len(phone.replica.sync(rounds=4)) == len(network.asked) == 4


def test_a_queue_that_one_exchange_cannot_carry_is_sent_in_several() -> None:
    phone, network = phone_of(answer(), answer())
    queue(phone, None, None)
    phone.storage.remember(replace(phone.storage.memory(), batch=1))
    phone.replica.sync(rounds=2)
    assert [len(request.ops) for request in network.asked] == [1, 2]


@pytest.mark.parametrize(("age", "kept"), [(90, True), (90 + 1 / DAY, False), (91, False)])
def test_ops_that_were_answered_are_kept_as_long_as_the_server_may_want_them_again(age: float, kept: bool) -> None:
    phone, _ = phone_of(answer(), answer("sync.cursor_reset"))
    queue(phone, None)
    (op,) = phone.storage.pending(1)
    receipt = Receipt(op_id=op.op_id, n=1, outcome="applied", code="op.applied")  # type: ignore[arg-type]
    phone.storage.settle(op.op_id, receipt, NOON - round(age * DAY))
    phone.replica.exchange()
    phone.replica.exchange()
    assert bool(phone.storage.pending(1)) is kept


def test_a_revoked_phone_takes_no_work_until_it_is_trusted_again() -> None:
    phone, _ = phone_of(answer("device.revoked"), answer())
    phone.replica.exchange()
    trusted = [phone.replica.trust]
    with pytest.raises(ReplicaClosed, match="revoked"):
        queue(phone, None)
    phone.replica.exchange()
    trusted.append(phone.replica.trust)
    assert trusted == [ReplicaTrust.REVOKED, ReplicaTrust.FULL]
    queue(phone, None)


@pytest.mark.parametrize("told", [answer("device.wipe"), ReplicaClosed("identity.device_wiped")])
def test_a_phone_that_is_told_so_forgets_everything_and_asks_no_more(told: SyncAnswer | Exception) -> None:
    phone, network = phone_of(told)
    queue(phone, None, None)
    assert [notice.code for notice in phone.replica.exchange().notices] == ["device.wipe"]
    assert phone.storage.pending(10) == []
    assert phone.replica.trust is ReplicaTrust.WIPED
    with pytest.raises(ReplicaClosed, match="wiped"):
        phone.replica.exchange()
    with pytest.raises(ReplicaClosed, match="wiped"):
        queue(phone, None)
    assert len(network.asked) == 1


def test_what_is_not_there_is_not_edited_signed_or_deleted() -> None:
    phone, _ = phone_of()
    for act in (phone.replica.sign, phone.replica.delete, lambda record: phone.replica.patch(record, {"form": "g"})):
        with pytest.raises(KeyError, match=LOG):
            act(LOG)
    with pytest.raises(Unreachable, match="no repairs"):
        phone.replica.repair(SECTION)


def test_what_is_seen_is_the_copy_under_what_is_queued(world: World) -> None:
    phone = TestPhone(world, "chen")
    assert phone.replica.view(LOG) is None
    phone.replica.create("report", SECTION, {"form": "f", "fields": {"a": 1, "b": 2}}, LOG)
    phone.replica.patch(LOG, {"fields/a": 3})
    assert phone.replica.view(LOG) == {"form": "f", "fields": {"a": 3, "b": 2}}
    phone.replica.sync()
    phone.replica.patch(LOG, {"fields/b": None})
    phone.replica.sign(LOG)
    assert phone.replica.view(LOG) == {"form": "f", "fields": {"a": 3}}
    phone.replica.delete(LOG)
    assert phone.replica.view(LOG) is None
    assert [op.n for op in phone.storage.pending(10)] == [3, 4, 5]

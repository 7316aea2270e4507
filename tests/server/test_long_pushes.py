"""What costs much of the one writer: a push gives way in between, and what cannot be computed is parked."""

import asyncio
from dataclasses import replace

import msgspec
import pytest
import sqlalchemy as sa

from mobile_contract.sync import Outcome, SyncAnswer
from mobile_contract.values import Values
from server.kernel.database import Database
from server.replication import store
from server.replication.model import PushContext, Tuning
from server.replication.tables import records
from sync import ops
from sync.state import Derivation, Overrun
from tests.server.notes import SECTION, Town, actor, create
from tests.support.clock import HandClock

pytestmark = pytest.mark.anyio


@pytest.fixture
async def town(database: Database, clock: HandClock) -> Town:
    """A server whose transactions take a few thousand bytes of a push."""
    town = Town(database, clock, Tuning(push_bytes=5_000))
    await town.replication.start()
    return town


async def test_a_long_push_lets_others_write_in_between_and_is_answered_as_one(town: Town) -> None:
    town.grants["li"][SECTION] = town.grants["chen"][SECTION]
    long = [create(n, f"{n} " + "x" * 1000) for n in range(1, 41)]
    pushed = asyncio.create_task(town.push("chen", long))
    await asyncio.sleep(0)
    short = create(1, "short")
    await town.push("li", [short])
    answer: SyncAnswer = await pushed
    assert [receipt.n for receipt in answer.receipts] == list(range(1, 41))
    assert {receipt.code for receipt in answer.receipts} == {"op.applied"}
    assert answer.notices == ()
    in_order = sa.select(records.c.id).where(records.c.scope == SECTION).order_by(records.c.seq)
    order = list(await town.database.read(lambda tx: tx.scalars(in_order).all()))
    assert order.index(short.id) < len(order) - 1, "it did not wait for the whole of the other's push"
    again = await town.push("chen", long)
    assert [msgspec.json.encode(one) for one in again.receipts] == [msgspec.json.encode(one) for one in answer.receipts]


async def test_what_is_left_for_the_next_transaction_is_not_taken_for_received(town: Town) -> None:
    sent = ops.decode([msgspec.json.encode(create(n, "x" * 1000)) for n in range(1, 41)], town.replication.limits)
    plan = await town.replication._write(actor("chen"), sent, PushContext(weight=5_000))
    assert 0 < len(plan.answers) < 40
    replica = actor("chen").replica
    assert await town.database.read(lambda tx: store.last_n(tx, replica)) == len(plan.answers)


async def test_a_unit_is_never_split_however_much_it_weighs(town: Town) -> None:
    unit = [create(n, "x" * 1000, unit="one") for n in range(1, 21)]
    broken = [*unit[:-1], create(20, 5, unit="one")]
    answer = await town.push("chen", broken)
    assert {receipt.outcome for receipt in answer.receipts} == {Outcome.PARKED}


async def test_what_takes_too_much_to_compute_is_parked_with_its_reason_and_the_next_op_is_applied(town: Town) -> None:
    def recompute(values: Values) -> Values:
        if values.get("text") == "huge":
            raise Overrun(400_000)
        return values

    kinds = town.replication._writer.kinds
    kinds["note"] = replace(kinds["note"], derive=lambda _tx, _values: Derivation(recompute=recompute))
    answer = await town.push("chen", [create(1, "huge"), create(2, "small")])
    assert [receipt.code for receipt in answer.receipts] == ["op.too_much_computed", "op.applied"]
    assert answer.receipts[0].params == {"limit": "400000"}
    (entry,) = await town.parked("chen")
    assert entry["values"]["op"]["values"] == {"text": "huge"}

"""A deleted record comes back: for its readers, for its checksum, and for the ops that waited."""

from typing import Any

import msgspec
import pytest

from mobile_contract.ids import natural_id
from mobile_contract.sync import Create, Delete
from mobile_contract.values import digest
from server.kernel.clock import new_id
from server.replication import Actor
from tests.server.notes import AT, OTHER, SECTION, Town, actor, create, patch
from tests.server.test_scopes import Phones, views
from tests.support.refusals import refuses

pytestmark = pytest.mark.anyio


def delete(n: int, made: Create) -> Delete:
    was = digest(made.values)
    return Delete(op_id=new_id(), n=n, scope=SECTION, kind="note", id=made.id, at=AT, was_digest=was)


async def deleted(town: Town) -> Create:
    """A note that chen made and deleted."""
    op = create(1, "there")
    await town.push("chen", [op, delete(2, op)])
    return op


async def restored(town: Town, key: str, who: Actor | None = None) -> dict[str, Any]:
    body = await town.replication.restore(who or actor("clerk"), key, "deleted by mistake")
    return dict(msgspec.json.decode(body))


async def test_a_restored_record_is_back_on_every_phone_and_in_the_checksum(town: Town) -> None:
    phones = Phones(town)
    op = await deleted(town)
    assert await views(town, phones, op.id) == {"chen": [None], "zhou": [None]}
    entry = await restored(town, op.id)
    assert (entry["type"], entry["values"]) == ("upsert", {"text": "there"})
    assert await views(town, phones, op.id) == {"chen": ["there"], "zhou": ["there"]}  # and no checksum differs
    assert await restored(town, op.id) == entry


async def test_an_edit_of_a_deleted_record_waits_and_is_applied_once_the_record_is_back(town: Town) -> None:
    op = await deleted(town)
    answer = await town.push("zhou", [patch(1, op.id, "corrected", "there")])
    assert answer.receipts[0].code == "op.deleted_record"
    (waiting,) = await town.parked("zhou")
    await restored(town, op.id)
    state = await town.replication.retry_parked(actor("zhou"), waiting["id"], None)
    assert (state.state, state.code) == ("applied", "op.merged")
    assert msgspec.json.decode(await town.replication.read(actor("chen"), op.id))["values"] == {"text": "corrected"}


async def test_only_who_looks_after_a_scope_restores_in_it(town: Town) -> None:
    op = await deleted(town)
    with refuses("identity.forbidden"):
        await restored(town, op.id, actor("chen"))
    with refuses("request.not_found"):
        await restored(town, op.id, actor("li"))
    with refuses("request.not_found"):
        await restored(town, new_id())
    assert (await restored(town, op.id, actor("root", admin=True)))["type"] == "upsert"


async def test_what_a_record_left_behind_in_another_scope_is_no_record_to_restore(town: Town) -> None:
    op = create(1, "moved")
    await town.push("chen", [op])
    await town.database.write(lambda tx: town.replication.move(tx, "root", [op.id], OTHER))
    with refuses("request.not_found"):
        await restored(town, natural_id("left", SECTION, op.id))


async def test_a_restoration_is_journaled_with_its_reason(town: Town) -> None:
    op = await deleted(town)
    await restored(town, op.id)
    events = await town.database.read(
        lambda tx: tx.exec_driver_sql("SELECT event, subject, payload FROM journal").all()
    )
    assert ("record.restored", op.id, '{"reason":"deleted by mistake"}') in [tuple(event) for event in events]

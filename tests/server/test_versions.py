"""Versions of a signed record, compared field by field, row by row and cell by cell."""

from typing import Any

import msgspec
import pytest

from mobile_contract.ids import natural_id, row_id
from mobile_contract.sync import Sign
from server.kernel.clock import new_id
from sync.merge import differences
from sync.policy import KindPolicy
from tests.server.notes import AT, SECTION, Town, actor, create, patch
from tests.support.refusals import refuses

pytestmark = pytest.mark.anyio
REPORT = KindPolicy(kind="report")


async def sign(town: Town, n: int, key: str) -> None:
    entry = msgspec.json.decode(await town.replication.read(actor("chen"), key))
    op = Sign(op_id=new_id(), n=n, scope=SECTION, kind="note", id=key, at=AT, digest=entry["digest"])
    (receipt,) = (await town.push("chen", [op])).receipts
    assert receipt.code == "op.applied"


async def told(town: Town, key: str, since: int, until: int = 0, who: str = "chen") -> list[tuple[str, Any, Any]]:
    found = await town.replication.changes(actor(who), key, since, until)
    return [(change.path, change.before, change.after) for change in found.changes]


async def test_a_draft_is_compared_with_the_version_in_force_and_versions_with_each_other(town: Town) -> None:
    op = create(1, "first")
    await town.push("chen", [op])
    await sign(town, 2, op.id)
    assert await told(town, op.id, 1) == []
    await town.push("chen", [patch(3, op.id, "second", "first")])
    assert await told(town, op.id, 1) == [("text", "first", "second")]
    await sign(town, 4, op.id)
    await town.push("chen", [patch(5, op.id, "third", "second")])
    assert await told(town, op.id, 1, 2) == [("text", "first", "second")]
    assert await told(town, op.id, 2, 1) == [("text", "second", "first")]
    assert await told(town, op.id, 2) == [("text", "second", "third")]


async def test_a_version_that_nobody_signed_and_a_record_of_others_are_not_found(town: Town) -> None:
    op = create(1, "first")
    await town.push("chen", [op])
    with refuses("request.not_found"):
        await told(town, op.id, 1)
    await sign(town, 2, op.id)
    with refuses("request.not_found"):
        await told(town, op.id, 1, 2)
    with refuses("request.not_found"):
        await told(town, op.id, 1, who="li")


def test_rows_are_compared_cell_by_cell_and_a_position_as_one_thing() -> None:
    pipe, driver = (row_id(natural_id("log"), "labour", trade) for trade in ("pipefitter", "driver"))
    here, there = {"lat": 1, "lon": 2}, {"lat": 1, "lon": 3}
    before = {"form": "daily_log", "fields": {"labour": {pipe: {"count": 12}}, "place": here, "kept": "same"}}
    after = {"form": "daily_log", "fields": {"labour": {pipe: {"count": 14}, driver: {"count": 4}}, "place": there}}
    found = {(leaf.name, str(leaf.was), str(leaf.value)) for leaf in differences(before, after, REPORT)}
    assert found == {
        (f"fields/labour/{pipe}/count", "12", "14"),
        (f"fields/labour/{driver}/count", "None", "4"),
        ("fields/place", str(here), str(there)),
        ("fields/kept", "same", "None"),
    }

"""How much of one person may wait parked, and whose desk a stranger's ops reach."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from mobile_contract.ids import record_id
from mobile_contract.sync import Outcome
from server.kernel.clock import new_id
from server.kernel.database import Database
from server.replication.model import Tuning
from tests.server.integrator import AT, Integrator, open_integrator
from tests.server.notes import OTHER, Town, actor, create
from tests.support.clock import HandClock
from tests.support.refusals import refuses

pytestmark = pytest.mark.anyio


@pytest.fixture
async def bounded(database: Database, clock: HandClock) -> Town:
    """A server where three parked ops of a person may wait, or 2,000 bytes of them."""
    town = Town(database, clock, Tuning(parked_ops=3, parked_bytes=2_000))
    await town.replication.start()
    return town


async def test_what_would_be_parked_beyond_the_bound_stays_on_the_phone_which_is_told_so(bounded: Town) -> None:
    parked = [create(n, "x", OTHER) for n in range(1, 4)]
    await bounded.push("chen", parked)
    with refuses("sync.parked_full", seconds=600, limit=3):
        await bounded.push("chen", [create(4, "x", OTHER)])
    assert len(await bounded.parked("chen")) == 3
    answer = await bounded.push("chen", parked)
    assert [receipt.outcome for receipt in answer.receipts] == [Outcome.PARKED] * 3, "a replay is answered as it was"


async def test_the_bound_stops_neither_work_that_is_applied_nor_anybody_else(bounded: Town) -> None:
    await bounded.push("chen", [create(n, "x", OTHER) for n in range(1, 4)])
    assert [receipt.code for receipt in (await bounded.push("chen", [create(4, "x")])).receipts] == ["op.applied"]
    assert (await bounded.push("li", [create(1, "x")])).receipts[0].outcome is Outcome.PARKED


async def test_what_is_settled_makes_room(bounded: Town) -> None:
    await bounded.push("chen", [create(n, "x", OTHER) for n in range(1, 4)])
    (first, *_) = await bounded.parked("chen")
    await bounded.replication.discard_parked(actor("chen"), first["id"], "not needed")
    await bounded.push("chen", [create(4, "x", OTHER)])
    assert len(await bounded.parked("chen")) == 3


async def test_bytes_are_bounded_as_well_as_ops(bounded: Town) -> None:
    await bounded.push("chen", [create(1, "x" * 1_500, OTHER)])
    with refuses("sync.parked_full"):
        await bounded.push("chen", [create(2, "x" * 500, OTHER)])


@pytest.fixture
async def site(tmp_path: Path, database_url: str) -> AsyncIterator[Integrator]:
    async with open_integrator(tmp_path, database_url) as opened:
        yield opened


async def listed(site: Integrator, login: str, query: str = "") -> set[str]:
    """Return who sent what is listed to somebody, by login."""
    token = site.admin if login == "admin" else site.tokens[login]
    found = await site.call("GET", f"/v1/parked{query}", token)
    logins = {person: login for login, person in site.people.items()}
    return {logins[each["server"]["by"]] for each in found["parked"]}


async def test_a_stranger_fills_no_desk_and_who_was_let_go_still_reaches_it(site: Integrator) -> None:
    stranger = await site.person()
    was_here = await site.person("", "contractor")
    for login in (stranger, was_here):
        if login == was_here:
            person = site.people[was_here]
            await site.call("DELETE", f"/v1/persons/{person}/grants/contractor/{site.scope}", site.admin)
        log = record_id("report", site.scope, "daily_log", "2026-11-18")
        values = {"form": "daily_log", "formVersion": 1, "fields": {"business_date": "2026-11-18"}}
        op = {"action": "create", "kind": "report", "id": log, "values": values, "opId": new_id(), "at": AT}
        assert (await site.push(login, op))["code"] == "op.scope_not_held"
    assert await listed(site, "wang") == {was_here}
    assert await listed(site, "wang", "?strangers=true") == set()
    assert await listed(site, "admin") == {was_here}
    assert await listed(site, "admin", "?strangers=true") == {stranger}
    assert await listed(site, stranger) == {stranger}
    await site.call("PUT", f"/v1/persons/{site.people[stranger]}/grants/contractor/{site.scope}", site.admin)
    await site.program.worker.drain()  # it is tried again
    assert await listed(site, stranger) == set()

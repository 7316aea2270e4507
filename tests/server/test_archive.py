"""Archives: what is long closed leaves the phones, is read online, and takes no more ops until it is brought back."""

from typing import Any

import msgspec
import pytest
from litestar.di import Provide

from mobile_contract.archive import ArchiveRecords
from mobile_contract.ids import archive_scope, is_scope, live_scope, with_archives
from mobile_contract.sync import Left
from server.identity import Caller
from server.replication import ROUTES, Actor
from tests.server.notes import OTHER, SECTION, Town, actor, create, own, patch, person_id
from tests.server.test_scopes import Phones, views
from tests.support.http import client
from tests.support.refusals import refuses

pytestmark = pytest.mark.anyio
ARCHIVE = archive_scope(SECTION)


@pytest.fixture
def town(town: Town) -> Town:
    town.grants["wang"] = {SECTION: frozenset({"supervisor"})}
    return town


async def put_away(town: Town, *keys: str, back: bool = False, who: Actor | None = None) -> int:
    asked = ArchiveRecords(records=keys, back=back)
    return (await town.replication.archive(who or actor("wang"), asked)).moved


async def listed(town: Town, name: str, scope: str | None) -> list[tuple[str, str]]:
    body = await town.replication.listing(actor(name), "note", scope, 0, 100)
    return [(entry["scope"], entry["id"]) for entry in msgspec.json.decode(body)]


async def test_an_archived_record_leaves_the_phones_and_is_read_online(town: Town) -> None:
    phones = Phones(town)
    old, new = create(1, "old"), create(2, "new")
    before = await town.push("chen", [old, new])
    assert await views(town, phones, old.id, new.id) == {"chen": ["old", "new"], "zhou": ["old", "new"]}
    wrote = list(town.wrote)
    assert await put_away(town, old.id) == 1
    assert await put_away(town, old.id) == 0
    assert town.wrote == wrote  # the same people read it: no kind has anything to do
    answer = await town.push("chen", [], before.cursor)
    assert [type(entry) for entry in answer.changes] == [Left]
    assert ARCHIVE not in answer.cursor.seqs
    assert await views(town, phones, old.id, new.id) == {"chen": [None, "new"], "zhou": [None, "new"]}
    assert await listed(town, "chen", ARCHIVE) == [(ARCHIVE, old.id)]
    assert await listed(town, "chen", None) == [(SECTION, new.id)]
    entry = msgspec.json.decode(await town.replication.read(actor("chen"), old.id))
    assert (entry["scope"], entry["values"]) == (ARCHIVE, {"text": "old"})


async def test_who_does_not_hold_the_live_scope_reads_nothing_of_its_archive(town: Town) -> None:
    op = create(1, "old")
    await town.push("chen", [op])
    await put_away(town, op.id)
    assert await listed(town, "li", ARCHIVE) == []
    with refuses("request.not_found"):
        await town.replication.read(actor("li"), op.id)


async def test_an_op_on_an_archived_record_is_parked_and_applied_once_it_is_back(town: Town) -> None:
    phones = Phones(town)
    op = create(1, "old")
    await town.push("chen", [op])
    await put_away(town, op.id)
    late = patch(2, op.id, "edited", "old")
    direct = create(3, "new", ARCHIVE)
    codes = [receipt.code for receipt in (await town.push("chen", [late, direct])).receipts]
    assert codes == ["op.archived", "op.archived"]
    assert await put_away(town, op.id, back=True) == 1
    assert await views(town, phones, op.id) == {"chen": ["old"], "zhou": ["old"]}
    parked: list[dict[str, Any]] = await town.parked("chen")
    (waits,) = [one for one in parked if one["values"]["op"]["action"] == "patch"]
    assert (await town.replication.retry_parked(actor("chen"), waits["id"], "it is back")).state == "applied"
    assert await views(town, phones, op.id) == {"chen": ["edited"], "zhou": ["edited"]}


async def test_only_supervisors_of_the_scope_and_administrators_archive(town: Town) -> None:
    mine, there = create(1, "mine"), create(1, "there", OTHER)
    await town.push("chen", [mine])
    await town.push("li", [there])
    with refuses("identity.forbidden"):
        await put_away(town, mine.id, who=actor("chen"))
    with refuses("request.not_found"):
        await put_away(town, mine.id, there.id)
    assert await listed(town, "zhou", None) == sorted([(OTHER, there.id), (SECTION, mine.id)])
    assert await put_away(town, mine.id, there.id, who=actor("root", admin=True)) == 2
    assert await listed(town, "zhou", None) == []
    personal = create(2, "own", own("chen"))
    await town.push("chen", [personal])
    with refuses("identity.forbidden"):
        await put_away(town, personal.id, who=actor("root", admin=True))


async def test_only_the_records_of_its_scope_go_into_an_archive(town: Town) -> None:
    op = create(1, "x")
    await town.push("chen", [op])
    work = town.replication.move
    assert await town.database.write(lambda tx: work(tx, "root", [op.id], archive_scope(OTHER))) == 0
    assert await town.database.write(lambda tx: work(tx, "root", [op.id], ARCHIVE)) == 1


async def test_over_http(town: Town) -> None:
    op = create(1, "old")
    await town.push("chen", [op])
    wang = Caller(person=person_id("wang"), name="wang", replica=actor("wang").replica)
    given = {"replication": town.replication, "caller": Provide(lambda: wang, sync_to_thread=False)}
    routes = [route for route in ROUTES if route.fn.__name__ in ("archive", "record", "records")]
    async with client(routes, given) as http:
        assert (await http.post("/v1/archive", json={"records": [op.id]})).json() == {"moved": 1}
        (entry,) = (await http.get("/v1/records", params={"kind": "note", "scope": ARCHIVE})).json()
        assert (entry["id"], entry["scope"]) == (op.id, ARCHIVE)
        assert (await http.get("/v1/records", params={"kind": "note"})).json() == []
        assert (await http.get(f"/v1/records/{op.id}")).json() == entry
        assert (await http.post("/v1/archive", json={"records": [op.id], "back": True})).json() == {"moved": 1}
        assert (await http.post("/v1/archive", json={"records": []})).status_code == 422


def test_an_archive_is_named_after_its_scope() -> None:
    assert f"archive:{SECTION}" == ARCHIVE
    assert is_scope(ARCHIVE)
    assert not is_scope(archive_scope(own("chen")))
    assert (live_scope(ARCHIVE), live_scope(SECTION)) == (SECTION, SECTION)
    assert with_archives([SECTION, own("chen")]) == {SECTION, ARCHIVE, own("chen")}

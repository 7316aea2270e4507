"""OGC API – Features: read by GDAL and OWSLib from a server in another process, as QGIS reads it."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pyogrio
import pytest
import sqlalchemy as sa
from owslib.ogcapi.features import Features

from mobile_contract.projects import NewFence
from mobile_contract.records import Kind
from server.identity import Identity
from server.insight.seen_tables import seen
from server.kernel.clock import SystemClock, new_id
from server.replication.tables import records
from tests.server.desk import Desk, open_desk
from tests.server.insight.test_papers import check_in
from tests.server.insight.test_search import follow, people_admin
from tests.server.uploads.house import problem
from tests.support import people
from tests.support.clock import HandClock
from tests.support.people import cheap_passwords as cheap
from tests.support.server import Server

pytestmark = pytest.mark.anyio
ITEMS = "/v1/ogc/collections/check-ins/items"


@pytest.fixture
async def desk(database_url: str, tmp_path: Path, clock: HandClock) -> AsyncIterator[Desk]:
    async with open_desk(database_url, tmp_path, tmp_path, clock) as opened:
        yield opened


async def features(desk: Desk, path: str = ITEMS, **asked: Any) -> dict[str, Any]:
    answer = await desk.http.get(path, params=asked)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def test_pages_keep_their_parameters_and_lead_through_all(desk: Desk) -> None:
    keys = [await check_in(desk, at=f"2026-11-18T08:{minute:02}:00+08:00") for minute in range(7)]
    await follow(desk)
    page = await features(desk, limit=3, bbox="118,32,119,33", datetime="2026-11-18/..", crs="x")
    assert (page["numberMatched"], page["numberReturned"]) == (7, 3)
    seen_ids = []
    while True:
        seen_ids += [feature["id"] for feature in page["features"]]
        following = [link["href"] for link in page["links"] if link["rel"] == "next"]
        if not following:
            break
        asked = parse_qs(urlsplit(following[0]).query)
        assert asked["bbox"] == ["118,32,119,33"]
        assert asked["crs"] == ["x"]
        assert asked["limit"] == ["3"]
        page = (await desk.http.get(following[0])).json()
    assert seen_ids == keys
    (first,) = (await features(desk, limit=1))["features"]
    assert first["geometry"] == {"type": "Point", "coordinates": [118.7674, 32.0415]}
    assert first["properties"]["note"] == "到岗"
    assert (await features(desk, f"{ITEMS}/{first['id']}"))["properties"] == first["properties"]


async def test_boxes_and_times_leave_out_what_is_elsewhere(desk: Desk) -> None:
    here = await check_in(desk, at="2026-11-18T08:00:00+08:00")
    there = await check_in(desk, at="2026-11-18T09:00:00+08:00", lat=325_000_000)
    await follow(desk)

    async def ids(**asked: Any) -> list[str]:
        return [feature["id"] for feature in (await features(desk, **asked))["features"]]

    assert await ids() == [here, there]
    assert await ids(bbox="118.7,32.0,118.8,32.1") == [here]
    assert await ids(bbox="118.7,32.0,0,118.8,32.1,9") == [here]
    assert await ids(bbox="170,32,-170,33") == []
    assert await ids(datetime="2026-11-18T00:30:00Z/..") == [there]
    assert await ids(datetime="../2026-11-18T00:30:00Z") == [here]
    assert await ids(datetime="2026-11-18") == [here, there]
    assert await ids(datetime="2026-11-17") == []
    assert len(await ids(limit=100_000)) == 2
    for wrong in (
        {"bbox": "1,2,3"},
        {"bbox": "a,b,c,d"},
        {"bbox": "0,99,1,2"},
        {"datetime": "gestern"},
        {"datetime": "0001-01-01T00:00:00+23:00"},
        {"limit": "-1"},
    ):
        problem(await desk.http.get(ITEMS, params=wrong), "request.invalid")
    problem(await desk.http.get("/v1/ogc/collections/nothing/items"), "request.not_found")
    problem(await desk.http.get(f"{ITEMS}/%00"), "request.not_found")


async def test_only_what_the_caller_reads_is_there_and_is_counted(desk: Desk) -> None:
    key = await check_in(desk)
    await follow(desk)
    admin = await people_admin(desk)
    await desk.program.projects.draw_fence(
        admin.person, desk.scope, NewFence(lat=320_415_000, lon=1_187_674_000, radius_cm=30_000)
    )
    (fence,) = (await features(desk, "/v1/ogc/collections/fences/items"))["features"]
    (ring,) = fence["geometry"]["coordinates"]
    assert ring[0] == ring[-1]
    assert len(ring) == 65
    assert all(abs(lat - 32.0415) < 0.0028 and abs(lon - 118.7674) < 0.0033 for lon, lat in ring)
    assert (await features(desk, "/v1/ogc/collections/fences/items", bbox="0,0,1,1"))["features"] == []
    await desk.as_("sunlei")
    page = await features(desk)
    assert (page["features"], page["numberMatched"]) == ([], 0)
    problem(await desk.http.get(f"{ITEMS}/{key}"), "request.not_found")
    assert (await features(desk, "/v1/ogc/collections/fences/items"))["features"] == []
    desk.http.headers.pop("Authorization")
    assert (await desk.http.get("/v1/ogc")).status_code == 401


async def test_the_pages_link_to_each_other(desk: Desk) -> None:
    landing = (await desk.http.get("/v1/ogc")).json()
    links = {link["rel"]: link["href"] for link in landing["links"]}
    assert {"self", "service-desc", "conformance", "data"} <= set(links)
    for rel in ("self", "conformance", "data"):
        assert (await desk.http.get(links[rel])).status_code == 200
    assert len((await desk.http.get(links["conformance"])).json()["conformsTo"]) == 2
    named = (await desk.http.get(links["data"])).json()["collections"]
    assert [each["id"] for each in named] == ["check-ins", "photographs", "fences"]
    for each in named:
        for link in each["links"]:
            assert (await desk.http.get(link["href"])).status_code == 200


async def test_gdal_and_owslib_read_2501_features_of_a_server_in_another_process(
    tmp_path: Path, clock: HandClock
) -> None:
    async with open_desk("", tmp_path, tmp_path, clock) as desk:
        await check_in(desk)
        await follow(desk)
        await desk.program.db.write(lambda tx: multiply(tx, 2501))
        identity = Identity(desk.program.db, desk.program.journal, desk.program.settings, SystemClock(), cheap())
        token = (await identity.sessions.login("wangli", people.PASSWORD)).token
    server = Server(tmp_path, embedded_worker="false")
    server.start()
    try:
        assert read_by_gdal(server.url, token, (118.0, 32.0, 119.0, 33.0)) == 2501
        assert read_by_gdal(server.url, token, (0.0, 0.0, 1.0, 1.0)) == 0
        service = Features(f"{server.url}/v1/ogc", headers={"Authorization": f"Bearer {token}"})
        assert service.conformance()["conformsTo"]
        assert service.feature_collections() == ["check-ins", "photographs", "fences"]
        page = service.collection_items("check-ins", limit=5)
        assert (page["numberMatched"], page["numberReturned"]) == (2501, 5)
    finally:
        server.stop()


def multiply(tx: sa.Connection, count: int) -> None:
    """Make a check-in into many, each a metre further."""
    record = dict(tx.execute(sa.select(records).where(records.c.kind == Kind.CHECK_IN)).mappings().one())
    shown = dict(tx.execute(sa.select(seen)).mappings().one())
    keys = [new_id() for _ in range(count - 1)]
    tx.execute(sa.insert(records), [record | {"id": key, "seq": 10_000 + at} for at, key in enumerate(keys)])
    tx.execute(sa.insert(seen), [shown | {"record": key, "lat": shown["lat"] + at * 10} for at, key in enumerate(keys)])


def read_by_gdal(url: str, token: str, box: tuple[float, float, float, float]) -> int:
    """Count what GDAL's reader, which is QGIS's, finds in a box."""
    pyogrio.set_gdal_config_options({"GDAL_HTTP_AUTH": "BEARER", "GDAL_HTTP_BEARER": token})
    _, _, geometry, _ = pyogrio.raw.read(f"OAPIF:{url}/v1/ogc", layer="check-ins", bbox=box)
    return len(geometry)

"""The way up: whatever breaks off is resumed, and a newer request wins."""

import asyncio
from collections.abc import AsyncIterator

import httpx
import pytest

from media.store import StagingStore
from media.upload import PART_BYTES
from server.kernel.database import Database
from server.uploads import Uploads
from tests.server.uploads.house import (
    LARGE,
    PATCH,
    PHOTO,
    SETTINGS,
    House,
    begin,
    creation,
    fetch,
    offset_of,
    pieces,
    problem,
    send,
    serve,
    sha256,
    upload,
)
from tests.support.clock import HandClock
from tests.support.refusals import refuses

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("data", [b"", PHOTO, LARGE[:PART_BYTES], LARGE], ids=["empty", "photo", "one part", "large"])
async def test_a_file_sent_in_any_pieces_reads_back_from_any_store(
    database: Database, clock: HandClock, files: StagingStore, data: bytes
) -> None:
    house = House(database, files, clock)
    await house.furnish()
    async with serve(house) as http:
        address, sent = await begin(http, data), 0
        for size in (1, 5_000, PART_BYTES, 3, len(data)):
            if sent < len(data):
                answer = await send(http, address, sent, data[sent : sent + size])
                assert answer.status_code == 204, answer.text
                sent = int(answer.headers["upload-offset"])
                assert await offset_of(http, address) == sent
        await house.work()
        answer = await fetch(http, f"/v1/blobs/{sha256(data)}")
        assert answer.content == data
        assert await house.events() == [sha256(data)]
        assert await files.waiting("", 10) == []


@pytest.mark.parametrize(
    "kind",
    [
        "application/offset+octet-stream; charset=binary",
        "Application/Offset+Octet-Stream",
        " application/offset+octet-stream;",
    ],
)
async def test_the_type_of_bytes_is_read_in_any_case_and_with_any_parameters(
    http: httpx.AsyncClient, kind: str
) -> None:
    as_named = PATCH | {"Content-Type": kind}
    answer = await http.post("/v1/uploads", headers=creation(PHOTO) | as_named, content=PHOTO[:10])
    assert (answer.status_code, answer.headers["upload-offset"]) == (201, "10")
    more = {**as_named, "Upload-Offset": "10"}
    answer = await http.patch(answer.headers["location"], headers=more, content=PHOTO[10:])
    assert (answer.status_code, answer.headers["upload-offset"]) == (204, str(len(PHOTO)))


async def test_other_types_that_begin_alike_are_refused(http: httpx.AsyncClient) -> None:
    address = await begin(http, PHOTO)
    other = PATCH | {"Content-Type": "application/offset+octet-streams", "Upload-Offset": "0"}
    problem(await http.patch(address, headers=other, content=PHOTO), "request.encoding")


async def test_answers_about_an_upload_have_no_body(http: httpx.AsyncClient) -> None:
    created = await http.post("/v1/uploads", headers=creation(PHOTO))
    assert (created.status_code, created.content) == (201, b"")
    assert created.headers.get("content-length", "0") == "0"
    asked = await http.head(created.headers["location"], headers=PATCH)
    assert (asked.status_code, asked.headers.get("content-length", "0")) == (200, "0")


async def test_a_photo_can_come_with_its_creation(http: httpx.AsyncClient) -> None:
    answer = await http.post("/v1/uploads", headers=creation(PHOTO) | PATCH, content=PHOTO)
    assert (answer.status_code, answer.headers["upload-offset"]) == (201, str(len(PHOTO)))
    assert "upload-expires" in answer.headers
    assert (await http.get(f"/v1/blobs/{sha256(PHOTO)}")).content == PHOTO


async def test_a_body_that_breaks_off_counts_as_far_as_it_came(house: House, http: httpx.AsyncClient) -> None:
    address = await begin(http, LARGE)
    upload_id = address.rpartition("/")[2]
    got = await house.uploads.append(house.zhou, upload_id, 0, pieces(LARGE[:9_000_001]))
    assert got.offset == 9_000_001
    got = await house.uploads.append(house.zhou, upload_id, 9_000_001, pieces(LARGE[9_000_001:]))
    assert got.offset == len(LARGE)
    await house.work()
    assert (await http.get(f"/v1/blobs/{sha256(LARGE)}")).content == LARGE


async def test_a_newer_request_has_the_older_put_down_what_it_has(house: House, http: httpx.AsyncClient) -> None:
    address = await begin(http, LARGE)
    arrived = asyncio.Event()

    async def stalls() -> AsyncIterator[bytes]:
        yield LARGE[:1000]
        arrived.set()
        await asyncio.sleep(3600)

    older = asyncio.ensure_future(house.uploads.append(house.zhou, address.rpartition("/")[2], 0, stalls()))
    await arrived.wait()
    assert await offset_of(http, address) == 1000
    assert (await older).offset == 1000
    assert (await send(http, address, 1000, LARGE[1000:])).status_code == 204
    await house.work()
    assert (await http.get(f"/v1/blobs/{sha256(LARGE)}")).content == LARGE


async def test_a_stale_request_of_another_process_changes_nothing(house: House, http: httpx.AsyncClient) -> None:
    address = await begin(http, LARGE)
    elsewhere = Uploads(house.db, house.journal, house.jobs, house.files, SETTINGS, house.clock)
    arrived, go_on = asyncio.Event(), asyncio.Event()

    async def stalls() -> AsyncIterator[bytes]:
        yield LARGE[:1000]
        arrived.set()
        await go_on.wait()
        yield b"!" * PART_BYTES

    stale = asyncio.ensure_future(elsewhere.append(house.zhou, address.rpartition("/")[2], 0, stalls()))
    await arrived.wait()
    assert await offset_of(http, address) == 0
    assert (await send(http, address, 0, LARGE[:PART_BYTES])).status_code == 204
    go_on.set()
    with refuses("media.preempted"):
        await stale
    assert (await send(http, address, PART_BYTES, LARGE[PART_BYTES:])).status_code == 204
    await house.work()
    assert (await http.get(f"/v1/blobs/{sha256(LARGE)}")).content == LARGE


async def test_what_arrives_slowly_is_made_durable_on_the_way(
    house: House, http: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("server.uploads.service.COMMIT_SECONDS", 0)
    monkeypatch.setattr("server.uploads.service.COMMIT_PAUSE", 0)
    address = await begin(http, LARGE)
    seen: list[int] = []

    async def slow() -> AsyncIterator[bytes]:
        for start in range(0, 5_000, 1_000):
            yield LARGE[start : start + 1_000]
            seen.extend(one.offset for one in await house.uploads.listing(house.zhou))

    await house.uploads.append(house.zhou, address.rpartition("/")[2], 0, slow())
    assert seen == [1_000, 2_000, 3_000, 4_000, 5_000]


async def test_a_request_that_falls_silent_is_taken_to_be_cut_off(
    house: House, http: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(house.uploads._running, "_silence", 0.05)

    async def silent() -> AsyncIterator[bytes]:
        yield PHOTO[:100]
        await asyncio.sleep(3600)

    address = await begin(http, PHOTO)
    assert (await house.uploads.append(house.zhou, address.rpartition("/")[2], 0, silent())).offset == 100


async def test_a_finished_upload_can_be_asked_about_and_repeated(http: httpx.AsyncClient) -> None:
    address = await begin(http, PHOTO)
    assert (await send(http, address, 0, PHOTO)).status_code == 204
    assert await offset_of(http, address) == len(PHOTO)
    assert (await send(http, address, len(PHOTO), b"")).status_code == 204
    problem(await send(http, address, 0, PHOTO), "media.wrong_offset")


async def test_what_one_brought_before_is_complete_at_once(house: House, http: httpx.AsyncClient) -> None:
    await upload(http, PHOTO)
    assert await offset_of(http, await begin(http, PHOTO)) == len(PHOTO)
    assert await house.events() == [sha256(PHOTO)]
    house.speaker = house.stranger  # who must send it, or would learn that it is here
    assert await offset_of(http, await begin(http, PHOTO)) == 0
    await upload(http, PHOTO)
    assert await house.events() == [sha256(PHOTO)] * 2


async def test_a_crash_between_last_byte_and_storing_is_made_good_by_the_next_question(
    house: House, http: httpx.AsyncClient
) -> None:
    address = await begin(http, PHOTO)
    upload_id = address.rpartition("/")[2]
    await send(http, address, 0, PHOTO[:50])
    claimed = await house.uploads._preempt(house.zhou, upload_id)
    await house.files.stage(upload_id, 0, claimed.state.token, PHOTO)
    await house.uploads._commit(claimed, len(PHOTO))
    assert await offset_of(http, address) == len(PHOTO)
    assert (await http.get(f"/v1/blobs/{sha256(PHOTO)}")).content == PHOTO

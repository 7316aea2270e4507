"""What is refused on the way up, with a listed problem and nothing changed."""

import asyncio
import base64
import hashlib
from collections.abc import AsyncIterator

import httpx
import pytest
import sqlalchemy as sa

from server.jobs.tables import jobs
from server.kernel.clock import new_id
from tests.server.uploads.house import (
    LARGE,
    PATCH,
    PHOTO,
    SETTINGS,
    TUS,
    House,
    begin,
    creation,
    offset_of,
    problem,
    send,
    sha256,
    upload,
)
from tests.support.clock import HandClock
from tests.support.refusals import refuses

pytestmark = pytest.mark.anyio


async def test_a_checksum_that_does_not_fit_discards_the_request(http: httpx.AsyncClient) -> None:
    address = await begin(http, PHOTO)
    assert (await send(http, address, 0, PHOTO[:50])).status_code == 204
    good = base64.b64encode(hashlib.sha1(PHOTO[50:], usedforsecurity=False).digest()).decode()
    answer = await send(http, address, 50, b"!" * 20, **{"Upload-Checksum": f"sha1 {good}"})
    assert problem(answer, "media.digest_mismatch").json()["params"] == {"offset": "50"}
    assert await offset_of(http, address) == 50
    problem(await send(http, address, 50, b"", **{"Upload-Checksum": "crc32 AAAA"}), "request.invalid")
    assert (await send(http, address, 50, PHOTO[50:], **{"Upload-Checksum": f"sha1 {good}"})).status_code == 204


@pytest.mark.parametrize("data", [PHOTO, LARGE], ids=["photo", "large"])
async def test_a_file_that_is_not_what_was_declared_leaves_nothing_but_that_it_is_said(
    house: House, http: httpx.AsyncClient, data: bytes
) -> None:
    address = await begin(http, data)
    answer = await send(http, address, 0, b"!" + data[1:])
    if data is LARGE:  # which nobody has compared yet
        assert (answer.status_code, answer.headers["upload-state"]) == (204, "verifying")
        assert await house.work() == 1
    else:
        problem(answer, "media.file_mismatch")
    assert (await http.head(address, headers=TUS)).status_code == 460
    problem(await send(http, address, 0, data), "media.file_mismatch")
    problem(await http.get(f"/v1/blobs/{sha256(data)}"), "request.not_found")
    assert [found["state"] for found in (await http.get("/v1/uploads")).json()] == ["mismatched"]
    assert await house.files.waiting("", 10) == []
    assert await house.events() == []


async def test_offsets_and_lengths_are_kept(http: httpx.AsyncClient) -> None:
    address = await begin(http, PHOTO)
    assert problem(await send(http, address, 7, PHOTO), "media.wrong_offset").json()["params"] == {"offset": "0"}
    problem(await send(http, address, 0, PHOTO + b"!"), "media.beyond_length")
    assert await offset_of(http, address) == 0
    problem(await send(http, address, 0, PHOTO, **{"Content-Type": "image/jpeg"}), "request.encoding")
    for offset in ("-1", "x", "", "9" * 30):
        problem(await send(http, address, 0, b"", **{"Upload-Offset": offset}), "request.invalid")


@pytest.mark.parametrize(
    ("headers", "code"),
    [
        ({"Tus-Resumable": "0.2.2"}, "media.tus_version"),
        ({"Upload-Length": "-1"}, "request.invalid"),
        ({"Upload-Length": str(2**60)}, "request.invalid"),
        ({"Upload-Length": str((1 << 28) + 1)}, "media.too_long"),
        ({"Upload-Metadata": ""}, "media.bad_digest"),
        ({"Upload-Metadata": "sha256 bm90IGEgZGlnZXN0"}, "media.bad_digest"),
        ({"Upload-Metadata": "sha256 !!!"}, "request.invalid"),
        ({"Upload-Metadata": "sha256 AA==,sha256 AA=="}, "request.invalid"),
        ({"Upload-Metadata": ",".join(f"k{n} AA==" for n in range(21))}, "request.invalid"),
        ({"Upload-Metadata": "sha256 /w=="}, "request.invalid"),
    ],
)
async def test_a_creation_that_makes_no_sense_is_refused(
    http: httpx.AsyncClient, headers: dict[str, str], code: str
) -> None:
    problem(await http.post("/v1/uploads", headers=creation(PHOTO) | headers), code)


async def test_a_person_has_a_limit_of_unfinished_uploads(house: House, http: httpx.AsyncClient) -> None:
    for _ in range(50):
        await begin(http, PHOTO)
    problem(await http.post("/v1/uploads", headers=creation(PHOTO)), "media.too_many_uploads")
    assert len((await http.get("/v1/uploads")).json()) == 50
    house.speaker = house.chen
    await begin(http, PHOTO)


async def test_many_slow_uploads_of_one_person_leave_the_places_of_others_free(
    house: House, http: httpx.AsyncClient
) -> None:
    arrived, through = asyncio.Semaphore(0), asyncio.Event()

    async def slowly() -> AsyncIterator[bytes]:
        yield PHOTO[:10]
        arrived.release()
        await through.wait()
        yield PHOTO[10:]

    async def send_slowly() -> httpx.Response:
        address = await begin(http, PHOTO)
        return await http.patch(address, headers=PATCH | {"Upload-Offset": "0"}, content=slowly())

    slow = [asyncio.create_task(send_slowly()) for _ in range(SETTINGS.uploads_at_once)]
    for _ in slow:
        await arrived.acquire()
    refused = problem(await send(http, await begin(http, PHOTO), 0, PHOTO), "media.uploads_at_once")
    assert refused.headers["retry-after"] == "5"
    house.speaker = house.chen
    await upload(http, b"of somebody else")
    through.set()
    assert [answer.status_code for answer in await asyncio.gather(*slow)] == [204] * len(slow)
    house.speaker = house.zhou
    await upload(http, b"and there is a place again")


async def test_a_process_that_is_busy_says_so(
    house: House, http: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("server.uploads.running.RECEIVING_AT_ONCE", 0)
    assert problem(await send(http, await begin(http, PHOTO), 0, PHOTO), "server.busy").headers["retry-after"] == "5"


async def test_an_upload_is_its_owners_alone(house: House, http: httpx.AsyncClient) -> None:
    address = await begin(http, PHOTO)
    house.speaker = house.chen
    assert (await http.head(address, headers=TUS)).status_code == 404
    problem(await send(http, address, 0, PHOTO), "request.not_found")
    problem(await http.delete(address, headers=TUS), "request.not_found")
    assert (await http.get("/v1/uploads")).json() == []


async def test_a_terminated_upload_is_gone_with_its_bytes(house: House, http: httpx.AsyncClient) -> None:
    address = await begin(http, PHOTO)
    await send(http, address, 0, PHOTO[:50])
    assert (await http.delete(address, headers=TUS)).status_code == 204
    problem(await http.delete(address, headers=TUS), "request.not_found")
    with refuses("request.not_found"):
        await house.files.staged(address.rpartition("/")[2], 0, 1)


async def test_an_abandoned_upload_expires_and_is_swept(
    house: House, http: httpx.AsyncClient, clock: HandClock
) -> None:
    address = await begin(http, PHOTO)
    await send(http, address, 0, PHOTO[:50])
    clock.forward(hours=23)
    await house.work()
    assert await offset_of(http, address) == 50  # which keeps it alive for another day
    clock.forward(hours=23)
    await house.work()
    assert await offset_of(http, address) == 50
    clock.forward(hours=25)
    assert (await http.head(address, headers=TUS)).status_code == 410
    await house.work()
    assert (await http.head(address, headers=TUS)).status_code == 404
    with refuses("request.not_found"):
        await house.files.staged(address.rpartition("/")[2], 0, 1)
    assert await house.files.waiting("", 10) == []


async def test_the_server_says_what_it_can_do(http: httpx.AsyncClient) -> None:
    answer = await http.options("/v1/uploads")
    assert answer.status_code == 204
    assert answer.headers["tus-version"] == "1.0.0"
    assert set(answer.headers["tus-extension"].split(",")) == {
        "creation", "creation-with-upload", "checksum", "expiration", "termination",
    }  # fmt: skip
    assert answer.headers["tus-max-size"] == str(1 << 28)


async def test_parts_that_no_upload_needs_are_swept_and_all_others_stay(house: House, http: httpx.AsyncClient) -> None:
    address, stored, orphan = await begin(http, PHOTO), await begin(http, LARGE[:1000]), new_id()
    await send(http, address, 0, PHOTO[:50])
    await send(http, stored, 0, LARGE[:1000])
    for unfinished in (orphan, stored.rpartition("/")[2]):
        for index in range(3):  # what a crash leaves between two steps, or a request that was overtaken
            await house.files.stage(unfinished, index, 1, PHOTO)
    house.clock.forward(hours=2)
    await house.work()
    assert await house.files.waiting("", 10) == [address.rpartition("/")[2]]
    assert await offset_of(http, address) == 50


async def test_a_file_that_was_never_verified_is_taken_up_by_the_sweep(house: House, http: httpx.AsyncClient) -> None:
    address = await begin(http, LARGE)
    await send(http, address, 0, LARGE)
    await house.db.write(lambda tx: tx.execute(sa.delete(jobs).where(jobs.c.kind == "uploads.verify")))
    assert (await http.head(address, headers=TUS)).headers["upload-state"] == "verifying"
    problem(await http.get(f"/v1/blobs/{sha256(LARGE)}"), "request.not_found")
    house.clock.forward(hours=2)
    await house.work()
    assert (await http.head(address, headers=TUS)).headers["upload-state"] == "stored"
    assert (await http.get(f"/v1/blobs/{sha256(LARGE)}")).content == LARGE


async def test_verifying_twice_and_at_once_stores_one_file_and_says_so_once(
    house: House, http: httpx.AsyncClient
) -> None:
    address = await begin(http, LARGE)
    await send(http, address, 0, LARGE)
    handlers = {handler.kind: handler for handler in house.uploads.handlers}
    (job,) = await house.jobs.claim(handlers, 1)
    verify = handlers[job.kind]
    await asyncio.gather(*(verify(job) for _ in range(3)))
    await verify(job)
    assert await house.events() == [sha256(LARGE)]
    assert (await http.head(address, headers=TUS)).headers["upload-state"] == "stored"

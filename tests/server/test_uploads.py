"""Uploads: whatever breaks off is resumed, whatever is wrong is refused, and a digest shows nobody its bytes."""

import asyncio
import base64
import contextlib
import hashlib
import os
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import sqlalchemy as sa

from media import upload as machine
from media.disk_store import DiskStore
from media.memory_store import MemoryStore
from media.s3_store import S3Settings, S3Store
from media.store import StagingStore
from media.upload import PART_BYTES
from mobile_contract.identity import Role
from mobile_contract.ids import person_scope, project_scope, section_scope
from mobile_contract.media import FileState
from mobile_contract.problems import PROBLEMS
from server.identity import Caller, Identity, register_scope
from server.jobs import Jobs, Worker
from server.kernel.clock import new_id
from server.kernel.database import Database
from server.kernel.journal import Journal
from server.kernel.settings import Settings
from server.kernel.tables import journal
from server.uploads import ROUTES, Uploads
from tests.media import images
from tests.support import people, rgw
from tests.support.clock import HandClock
from tests.support.http import client
from tests.support.refusals import refuses

pytestmark = pytest.mark.anyio

TUS = {"Tus-Resumable": "1.0.0"}
PATCH = TUS | {"Content-Type": "application/offset+octet-stream"}
PHOTO = images.encode(images.picture(), "image/jpeg", exif=images.exif(orientation=1))
LARGE = os.urandom(1 << 20) * 19 + b"and a tail"
PROJECT, SECTION, OTHER = project_scope(new_id()), section_scope(new_id()), section_scope(new_id())
SETTINGS = Settings(upload_bytes=1 << 28, upload_expiry_hours=24)


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def creation(data: bytes, **metadata: str) -> dict[str, str]:
    pairs = {"sha256": sha256(data), "filename": "IMG_0620.jpg", "filetype": "image/jpeg"} | metadata
    written = ",".join(f"{key} {base64.b64encode(value.encode()).decode()}" for key, value in pairs.items())
    return TUS | {"Upload-Length": str(len(data)), "Upload-Metadata": written}


def problem(answer: httpx.Response, code: str) -> httpx.Response:
    assert answer.headers["content-type"] == "application/problem+json"
    assert (answer.json()["code"], answer.status_code) == (code, PROBLEMS[code].status)
    return answer


async def pieces(data: bytes, size: int = 200_000) -> AsyncIterator[bytes]:
    for start in range(0, len(data), size):
        yield data[start : start + size]


class House:
    """The rooms this needs, wired, with 周敏 and 陈建国 in one section and a stranger in another."""

    def __init__(self, database: Database, files: StagingStore, clock: HandClock) -> None:
        self.db, self.files, self.clock = database, files, clock
        self.jobs = Jobs(database, SETTINGS, clock)
        self.journal = Journal({}, self.jobs.enqueue)
        self.identity = Identity(database, self.journal, SETTINGS, clock, people.cheap_passwords())
        self.uploads = Uploads(database, self.journal, self.jobs, files, SETTINGS, clock)
        self.speaker: Caller

    async def furnish(self) -> None:
        def places(tx: sa.Connection) -> None:
            register_scope(tx, PROJECT)
            register_scope(tx, SECTION, PROJECT)
            register_scope(tx, OTHER, PROJECT)

        await self.db.write(places)
        admin = await people.admin(self.identity)
        self.zhou = await people.person(self.identity, admin, "zhou", (Role.INSPECTOR, SECTION))
        self.chen = await people.person(self.identity, admin, "chen", (Role.CONTRACTOR, SECTION))
        self.stranger = await people.person(self.identity, admin, "stranger", (Role.CONTRACTOR, OTHER))
        self.speaker = self.zhou

    async def cite(self, scope: str, record: str, data: bytes, person: Caller) -> FileState:
        def work(tx: sa.Connection) -> FileState:
            self.uploads.cite(tx, scope, record, [sha256(data), "not a digest"], person.person)
            (receipt,) = self.uploads.receipts(tx, scope, record)
            return receipt.state

        return await self.db.write(work)

    async def receipt(self, scope: str, record: str) -> FileState:
        return (await self.db.read(lambda tx: self.uploads.receipts(tx, scope, record)))[0].state

    async def events(self) -> list[str]:
        query = sa.select(journal.c.subject).where(journal.c.event == "blob.stored")
        return await self.db.read(lambda tx: list(tx.scalars(query)))


@pytest.fixture(params=["memory", "folder", pytest.param("s3", marks=pytest.mark.s3)])
def files(request: pytest.FixtureRequest, tmp_path: Path) -> StagingStore:
    if request.param == "memory":
        return MemoryStore()
    if request.param == "folder":
        return DiskStore(tmp_path / "files")
    server: rgw.Server = request.getfixturevalue("rgw_server")
    bucket: str = request.getfixturevalue("rgw_bucket")
    return S3Store(
        S3Settings(endpoint=server.endpoint, bucket=bucket, access_key=server.access_key, secret_key=server.secret_key)
    )


@pytest.fixture
async def house(database: Database, clock: HandClock) -> House:
    """A house whose files are in memory; the tests of bytes ask for ``stored`` instead."""
    made = House(database, MemoryStore(), clock)
    await made.furnish()
    return made


@pytest.fixture
async def http(house: House) -> AsyncIterator[httpx.AsyncClient]:
    async with serve(house) as opened:
        yield opened


def serve(house: House) -> contextlib.AbstractAsyncContextManager[httpx.AsyncClient]:
    from litestar.di import Provide

    speaker = Provide(lambda: house.speaker, sync_to_thread=False)
    return client(ROUTES, {"caller": speaker, "uploads": house.uploads, "settings": SETTINGS})


async def begin(http: httpx.AsyncClient, data: bytes, **metadata: str) -> str:
    answer = await http.post("/v1/uploads", headers=creation(data, **metadata))
    assert answer.status_code == 201, answer.text
    return str(answer.headers["location"])


async def send(http: httpx.AsyncClient, address: str, offset: int, data: bytes, **headers: str) -> httpx.Response:
    return await http.patch(address, headers=PATCH | {"Upload-Offset": str(offset)} | headers, content=data)


async def upload(http: httpx.AsyncClient, data: bytes, **metadata: str) -> None:
    assert (await send(http, await begin(http, data, **metadata), 0, data)).status_code == 204


async def offset_of(http: httpx.AsyncClient, address: str) -> int:
    answer = await http.head(address, headers=TUS)
    assert answer.status_code == 200
    return int(answer.headers["upload-offset"])


# The way up ----------------------------------------------------------------------------------------------------------


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
        answer = await http.get(f"/v1/blobs/{sha256(data)}")
        assert answer.content == data
        assert await house.events() == [sha256(data)]


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
    assert (await http.get(f"/v1/blobs/{sha256(LARGE)}")).content == LARGE


async def test_what_arrives_slowly_is_made_durable_on_the_way(
    house: House, http: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("server.uploads.service.COMMIT_SECONDS", 0)
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
    monkeypatch.setattr("server.uploads.running.SILENCE_SECONDS", 0.05)

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
    claimed = await house.uploads._claim(house.zhou, upload_id)
    await house.files.stage(upload_id, 0, claimed.state.token, PHOTO)
    await house.uploads._commit(claimed, len(PHOTO))
    assert await offset_of(http, address) == len(PHOTO)
    assert (await http.get(f"/v1/blobs/{sha256(PHOTO)}")).content == PHOTO


# What is refused -----------------------------------------------------------------------------------------------------


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
async def test_a_file_that_is_not_what_was_declared_is_gone(house: House, http: httpx.AsyncClient, data: bytes) -> None:
    address = await begin(http, data)
    problem(await send(http, address, 0, b"!" + data[1:]), "media.file_mismatch")
    assert (await http.head(address, headers=TUS)).status_code == 404
    problem(await http.get(f"/v1/blobs/{sha256(data)}"), "request.not_found")
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


async def test_a_person_has_a_limit_of_unfinished_uploads(
    http: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("server.uploads.service.OPEN_UPLOADS", 2)
    for _ in range(2):
        await begin(http, PHOTO)
    problem(await http.post("/v1/uploads", headers=creation(PHOTO)), "media.too_many_uploads")
    assert len((await http.get("/v1/uploads")).json()) == 2


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
    worker = Worker(house.jobs, house.uploads.handlers)
    clock.forward(hours=23)
    await worker.drain()
    assert await offset_of(http, address) == 50  # which keeps it alive for another day
    clock.forward(hours=23)
    await worker.drain()
    assert await offset_of(http, address) == 50
    clock.forward(hours=25)
    assert (await http.head(address, headers=TUS)).status_code == 410
    await worker.drain()
    assert (await http.head(address, headers=TUS)).status_code == 404
    with refuses("request.not_found"):
        await house.files.staged(address.rpartition("/")[2], 0, 1)
    clock.forward(hours=2)
    assert await worker.drain() == 0  # nothing is left that anybody would come back for


async def test_the_server_says_what_it_can_do(http: httpx.AsyncClient) -> None:
    answer = await http.options("/v1/uploads")
    assert answer.status_code == 204
    assert answer.headers["tus-version"] == "1.0.0"
    assert set(answer.headers["tus-extension"].split(",")) == {
        "creation", "creation-with-upload", "checksum", "expiration", "termination",
    }  # fmt: skip
    assert answer.headers["tus-max-size"] == str(1 << 28)


# Reading -------------------------------------------------------------------------------------------------------------


async def test_a_blob_is_served_whole_in_ranges_and_not_at_all_when_it_is_known(http: httpx.AsyncClient) -> None:
    await upload(http, PHOTO, filename="../沟槽 K0+620.jpg")
    address = f"/v1/blobs/{sha256(PHOTO)}"
    whole = await http.get(address)
    assert whole.headers["content-type"] == "image/jpeg"
    assert whole.headers["x-content-type-options"] == "nosniff"
    assert whole.headers["content-length"] == str(len(PHOTO))
    assert whole.headers["content-disposition"].startswith('inline; filename="')
    assert "filename*=UTF-8''%E6%B2%9F%E6%A7%BD%20K0%2B620.jpg" in whole.headers["content-disposition"]
    known = await http.get(address, headers={"If-None-Match": whole.headers["etag"]})
    assert (known.status_code, known.content) == (304, b"")
    for asked, start, stop in (("5-9", 5, 10), ("100-", 100, len(PHOTO)), ("-7", len(PHOTO) - 7, len(PHOTO))):
        part = await http.get(address, headers={"Range": f"bytes={asked}"})
        assert (part.status_code, part.content) == (206, PHOTO[start:stop])
        assert part.headers["content-range"] == f"bytes {start}-{stop - 1}/{len(PHOTO)}"
    for ignored in ("bytes=0-1,5-6", "lines=1-2", "bytes=9-3", "bytes=-"):
        assert (await http.get(address, headers={"Range": ignored})).content == PHOTO
    stale = await http.get(address, headers={"Range": "bytes=0-1", "If-Range": '"other"'})
    assert stale.status_code == 200
    problem(await http.get(address, headers={"Range": f"bytes={len(PHOTO)}-"}), "media.bad_range")


async def test_what_a_browser_could_run_is_only_ever_offered_as_a_file(http: httpx.AsyncClient) -> None:
    page = b"<!doctype html><script>alert(1)</script>"
    await upload(http, page, filetype="text/html", filename="a.html")
    answer = await http.get(f"/v1/blobs/{sha256(page)}")
    assert answer.headers["content-type"] == "application/octet-stream"
    assert answer.headers["content-disposition"].startswith("attachment")
    assert "sandbox" in answer.headers["content-security-policy"]


async def test_a_digest_shows_nobody_its_bytes(house: House, http: httpx.AsyncClient) -> None:
    await upload(http, PHOTO)
    digest = sha256(PHOTO)
    asked = {"sha256": [digest, sha256(b"never sent")]}
    assert (await http.post("/v1/blobs/have", json=asked)).json() == {"sha256": [digest]}
    house.speaker = house.stranger
    assert await house.cite(OTHER, new_id(), PHOTO, house.stranger) is FileState.EXPECTED
    for address in (f"/v1/blobs/{digest}", f"/v1/blobs/{digest}/thumbnail"):
        problem(await http.get(address), "request.not_found")
    assert (await http.post("/v1/blobs/have", json=asked)).json() in ({"sha256": []}, {})


async def test_questions_have_a_limit_and_a_form(http: httpx.AsyncClient) -> None:
    many = [sha256(str(n).encode()) for n in range(501)]
    problem(await http.post("/v1/blobs/have", json={"sha256": many}), "request.invalid")
    problem(await http.post("/v1/blobs/have", json={"sha256": ["../etc"]}), "media.bad_digest")
    problem(await http.post("/v1/blobs/have", content=b"{"), "request.malformed")
    for strange in ("..%2f..%2fetc", "x", "A" * 64):
        problem(await http.get(f"/v1/blobs/{strange}"), "request.not_found")


# Citations -----------------------------------------------------------------------------------------------------------


async def test_a_citation_before_the_bytes_is_satisfied_by_their_arrival(house: House, http: httpx.AsyncClient) -> None:
    record = new_id()
    assert await house.cite(SECTION, record, PHOTO, house.zhou) is FileState.EXPECTED
    await upload(http, PHOTO)
    assert await house.receipt(SECTION, record) is FileState.STORED
    assert await house.db.read(lambda tx: house.uploads.citing(tx, sha256(PHOTO))) == [(SECTION, record)]
    house.speaker = house.chen
    assert (await http.get(f"/v1/blobs/{sha256(PHOTO)}")).content == PHOTO


async def test_a_colleagues_bytes_satisfy_a_citation_in_the_scope_they_share(
    house: House, http: httpx.AsyncClient
) -> None:
    await upload(http, PHOTO)
    assert await house.cite(SECTION, new_id(), PHOTO, house.chen) is FileState.STORED


async def test_a_strangers_bytes_satisfy_nothing_here(house: House, http: httpx.AsyncClient) -> None:
    record = new_id()
    assert await house.cite(SECTION, record, PHOTO, house.zhou) is FileState.EXPECTED
    house.speaker = house.stranger
    await upload(http, PHOTO)
    assert await house.receipt(SECTION, record) is FileState.EXPECTED


async def test_what_one_may_read_one_may_cite_elsewhere(house: House, http: httpx.AsyncClient) -> None:
    await upload(http, PHOTO)
    await house.cite(SECTION, new_id(), PHOTO, house.zhou)
    own = person_scope(house.chen.person)
    assert await house.cite(own, new_id(), PHOTO, house.chen) is FileState.STORED


async def test_a_record_cites_what_it_now_names_and_no_more(house: House, http: httpx.AsyncClient) -> None:
    record = new_id()
    await house.cite(SECTION, record, PHOTO, house.zhou)
    await house.cite(SECTION, record, LARGE, house.zhou)
    receipts = await house.db.read(lambda tx: house.uploads.receipts(tx, SECTION, record))
    assert [receipt.sha256 for receipt in receipts] == [sha256(LARGE)]


async def test_arrival_and_citation_at_the_same_moment_see_each_other(house: House) -> None:
    for _ in range(10):
        data, record = os.urandom(100), new_id()
        begun = await house.uploads.create(house.zhou, 100, sha256(data), "", "")
        await asyncio.gather(
            house.uploads.append(house.zhou, begun.id, 0, pieces(data)),
            house.cite(SECTION, record, data, house.zhou),
        )
        assert await house.receipt(SECTION, record) is FileState.STORED


async def test_what_a_machine_made_is_read_by_whoever_reads_the_record(house: House, http: httpx.AsyncClient) -> None:
    digest = await house.uploads.blobs.keep(house.chen.person, PHOTO, "page-1.jpg")
    assert await house.uploads.blobs.whole(digest) == PHOTO
    assert await house.cite(SECTION, new_id(), PHOTO, house.chen) is FileState.STORED
    assert (await http.get(f"/v1/blobs/{digest}")).content == PHOTO


# Derivatives ---------------------------------------------------------------------------------------------------------


async def test_a_thumbnail_is_made_once_beside_the_original(house: House, http: httpx.AsyncClient) -> None:
    await upload(http, PHOTO)
    address = f"/v1/blobs/{sha256(PHOTO)}/thumbnail?side=100"
    first = await http.get(address)
    assert (first.status_code, first.headers["content-type"]) == (200, "image/jpeg")
    assert b"HUAWEI" not in first.content
    house.uploads.blobs._pictures = None  # type: ignore[assignment] # nothing may be made a second time
    assert (await http.get(address)).content == first.content
    assert (await http.get(f"/v1/blobs/{sha256(PHOTO)}")).content == PHOTO


async def test_a_bomb_or_a_page_of_html_has_no_thumbnail(http: httpx.AsyncClient) -> None:
    for data, code in (
        (images.png_that_claims(30_000, 30_000), "media.too_many_pixels"),
        (b"<!doctype html>", "media.undecodable"),
    ):
        await upload(http, data)
        problem(await http.get(f"/v1/blobs/{sha256(data)}/thumbnail"), code)
    answer: Any = await http.get(f"/v1/blobs/{sha256(data)}/thumbnail?side=0")
    assert answer.status_code in (400, 422)


def test_a_part_is_small_enough_to_hold_in_memory() -> None:
    assert machine.PART_BYTES == 8 * 1024 * 1024

"""One suite for every store: what ``media.store`` promises holds in memory, in a folder, and on a real S3 service."""

import hashlib
import os
from collections.abc import AsyncIterator
from pathlib import Path
from typing import TYPE_CHECKING

import anyio
import pytest

from media.disk_store import DiskStore
from media.memory_store import MemoryStore
from media.s3_store import S3Settings, S3Store
from media.store import StagingStore, read_all
from media.upload import PART_BYTES
from mobile_contract.problems import Refused
from server.kernel.clock import new_id
from tests.support import rgw
from tests.support.refusals import refuses

if TYPE_CHECKING:
    from types_boto3_s3.client import S3Client

pytestmark = pytest.mark.anyio

SMALL = b"a photograph, for the sake of argument"
LARGE = os.urandom(1 << 20) * 20 + b"and a tail"


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


async def pieces(data: bytes, size: int = 300_007) -> AsyncIterator[bytes]:
    for start in range(0, len(data), size):
        yield data[start : start + size]


async def read(store: StagingStore, digest: str, start: int = 0, stop: int | None = None) -> bytes:
    return b"".join([piece async for piece in store.read(digest, start, stop)])


@pytest.fixture(
    params=[
        "memory",
        "folder",
        pytest.param("s3", marks=pytest.mark.s3),
        pytest.param("s3 over tls", marks=pytest.mark.s3),
    ]
)
def store(request: pytest.FixtureRequest, tmp_path: Path) -> StagingStore:
    if request.param == "memory":
        return MemoryStore()
    if request.param == "folder":
        return DiskStore(tmp_path / "store")
    return s3_store(request, tls=request.param.endswith("tls"))


def s3_store(request: pytest.FixtureRequest, *, tls: bool) -> S3Store:
    server: rgw.Server = request.getfixturevalue("rgw_server")
    certificate, _ = request.getfixturevalue("localhost_certificate")
    return S3Store(
        S3Settings(
            endpoint=server.tls_endpoint if tls else server.endpoint,
            bucket=request.getfixturevalue("rgw_bucket"),
            access_key=server.access_key,
            secret_key=server.secret_key,
            ca_file=str(certificate) if tls else "",
            prefix="installation/",
        )
    )


def files_in(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


# Blobs ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("data", [b"", SMALL, LARGE[:PART_BYTES], LARGE], ids=["empty", "small", "one part", "large"])
async def test_a_stored_blob_reads_back_byte_for_byte(store: StagingStore, data: bytes) -> None:
    await store.put(sha256(data), len(data), pieces(data))
    assert await store.size(sha256(data)) == len(data)
    assert await read(store, sha256(data)) == data


async def test_a_blob_can_come_from_bytes_or_from_a_file(store: StagingStore, tmp_path: Path) -> None:
    path = tmp_path / "photo"
    path.write_bytes(LARGE)
    await store.put(sha256(SMALL), len(SMALL), SMALL)
    await store.put(sha256(LARGE), len(LARGE), path)
    assert await read(store, sha256(SMALL)) == SMALL
    assert await read(store, sha256(LARGE)) == LARGE


@pytest.mark.parametrize("data", [SMALL, LARGE], ids=["small", "large"])
@pytest.mark.parametrize("wrong", ["other bytes", "one byte more", "one byte less"])
async def test_bytes_that_are_not_what_was_declared_leave_nothing_behind(
    store: StagingStore, data: bytes, wrong: str
) -> None:
    sent = {"other bytes": b"!" + data[1:], "one byte more": data + b"!", "one byte less": data[:-1]}[wrong]
    with refuses("media.file_mismatch"):
        await store.put(sha256(data), len(data), pieces(sent))
    assert await store.size(sha256(data)) is None


async def test_wrong_bytes_do_not_harm_the_blob_that_is_there(store: StagingStore) -> None:
    for data in (SMALL, LARGE):
        await store.put(sha256(data), len(data), data)
        with refuses("media.file_mismatch"):
            await store.put(sha256(data), len(data), b"!" + data[1:])
        assert await read(store, sha256(data)) == data


async def test_a_source_that_breaks_off_leaves_nothing_behind(store: StagingStore) -> None:
    async def breaks_off() -> AsyncIterator[bytes]:
        yield LARGE[:-100]
        raise ConnectionError("the phone went into a tunnel")

    with pytest.raises(ConnectionError):
        await store.put(sha256(LARGE), len(LARGE), breaks_off())
    assert await store.size(sha256(LARGE)) is None


async def test_putting_again_or_at_the_same_time_changes_nothing(store: StagingStore) -> None:
    for data in (SMALL, LARGE):
        async with anyio.create_task_group() as group:
            for _ in range(4):
                group.start_soon(store.put, sha256(data), len(data), data)
        await store.put(sha256(data), len(data), data)
        assert await read(store, sha256(data)) == data


@pytest.mark.parametrize(
    ("start", "stop"), [(0, 1), (5, 17), (5, None), (37, None), (0, 10_000), (7, 7), (9_000, None)]
)
async def test_a_range_gives_what_is_there(store: StagingStore, start: int, stop: int | None) -> None:
    await store.put(sha256(SMALL), len(SMALL), SMALL)
    assert await read(store, sha256(SMALL), start, stop) == SMALL[start:stop]


async def test_a_range_across_pieces_is_exact(store: StagingStore) -> None:
    await store.put(sha256(LARGE), len(LARGE), LARGE)
    assert await read(store, sha256(LARGE), 1_048_575, 3_145_729) == LARGE[1_048_575:3_145_729]


async def test_an_abandoned_reader_does_not_hold_up_the_next(store: StagingStore) -> None:
    await store.put(sha256(LARGE), len(LARGE), LARGE)
    for _ in range(40):
        reader = store.read(sha256(LARGE))
        await anext(reader)
        await reader.aclose()
    assert await read(store, sha256(LARGE)) == LARGE


async def test_a_blob_that_is_not_there_is_said_to_be_so(store: StagingStore) -> None:
    assert await store.size(sha256(SMALL)) is None
    with refuses("request.not_found"):
        await read(store, sha256(SMALL))


async def test_a_deleted_blob_is_gone_and_can_be_deleted_again(store: StagingStore) -> None:
    await store.put(sha256(SMALL), len(SMALL), SMALL)
    for _ in range(2):
        await store.delete(sha256(SMALL))
        assert await store.size(sha256(SMALL)) is None


async def test_the_store_is_listed_in_order_a_page_at_a_time(store: StagingStore) -> None:
    blobs = {sha256(data): len(data) for data in (bytes([n]) * n for n in range(25))}
    assert await store.listing("", 10) == []
    await store.stage(new_id(), 0, 1, SMALL)
    for n in range(25):
        await store.put(sha256(bytes([n]) * n), n, bytes([n]) * n)
    after, listed = "", []
    while page := await store.listing(after, 10):
        listed += page
        after = page[-1][0]
    assert listed == sorted(blobs.items())
    assert await store.listing(sorted(blobs)[7], 3) == sorted(blobs.items())[8:11]


@pytest.mark.parametrize("digest", ["", "../../etc/passwd", "A" * 64, "a" * 63, "a" * 64 + "\n"])
async def test_what_is_no_digest_never_becomes_a_path(store: StagingStore, digest: str) -> None:
    for call in (store.size, store.delete):
        with refuses("media.bad_digest"):
            await call(digest)
    with refuses("media.bad_digest"):
        await store.put(digest, 1, b"x")
    with refuses("media.bad_digest"):
        await read(store, digest)


async def test_reading_a_whole_blob_has_a_limit(store: StagingStore) -> None:
    await store.put(sha256(SMALL), len(SMALL), SMALL)
    assert await read_all(store, sha256(SMALL), len(SMALL)) == SMALL
    with refuses("media.too_long"):
        await read_all(store, sha256(SMALL), len(SMALL) - 1)


# Parts ---------------------------------------------------------------------------------------------------------------


async def test_a_part_written_again_is_replaced_whole(store: StagingStore) -> None:
    upload = new_id()
    await store.stage(upload, 0, 1, LARGE[:PART_BYTES])
    await store.stage(upload, 0, 1, SMALL)
    assert await store.staged(upload, 0, 1) == SMALL


async def test_a_stale_writer_cannot_touch_the_part_of_a_newer_token(store: StagingStore) -> None:
    upload = new_id()
    await store.stage(upload, 0, 2, SMALL)
    await store.stage(upload, 0, 1, b"late and wrong")
    assert await store.staged(upload, 0, 2) == SMALL


async def test_discarding_an_upload_forgets_its_parts_and_no_others(store: StagingStore) -> None:
    one, other = new_id(), new_id()
    for index, token in ((0, 1), (0, 2), (1, 2)):
        await store.stage(one, index, token, SMALL)
    await store.stage(other, 0, 1, SMALL)
    for _ in range(2):
        await store.discard(one)
        for index, token in ((0, 1), (0, 2), (1, 2)):
            with refuses("request.not_found"):
                await store.staged(one, index, token)
    assert await store.staged(other, 0, 1) == SMALL


async def test_uploads_with_parts_are_listed_in_order_and_in_pages(store: StagingStore) -> None:
    uploads = sorted(new_id() for _ in range(5))
    assert await store.waiting("", 2) == []
    for upload in reversed(uploads):
        for index in range(3):
            await store.stage(upload, index, 1, SMALL)
    await store.put(sha256(SMALL), len(SMALL), SMALL)
    assert await store.waiting("", 2) == uploads[:2]
    assert await store.waiting(uploads[1], 2) == uploads[2:4]
    assert await store.waiting(uploads[3], 2) == uploads[4:]


async def test_what_is_no_upload_id_never_becomes_a_path(store: StagingStore) -> None:
    if isinstance(store, MemoryStore):
        return  # which has no paths
    with pytest.raises(ValueError, match="not an upload id"):
        await store.stage("../../etc", 0, 1, SMALL)


# One store or the other ----------------------------------------------------------------------------------------------


async def test_a_folder_survives_its_process_and_holds_nothing_but_whole_files(tmp_path: Path) -> None:
    await DiskStore(tmp_path).put(sha256(SMALL), len(SMALL), SMALL)
    with pytest.raises(Refused):
        await DiskStore(tmp_path).put(sha256(LARGE), len(LARGE), b"wrong")
    assert files_in(tmp_path) == [tmp_path / "blobs" / sha256(SMALL)[:2] / sha256(SMALL)[2:4] / sha256(SMALL)]
    assert await read(DiskStore(tmp_path), sha256(SMALL)) == SMALL


async def test_a_folder_loses_what_a_killed_process_left_half_written(tmp_path: Path) -> None:
    store = DiskStore(tmp_path)
    old, fresh = tmp_path / "temporary" / "old", tmp_path / "temporary" / "fresh"
    for path in (old, fresh):
        path.write_bytes(b"half")
    os.utime(old, (0, 0))
    assert await store.tidy(3600, 10) == 1
    assert files_in(tmp_path) == [fresh]


@pytest.mark.s3
async def test_a_bucket_loses_the_parts_of_a_put_that_died(
    request: pytest.FixtureRequest, rgw_bucket: str, rgw_admin: "S3Client"
) -> None:
    store, key = s3_store(request, tls=False), "installation/blobs/ab/abc"
    for _ in range(3):
        opened = rgw_admin.create_multipart_upload(Bucket=rgw_bucket, Key=key)
        upload = opened["UploadId"]
        rgw_admin.upload_part(Bucket=rgw_bucket, Key=key, UploadId=upload, PartNumber=1, Body=SMALL)
    assert await store.tidy(3600, 10) == 0  # somebody may still be writing them
    assert await store.tidy(-60, 2) == 2
    assert await store.tidy(-60, 2) == 1
    assert "Uploads" not in rgw_admin.list_multipart_uploads(Bucket=rgw_bucket)


async def test_a_full_disk_is_a_listed_problem(tmp_path: Path) -> None:
    store = DiskStore(tmp_path)
    (tmp_path / "temporary").rmdir()
    with refuses("media.store_unavailable"):
        await store.put(sha256(SMALL), len(SMALL), SMALL)


async def test_an_s3_service_that_is_away_is_a_listed_problem() -> None:
    store = S3Store(
        S3Settings(endpoint="http://127.0.0.1:9", bucket="none", access_key="a", secret_key="b", attempts=1)
    )
    with refuses("media.store_unavailable"):
        await store.put(sha256(SMALL), len(SMALL), SMALL)
    with refuses("media.store_unavailable"):
        await read(store, sha256(SMALL))
    with refuses("media.store_unavailable"):
        await store.size(sha256(SMALL))


@pytest.mark.s3
async def test_a_wrong_secret_or_a_missing_bucket_is_a_listed_problem(rgw_server: rgw.Server, rgw_bucket: str) -> None:
    for bucket, secret in ((rgw_bucket, "not-the-secret"), ("no-such-bucket", rgw_server.secret_key)):
        store = S3Store(
            S3Settings(endpoint=rgw_server.endpoint, bucket=bucket, access_key=rgw_server.access_key, secret_key=secret)
        )
        for data in (SMALL, LARGE):
            with refuses("media.store_unavailable", "request.not_found"):
                await store.put(sha256(data), len(data), data)


@pytest.mark.s3
@pytest.mark.parametrize("tls", [False, True])
async def test_the_probe_finds_what_ceph_can_and_what_nobody_has_set_up(
    request: pytest.FixtureRequest, *, tls: bool
) -> None:
    store = s3_store(request, tls=tls)
    promises = {promise.name: promise for promise in await store.probe()}
    lacking = {"versioning", "lifecycle"} | (set() if tls else {"tls"})
    assert {name: promise.seen for name, promise in promises.items() if not promise.kept}.keys() == lacking
    assert {name for name, promise in promises.items() if promise.kept} == promises.keys() - lacking
    assert await store._run(store._keys, "installation/probe/") == []

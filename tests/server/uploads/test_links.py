"""With a bucket, files are fetched from there: by an address that says everything itself, and works for a minute."""

import re
from collections.abc import AsyncIterator

import httpx
import pytest

from media.s3_store import S3Settings, S3Store
from server.kernel.database import Database
from tests.server.uploads.house import PHOTO, House, fetch, problem, serve, sha256, upload
from tests.support import rgw
from tests.support.clock import HandClock

pytestmark = [pytest.mark.anyio, pytest.mark.s3]

PAGE = b"<!doctype html><script>alert(1)</script>"


@pytest.fixture
async def house(database: Database, clock: HandClock, rgw_server: rgw.Server, rgw_bucket: str) -> House:
    settings = S3Settings(
        endpoint=rgw_server.endpoint,
        bucket=rgw_bucket,
        access_key=rgw_server.access_key,
        secret_key=rgw_server.secret_key,
    )
    made = House(database, S3Store(settings), clock)
    await made.furnish()
    return made


@pytest.fixture
async def http(house: House) -> AsyncIterator[httpx.AsyncClient]:
    async with serve(house) as opened:
        yield opened


async def test_a_download_is_sent_to_the_bucket_and_comes_as_it_would_from_here(
    house: House, http: httpx.AsyncClient
) -> None:
    await upload(http, PHOTO, filename="沟槽 K0+620.jpg")
    address = f"/v1/blobs/{sha256(PHOTO)}"
    sent = await http.get(address)
    assert (sent.status_code, sent.content) == (302, b"")
    assert sent.headers["cache-control"] == "no-store"
    assert sent.headers["referrer-policy"] == "no-referrer"
    given = await fetch(http, address)
    assert given.content == PHOTO
    assert given.headers["content-type"] == "image/jpeg"
    assert "filename*=UTF-8''%E6%B2%9F%E6%A7%BD%20K0%2B620.jpg" in given.headers["content-disposition"]
    assert "private" in given.headers["cache-control"]
    part = await fetch(http, address, Range="bytes=5-9")
    assert (part.status_code, part.content) == (206, PHOTO[5:10])
    assert (await http.get(address, headers={"If-None-Match": f'"{sha256(PHOTO)}"'})).status_code == 304
    assert (await http.head(address)).headers["content-length"] == str(len(PHOTO))
    house.speaker = house.stranger
    problem(await http.get(address), "request.not_found")


async def test_what_the_address_says_of_the_file_cannot_be_changed(http: httpx.AsyncClient) -> None:
    await upload(http, PAGE, filetype="text/html", filename="a.html")
    link = (await http.get(f"/v1/blobs/{sha256(PAGE)}")).headers["location"]
    async with httpx.AsyncClient() as elsewhere:
        given = await elsewhere.get(link)
        assert given.headers["content-type"] == "application/octet-stream"
        assert given.headers["content-disposition"].startswith("attachment")
        for name, value in (
            ("response-content-type", "text%2Fhtml"),
            ("response-content-disposition", "inline"),
            ("X-Amz-Expires", "86400"),
        ):
            changed = re.sub(f"{name}=[^&]*", f"{name}={value}", link)
            assert changed != link
            assert (await elsewhere.get(changed)).status_code == 403
        assert (await elsewhere.get(re.sub(r"blobs/../[0-9a-f]+", "blobs/aa/" + "a" * 64, link))).status_code == 403


async def test_by_a_setting_files_pass_through_the_server(house: House, http: httpx.AsyncClient) -> None:
    house.uploads.blobs._link_seconds = 0
    await upload(http, PHOTO)
    assert (await http.get(f"/v1/blobs/{sha256(PHOTO)}")).content == PHOTO

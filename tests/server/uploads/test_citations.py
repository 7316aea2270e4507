"""A citation is satisfied by those who had the bytes, and only then shows them."""

import asyncio
import os

import httpx
import pytest

from mobile_contract.ids import person_scope
from mobile_contract.media import FileState
from server.kernel.clock import new_id
from tests.server.uploads.house import LARGE, PHOTO, SECTION, House, pieces, sha256, upload

pytestmark = pytest.mark.anyio


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

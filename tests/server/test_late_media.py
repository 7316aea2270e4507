"""Media that comes late, through the whole program and the reference phone: records, then files, then receipts."""

import asyncio
import base64
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
import sqlalchemy as sa

from mobile_contract.ids import person_scope
from server.fieldphone import Phone
from server.kernel.tables import journal
from tests.media import images
from tests.server.site import Site, open_site
from tests.server.uploads.house import sha256
from tests.support import people
from tests.support.clock import HandClock
from tests.support.patience import wait_until
from tests.support.people import bearer

pytestmark = pytest.mark.anyio
PHOTO = images.encode(images.picture(), "image/jpeg")
CAPTURED = {"at": "2026-11-18T08:00:00+08:00"}


@pytest.fixture
async def site(database_url: str, tmp_path: Path, clock: HandClock) -> AsyncIterator[Site]:
    async with open_site(database_url, tmp_path, clock) as opened:
        yield opened


def photograph(site: Site, phone: Phone, *scopes: str) -> Path:
    path = site.folder / "IMG_0620.jpg"
    path.write_bytes(PHOTO)
    for scope in scopes:
        phone.photograph(scope, path, {"captured": CAPTURED})
    return path


def files(phone: Phone) -> list[dict[str, Any]]:
    return [item for copy in phone.storage.copies() for item in copy.server.get("files", ())]


async def until(site: Site, holds: Callable[[Phone], bool]) -> None:
    await wait_until(lambda: site.on_phone(lambda phone: (phone.sync(), holds(phone))[1]), "it to come to that")


async def test_a_record_is_there_before_its_photo_and_its_receipt_says_when_the_photo_is(site: Site) -> None:
    def send_the_record(phone: Phone) -> list[dict[str, Any]]:
        path = photograph(site, phone, site.scope)
        phone.replica.sync()
        phone._read_receipts()
        assert phone.free(timedelta(0)) == []
        assert path.exists()
        return files(phone)

    assert await site.on_phone(send_the_record) == [{"sha256": sha256(PHOTO), "state": "expected"}]
    await until(site, lambda phone: files(phone)[0]["state"] == "stored")
    (receipt,) = await site.on_phone(files)
    assert receipt["received"] == receipt["size"] == len(PHOTO)
    assert receipt["verifiedAt"] == "2026-11-18T00:00:00.000Z"
    assert await site.on_phone(lambda phone: phone.free(timedelta(days=1))) == []
    assert await site.on_phone(lambda phone: phone.free(timedelta(0))) == [site.folder / "IMG_0620.jpg"]
    assert not (site.folder / "IMG_0620.jpg").exists()


async def test_an_arrival_is_one_job_for_each_scope_that_was_waiting(site: Site) -> None:
    """Here the section, and the person's own scope: photos for that are parked, and wait there with their files."""
    await site.on_phone(lambda phone: photograph(site, phone, site.scope, person_scope(site.chen.person)))
    await until(site, lambda phone: [item["state"] for item in files(phone)] == ["stored", "stored"])
    arrived = sa.select(journal.c.payload).where(journal.c.event == "blob.arrived")
    told = await site.program.db.read(lambda tx: sorted(tx.scalars(arrived)))
    assert told == sorted(f'{{"scope":"{scope}"}}' for scope in (site.scope, person_scope(site.chen.person)))


async def test_after_a_restore_a_phone_trusts_no_receipt_of_before(site: Site) -> None:
    phone_clock = HandClock()
    site.phone_now = phone_clock.now
    await site.on_phone(lambda phone: photograph(site, phone, site.scope))
    await until(site, lambda phone: bool(files(phone)) and files(phone)[0]["state"] == "stored")
    await site.program.replication.restored("an operator")
    await site.program.uploads.start()
    safe = await site.on_phone(lambda phone: phone.storage.kept_files()[0][3])
    phone_clock.forward(seconds=1)
    await until(site, lambda phone: phone.storage.kept_files()[0][3] not in (None, safe))
    stored = sa.select(sa.func.count()).where(journal.c.event == "blob.stored")
    assert await site.program.db.read(lambda tx: tx.scalar(stored)) == 1


async def test_citing_a_strangers_hash_shows_nothing_not_even_that_it_is_there(site: Site) -> None:
    await site.on_phone(lambda phone: photograph(site, phone, site.scope))
    await until(site, lambda phone: bool(files(phone)) and files(phone)[0]["state"] == "stored")
    stranger = await people.person(site.identity, site.admin, "stranger")
    session = await people.phone(site.identity, stranger)
    own = person_scope(stranger.person)
    there, nowhere = sha256(PHOTO), sha256(b"nobody ever sent this")

    def cite(digest: str) -> list[dict[str, Any]]:
        phone = Phone(site.folder / digest[:8], site.url, session.token)
        try:
            phone.replica.create("photo", own, {"blob": digest, "captured": CAPTURED})
            phone.sync()
            return [item for item in files(phone) if item["sha256"] == digest]
        finally:
            phone.close()

    assert await asyncio.to_thread(cite, there) == [{"sha256": there, "state": "expected"}]
    async with httpx.AsyncClient(base_url=site.url, headers=bearer(session), timeout=30) as http:
        for address in ("/v1/blobs/{}", "/v1/blobs/{}/thumbnail", "/v1/blobs/{}/facts"):
            one, other = [await http.get(address.format(digest)) for digest in (there, nowhere)]
            assert (one.status_code, one.json()["code"]) == (404, "request.not_found")
            assert one.content == other.content
        assert (await http.head(f"/v1/blobs/{there}")).status_code == 404
        asked = await http.post("/v1/blobs/have", json={"sha256": [there, nowhere]})
        assert asked.json() == {"sha256": []}
        begun = await http.post(
            "/v1/uploads",
            headers={
                "Tus-Resumable": "1.0.0",
                "Upload-Length": str(len(PHOTO)),
                "Upload-Metadata": "sha256 " + base64.b64encode(there.encode()).decode(),
            },
        )
        assert (begun.status_code, begun.headers["upload-offset"]) == (201, "0")

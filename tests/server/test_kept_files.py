"""Files through months of upkeep, in the whole program: what a signature or a conflict holds stays, nothing else."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from mobile_contract.ids import conflict_id, record_id
from server.fieldphone import Phone
from server.jobs import Worker
from server.uploads.tables import blobs
from tests.server.site import Site, open_site
from tests.server.uploads.house import sha256
from tests.support import people
from tests.support.clock import HandClock

pytestmark = pytest.mark.anyio

#: So that few days pass by.
SHORT = {"replay_days": 30, "blob_grace_days": 31}
FIELD = "fields/recorder_signature"


@pytest.fixture
async def site(database_url: str, tmp_path: Path, clock: HandClock) -> AsyncIterator[Site]:
    async with open_site(database_url, tmp_path, clock, embedded_worker=False, **SHORT) as opened:
        yield opened


def file_of(text: str) -> bytes:
    return f"signed by hand: {text}".encode()


def keep(site: Site, phone: Phone, text: str) -> str:
    path = site.folder / f"{text}.bin"
    path.write_bytes(file_of(text))
    return phone.keep(path, "application/octet-stream")


def report(site: Site, phone: Phone, day: int, text: str) -> str:
    """Write the log of a day, with a file in it."""
    date = f"2026-11-{day:02}"
    fields = {"business_date": date, "recorder": "陈建国", "recorder_signature": keep(site, phone, text)}
    log = record_id("report", site.scope, "daily_log", date)
    return phone.replica.create("report", site.scope, {"form": "daily_log", "formVersion": 1, "fields": fields}, log)


def change(site: Site, phone: Phone, log: str, text: str) -> None:
    phone.replica.patch(log, {FIELD: keep(site, phone, text)})


def told(phone: Phone) -> str | None:
    return phone.storage.receipts()[-1].code


async def left(site: Site, clock: HandClock, days: int) -> set[str]:
    """Let so many days go by, and name the files that are left: in the store, and in the tables, which agree."""
    worker = Worker(site.program.jobs, site.program.handlers)
    await worker.drain()
    for _ in range(days // 10):
        for forward in (8, 1, 1):
            clock.forward(days=forward)
            await worker.drain()
    stored = {digest for digest, _ in await site.program.uploads._files.listing("", 1000)}
    assert stored == set(await site.program.db.read(lambda tx: tx.scalars(sa.select(blobs.c.sha256)).all()))
    return stored


def digests(*texts: str) -> set[str]:
    return {sha256(file_of(text)) for text in texts}


async def test_the_file_of_a_signed_version_stays_when_a_later_one_names_another(site: Site, clock: HandClock) -> None:
    def work(phone: Phone) -> None:
        logs = [report(site, phone, 17, "signed"), report(site, phone, 18, "never signed")]
        phone.sync()
        phone.replica.sign(logs[0])
        phone.sync()
        for log, text in zip(logs, ("amended", "changed"), strict=True):
            change(site, phone, log, text)
        phone.sync()

    await site.on_phone(work)
    assert await left(site, clock, 60) == digests("signed", "amended", "changed")
    assert await site.program.uploads.blobs.whole(sha256(file_of("signed"))) == file_of("signed")


async def test_the_files_of_candidates_stay_while_nobody_has_decided(site: Site, clock: HandClock) -> None:
    other = await people.phone(site.identity, site.chen)

    def work(first: Phone) -> dict[str, Any]:
        second = Phone(site.folder / "second", site.url, other.token)
        logs = [report(site, first, 17, "open, at first"), report(site, first, 18, "decided, at first")]
        first.sync()
        second.sync()
        for phone, which in ((first, "one"), (second, "other")):
            for log, state in zip(logs, ("open", "decided"), strict=True):
                change(site, phone, log, f"{state}, {which}")
        first.sync()
        second.sync()
        assert told(second) == "op.conflict"
        first.sync()
        first.replica.resolve(conflict_id(logs[1], FIELD), sha256(file_of("decided, other")))
        first.sync()
        assert told(first) == "op.applied"
        second.close()
        return dict(first.replica.view(conflict_id(logs[0], FIELD)) or {})

    conflict = await site.on_phone(work)
    named = {conflict["standing"], *(item["value"] for item in conflict["candidates"].values())}
    assert named == digests("open, one", "open, other")
    assert await left(site, clock, 60) == digests("open, one", "open, other", "decided, other")
    for text in ("open, one", "open, other"):
        assert await site.program.uploads.blobs.whole(sha256(file_of(text))) == file_of(text)


async def test_the_file_of_a_deleted_record_goes_when_its_deletion_is_forgotten(site: Site, clock: HandClock) -> None:
    def work(phone: Phone) -> None:
        logs = [report(site, phone, 17, "stays"), report(site, phone, 18, "deleted")]
        phone.sync()
        phone.replica.delete(logs[1])
        phone.sync()
        assert told(phone) == "op.applied"

    await site.on_phone(work)
    replay = site.program.settings.replay_days
    assert await left(site, clock, replay // 2) == digests("stays", "deleted")
    assert await left(site, clock, 3 * replay + site.program.settings.blob_grace_days) == digests("stays")

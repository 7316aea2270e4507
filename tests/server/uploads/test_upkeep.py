"""What nobody cites goes in the end; what anybody cites, or a restore forgot, stays."""

import asyncio
import os
from datetime import timedelta

import anyio
import pytest
import sqlalchemy as sa

from media.memory_store import MemoryStore
from mobile_contract.media import FileState
from server.identity import Caller
from server.jobs import Worker
from server.kernel.clock import new_id
from server.kernel.database import Database
from server.kernel.tables import journal, meta
from server.uploads import store
from server.uploads.tables import blobs, derivatives
from tests.server.uploads.house import OTHER, PHOTO, SECTION, SETTINGS, House, pieces, sha256
from tests.support.clock import HandClock
from tests.support.refusals import refuses

pytestmark = pytest.mark.anyio

GRACE = SETTINGS.blob_grace_days


async def bring(house: House, data: bytes, person: Caller | None = None) -> None:
    person = person or house.zhou
    begun = await house.uploads.create(person, len(data), sha256(data), "a.jpg", "image/jpeg")
    if begun.offset < len(data):
        await house.uploads.append(person, begun.id, 0, pieces(data))


async def let_go(house: House, record: str, scope: str = SECTION) -> None:
    await house.db.write(lambda tx: house.uploads.cite(tx, scope, record, [], house.zhou.person))


async def rounds(house: House, clock: HandClock, days: int = 1) -> None:
    """Let days go by, with a round of upkeep in each."""
    worker = Worker(house.jobs, house.uploads.handlers)
    await house.uploads.start()
    for _ in range(days):
        clock.forward(days=1)
        await worker.drain()


async def a_long_time(house: House, clock: HandClock) -> None:
    """Let the grace go by, and what derivatives wait."""
    await rounds(house, clock)
    clock.forward(days=GRACE - 1)
    await rounds(house, clock, 4)


async def is_here(house: House, data: bytes) -> bool:
    row = await house.db.read(lambda tx: tx.execute(sa.select(blobs).where(blobs.c.sha256 == sha256(data))).first())
    assert (row is not None) == (await house.files.size(sha256(data)) is not None)
    return row is not None


async def test_what_nobody_cites_is_swept_after_the_grace_and_not_before(house: House, clock: HandClock) -> None:
    await bring(house, PHOTO)
    await rounds(house, clock, 2)
    clock.forward(days=GRACE - 3)
    await rounds(house, clock)
    assert await is_here(house, PHOTO)
    await rounds(house, clock, 3)
    assert not await is_here(house, PHOTO)
    assert await house.uploads.blobs.have(house.zhou, [sha256(PHOTO)]) == []
    removed = sa.select(journal.c.subject).where(journal.c.event == "blob.removed")
    assert await house.db.read(lambda tx: list(tx.scalars(removed))) == [sha256(PHOTO)]
    await bring(house, PHOTO)
    assert await house.uploads.blobs.whole(sha256(PHOTO)) == PHOTO


@pytest.mark.parametrize("by", ["its author", "a stranger who may not read it"])
async def test_what_a_record_cites_is_never_swept_satisfied_or_not(house: House, clock: HandClock, by: str) -> None:
    await bring(house, PHOTO)
    if by == "its author":
        assert await house.cite(SECTION, new_id(), PHOTO, house.zhou) is FileState.STORED
    else:
        assert await house.cite(OTHER, new_id(), PHOTO, house.stranger) is FileState.EXPECTED
    await a_long_time(house, clock)
    assert await is_here(house, PHOTO)


async def test_the_grace_begins_when_the_last_citation_ends(house: House, clock: HandClock) -> None:
    record = new_id()
    await bring(house, PHOTO)
    await house.cite(SECTION, record, PHOTO, house.zhou)
    await a_long_time(house, clock)
    await let_go(house, record)
    await rounds(house, clock)
    clock.forward(days=GRACE - 3)
    await rounds(house, clock)
    assert await is_here(house, PHOTO)
    await rounds(house, clock, 4)
    assert not await is_here(house, PHOTO)


@pytest.mark.parametrize("need", ["a citation", "an upload", "an upload on its way", "being told that it is here"])
async def test_whoever_needs_it_at_the_last_moment_finds_it_for_another_grace(
    house: House, clock: HandClock, need: str
) -> None:
    await bring(house, PHOTO)
    await rounds(house, clock)
    clock.forward(days=GRACE - 3)
    await rounds(house, clock)
    record = new_id()
    if need == "a citation":
        assert await house.cite(SECTION, record, PHOTO, house.zhou) is FileState.STORED
        await let_go(house, record)
    elif need == "an upload":
        await bring(house, PHOTO, house.stranger)
    elif need == "an upload on its way":
        await house.uploads.create(house.stranger, len(PHOTO), sha256(PHOTO), "", "")
    else:
        assert await house.uploads.blobs.have(house.zhou, [sha256(PHOTO)]) == [sha256(PHOTO)]
    await rounds(house, clock, 6)
    assert await is_here(house, PHOTO)
    await a_long_time(house, clock)
    assert not await is_here(house, PHOTO)


async def test_two_pushes_that_cite_the_same_files_in_opposite_order_do_not_wait_for_each_other(
    house: House, clock: HandClock
) -> None:
    files = [os.urandom(9) for _ in range(12)]
    for data in files:
        await bring(house, data)
    await rounds(house, clock)

    async def push(names: list[str]) -> None:
        def work(tx: sa.Connection) -> None:
            for name in names:
                house.uploads.cite(tx, SECTION, new_id(), [name], house.zhou.person)

        await house.db.write(work)

    names = [sha256(data) for data in files]
    await asyncio.gather(push(names), push(names[::-1]))
    condemned = sa.select(blobs.c.sha256).where(blobs.c.condemned_at.is_not(None))
    assert await house.db.read(lambda tx: tx.scalars(condemned).all()) == []


async def test_derivatives_stay_with_their_source_and_go_with_it(house: House, clock: HandClock) -> None:
    record = new_id()
    await bring(house, PHOTO)
    await house.cite(SECTION, record, PHOTO, house.zhou)
    small = await house.uploads.examiner.thumbnail(house.zhou, sha256(PHOTO), 128)
    await a_long_time(house, clock)
    assert await is_here(house, small)
    await let_go(house, record)
    await a_long_time(house, clock)
    assert not await is_here(house, PHOTO)
    assert not await is_here(house, small)
    assert await house.db.read(lambda tx: tx.execute(sa.select(derivatives)).all()) == []


async def test_bytes_that_are_being_deleted_cannot_be_brought_until_they_are_gone(
    database: Database, clock: HandClock
) -> None:
    """Else their put would find them still there, and their row would name bytes that are deleted a moment later."""
    deleting, go_on = asyncio.Event(), asyncio.Event()

    class Slow(MemoryStore):
        async def delete(self, sha256: str) -> None:
            deleting.set()
            await go_on.wait()
            await super().delete(sha256)

    house = House(database, Slow(), clock)
    await house.furnish()
    await bring(house, PHOTO)
    await rounds(house, clock)
    clock.forward(days=GRACE)
    sweeping = asyncio.create_task(rounds(house, clock))
    await deleting.wait()
    with refuses("server.busy"):
        await bring(house, PHOTO)
    with refuses("server.busy"):
        await house.uploads.blobs.keep(house.zhou.person, PHOTO)
    assert await house.uploads.blobs.have(house.zhou, [sha256(PHOTO)]) == []
    assert await house.cite(SECTION, new_id(), PHOTO, house.zhou) is FileState.EXPECTED
    go_on.set()
    await sweeping
    await bring(house, PHOTO)
    assert await house.uploads.blobs.whole(sha256(PHOTO)) == PHOTO


async def test_a_sweep_that_died_half_way_is_ended_by_a_later_one(database: Database, clock: HandClock) -> None:
    class Away(MemoryStore):
        away = True

        async def delete(self, sha256: str) -> None:
            if self.away:
                raise RuntimeError("the worker is killed here")
            await super().delete(sha256)

    files = Away()
    house = House(database, files, clock)
    await house.furnish()
    await bring(house, PHOTO)
    await rounds(house, clock)
    clock.forward(days=GRACE)
    await rounds(house, clock)
    with refuses("server.busy"):
        await bring(house, PHOTO)
    files.away = False
    clock.forward(hours=1)
    await rounds(house, clock)
    assert not await is_here(house, PHOTO)


async def test_sweep_and_citation_at_the_same_moment_leave_no_record_without_its_bytes(
    house: House, clock: HandClock
) -> None:
    photos = [os.urandom(50) for _ in range(40)]
    for data in photos:
        await bring(house, data)
    await rounds(house, clock)
    clock.forward(days=GRACE)
    cited = {new_id(): data for data in photos}

    async def cite(record: str, data: bytes) -> None:
        await anyio.sleep(os.urandom(1)[0] / 5000)
        await house.cite(SECTION, record, data, house.zhou)

    await asyncio.gather(rounds(house, clock), *(cite(record, data) for record, data in cited.items()))
    for record, data in cited.items():
        stored = await house.receipt(SECTION, record) is FileState.STORED
        assert await is_here(house, data) == stored
        if not stored:
            await bring(house, data)
            assert await house.receipt(SECTION, record) is FileState.STORED
    await a_long_time(house, clock)
    assert all([await is_here(house, data) for data in photos])


async def test_the_sweep_asks_once_more_who_cites_what_it_takes(house: House, clock: HandClock) -> None:
    """A citation that the mark did not see, because both were under way at once."""
    await bring(house, PHOTO)
    await rounds(house, clock)
    clock.forward(days=GRACE + 1)
    unseen = {"record_id": new_id(), "sha256": sha256(PHOTO), "scope": SECTION, "person": "x", "satisfied": False}
    await house.db.write(lambda tx: store.cite(tx, [unseen]))
    await house.uploads._upkeep._sweep("")
    assert await is_here(house, PHOTO)


async def test_two_sweeps_at_once_and_an_upload_between_them_lose_nothing(house: House, clock: HandClock) -> None:
    photos = [os.urandom(50) for _ in range(20)]
    for data in photos:
        await bring(house, data)
    await rounds(house, clock)
    clock.forward(days=GRACE + 1)
    upkeep = house.uploads._upkeep

    async def bring_again(data: bytes) -> None:
        while True:
            try:
                return await bring(house, data)
            except Exception:  # noqa: BLE001 - busy for a moment
                await anyio.sleep(0.01)

    await asyncio.gather(*(upkeep._sweep("") for _ in range(3)), *(bring_again(data) for data in photos))
    assert [await house.uploads.blobs.whole(sha256(data)) for data in photos] == photos


async def test_what_the_store_holds_and_nobody_remembers_is_adopted_and_then_waits_its_grace(
    house: House, clock: HandClock
) -> None:
    await house.files.put(sha256(PHOTO), len(PHOTO), PHOTO)
    await rounds(house, clock)
    assert await is_here(house, PHOTO)
    assert await house.uploads.blobs.have(house.zhou, [sha256(PHOTO)]) == []  # it belongs to nobody
    await rounds(house, clock, 3)
    assert await is_here(house, PHOTO)
    await a_long_time(house, clock)
    assert not await is_here(house, PHOTO)


async def test_after_a_restore_nothing_goes_for_a_whole_grace(house: House, clock: HandClock) -> None:
    await bring(house, PHOTO)
    await rounds(house, clock)
    clock.forward(days=GRACE - 2)
    await restored(house)
    await rounds(house, clock, 5)
    assert await is_here(house, PHOTO)
    await a_long_time(house, clock)
    assert not await is_here(house, PHOTO)


async def test_a_restored_database_does_not_vouch_for_bytes_before_it_has_looked(
    house: House, clock: HandClock
) -> None:
    record = new_id()
    await bring(house, PHOTO)
    await house.cite(SECTION, record, PHOTO, house.zhou)
    await house.files.delete(sha256(PHOTO))  # swept after the backup was made
    await restored(house)
    await house.uploads.start()
    assert await house.uploads.blobs.have(house.zhou, [sha256(PHOTO)]) == []
    await rounds(house, clock)
    assert await house.receipt(SECTION, record) is FileState.EXPECTED
    with refuses("request.not_found"):
        await house.uploads.blobs.find(house.zhou, sha256(PHOTO))
    await bring(house, PHOTO)
    assert await house.receipt(SECTION, record) is FileState.STORED
    assert await house.uploads.blobs.have(house.zhou, [sha256(PHOTO)]) == [sha256(PHOTO)]


async def test_a_survey_reads_a_store_of_many_pages(
    house: House, clock: HandClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("server.uploads.upkeep.SURVEY_AT_ONCE", 3)
    monkeypatch.setattr("server.uploads.upkeep.MARK_AT_ONCE", 3)
    known, unknown, lost = ([os.urandom(9) for _ in range(7)] for _ in range(3))
    for data in (*known, *lost):
        await bring(house, data)
    for data in unknown:
        await house.files.put(sha256(data), len(data), data)
    for data in lost:
        await house.files.delete(sha256(data))
    await rounds(house, clock)
    rows = await house.db.read(lambda tx: tx.execute(sa.select(blobs)).all())
    assert {row.sha256 for row in rows if row.missing_at is None} == {sha256(data) for data in (*known, *unknown)}
    assert {row.sha256 for row in rows if row.missing_at is not None} == {sha256(data) for data in lost}
    assert all(row.condemned_at for row in rows)


async def test_a_store_that_is_away_ends_the_round_and_not_the_rounds(
    house: House, clock: HandClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    from mobile_contract.problems import Refused

    async def away(*_args: object) -> list[tuple[str, int]]:
        raise Refused("media.store_unavailable")

    with monkeypatch.context() as broken:
        broken.setattr(house.files, "listing", away)
        await rounds(house, clock)
    await house.files.put(sha256(PHOTO), len(PHOTO), PHOTO)
    clock.forward(hours=2)
    await Worker(house.jobs, house.uploads.handlers).drain()
    assert await is_here(house, PHOTO)


async def restored(house: House) -> None:
    epoch = sa.update(meta).where(meta.c.name == "epoch").values(value=new_id())
    if (await house.db.write(lambda tx: tx.execute(epoch).rowcount)) == 0:
        await house.db.write(lambda tx: tx.execute(sa.insert(meta).values(name="epoch", value=new_id())))


def test_the_grace_is_longer_than_phones_keep_what_they_sent() -> None:
    assert timedelta(days=GRACE) > timedelta(days=31)

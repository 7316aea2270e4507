"""Every journal row that is committed becomes one leaf, soon, whoever writes and whoever seals meanwhile."""

import asyncio
import random
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from server.app import metadata
from server.kernel.database import Database
from server.kernel.settings import Settings
from server.kernel.tables import streams
from server.proof import Sealer, standing, store
from server.proof.service import LEASE
from server.proof.store import ROWS, STREAMS, Batch
from server.proof.tables import heads
from tests.server.proof.rows import assert_all_sealed_once, audited, in_tree, sizes, write, written
from tests.support.clock import HandClock
from tests.support.patience import wait_until, within

pytestmark = pytest.mark.anyio


async def test_what_is_committed_is_sealed_under_a_signed_head(database: Database, sealer: Sealer) -> None:
    assert await sealer.seal() == 0
    await written(database, {"b": 2, "a": 3})
    assert await sealer.seal() == 5
    await written(database, {"b": 1})
    assert await sealer.seal() == 1
    assert await in_tree(database) == [("a", 1), ("a", 2), ("a", 3), ("b", 1), ("b", 2), ("b", 3)]
    assert await sizes(database) == [5, 6]
    await assert_all_sealed_once(database)


async def test_nothing_new_makes_no_new_head_and_no_write(database: Database, sealer: Sealer) -> None:
    await written(database, {"a": 1})
    await sealer.seal()
    looked = await database.read(lambda tx: tx.scalar(sa.select(sa.func.count()).where(streams.c.unsealed)))
    assert looked == 0
    assert await sealer.seal() == 0
    assert await sizes(database) == [1]


async def test_more_than_a_batch_is_sealed_at_once(database: Database, sealer: Sealer) -> None:
    many = {f"scope {number:04}": 1 for number in range(STREAMS + 50)}
    await written(database, many | {"a long one": 2 * ROWS + 7, "z long one": ROWS})
    assert await sealer.seal() == len(many) + 3 * ROWS + 7
    await assert_all_sealed_once(database)
    assert len(await sizes(database)) < 10


async def test_while_one_holds_the_lease_another_appends_nothing_and_then_takes_over(
    database: Database, settings: Settings, sealer: Sealer, clock: HandClock
) -> None:
    other = Sealer(database, settings, clock)
    await written(database, {"a": 1})
    assert await sealer.seal() == 1
    await written(database, {"a": 1})
    assert await other.seal() == 0
    clock.forward(seconds=LEASE.total_seconds())
    assert await other.seal() == 1
    await written(database, {"a": 1})
    assert await sealer.seal() == 0
    assert await other.seal() == 1
    await assert_all_sealed_once(database)


async def test_a_sealer_that_lost_its_lease_between_reading_and_appending_appends_nothing(
    database: Database, settings: Settings, sealer: Sealer, clock: HandClock
) -> None:
    other = Sealer(database, settings, clock)
    await written(database, {"a": 2})
    stale = await sealer._look("")
    assert await other.seal() == 2
    assert not await sealer._append(*stale)
    clock.forward(hours=1)  # the other's lease ran out as well: now the tree itself speaks against it
    stale = await sealer._look("")
    await written(database, {"a": 1})
    assert await other.seal() == 1
    clock.forward(hours=1)
    assert not await sealer._append(*stale)
    await written(database, {"a": 1})
    clock.forward(hours=1)
    stale = await sealer._look("")
    nothing = Batch(rows=(), ends={}, after=None)
    assert await other._append((await database.read(store.state)).tree, nothing)  # the same tree, but leased now
    assert not await sealer._append(*stale)
    assert await other.seal() == 1
    await assert_all_sealed_once(database)


async def test_a_transaction_that_fails_after_appending_leaves_nothing_behind(
    database: Database, sealer: Sealer
) -> None:
    await written(database, {"a": 3})
    in_the_way = {"size": 3, "root": b"", "at": "", "key": b"", "signature": b""}
    await database.write(lambda tx: tx.execute(sa.insert(heads), in_the_way))
    with pytest.raises(sa.exc.IntegrityError):
        await sealer.seal()
    assert await in_tree(database) == []
    await database.write(lambda tx: tx.execute(sa.delete(heads)))
    assert await sealer.seal() == 3
    await assert_all_sealed_once(database)


class Hurried:
    """A clock by which every lease has run out when it is looked at next."""

    moment = datetime(2026, 11, 18, tzinfo=UTC)

    def now(self) -> datetime:
        Hurried.moment += timedelta(minutes=1)
        return Hurried.moment


async def test_four_writers_and_two_sealers_that_fight_for_the_lease_seal_each_row_once(
    migrated_database_url: str, database: Database, settings: Settings
) -> None:
    writers, mates = (
        [Database(migrated_database_url) for _ in range(4)],
        [Database(migrated_database_url) for _ in range(2)],
    )
    sealers = [Sealer(mate, settings, Hurried()) for mate in mates]
    counts, done = [0, 0], asyncio.Event()

    async def keep_writing(mine: Database, chance: random.Random) -> None:
        for turn in range(1000):
            if turn >= 25 and all(counts):  # both have sealed something: they did fight
                return
            names = chance.sample("abcdefg", chance.randint(1, 4))
            await written(mine, {name: chance.randint(1, 5) for name in names})
            await asyncio.sleep(chance.random() * 0.01)

    async def keep_sealing(which: int) -> None:
        while not done.is_set():
            counts[which] += await sealers[which].seal()
            await asyncio.sleep(0.001)

    sealing = [asyncio.create_task(keep_sealing(which)) for which in range(2)]
    await asyncio.gather(*(keep_writing(mine, random.Random(seed)) for seed, mine in enumerate(writers)))
    done.set()
    await asyncio.gather(*sealing)
    assert all(counts), "only one of them ever sealed: they did not fight"
    while await sealers[0].seal():
        pass
    await assert_all_sealed_once(database)
    for one in writers + mates:
        await one.close()


@pytest.mark.postgres
async def test_a_writer_that_dawdles_is_not_waited_for_and_not_lost(
    new_postgres_database: Callable[[], str], settings: Settings, clock: HandClock
) -> None:
    database = Database(new_postgres_database())
    await database.write(metadata.create_all)
    sealer = Sealer(database, settings, clock)
    await written(database, {"a": 1, "b": 1, "c": 1})
    async with database._writes.begin() as dawdling:
        await dawdling.run_sync(lambda tx: write(tx, {"b": 1, "new": 1}))
        assert await within(sealer.seal(), 5) == 3
        await within(written(database, {"a": 1, "c": 1}), 5)
        assert await within(sealer.seal(), 5) == 2
    assert await sealer.seal() == 2
    await assert_all_sealed_once(database)
    await database.close()


async def test_a_row_is_in_the_tree_a_moment_after_it_was_written_and_at_the_latest_when_sealing_stops(
    database: Database, awake: Sealer
) -> None:
    running = asyncio.create_task(awake.run())
    await written(database, {"a": 1})
    await wait_until(lambda: in_tree(database), "the row to be in the tree", seconds=5)
    await written(database, {"a": 1})
    awake.stop()
    await running
    await assert_all_sealed_once(database)


async def test_a_sealer_that_stopped_leaves_the_lease_to_the_next(
    database: Database, settings: Settings, sealer: Sealer, clock: HandClock
) -> None:
    await written(database, {"a": 1})
    sealer.stop()
    await sealer.run()
    await written(database, {"a": 1})
    assert await Sealer(database, settings, clock).seal() == 1


async def test_a_key_that_cannot_be_read_stops_sealing_and_nothing_else(
    database: Database, settings: Settings, sealer: Sealer
) -> None:
    settings.key_file.write_text("nonsense")
    await written(database, {"a": 1})
    sealer.stop()
    await sealer.run()
    assert await in_tree(database) == []
    settings.key_file.unlink()
    assert await sealer.seal() == 1


async def test_heads_of_a_former_key_still_hold(
    database: Database, tmp_path: Path, sealer: Sealer, clock: HandClock
) -> None:
    await written(database, {"a": 1})
    await sealer.seal()
    clock.forward(minutes=1)
    await written(database, {"a": 1})
    await Sealer(database, Settings(seal_key_file=str(tmp_path / "new.key")), clock).seal()
    seen, findings = await audited(database)
    assert findings == []
    assert list(seen.heads.values()) == [1, 1]


async def test_the_standing_says_how_much_waits_and_since_when(database: Database, sealer: Sealer) -> None:
    before = await database.read(standing)
    assert (before.head, before.waiting, before.oldest) == (None, 0, "")
    await written(database, {"a": 2, "b": 1})
    await sealer.seal()
    await written(database, {"b": 3})
    now = await database.read(standing)
    assert now.head is not None
    assert (now.head.size, now.waiting, now.oldest) == (3, 3, "2026-11-18T00:00:00.000Z")

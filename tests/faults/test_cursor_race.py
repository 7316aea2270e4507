"""Followers of the feed beside many writers miss nothing; followers of a sequence would."""

import asyncio
import multiprocessing
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import pytest

from server.app import metadata
from server.kernel.database import Database
from tests.faults import race
from tests.support.processes import die_with_parent

pytestmark = pytest.mark.anyio

WRITERS, PUSHES, FEWER = 8, 40, 20


async def _prepare(url: str) -> None:
    database = Database(url)
    await database.write(metadata.create_all)
    await database.write(race.naive.create)
    await race.service(database).start()
    await database.close()


def _missed(written: set[str], seen: dict[str, list[tuple[int, str]]]) -> set[str]:
    """Check that each scope came densely and in order, and give what did not come."""
    for scope, entries in seen.items():
        assert [seq for seq, _ in entries] == list(range(1, len(entries) + 1)), scope
    return written - {record for entries in seen.values() for _, record in entries}


@pytest.mark.postgres
async def test_followers_of_8_writers_on_postgresql_miss_nothing_and_those_of_a_sequence_miss_some(
    new_postgres_database: Callable[[], str],
) -> None:
    url = new_postgres_database()
    await _prepare(url)
    done = asyncio.Event()
    async with asyncio.TaskGroup() as group:
        followers = [group.create_task(race.follow(url, f"reader {number}", done)) for number in range(2)]
        naive = [group.create_task(race.follow_naively(url, done)) for _ in range(2)]
        writers = [race.write(url, f"writer {number}", PUSHES, number) for number in range(WRITERS)]
        written = {record for ids in await asyncio.gather(*writers) for record in ids}
        done.set()
    assert len(written) == WRITERS * PUSHES * race.OPS
    assert [_missed(written, follower.result()) for follower in followers] == [set(), set()]
    missed = [len(written - follower.result()) for follower in naive]
    print(f"{len(written)} rows; followers of the sequence missed {missed}")  # noqa: T201 - for whoever asks with -s
    assert all(missed), "the control missed nothing: there was no race"


@pytest.mark.e2e
async def test_followers_of_4_writing_processes_on_sqlite_miss_nothing(tmp_path: Path) -> None:
    url = f"sqlite+aiosqlite:///{tmp_path / 'race.db'}"
    await _prepare(url)
    done, loop = asyncio.Event(), asyncio.get_running_loop()
    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(4, mp_context=spawn, initializer=die_with_parent) as pool:
        async with asyncio.TaskGroup() as group:
            followers = [group.create_task(race.follow(url, f"reader {number}", done)) for number in range(2)]
            writers = [loop.run_in_executor(pool, _write, url, number) for number in range(4)]
            written = {record for ids in await asyncio.gather(*writers) for record in ids}
            done.set()
    assert len(written) == 4 * FEWER * race.OPS
    assert [_missed(written, follower.result()) for follower in followers] == [set(), set()]


def _write(url: str, number: int) -> list[str]:
    return asyncio.run(race.write(url, f"writer {number}", FEWER, number))

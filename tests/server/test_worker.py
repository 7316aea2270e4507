"""The worker: it wakes, works side by side, keeps its leases, stops with grace, and outlives an outage."""

import asyncio
from collections.abc import Collection, Mapping
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from server.jobs import Job, Jobs, Lane, Worker
from server.jobs.store import Row
from server.kernel.database import Database
from server.kernel.settings import Settings
from tests.server.test_jobs import SETTINGS, greeted_by, put
from tests.support.clock import HandClock
from tests.support.patience import wait_until, within

pytestmark = pytest.mark.anyio


class Watched(Jobs):
    """Jobs that say when a worker has looked for some, and when one has prolonged its lease."""

    def __init__(self, *args: Any, **named: Any) -> None:
        super().__init__(*args, **named)
        self.looked, self.beaten = asyncio.Event(), asyncio.Event()

    async def claim(self, kinds: Collection[str], places: Mapping[Lane, int] | int) -> list[Row]:
        try:
            return await super().claim(kinds, places)
        finally:
            self.looked.set()

    async def heartbeat(self, job: Row) -> bool:
        try:
            return await super().heartbeat(job)
        finally:
            self.beaten.set()


@pytest.fixture
def watched(database: Database, clock: HandClock) -> Watched:
    return Watched(database, Settings(job_lease_seconds=1), clock)


async def running(worker: Worker, jobs: Watched, grace: timedelta = timedelta(seconds=5)) -> asyncio.Task[None]:
    """Run a worker and return once it has looked for jobs: what was due has begun, and it waits for more."""
    task = asyncio.create_task(worker.run(grace))
    await within(jobs.looked.wait(), 30)
    return task


async def test_an_idle_worker_wakes_at_once_when_its_process_enqueues(database: Database, watched: Watched) -> None:
    done = asyncio.Event()

    async def handler(_job: Job[Any]) -> None:
        done.set()

    worker = Worker(watched, greeted_by(handler), poll=timedelta(hours=1))
    task = await running(worker, watched)
    await put(database, watched)
    await within(done.wait(), 5)
    worker.stop()
    await within(task, 5)
    assert await watched.claim(["greet"], 1) == []


async def test_a_worker_runs_no_more_at_once_than_it_may(database: Database, watched: Watched) -> None:
    now, most, left = 0, 0, 10
    full, done = asyncio.Event(), asyncio.Event()

    async def handler(_job: Job[Any]) -> None:
        nonlocal now, most, left
        now, left = now + 1, left - 1
        most = max(most, now)
        if now == 3:
            full.set()
        await full.wait()
        await asyncio.sleep(0)
        now -= 1
        if not left:
            done.set()

    worker = Worker(watched, greeted_by(handler), concurrency=3, poll=timedelta(hours=1))
    for _ in range(10):
        await put(database, watched)
    task = await running(worker, watched)
    await within(done.wait(), 10)
    worker.stop()
    await within(task, 5)
    assert most == 3


async def test_a_stopping_worker_lets_its_job_end(database: Database, watched: Watched) -> None:
    may_end, ended = asyncio.Event(), list[str]()

    async def handler(job: Job[Any]) -> None:
        await may_end.wait()
        ended.append(job.id)

    await put(database, watched)
    worker = Worker(watched, greeted_by(handler))
    task = await running(worker, watched)
    worker.stop()
    for _ in range(10):
        await asyncio.sleep(0)
    assert not task.done()
    may_end.set()
    await within(task, 5)
    assert len(ended) == 1
    assert await watched.claim(["greet"], 1) == []


async def test_a_job_that_outlasts_the_grace_is_given_back_without_losing_an_attempt(
    database: Database, watched: Watched
) -> None:
    async def forever(_job: Job[Any]) -> None:
        await asyncio.Event().wait()

    await put(database, watched)
    worker = Worker(watched, greeted_by(forever))
    task = await running(worker, watched, grace=timedelta(0))
    worker.stop()
    await within(task, 5)
    (again,) = await watched.claim(["greet"], 1)
    assert again.attempt == 1


async def test_work_longer_than_its_lease_keeps_it_and_stops_when_it_is_lost(
    database: Database, watched: Watched, clock: HandClock
) -> None:
    begun, may_end, outcome = asyncio.Event(), asyncio.Event(), list[str]()

    async def slow(_job: Job[Any]) -> None:
        begun.set()
        try:
            await may_end.wait()
            outcome.append("done")
        except asyncio.CancelledError:
            outcome.append("stopped")
            raise

    worker = Worker(watched, greeted_by(slow))
    other = Jobs(database, SETTINGS, clock)
    await put(database, watched)
    draining = asyncio.create_task(worker.drain())
    await within(begun.wait(), 30)
    for _ in range(2):
        clock.forward(seconds=0.9)
        for _ in range(2):  # the first may have looked at the clock before it was moved
            watched.beaten.clear()
            await within(watched.beaten.wait(), 30)
    assert await other.claim(["greet"], 1) == []
    may_end.set()
    await draining
    begun.clear()
    may_end.clear()
    await put(database, watched)
    draining = asyncio.create_task(worker.drain())
    await within(begun.wait(), 30)
    clock.forward(hours=1)
    assert len(await other.claim(["greet"], 1)) == 1
    await within(draining, 30)
    assert outcome == ["done", "stopped"]


async def test_an_outage_of_the_database_does_not_end_the_worker(
    database: Database, watched: Watched, caplog: pytest.LogCaptureFixture
) -> None:
    done = asyncio.Event()

    async def handler(_job: Job[Any]) -> None:
        done.set()

    await put(database, watched)
    await database.write(lambda tx: tx.execute(sa.text("ALTER TABLE jobs RENAME TO away")))
    worker = Worker(watched, greeted_by(handler), poll=timedelta(milliseconds=20))
    task = await running(worker, watched)

    async def said() -> bool:
        return "cannot look for jobs" in caplog.text

    await wait_until(said, "the worker to say that it cannot look")
    await database.write(lambda tx: tx.execute(sa.text("ALTER TABLE away RENAME TO jobs")))
    await within(done.wait(), 5)
    worker.stop()
    await within(task, 5)

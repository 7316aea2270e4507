"""Jobs in turn: people one after the other however many wait, and lanes that do not keep each other waiting."""

import asyncio
from collections import Counter
from datetime import timedelta
from typing import Any, ClassVar

import pytest

from server.jobs import Handler, Job, Jobs, Lane, Task, Worker, does
from server.kernel.database import Database
from server.kernel.settings import Settings
from tests.support.clock import HandClock
from tests.support.patience import within

pytestmark = pytest.mark.anyio

FLOOD, OTHER, THIRD = "flood", "other", "third"


@pytest.fixture
def jobs(database: Database, clock: HandClock) -> Jobs:
    return Jobs(database, Settings(job_max_attempts=3), clock, jitter=lambda: 0.5)


async def put(database: Database, jobs: Jobs, person: str, many: int = 1, **how: Any) -> None:
    def work(tx: Any) -> None:
        for _ in range(many):
            jobs.add(tx, "greet", {}, person=person, **how)

    await database.write(work)


async def served(jobs: Jobs, many: int, at_once: int = 1) -> list[str]:
    """Serve so many jobs, a few at once, and return for whom, in order."""
    order = []
    for _ in range(0, many, at_once):
        for job in await jobs.claim(["greet"], at_once):
            order.append(job.person)
            assert await jobs.finish(job)
    return order


async def test_who_comes_after_a_flood_has_one_of_its_jobs_before_them_and_not_the_flood(
    database: Database, jobs: Jobs, clock: HandClock
) -> None:
    await put(database, jobs, FLOOD, 200)
    assert await served(jobs, 50) == [FLOOD] * 50
    clock.forward(seconds=1)
    await put(database, jobs, OTHER)
    await put(database, jobs, THIRD)
    assert set(await served(jobs, 3)) == {FLOOD, OTHER, THIRD}


async def test_two_floods_are_served_by_halves_whichever_came_first(
    database: Database, jobs: Jobs, clock: HandClock
) -> None:
    await put(database, jobs, FLOOD, 40)
    await served(jobs, 10)
    clock.forward(minutes=10)
    await put(database, jobs, OTHER, 40)
    assert Counter(await served(jobs, 20, at_once=2)) == {FLOOD: 10, OTHER: 10}


async def test_who_was_served_while_others_were_idle_does_not_pay_for_it_later(
    database: Database, jobs: Jobs, clock: HandClock
) -> None:
    await put(database, jobs, FLOOD, 30)
    await served(jobs, 30)
    await put(database, jobs, OTHER, 10)
    clock.forward(seconds=1)
    await put(database, jobs, FLOOD, 10)
    assert Counter(await served(jobs, 10)) == {FLOOD: 5, OTHER: 5}


async def test_the_important_jobs_of_one_go_before_the_turn_of_another(database: Database, jobs: Jobs) -> None:
    await put(database, jobs, FLOOD, 3)
    await put(database, jobs, OTHER, 3)
    await put(database, jobs, FLOOD, 2, priority=1)
    assert (await served(jobs, 2)) == [FLOOD, FLOOD]


async def test_what_waits_for_its_time_gives_nobody_who_comes_meanwhile_a_head_start(
    database: Database, jobs: Jobs, clock: HandClock
) -> None:
    await put(database, jobs, "", delay=timedelta(hours=1))
    await put(database, jobs, FLOOD, 40)
    await served(jobs, 20)
    clock.forward(seconds=1)
    await put(database, jobs, OTHER, 20)
    assert Counter(await served(jobs, 10)) == {FLOOD: 5, OTHER: 5}


async def test_what_fails_goes_behind_the_rest_of_its_person_and_a_dead_letter_is_in_nobodys_way(
    database: Database, jobs: Jobs, clock: HandClock
) -> None:
    await put(database, jobs, FLOOD, 3)
    (failing,) = await jobs.claim(["greet"], 1)
    assert await jobs.fail(failing, "no")
    clock.forward(hours=1)
    assert [job.id == failing.id for job in await jobs.claim(["greet"], 3)] == [False, False, True]
    clock.forward(hours=1)
    again = await jobs.claim(["greet"], 3)
    for job in again:
        assert await jobs.fail(job, "no", final=True)
    await put(database, jobs, OTHER, 3)
    clock.forward(seconds=1)
    await put(database, jobs, FLOOD, 3)
    assert Counter(await served(jobs, 4)) == {FLOOD: 2, OTHER: 2}


async def test_a_dead_letter_that_is_retried_is_the_next(database: Database, jobs: Jobs, clock: HandClock) -> None:
    await put(database, jobs, FLOOD, 10)
    await served(jobs, 5)
    (dead,) = await jobs.claim(["greet"], 1)
    assert await jobs.fail(dead, "no", final=True)
    await jobs.retry(dead.id, "admin")
    assert [job.id for job in await jobs.claim(["greet"], 1)] == [dead.id]


class Slow(Task, frozen=True, kw_only=True):
    """Takes long."""

    kind: ClassVar[str] = "slow"
    lane: ClassVar[Lane] = Lane.READING


class Follow(Task, frozen=True, kw_only=True):
    """Follows from another."""

    kind: ClassVar[str] = "follow"


async def test_slow_jobs_in_all_places_of_their_lane_do_not_keep_a_quick_one_waiting(
    database: Database, jobs: Jobs
) -> None:
    begun, may_end, quick = asyncio.Semaphore(0), asyncio.Event(), asyncio.Event()

    async def slow(_job: Job[Slow]) -> None:
        begun.release()
        await may_end.wait()

    async def greet(_job: Job[dict[str, Any]]) -> None:
        quick.set()

    handlers = (does(Slow, slow), Handler(kind="greet", args=dict, run=greet))
    worker = Worker(jobs, handlers, concurrency=2, poll=timedelta(hours=1))
    for _ in range(3):
        await database.write(lambda tx: jobs.enqueue(tx, Slow()))
    task = asyncio.create_task(worker.run())
    for _ in range(2):
        await within(begun.acquire(), 10)
    await put(database, jobs, OTHER)
    await within(quick.wait(), 10)
    assert begun.locked(), "a lane has as many places as the worker's concurrency"
    may_end.set()
    worker.stop()
    await within(task, 10)


async def test_what_a_job_asks_for_is_done_for_the_person_for_whom_the_job_is_done(
    database: Database, jobs: Jobs
) -> None:
    asked = dict[str, str]()

    async def greet(job: Job[Any]) -> None:
        await database.write(lambda tx: jobs.enqueue(tx, Follow(), person="the program"))
        asked["greet"] = job.person

    async def follow(job: Job[Follow]) -> None:
        asked["follow"] = job.person

    await put(database, jobs, FLOOD)
    await Worker(jobs, (Handler(kind="greet", args=dict, run=greet), does(Follow, follow))).drain()
    assert asked == {"greet": FLOOD, "follow": FLOOD}
    await database.write(lambda tx: jobs.enqueue(tx, Follow(), person=OTHER))
    assert [job.person for job in await jobs.claim(["follow"], 1)] == [OTHER]

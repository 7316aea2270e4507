"""Jobs: nothing enqueued is lost, nothing is held by two, what cannot be done is shown."""

import asyncio
from datetime import timedelta
from typing import Any

import msgspec
import pytest
import sqlalchemy as sa

from mobile_contract.jobs import DeadJobs
from mobile_contract.problems import Refused
from server.jobs import ROUTES, GiveUp, Handler, Job, Jobs, Worker
from server.jobs.model import ARGS_BYTES, LONGEST_WAIT, backoff
from server.kernel.clock import new_id
from server.kernel.database import Database
from server.kernel.handling import Run
from server.kernel.settings import Settings
from server.kernel.tables import journal
from tests.support.clock import HandClock
from tests.support.http import client

pytestmark = pytest.mark.anyio

SETTINGS = Settings(job_lease_seconds=60, job_max_attempts=3)


@pytest.fixture
def jobs(database: Database, clock: HandClock) -> Jobs:
    return Jobs(database, SETTINGS, clock, jitter=lambda: 0.5)


def greeted_by(run: Run[dict[str, Any]]) -> tuple[Handler[dict[str, Any]]]:
    return (Handler(kind="greet", args=dict, run=run),)


async def put(db: Database, jobs: Jobs, kind: str = "greet", args: dict[str, Any] | None = None, **how: Any) -> None:
    await db.write(lambda tx: jobs.add(tx, kind, args or {}, **how))


class Diary:
    """A handler that writes down what it was given."""

    def __init__(self) -> None:
        self.seen: list[Job[Any]] = []

    async def __call__(self, job: Job[Any]) -> None:
        self.seen.append(job)


async def test_a_job_runs_with_its_arguments_and_is_then_gone(database: Database, jobs: Jobs) -> None:
    diary = Diary()
    await put(database, jobs, args={"name": "周敏"})
    worker = Worker(jobs, greeted_by(diary))
    assert await worker.drain() == 1
    assert [(job.args, job.attempt) for job in diary.seen] == [({"name": "周敏"}, 1)]
    assert await worker.drain() == 0


async def test_a_job_is_rolled_back_with_the_transaction_that_caused_it(database: Database, jobs: Jobs) -> None:
    rung: list[int] = []
    jobs.listen(lambda: rung.append(1))

    def work(tx: sa.Connection) -> None:
        jobs.add(tx, "greet", {})
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await database.write(work)
    assert await jobs.claim(["greet"], 1) == []
    assert rung == []


async def test_the_important_run_first_and_then_the_older(database: Database, jobs: Jobs, clock: HandClock) -> None:
    await put(database, jobs, args={"n": 1})
    clock.forward(seconds=1)
    await put(database, jobs, args={"n": 2})
    await put(database, jobs, args={"n": 3}, priority=5)
    assert [job.args["n"] for job in await jobs.claim(["greet"], 10)] == [3, 1, 2]


async def test_a_delayed_job_waits_for_its_time(database: Database, jobs: Jobs, clock: HandClock) -> None:
    await put(database, jobs, delay=timedelta(minutes=5))
    assert await jobs.claim(["greet"], 1) == []
    clock.forward(minutes=5)
    assert len(await jobs.claim(["greet"], 1)) == 1


async def test_a_waiting_job_stands_for_a_second_of_its_key_but_a_running_one_does_not(
    database: Database, jobs: Jobs
) -> None:
    await put(database, jobs, dedupe="a", delay=timedelta(hours=1))
    await put(database, jobs, dedupe="a")
    await put(database, jobs, dedupe="b")
    await put(database, jobs, "other", dedupe="a")
    assert len(await jobs.claim(["greet"], 10)) == 2
    await put(database, jobs, dedupe="a")
    assert len(await jobs.claim(["greet"], 10)) == 1


@pytest.mark.parametrize(
    "engine", [pytest.param("postgres", marks=pytest.mark.postgres)], indirect=True
)  # SQLite has one writer at a time
async def test_no_worker_starts_a_waiting_job_while_a_transaction_relies_on_it(database: Database, jobs: Jobs) -> None:
    await put(database, jobs, dedupe="a")
    asked, may_commit = asyncio.Event(), asyncio.Event()

    async def slow_transaction() -> None:
        async with database._writes.begin() as connection:
            await connection.run_sync(lambda tx: jobs.add(tx, "greet", {}, dedupe="a"))
            asked.set()
            await may_commit.wait()

    transaction = asyncio.create_task(slow_transaction())
    await asked.wait()
    assert await jobs.claim(["greet"], 10) == []
    may_commit.set()
    await transaction
    assert len(await jobs.claim(["greet"], 10)) == 1


async def test_two_workers_racing_for_one_job_run_it_once(
    migrated_database_url: str, database: Database, jobs: Jobs, clock: HandClock
) -> None:
    for round_ in range(10):
        await put(database, jobs, args={"round": round_})
    elsewhere = Database(migrated_database_url)
    try:
        others = Jobs(elsewhere, SETTINGS, clock)
        rivals = [jobs, others] * 10
        claimed = await asyncio.gather(*(rival.claim(["greet"], 1) for rival in rivals))
    finally:
        await elsewhere.close()
    rounds = [job.args["round"] for taken in claimed for job in taken]
    assert len(rounds) == len(set(rounds))
    assert len(rounds) + len(await jobs.claim(["greet"], 20)) == 10


async def test_after_a_crash_the_lease_runs_out_and_the_stale_worker_changes_nothing(
    database: Database, jobs: Jobs, clock: HandClock
) -> None:
    await put(database, jobs)
    (crashed,) = await jobs.claim(["greet"], 1)
    assert await jobs.claim(["greet"], 1) == []
    clock.forward(seconds=61)
    (taken_over,) = await jobs.claim(["greet"], 1)
    assert (taken_over.id, taken_over.attempt) == (crashed.id, 2)
    assert not await jobs.finish(crashed)
    assert not await jobs.fail(crashed, "late")
    assert not await jobs.heartbeat(crashed)
    assert not await jobs.give_back(crashed)
    assert await jobs.finish(taken_over)


async def test_the_worker_that_holds_a_job_is_told_that_what_it_did_counts(
    database: Database, jobs: Jobs, clock: HandClock
) -> None:
    await put(database, jobs)
    (job,) = await jobs.claim(["greet"], 1)
    assert await jobs.give_back(job)
    assert not await jobs.give_back(job)
    (job,) = await jobs.claim(["greet"], 1)
    assert job.attempt == 1, "an attempt that was given back does not count"
    assert await jobs.fail(job, "once")
    assert not await jobs.fail(job, "twice")
    clock.forward(seconds=4)
    (job,) = await jobs.claim(["greet"], 1)
    assert await jobs.fail(job, "for good", final=True)
    assert not await jobs.fail(job, "for good", final=True)
    assert [(letter.id, letter.reason) for letter in (await jobs.dead()).jobs] == [(job.id, "for good")]


async def test_a_heartbeat_keeps_the_lease(database: Database, jobs: Jobs, clock: HandClock) -> None:
    await put(database, jobs)
    (job,) = await jobs.claim(["greet"], 1)
    for _ in range(3):
        clock.forward(seconds=50)
        assert await jobs.heartbeat(job)
        assert await jobs.claim(["greet"], 1) == []


async def test_a_job_that_kills_its_worker_each_time_becomes_a_dead_letter(
    database: Database, jobs: Jobs, clock: HandClock
) -> None:
    await put(database, jobs)
    for _ in range(3):
        assert len(await jobs.claim(["greet"], 1)) == 1
        clock.forward(seconds=61)
    assert await jobs.claim(["greet"], 1) == []
    (letter,) = (await jobs.dead()).jobs
    assert letter.attempts == 3
    assert "lease" in letter.reason


async def test_a_failing_job_is_tried_again_ever_later_and_ends_as_a_dead_letter_with_its_reason(
    database: Database, jobs: Jobs, clock: HandClock
) -> None:
    async def fail(job: Job[Any]) -> None:
        raise RuntimeError(f"try {job.attempt}")

    worker = Worker(jobs, greeted_by(fail))
    await put(database, jobs, args={"who": "陈建国"})
    for wait in (4, 16):
        assert await worker.drain() == 1
        clock.forward(seconds=wait - 1)
        assert await worker.drain() == 0
        clock.forward(seconds=1)
    assert await worker.drain() == 1
    (letter,) = (await jobs.dead()).jobs
    assert letter.reason == "RuntimeError: try 3"
    assert letter.args == {"who": "陈建国"}
    clock.forward(days=30)
    assert await worker.drain() == 0


async def test_a_handler_may_give_up_at_once(database: Database, jobs: Jobs) -> None:
    async def refuse(_job: Job[Any]) -> None:
        raise GiveUp("not a picture")

    await put(database, jobs)
    assert await Worker(jobs, greeted_by(refuse)).drain() == 1
    assert [letter.reason for letter in (await jobs.dead()).jobs] == ["GiveUp: not a picture"]


async def test_a_worker_leaves_kinds_that_it_cannot_do(database: Database, jobs: Jobs) -> None:
    await put(database, jobs, "read_page")
    assert await Worker(jobs, greeted_by(Diary())).drain() == 0
    assert len(await jobs.claim(["read_page"], 1)) == 1


async def test_arguments_are_bounded(database: Database, jobs: Jobs) -> None:
    with pytest.raises(ValueError, match="bytes of job arguments"):
        await put(database, jobs, args={"much": "x" * ARGS_BYTES})


def test_waiting_grows_is_spread_and_has_an_end() -> None:
    assert backoff(1, 0.5) == timedelta(seconds=4)
    assert backoff(3, 0.0) == timedelta(seconds=32)
    assert backoff(3, 0.999) < timedelta(seconds=96)
    assert backoff(1_000_000, 0.5) == LONGEST_WAIT


class Somebody:
    """A caller as far as these routes know one."""

    def __init__(self, *, admin: bool) -> None:
        self.person = new_id()
        self._admin = admin

    def require_admin(self) -> None:
        if not self._admin:
            raise Refused("identity.forbidden")


async def give_up(_job: Job[Any]) -> None:
    raise GiveUp("no")


async def test_an_administrator_lists_dead_letters_and_retries_one(database: Database, jobs: Jobs) -> None:
    await put(database, jobs, args={"n": 1})
    await Worker(jobs, greeted_by(give_up)).drain()
    admin = Somebody(admin=True)
    async with client(ROUTES, {"caller": admin, "jobs": jobs}) as http:
        page = msgspec.json.decode((await http.get("/v1/jobs/dead")).content, type=DeadJobs)
        assert [(letter.kind, letter.args, letter.reason) for letter in page.jobs] == [
            ("greet", {"n": 1}, "GiveUp: no")
        ]
        assert (await http.post(f"/v1/jobs/{page.jobs[0].id}/retry")).status_code == 204
        again = await http.post(f"/v1/jobs/{page.jobs[0].id}/retry")
        assert (again.status_code, again.json()["code"]) == (409, "jobs.not_dead")
        assert (await http.get("/v1/jobs/dead")).json() == {"jobs": []}
    (job,) = await jobs.claim(["greet"], 1)
    assert job.attempt == 1
    events = await database.read(lambda tx: tx.execute(sa.select(journal.c.event, journal.c.actor)).all())
    assert [tuple(row) for row in events] == [("jobs.retried", admin.person)]


async def test_an_administrator_puts_a_dead_letter_aside_with_a_reason_and_may_still_retry_it(
    database: Database, jobs: Jobs
) -> None:
    await put(database, jobs, args={"n": 1})
    await Worker(jobs, greeted_by(give_up)).drain()
    async with client(ROUTES, {"caller": Somebody(admin=True), "jobs": jobs}) as http:
        (letter,) = (await http.get("/v1/jobs/dead", params={"kind": "greet"})).json()["jobs"]
        assert (await http.get("/v1/jobs/dead", params={"kind": "other"})).json() == {"jobs": []}
        address = f"/v1/jobs/{letter['id']}/dismiss"
        assert (await http.post(address, json={"reason": " "})).status_code == 422
        assert (await http.post(address, json={"reason": "the page is lost"})).status_code == 204
        assert (await http.post(address, json={"reason": "again"})).json()["code"] == "jobs.not_dead"
        assert (await http.get("/v1/jobs/dead")).json() == {"jobs": []}
        (aside,) = (await http.get("/v1/jobs/dead", params={"dismissed": True})).json()["jobs"]
        assert aside["id"] == letter["id"]
        assert await jobs.claim(["greet"], 1) == []
        assert (await http.post(f"/v1/jobs/{letter['id']}/retry")).status_code == 204
    async with client(ROUTES, {"caller": Somebody(admin=False), "jobs": jobs}) as http:
        assert (await http.post(address, json={"reason": "no"})).status_code == 403
    events = await database.read(lambda tx: tx.execute(sa.select(journal.c.event, journal.c.payload)).all())
    assert [row.event for row in events] == ["jobs.dismissed", "jobs.retried"]
    assert "the page is lost" in events[0].payload


async def test_nobody_else_sees_or_retries_them(jobs: Jobs) -> None:
    async with client(ROUTES, {"caller": Somebody(admin=False), "jobs": jobs}) as http:
        assert (await http.get("/v1/jobs/dead")).status_code == 403
        assert (await http.post(f"/v1/jobs/{new_id()}/retry")).status_code == 403


@pytest.mark.parametrize("odd", ["x", "%00", "a" * 5000, "%ff", "'; drop table jobs"])
async def test_odd_ids_are_answered_with_a_listed_problem(jobs: Jobs, odd: str) -> None:
    async with client(ROUTES, {"caller": Somebody(admin=True), "jobs": jobs}) as http:
        assert (await http.post(f"/v1/jobs/{odd}/retry")).status_code == 404
        listed = await http.get("/v1/jobs/dead", params={"after": odd})
        assert listed.status_code == 422
        assert listed.json()["code"] == "request.invalid"

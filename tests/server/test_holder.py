"""A worker that starts frees what its dead predecessor held, and nothing of a worker that may be alive."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from server.jobs import Jobs
from server.jobs.holder import FILE, LENGTH, seat
from server.kernel.database import Database
from server.kernel.settings import Settings
from tests.support.clock import HandClock
from tests.support.processes import die_with_parent

pytestmark = pytest.mark.anyio

_HOLD = """
import sys
from pathlib import Path
from server.jobs.holder import seat
with seat(Path(sys.argv[1])) as taken:
    taken.sign(sys.argv[2])
    print("taken", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def alive(tmp_path: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Another process that is the worker of the folder, under the name ``aaaaaaaaaaaaaaaa``."""
    command = [sys.executable, "-c", _HOLD, str(tmp_path), "a" * LENGTH]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, preexec_fn=die_with_parent,  # noqa: PLW1509 - it calls one C function
    ) as process:  # fmt: skip
        assert process.stdout is not None
        assert process.stdout.readline() == b"taken\n"
        yield process
        process.kill()


def jobs_of(database: Database, clock: HandClock, attempts: int = 3) -> Jobs:
    return Jobs(database, Settings(job_lease_seconds=60, job_max_attempts=attempts), clock)


async def test_the_jobs_of_a_dead_predecessor_are_taken_again_at_once(
    database: Database, clock: HandClock, tmp_path: Path
) -> None:
    before, after = jobs_of(database, clock), jobs_of(database, clock)
    await database.write(lambda tx: before.add(tx, "greet", {}))
    async with before.working(tmp_path):
        (held,) = await before.claim(["greet"], 1)
    async with after.working(tmp_path):
        (again,) = await after.claim(["greet"], 1)
    assert (again.id, again.attempt) == (held.id, 2)
    assert not await before.finish(held), "what the dead one held is fenced off"


async def test_what_another_worker_holds_is_left_to_its_lease(
    database: Database, clock: HandClock, tmp_path: Path
) -> None:
    elsewhere, before, after = (jobs_of(database, clock) for _ in range(3))
    await database.write(lambda tx: elsewhere.add(tx, "greet", {}))
    async with elsewhere.working(tmp_path / "elsewhere"):
        (held,) = await elsewhere.claim(["greet"], 1)
        async with before.working(tmp_path / "here"):
            pass
        async with after.working(tmp_path / "here"):
            assert await after.claim(["greet"], 1) == []
    assert await elsewhere.finish(held)


async def test_a_worker_beside_a_living_one_of_the_same_folder_frees_nothing(
    database: Database, clock: HandClock, tmp_path: Path
) -> None:
    first, second = jobs_of(database, clock), jobs_of(database, clock)
    await database.write(lambda tx: first.add(tx, "greet", {}))
    async with first.working(tmp_path):
        (held,) = await first.claim(["greet"], 1)
        async with second.working(tmp_path):
            assert await second.claim(["greet"], 1) == []
        assert await first.finish(held)


async def test_a_job_that_kills_its_worker_becomes_a_dead_letter_without_waiting_for_a_lease(
    database: Database, clock: HandClock, tmp_path: Path
) -> None:
    workers = [jobs_of(database, clock, attempts=2) for _ in range(3)]
    last = workers.pop()
    await database.write(lambda tx: workers[0].add(tx, "greet", {}))
    for worker in workers:
        async with worker.working(tmp_path):
            assert len(await worker.claim(["greet"], 1)) == 1
    async with last.working(tmp_path):
        assert await last.claim(["greet"], 1) == []
    (letter,) = (await last.dead()).jobs
    assert (letter.attempts, letter.reason) == (2, "the worker's process ended")


def test_the_seat_of_a_living_process_is_not_given_and_that_of_a_killed_one_at_once(
    alive: subprocess.Popen[bytes], tmp_path: Path
) -> None:
    with seat(tmp_path) as taken:
        assert taken is None
    alive.kill()
    alive.wait()
    with seat(tmp_path) as taken:
        assert taken is not None
        assert taken.predecessor == "a" * LENGTH


def test_a_file_in_the_place_of_the_folder_leaves_the_leases_to_time(tmp_path: Path) -> None:
    (tmp_path / "data").write_bytes(b"")
    with seat(tmp_path / "data") as taken:
        assert taken is None


def test_the_first_worker_of_a_folder_has_no_predecessor(tmp_path: Path) -> None:
    with seat(tmp_path) as taken:
        assert taken is not None
        assert taken.predecessor == ""
    assert (tmp_path / FILE).exists()

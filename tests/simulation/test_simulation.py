"""Whatever breaks, nothing that was sent is lost and everybody ends with the same: fixed seeds, and fresh ones in CI.

A failure prints the seed; ``python -m tests.simulation --seed … --server …`` says everything that happens in it.
"""

import functools
import os
import random
import subprocess
import time

import pytest

from tests.simulation.oracle import Broken
from tests.simulation.runs import command, committed_seeds, run_seed
from tests.simulation.servers import FakeServer
from tests.simulation.simulation import Result, Simulation

ONCE_FAILED = tuple(committed_seeds())
FAKE, REAL = range(1, 11), (6, 10)


@functools.cache
def hold(seed: int, server: str) -> Result:
    try:
        return run_seed(seed, server)
    except Broken as error:
        pytest.fail(f"seed {seed}: {error}\nagain: {command(seed, server)}")


@pytest.mark.parametrize("seed", FAKE)
def test_nothing_is_lost_with_the_planner_on_a_dict(seed: int) -> None:
    hold(seed, "fake")


@pytest.mark.parametrize("seed", REAL)
def test_nothing_is_lost_with_the_service_on_sqlite(seed: int) -> None:
    hold(seed, "real")


@pytest.mark.parametrize(("seed", "server", "caught"), ONCE_FAILED, ids=[f"{seed}" for seed, _, _ in ONCE_FAILED])
def test_what_failed_once_holds(seed: int, server: str, caught: str) -> None:
    hold(seed, server)


@pytest.mark.parametrize(("seed", "server"), [(8, "fake"), (10, "real")])
def test_a_seed_is_the_same_run_every_time(seed: int, server: str) -> None:
    assert run_seed(seed, server) == hold(seed, server)


@pytest.mark.parametrize("seed", REAL)
def test_the_two_servers_are_one_protocol(seed: int) -> None:
    """The same work gets the same receipts, step by step, where neither disk nor bytes make a difference."""
    simulation = Simulation(seed, FakeServer)
    assert not simulation.faults.disk_full
    assert simulation.profile.limits.page_bytes == 1_000_000
    assert hold(seed, "fake") == hold(seed, "real")


def test_the_seeds_meet_all_kinds_of_outcomes() -> None:
    met = {code for seed in FAKE for code in hold(seed, "fake").outcomes}
    wanted = {"op.applied", "op.merged", "op.conflict", "op.became_amendment", "op.unknown_record", "op.unit_parked"}
    wanted |= {"op.scope_not_held", "op.append_only", "op.undecodable", "op.refused_by_database", "op.moved_since"}
    wanted |= {"op.archived", "op.other_scope"}
    assert wanted - met == set()


def first_seed() -> int:
    """Return the first seed of this commit; a random one where there is no git."""
    asked = subprocess.run(["git", "rev-parse", "HEAD"], capture_output=True, text=True, check=False)
    return int(asked.stdout[:7], 16) if asked.returncode == 0 else random.SystemRandom().randrange(2**31)


@pytest.mark.simulation
def test_fresh_seeds_for_a_minute() -> None:
    """``SIMULATE_SECONDS`` says how long. Three of four on the planner alone, which is many times faster.

    Every commit has seeds of its own, and the same ones for whoever tests it again.
    """
    seconds, began, done = float(os.environ.get("SIMULATE_SECONDS", "60")), time.monotonic(), 0
    first = first_seed()
    while time.monotonic() - began < seconds:
        hold.__wrapped__(first + done, ("fake", "fake", "fake", "real")[done % 4])
        done += 1
    print(f"{done} seeds from {first}: {done * 60 / seconds:.0f} a minute")  # noqa: T201

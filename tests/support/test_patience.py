"""Waits that follow what the machine gives: a busy one gets more of the wall, and a hang ends all the same."""

import asyncio
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.patience import WALL, Patience, share, wait_for, within

ROOT = Path(__file__).parents[2]


class Wall:
    """A clock on the wall that a test moves."""

    def __init__(self) -> None:
        self.at = 0.0

    def __call__(self) -> float:
        return self.at


def lasted(seconds: float, share: float) -> int:
    wall = Wall()
    patience = Patience(seconds, wall, lambda: share)
    while patience.lasts():
        wall.at += 1
    return int(wall.at)


@pytest.mark.parametrize(("part", "wall"), [(1.0, 60), (0.5, 120), (0.125, 480), (0.001, WALL * 60)])
def test_a_wait_lasts_its_seconds_of_a_free_machine_and_never_more_than_its_wall(part: float, wall: int) -> None:
    assert lasted(60, part) == wall


def test_the_share_of_a_machine_is_a_part_of_one() -> None:
    assert 0 < share() <= 1


def test_what_never_comes_is_named() -> None:
    with pytest.raises(TimeoutError, match="the rain"):
        wait_for(lambda: None, "the rain", seconds=0.05, pause=0.01)


def test_what_comes_is_returned() -> None:
    found = iter([0, 0, 7])
    assert wait_for(lambda: next(found), "seven", pause=0) == 7


def test_what_is_awaited_is_returned_or_ended() -> None:
    assert asyncio.run(within(asyncio.sleep(0, 7))) == 7
    with pytest.raises(TimeoutError):
        asyncio.run(within(asyncio.sleep(600), seconds=0.05))


def test_a_test_that_hangs_is_ended_by_its_budget(tmp_path: Path) -> None:
    hangs = tmp_path / "test_hangs.py"
    hangs.write_text("import time\n\ndef test_hangs():\n    time.sleep(600)\n", "utf-8")
    command = [sys.executable, "-m", "pytest", "-q", "-p", "tests.support.patience", "-p", "no:cacheprovider"]
    done = subprocess.run(
        [*command, "--rootdir", str(tmp_path), "-c", "/dev/null", "--timeout=0.2", str(hangs)],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 1, done.stdout + done.stderr
    assert "Timeout" in done.stdout

"""Runs by seed: the servers by name, and the seeds that failed once."""

import logging
from collections.abc import Callable, Iterator
from pathlib import Path

from tests.simulation.oracle import Broken
from tests.simulation.real import RealServer
from tests.simulation.servers import FakeServer
from tests.simulation.simulation import Make, Result, Simulation

MAKERS: dict[str, Make] = {"fake": FakeServer, "real": RealServer}
SEEDS = Path(__file__).with_name("seeds.txt")


def run_seed(seed: int, server: str, log: Callable[[str], None] | None = None) -> Result:
    """Run one seed. Whatever goes wrong, an exception too, is a broken promise with the command that shows it again."""
    logging.getLogger("plumbline").setLevel(logging.CRITICAL)  # what the database refuses is refused on purpose
    try:
        return Simulation(seed, MAKERS[server], log).run()
    except Broken:
        raise
    except Exception as error:
        raise Broken(f"{type(error).__name__}: {error}") from error


def command(seed: int, server: str) -> str:
    return f"python -m tests.simulation --seed {seed} --server {server}"


def committed_seeds() -> Iterator[tuple[int, str, str]]:
    """Read ``seeds.txt``: seed, server, and the planted mistake that it finds."""
    for line in SEEDS.read_text("utf-8").splitlines():
        if line and not line.startswith("#"):
            seed, server, caught = line.split(maxsplit=2)
            yield int(seed), server, caught

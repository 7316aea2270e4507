"""``python -m tests.simulation``: runs seeds for a number or a time; a failure prints how to see it again."""

import argparse
import random
import sys
import time

from tests.simulation.oracle import Broken
from tests.simulation.runs import MAKERS, command, run_seed


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.simulation", description=__doc__)
    parser.add_argument("--seed", type=int, help="run this one and say everything that happens")
    parser.add_argument("--seeds", type=int, default=1000, help="how many fresh seeds to run")
    parser.add_argument("--seconds", type=float, help="stop after this long, however many seeds that is")
    parser.add_argument("--server", choices=[*MAKERS, "both"], default="both")
    given = parser.parse_args()
    servers = list(MAKERS) if given.server == "both" else [given.server]
    if given.seed is not None:
        return max(_one(given.seed, server, aloud=True) for server in servers)
    first, began, done, failed = random.SystemRandom().randrange(2**31), time.monotonic(), 0, 0
    while done < given.seeds and (given.seconds is None or time.monotonic() - began < given.seconds):
        failed += _one(first + done, servers[done % len(servers)], aloud=False)
        done += 1
    minutes = (time.monotonic() - began) / 60
    print(f"{done} seeds from {first} in {minutes:.1f} min ({done / minutes:.0f} a minute), {failed} failed")  # noqa: T201
    return int(failed > 0)


def _one(seed: int, server: str, *, aloud: bool) -> int:
    try:
        result = run_seed(seed, server, print if aloud else None)
    except Broken as error:
        print(f"seed {seed} on the {server} server: {error}\n  again: {command(seed, server)}")  # noqa: T201
        return 1
    if aloud:
        print(f"seed {seed} on the {server} server: {result}")  # noqa: T201
    return 0


if __name__ == "__main__":
    sys.exit(main())

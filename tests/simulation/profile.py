"""What goes wrong in a run, and how often: drawn from the seed, so that some runs are calm and some are cruel."""

import random
from collections.abc import Callable
from dataclasses import dataclass, fields

from mobile_contract.sync import Limits


@dataclass(frozen=True, kw_only=True, slots=True)
class Faults:
    """Probabilities. Those of the network are per exchange, those of a disk per write, the rest per step."""

    drop: float = 0.0
    duplicate: float = 0.0
    delay: float = 0.0  # the phone gives up; the request arrives later, perhaps after newer ones
    truncate: float = 0.0
    server_crash: float = 0.0  # after the commit, before the answer
    meanwhile: float = 0.0  # something else happens between two moments of an exchange
    phone_crash: float = 0.0
    reinstall: float = 0.0
    skew: float = 0.0
    authority: float = 0.0
    backup: float = 0.0
    restore: float = 0.0
    purge: float = 0.0
    move: float = 0.0
    disk_full: float = 0.0


#: How bad each fault gets at most.
WORST = Faults(
    drop=0.3,
    duplicate=0.2,
    delay=0.2,
    truncate=0.2,
    server_crash=0.2,
    meanwhile=0.3,
    phone_crash=0.02,
    reinstall=0.01,
    skew=0.05,
    authority=0.06,
    backup=0.05,
    restore=0.03,
    purge=0.2,
    move=0.1,
    disk_full=0.03,
)
NAMES = tuple(field.name for field in fields(Faults))


@dataclass(frozen=True, kw_only=True, slots=True)
class Profile:
    """The size of a run and its faults. ``limits`` are far below what a setting may choose: their edges are met."""

    phones: int
    steps: int
    limits: Limits
    faults: Faults


class Stroke:
    """Something that came to the simulator later. A ``share`` of the runs has it, at most ``worst`` times a step.

    It draws from a generator of its own: seeds without it do what they did before there was such a thing.
    """

    def __init__(
        self, name: str, seed: int, *, share: float, worst: float, happen: Callable[[random.Random], None]
    ) -> None:
        self._rng = random.Random(f"{name} {seed}")
        self._happen = happen
        self._probability = worst * self._rng.random() if self._rng.random() < share else 0.0

    def strike(self) -> None:
        if self._probability and self._rng.random() < self._probability:
            self._happen(self._rng)


def draw(rng: random.Random) -> Profile:
    """Draw a run; about half of the faults have a part in it."""
    faults = {name: rng.random() * getattr(WORST, name) if rng.random() < 0.5 else 0.0 for name in NAMES}
    return Profile(
        phones=rng.randint(2, 8),
        steps=rng.randint(60, 240),
        limits=Limits(
            page_entries=rng.choice((1, 2, 3, 7, 50)),
            page_bytes=rng.choice((2_000, 1_000_000)),
            ops_per_exchange=rng.choice((4, 7, 12, 100)),
            replay_days=rng.choice((1, 90)),
        ),
        faults=Faults(**faults),
    )

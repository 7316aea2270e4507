"""Push and pull in records per CPU-second beside the floor, single ops by the wall, and memory.

Both servers run at once and take turns – floor, Plumbline, floor, … – so that whatever else the machine does falls on
both alike; the one whose turn it is not takes next to nothing.
"""

import statistics
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from tests.bench.link import Link, cpu_of, floor_cursor, milliseconds, plumbline_cursor
from tests.bench.meter import Served, serving
from tests.bench.plumbline import BATCH, Site, administrator, bodies, plumbline
from tests.bench.table import Table
from tests.support.processes import free_port

ROUNDS = 5
BATCHES = 40
SINGLES = 300


@dataclass
class Contender:
    """A server in the race, and what it took: CPU-seconds per record, round by round, and single ops in ms."""

    name: str
    served: Served
    link: Link
    scope: str
    next_n: int = 1
    pushes: list[float] = field(default_factory=list)
    pulls: list[float] = field(default_factory=list)
    singles: list[float] = field(default_factory=list)
    single_cpu: float = 0
    empty_cpu: float = 0

    def push(self) -> None:
        """Send a round of new records."""
        sent = bodies(self.scope, self.next_n, BATCHES)
        self.next_n += BATCHES * BATCH
        self.pushes.append(cpu_of(self.served, partial(self.link.push, sent)) / (BATCHES * BATCH))

    def pull(self) -> None:
        """Read everything from the beginning."""
        self.pulls.append(cpu_of(self.served, self.link.pull) / (self.next_n - 1))

    def single(self) -> None:
        """Send ops one at a time, as a phone does that is online while somebody works."""
        sent = bodies(self.scope, self.next_n, SINGLES, batch=1)
        self.next_n += SINGLES
        before = self.served.cpu_seconds()
        self.singles = [milliseconds(partial(self.link.exchange, body)) for body in sent]
        self.single_cpu = (self.served.cpu_seconds() - before) * 1000 / SINGLES
        self.empty_cpu = cpu_of(self.served, lambda: [self.link.exchange() for _ in sent]) * 1000 / SINGLES


def measure() -> Iterable[Table]:
    """Race the two."""
    sample = sum(len(bytes(raw)) for raw in bodies("section:" + "0" * 36, 1, 1)[0]) // BATCH
    with tempfile.TemporaryDirectory() as folder:
        port = free_port()
        administrator(Path(folder))
        with (
            serving(["-m", "tests.bench.floor", f"{folder}/floor.db", str(port)], port, {}, "/") as floor,
            plumbline(Path(folder)) as ours,
        ):
            site = Site(ours.url)
            race = (
                Contender("floor", floor, Link(floor.url, floor_cursor), "section:x"),
                Contender(
                    "Plumbline",
                    ours,
                    Link(ours.url, plumbline_cursor, site.phone(*site.scopes)),
                    site.scopes[0],
                ),
            )
            for step in (Contender.push, Contender.pull):
                for _ in range(ROUNDS):
                    for contender in race:
                        step(contender)
            for contender in race:
                contender.single()
            yield _table(race, sample)
            yield _singles(race)


def _table(race: tuple[Contender, Contender], sample: int) -> Table:
    note = (
        f"Records per CPU-second of the server's process tree: median of {ROUNDS} rounds (lowest–highest), the two in "
        f"turn; a round is {BATCHES} exchanges of {BATCH} new records of {sample} bytes. Pull reads them all back, 500 "
        "a page, uncompressed."
    )
    table = Table(("SQLite", "push /CPU-s", "pull /CPU-s", "peak memory"), note=note)
    for one in race:
        table.add(
            one.name,
            rate(one.pushes),
            rate(one.pulls),
            f"{one.served.peak_mib()} MiB",
        )
    floor, ours = race
    pairs = ((floor.pushes, ours.pushes), (floor.pulls, ours.pulls))
    table.add("ratio", *(f"{_ratio(first, second):.2f}" for first, second in pairs), "")
    table.add("aim", "≥ 12,000, ratio ≥ 0.50", "≥ 100,000", "< 238 MiB")
    return table


def _singles(race: tuple[Contender, Contender]) -> Table:
    note = f"{SINGLES} exchanges each, over one connection: by the wall, and CPU of the server's process tree."
    table = Table(("one op an exchange", "p50", "p99", "CPU", "CPU without any op"), note=note)
    for one in race:
        table.add(
            one.name,
            f"{statistics.median(one.singles):.1f} ms",
            f"{statistics.quantiles(one.singles, n=100)[98]:.1f} ms",
            f"{one.single_cpu:.2f} ms",
            f"{one.empty_cpu:.2f} ms",
        )
    return table


def rate(seconds_each: list[float]) -> str:
    """Write rates: the median, and between which it lay."""
    rates = sorted(1 / seconds for seconds in seconds_each)
    return f"{statistics.median(rates):,.0f} ({rates[0]:,.0f}–{rates[-1]:,.0f})"


def _ratio(floor: list[float], ours: list[float]) -> float:
    """Compare round with round: what disturbed one disturbed the other."""
    return statistics.median(a / b for a, b in zip(floor, ours, strict=True))

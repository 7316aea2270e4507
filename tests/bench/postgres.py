"""Push and pull on PostgreSQL with one, two and four API processes.

Each phone writes to a section of its own, from a thread of its own, so that no lock of a scope stands between two.
The phones, the API processes and PostgreSQL share the machine, so the wall says little: what counts is how many records
a CPU-second of the API takes, and how much of PostgreSQL's a record takes beside it.
"""

import os
import statistics
import tempfile
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

from tests.bench.link import Link, plumbline_cursor
from tests.bench.meter import Served, cpu_seconds
from tests.bench.plumbline import BATCH, Ops, Site, administrator, bodies, plumbline
from tests.bench.rates import rate
from tests.bench.table import Table
from tests.support import postgres

PROCESSES = (1, 2, 4)
PHONES = 4
ROUNDS = 3
BATCHES = 10
SINGLES = 50


@dataclass
class Farm:
    """API processes over one database, and the phones that talk to them; the figures are seconds per record."""

    apis: list[Served]
    phones: list[tuple[Link, str]]
    database: int
    next_n: int = 1
    api: dict[str, list[float]] = field(default_factory=dict)
    postgres: dict[str, list[float]] = field(default_factory=dict)
    wall: dict[str, list[float]] = field(default_factory=dict)

    def push(self) -> None:
        """Let every phone send a round of new records at once."""
        sent = [bodies(scope, self.next_n, BATCHES) for _, scope in self.phones]
        self.next_n += BATCHES * BATCH
        work = [_pushing(link, batches) for (link, _), batches in zip(self.phones, sent, strict=True)]
        self._measure("push", work, PHONES * BATCHES * BATCH)

    def pull(self) -> None:
        """Let every phone read its section from the beginning at once."""
        self._measure("pull", [link.pull for link, _ in self.phones], PHONES * (self.next_n - 1))

    def single(self) -> None:
        """Let every phone send one op at a time, all at once."""
        sent = [bodies(scope, self.next_n, SINGLES, batch=1) for _, scope in self.phones]
        self.next_n += SINGLES
        work = [_pushing(link, batches) for (link, _), batches in zip(self.phones, sent, strict=True)]
        self._measure("single", work, PHONES * SINGLES)

    def _measure(self, what: str, work: list[Callable[[], None]], records: int) -> None:
        api, database, began = self._api(), cpu_seconds(self.database), time.perf_counter()
        with ThreadPoolExecutor(PHONES) as threads:
            for done in [threads.submit(one) for one in work]:
                done.result()
        self.wall.setdefault(what, []).append((time.perf_counter() - began) / records)
        self.api.setdefault(what, []).append((self._api() - api) / records)
        self.postgres.setdefault(what, []).append((cpu_seconds(self.database) - database) / records)

    def _api(self) -> float:
        return sum(api.cpu_seconds() for api in self.apis)


def measure() -> Iterable[Table]:
    """Measure each number of processes over a cluster and a database of its own."""
    note = (
        f"{PHONES} phones at once, each in a section of its own, {BATCHES} exchanges of {BATCH} new records a round, "
        f"median of {ROUNDS} rounds (lowest–highest); pull reads them back. /API-s: records per CPU-second of the API "
        "processes together; /PG-s: per CPU-second of PostgreSQL; /s: by the wall, with phones, API and PostgreSQL on "
        "the same processors. One op: CPU of an exchange "
        "that carries a single one. The cluster runs without fsync. Peak memory is that of the largest API process."
    )
    heads = [f"{what} {unit}" for what in ("push", "pull") for unit in ("/API-s", "/PG-s", "/s")]
    table = Table(("API processes", *heads, "one op: API", "one op: PG", "peak memory"), note=note)
    for count in PROCESSES:
        with ExitStack() as stack:
            farm = _farm(stack, count)
            for step in (Farm.push, Farm.pull, Farm.single):
                for _ in range(ROUNDS):
                    step(farm)
            figures = [
                rate(of[what]) if of is farm.api else rate(of[what]).split()[0]
                for what in ("push", "pull")
                for of in (farm.api, farm.postgres, farm.wall)
            ]
            single = [f"{statistics.median(of['single']) * 1000:.2f} ms" for of in (farm.api, farm.postgres)]
            table.add(count, *figures, *single, f"{max(api.peak_mib() for api in farm.apis)} MiB")
    yield table


def _farm(stack: ExitStack, count: int) -> Farm:
    folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
    before = children()
    cluster = stack.enter_context(postgres.cluster())
    database = next(iter(children() - before))
    url = cluster.url(cluster.create())
    administrator(folder, url)
    apis = [stack.enter_context(plumbline(folder / str(number), database_url=url)) for number in range(count)]
    site = Site(apis[0].url, PHONES)
    phones = [
        (stack.enter_context(Link(apis[number % count].url, plumbline_cursor, site.phone(scope))), scope)
        for number, scope in enumerate(site.scopes)
    ]
    return Farm(apis, phones, database)


def _pushing(link: Link, batches: list[Ops]) -> Callable[[], None]:
    return lambda: link.push(batches)


def children() -> set[int]:
    """Return the processes that this one has started."""
    mine = Path(f"/proc/{os.getpid()}/task").glob("*/children")
    return {int(pid) for listed in mine for pid in listed.read_text("ascii").split()}

"""What does "the last 100 changes" cost when 10 thousand records are stored, and what when a million are?

The records are put into the real tables in bulk, with the checksum of the scope as it would be; then two servers run
side by side and take turns.
"""

import hashlib
import sqlite3
import statistics
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any

import httpx
import msgspec

from mobile_contract.sync import Cursor
from mobile_contract.values import canonical
from server.kernel.clock import new_id
from sync import checksum
from tests.bench.link import Link, cpu_of, milliseconds, plumbline_cursor
from tests.bench.meter import Served
from tests.bench.plumbline import BATCH, Site, administrator, bodies, plumbline
from tests.bench.table import Table

SIZES = (10_000, 1_000_000)
ROUNDS = 5
EXCHANGES = 40
LAST = 100
CHUNK = 20_000


@dataclass
class Deep:
    """A server with a scope of ``size`` records, and CPU-milliseconds and wall milliseconds of what was asked of it."""

    size: int
    served: Served
    link: Link
    token: str
    scope: str
    behind: Cursor
    pulls: list[float] = field(default_factory=list)
    waits: list[float] = field(default_factory=list)
    pushes: list[float] = field(default_factory=list)
    next_n: int = 1

    def last(self) -> None:
        """Ask for the last changes, as often as makes a round."""
        before = self.served.cpu_seconds()
        self.waits += [milliseconds(partial(self.link.pull, self.behind)) for _ in range(EXCHANGES)]
        self.pulls.append((self.served.cpu_seconds() - before) * 1000 / EXCHANGES)

    def push(self) -> None:
        """Send a batch of new records, ten times; each brings itself back."""
        sent = bodies(self.scope, self.next_n, 10)
        self.next_n += 10 * BATCH
        self.pushes.append(cpu_of(self.served, partial(self.link.push, sent)) * 1000 / 10)


def measure() -> Iterable[Table]:
    """Compare the sizes; ask the larger one for the sums of its buckets too."""
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        race = [_deep(stack, Path(folder) / str(size), size) for size in SIZES]
        steps: tuple[Callable[[Deep], None], ...] = (Deep.last, Deep.push)
        for step in steps:
            for _ in range(ROUNDS):
                for one in race:
                    step(one)
        yield _table(race)
        yield _buckets(race)


def _deep(stack: ExitStack, folder: Path, size: int) -> Deep:
    administrator(folder)
    served = stack.enter_context(plumbline(folder))
    site = Site(served.url)
    scope = site.scopes[0]
    token = site.phone(scope)
    fill(folder / "data" / "plumbline.db", scope, size)
    link = stack.enter_context(Link(served.url, plumbline_cursor, token))
    link.pull(Cursor(seqs={scope: size}))
    behind = msgspec.structs.replace(link.cursor, seqs={**link.cursor.seqs, scope: size - LAST})
    return Deep(size, served, link, token, scope, behind)


def fill(database: Path, scope: str, size: int) -> None:
    """Put ``size`` reports into a scope that is still empty, as its phones would have left them."""
    ops = msgspec.json.decode(bodies(scope, 1, 1, 1)[0][0])
    text = canonical(ops["values"] | {"fields": ops["values"]["fields"] | {"amount_figures": 111_111}}).decode()
    head, tail = text.split("111111")
    total = 0

    def rows() -> Iterator[tuple[Any, ...]]:
        nonlocal total
        for seq in range(1, size + 1):
            key, values = new_id(), f"{head}{seq}{tail}"
            digest = hashlib.sha256(values.encode()).hexdigest()
            total = checksum.add(total, checksum.term(key, 1, digest))
            yield key, scope, seq, "report", 1, digest, False, values, '{"receivedAt":"2026-11-18T00:00:00.000Z"}'

    db = sqlite3.connect(database, isolation_level=None, timeout=60)
    for pragma in ("synchronous=OFF", "cache_size=-200000"):
        db.execute(f"PRAGMA {pragma}")
    columns = 'id, scope, seq, kind, rev, digest, deleted, "values", server'
    made = rows()
    while chunk := list(islice(made, CHUNK)):  # the server has one writer too, and wants its turn
        db.execute("BEGIN IMMEDIATE")
        db.executemany(f"INSERT INTO records ({columns}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", chunk)  # noqa: S608 - constant
        db.execute("COMMIT")
    db.execute("BEGIN IMMEDIATE")
    db.execute("INSERT OR IGNORE INTO streams (stream) VALUES (?)", (scope,))
    db.execute(
        "UPDATE streams SET seq = ?, live = ?, sum = ? WHERE stream = ?",
        (size, size, checksum.written(total), scope),
    )
    db.execute("COMMIT")
    db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    db.close()


def _table(race: list[Deep]) -> Table:
    note = (
        f"A phone that is {LAST} changes behind in a scope of so many records, uncompressed: server CPU per exchange, "
        f"median of {ROUNDS} rounds of {EXCHANGES} exchanges in turn, and by the wall. Then {BATCH} new records, which "
        "come back in the answer: server CPU per exchange."
    )
    table = Table(("stored records", f"last {LAST}: CPU", "wall p50", "wall p99", f"push {BATCH}: CPU"), note=note)
    for one in race:
        table.add(
            f"{one.size:,}",
            f"{statistics.median(one.pulls):.2f} ms",
            f"{statistics.median(one.waits):.1f} ms",
            f"{statistics.quantiles(one.waits, n=100)[98]:.1f} ms",
            f"{statistics.median(one.pushes):.1f} ms",
        )
    small, large = race[0], race[-1]
    ratios = [
        statistics.median(b / a for a, b in zip(first, second, strict=True))
        for first, second in ((small.pulls, large.pulls), (small.pushes, large.pushes))
    ]
    wall = statistics.median(large.waits) / statistics.median(small.waits)
    table.add("ratio", f"{ratios[0]:.2f}", f"{wall:.2f}", "", f"{ratios[1]:.2f}")
    table.add("aim", "≤ 1.30", "", "", "")
    return table


def _buckets(race: list[Deep]) -> Table:
    note = (
        "`POST /v1/sync/buckets`, which a phone asks only when its checksum does not match: once for the sums "
        "of all 256 buckets, then for the records of those that differ."
    )
    table = Table(("stored records", "sums of all buckets: CPU", "wall", "one bucket: CPU", "peak memory"), note=note)
    for one in race:
        headers = {"Authorization": f"Bearer {one.token}"}
        with httpx.Client(base_url=one.served.url, timeout=120, headers=headers) as client:
            cpu, wall = [], []
            for asked in ({"scope": one.scope}, {"scope": one.scope, "buckets": ["a7"]}):
                before = one.served.cpu_seconds()
                wall.append(milliseconds(partial(client.post, "/v1/sync/buckets", json=asked)))
                cpu.append((one.served.cpu_seconds() - before) * 1000)
        peak = f"{one.served.peak_mib()} MiB"
        table.add(f"{one.size:,}", f"{cpu[0]:,.0f} ms", f"{wall[0]:,.0f} ms", f"{cpu[1]:,.0f} ms", peak)
    return table

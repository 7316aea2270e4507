"""What of a push goes into receipt, journal, projection and the rest.

The service runs in this process, without HTTP, on a SQLite file. Every function of ``PARTS`` is timed by the CPU clock
of its thread; what another part takes that is called from it counts only there. Receipt and journal row are one row of
one table, so the row's insert is the journal's, and the receipt's own share is looking it up and encoding it.
"""

import asyncio
import functools
import tempfile
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from importlib import import_module
from typing import Any

from mobile_contract.sync import Cursor, SyncRequest
from server.app import Program
from server.kernel.clock import new_id
from server.kernel.settings import Settings
from server.replication.model import Actor
from tests.bench.link import plumbline_cursor
from tests.bench.plumbline import BATCH, CLOCK, Ops, bodies
from tests.bench.table import Table

BATCHES = 60
WARM = 5

#: What is timed: the part it counts for, its module, and its name there.
PARTS: tuple[tuple[str, str, str], ...] = (
    ("decode and hash the ops", "sync.ops", "decode"),
    ("lock the scopes", "server.kernel.journal", "Journal.lock"),
    ("receipt: look up", "server.replication.store", "receipts_of"),
    ("receipt: look up", "server.replication.store", "numbers_of"),
    ("receipt: look up", "server.replication.store", "last_n"),
    ("receipt: encode", "server.replication.writing", "_received"),
    ("receipt: the replica's last number", "server.replication.store", "remember_replica"),
    ("journal: row and leaf hash", "server.kernel.journal", "Book.write"),
    ("journal: insert, move the stream", "server.kernel.journal", "Book.close"),
    ("projection of the kind", "server.reports.kinds", "Projections.report"),
    ("records: read what is there", "server.replication.store", "Records._load"),
    ("records: shape and natural key", "server.replication.writing", "checked"),
    ("records: plan, compute, digest", "server.replication.writing", "plan_push"),
    ("records: encode and write", "server.replication.store", "save"),
    ("the page of changes in the answer", "server.replication.reading", "FeedReader.page"),
)
REST = "transaction, commit, threads, the rest"


class Clocks:
    """Exclusive CPU-seconds by part, whatever the thread."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = defaultdict(float)
        self._inner = threading.local()

    def around(self, part: str, work: Callable[..., Any]) -> Callable[..., Any]:
        """Time a function: what is timed within it is taken out of its own time."""

        @functools.wraps(work)
        def timed(*args: Any, **named: Any) -> Any:
            within: list[float] = self._inner.__dict__.setdefault("within", [])
            within.append(0.0)
            began = time.thread_time()
            try:
                return work(*args, **named)
            finally:
                took = time.thread_time() - began
                self.seconds[part] += took - within.pop()
                if within:
                    within[-1] += took

        return timed


def measure() -> Iterable[Table]:
    """Push with the clocks on, and once without, to see what the clocks take."""
    plain, _ = _run(None)
    clocks = Clocks()
    with _timing(clocks):
        total, seconds = _run(clocks)
    note = (
        f"CPU microseconds per op over {BATCHES} exchanges of {BATCH} new 1 KiB records, in one process without HTTP; "
        f"without the clocks it takes {plain * 1e6:.1f} µs."
    )
    table = Table(("what a push does", "µs per op", "share"), note=note)
    for part in dict.fromkeys(part for part, _, _ in PARTS):
        table.add(part, f"{seconds[part] * 1e6:.1f}", f"{seconds[part] / total:.0%}")
    rest = total - sum(seconds.values())
    table.add(REST, f"{rest * 1e6:.1f}", f"{rest / total:.0%}")
    table.add("all", f"{total * 1e6:.1f}", "100%")
    yield table


@contextmanager
def _timing(clocks: Clocks) -> Iterator[None]:
    kept = []
    for part, module, name in PARTS:
        *classes, last = name.split(".")
        owner: Any = functools.reduce(getattr, classes, import_module(module))
        kept.append((owner, last, getattr(owner, last)))
        setattr(owner, last, clocks.around(part, getattr(owner, last)))
    try:
        yield
    finally:
        for owner, last, work in kept:
            setattr(owner, last, work)


def _run(clocks: Clocks | None) -> tuple[float, dict[str, float]]:
    """Return CPU-seconds per op: all, and by part."""
    with tempfile.TemporaryDirectory() as folder:
        scope, actor = _stage()
        sent = bodies(scope, 1, WARM + BATCHES)
        return asyncio.run(_push(Program(Settings(data_dir=folder)), actor, sent, clocks))


def _stage() -> tuple[str, Actor]:
    scope = f"section:{new_id()}"
    return scope, Actor(person=new_id(), replica=new_id(), roles={scope: frozenset({"contractor"})})


async def _push(
    program: Program, actor: Actor, sent: list[Ops], clocks: Clocks | None
) -> tuple[float, dict[str, float]]:
    await program.start()
    cursor = Cursor()
    began = time.process_time()
    for number, ops in enumerate(sent):
        if number == WARM:
            began = time.process_time()
            if clocks is not None:
                clocks.seconds.clear()
        body = await program.replication.exchange(actor, SyncRequest(clock=CLOCK, cursor=cursor, ops=ops))
        cursor = plumbline_cursor(body)[0]
    took = time.process_time() - began
    count = BATCHES * BATCH
    await program.close()
    return took / count, {part: spent / count for part, spent in (clocks.seconds if clocks else {}).items()}

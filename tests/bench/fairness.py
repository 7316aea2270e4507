"""What one person's flood does to another's requests and jobs, with the bounds of one person and without them.

Two servers, one with the defaults and one whose bounds are too high to be felt, take turns: quiet, then flooded. The
flood runs in a process of its own and ends by itself.
"""

import asyncio
import base64
import hashlib
import multiprocessing
import os
import statistics
import tempfile
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from pathlib import Path

import httpx
import msgspec
import sqlalchemy as sa

from mobile_contract.ids import section_scope
from mobile_contract.sync import Create
from server import schema
from server.jobs import Jobs
from server.jobs.tables import jobs
from server.kernel.clock import SystemClock, new_id
from server.kernel.database import Database
from server.kernel.settings import Settings
from tests.bench.meter import Served
from tests.bench.plumbline import CLOCK, Site, administrator, plumbline
from tests.bench.table import Table

ROUNDS = 60
FLOOD_SECONDS = 45
SLOW_UPLOADS, REPORTS, REPORT_BYTES, PARKED = 64, 20, 200_000, 200
WAITING = 100_000
_TUS = {"Tus-Resumable": "1.0.0"}
_BYTES = _TUS | {"Content-Type": "application/offset+octet-stream"}
#: As if there were none.
UNBOUNDED = {"uploads_at_once": "64", "push_bytes": str(1 << 40), "parked_ops_per_person": str(1 << 40)}
UNBOUNDED["parked_bytes_per_person"] = str(1 << 40)


def measure() -> Iterable[Table]:
    """Flood a server without the bounds and one with them."""
    yield _requests()
    yield asyncio.run(_queue())


def _requests() -> Table:
    note = (
        f"Milliseconds of one person's requests, one after the other, {ROUNDS} rounds: p50 / p99, and how many times "
        f"the quiet ones. The flood of another: {SLOW_UPLOADS} slow uploads, {REPORTS} reports of "
        f"{REPORT_BYTES // 1000} kB in an exchange, {PARKED} ops in an exchange that are parked, over and over."
    )
    table = Table(("request, server", "quiet", "flooded", "p50 ×", "p99 ×", "refused"), note=note)
    with ExitStack() as stack:
        sides = []
        for name, settings in (("without bounds", UNBOUNDED), ("with bounds", {})):
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
            administrator(folder)
            served = stack.enter_context(plumbline(folder, embedded_worker="false", **settings))
            sides.append((name, Person(served)))
        for _, person in sides:
            person.rounds(10)  # to warm up
        quiet = {name: person.rounds(ROUNDS) for name, person in sides}
        for name, person in sides:
            with_flood = person.flooded()
            for what in ("exchange", "upload"):
                before, after = quiet[name][what], with_flood[what]
                ratios = [f"{_at(after, share) / _at(before, share):.1f}" for share in (50, 99)]
                refused = with_flood["refused " + what]
                table.add(f"{what}, {name}", _both(before), _both(after), *ratios, len(refused))
    return table


class Person:
    """Somebody who reports and uploads, and somebody else who floods."""

    def __init__(self, served: Served) -> None:
        self._url = served.url
        site = Site(served.url, sections=2)
        self._scope, self._other = site.scopes
        self._token, self._flooder = site.phone(self._scope), site.phone(self._other)
        self._http = httpx.Client(base_url=served.url, headers={"Authorization": f"Bearer {self._token}"}, timeout=60)
        self._n = 0

    def rounds(self, many: int) -> dict[str, list[float]]:
        """Return milliseconds by request."""
        took: dict[str, list[float]] = {"exchange": [], "upload": [], "refused exchange": [], "refused upload": []}
        for _ in range(many):
            for what, ask in (("exchange", self._exchange), ("upload", self._upload)):
                began = time.perf_counter()
                answer = ask()
                took[what].append((time.perf_counter() - began) * 1000)
                if answer.status_code >= 400:
                    took["refused " + what].append(answer.status_code)
        return took

    def flooded(self) -> dict[str, list[float]]:
        """Return the same, while the other floods."""
        spawn = multiprocessing.get_context("spawn")
        flood = spawn.Process(target=_flood, args=(self._url, self._flooder, self._other), daemon=True)
        flood.start()
        time.sleep(8)  # until it is in full flow
        try:
            return self.rounds(ROUNDS)
        finally:
            flood.terminate()
            flood.join()

    def _exchange(self) -> httpx.Response:
        self._n += 1
        return self._http.post("/v1/sync", content=_push(self._scope, self._n, 1, 500))

    def _upload(self) -> httpx.Response:
        data = os.urandom(16_384)
        return self._http.post("/v1/uploads", headers=_BYTES | _named(data), content=data)


def _flood(url: str, token: str, scope: str) -> None:
    ends = time.monotonic() + FLOOD_SECONDS
    http = httpx.Client(
        base_url=url,
        headers={"Authorization": f"Bearer {token}"},
        timeout=60,
        limits=httpx.Limits(max_connections=SLOW_UPLOADS + 8),
    )
    counters = iter(range(1, 1_000_000_000, 1000))
    lock = threading.Lock()

    def push(where: str, many: int, size: int) -> None:
        with lock:
            first = next(counters)
        http.post("/v1/sync", content=_push(where, first, many, size))

    def upload() -> None:
        data = os.urandom(65_536)

        def slowly() -> Iterator[bytes]:
            for byte in range(len(data)):
                if time.monotonic() > ends:
                    return
                yield data[byte : byte + 1]
                time.sleep(0.5)

        begun = http.post("/v1/uploads", headers=_TUS | _named(data))
        if begun.status_code == 201:
            http.patch(begun.headers["Location"], headers=_BYTES | {"Upload-Offset": "0"}, content=slowly())
        time.sleep(1)

    elsewhere = section_scope(new_id())
    work: list[Callable[[], None]] = [lambda: push(scope, REPORTS, REPORT_BYTES), lambda: push(elsewhere, PARKED, 500)]
    threads = [threading.Thread(target=_repeat, args=(one, ends)) for one in [*work, *[upload] * SLOW_UPLOADS]]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def _repeat(work: Callable[[], None], ends: float) -> None:
    while time.monotonic() < ends:
        try:
            work()
        except httpx.HTTPError:
            time.sleep(0.5)


def _push(scope: str, first: int, many: int, size: int) -> bytes:
    fields = {"project_name": "x" * size, "contract_amount": 1}
    values = {"form": "payment_application", "formVersion": 1, "fields": fields}
    ops = [
        Create(op_id=new_id(), n=first + at, scope=scope, kind="report", id=new_id(), at=CLOCK, values=values)
        for at in range(many)
    ]
    return msgspec.json.encode({"clock": CLOCK, "ops": ops, "cursor": {"epoch": "", "seqs": {}}})


def _named(data: bytes) -> dict[str, str]:
    digest = base64.b64encode(hashlib.sha256(data).hexdigest().encode()).decode()
    return {"Upload-Length": str(len(data)), "Upload-Metadata": f"sha256 {digest}"}


async def _queue() -> Table:
    """Say how many jobs are served before that of another, and what a claim costs, with many of one person waiting."""
    table = Table(
        ("one job of another behind", "jobs served before it, by time", "in turn", "CPU ms of a claim"),
        note="The queue of the jobs alone, on SQLite. By time is the order that jobs had before they had turns.",
    )
    for waiting in (100, WAITING):
        with tempfile.TemporaryDirectory() as folder:
            db = Database(f"sqlite+aiosqlite:///{folder}/queue.db")
            await db.write(schema.upgrade)
            queue = Jobs(db, Settings(), SystemClock())

            def flood(tx: sa.Connection, queue: Jobs = queue, waiting: int = waiting) -> None:
                for _ in range(waiting):
                    queue.add(tx, "work", {}, person="flood")

            await db.write(flood)
            await db.write(lambda tx, queue=queue: queue.add(tx, "work", {}, person="other"))  # type: ignore[misc]
            mine = sa.select(jobs.c.run_at).where(jobs.c.person == "other").scalar_subquery()
            earlier = sa.select(sa.func.count()).where(jobs.c.person == "flood", jobs.c.run_at <= mine)
            by_time = await db.read(lambda tx, earlier=earlier: tx.scalar(earlier))  # type: ignore[misc]
            before, began = 0, time.process_time()
            while (await queue.claim(["work"], 1))[0].person != "other":
                before += 1
            cost = (time.process_time() - began) / (before + 1) * 1000
            await db.close()
            table.add(f"{waiting:,} of one person", f"{by_time:,}", before, f"{cost:.2f}")
    return table


def _at(took: list[float], share: int) -> float:
    return statistics.quantiles(took, n=100, method="inclusive")[share - 1]


def _both(took: list[float]) -> str:
    return f"{_at(took, 50):.0f} / {_at(took, 99):.0f}"

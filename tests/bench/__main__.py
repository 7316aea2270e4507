"""``make bench``: push and pull in records per CPU-second of the server's process tree, beside the floor."""

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import httpx
import msgspec

from mobile_contract.ids import section_scope
from mobile_contract.sync import Create, Cursor, SyncRequest
from server.demo.desk import Desk
from server.fieldphone import enrol
from server.kernel.clock import new_id
from tests.bench.meter import Served, free_port, serving

ROUNDS = 3
BATCHES = 40
BATCH = 100
CLOCK = "2026-11-18T08:00:00+08:00"
Ops = tuple[msgspec.Raw, ...]
SENTENCE = "沟槽开挖、DN800 管道安装、回填与压实 "


def bodies(scope: str, first_n: int, batches: int = BATCHES, batch: int = BATCH) -> list[Ops]:
    """Encode batches of new payment applications of about 1 KiB each, in ten fields; one of the form is computed."""
    names = ("number", "project_name", "project_code", "contractor", "contractor_usci", "amount_words", "opinion")
    fields = dict.fromkeys(names, SENTENCE + "x" * 24) | {"contract_amount": 1_268_000_000}
    out = []
    for start in range(batches):
        ops = [
            Create(
                op_id=new_id(),
                n=first_n + start * batch + index,
                scope=scope,
                kind="report",
                id=new_id(),
                at=CLOCK,
                values={
                    "form": "payment_application",
                    "formVersion": 1,
                    "fields": {**fields, "amount_figures": index},
                },
            )
            for index in range(batch)
        ]
        out.append(tuple(msgspec.Raw(msgspec.json.encode(op)) for op in ops))
    return out


def per_cpu_second(served: Served, records: int, work: Callable[[], None]) -> float:
    """Run ``work`` and give records per CPU-second of the server's tree."""
    before = served.cpu_seconds()
    work()
    return records / max(served.cpu_seconds() - before, 0.01)


class Link:
    """A phone's side of the exchange: it sends what it is given and remembers the cursor, as a phone does."""

    def __init__(self, client: httpx.Client, read: Callable[[bytes], tuple[Cursor, bool]]) -> None:
        self._client = client
        self._read = read
        self.cursor = Cursor()

    def push(self, batches: list[Ops]) -> None:
        """Send batches; what they changed comes back with each answer."""
        for ops in batches:
            self._exchange(ops)

    def pull(self) -> None:
        """Read everything from the beginning."""
        self.cursor, more = Cursor(), True
        while more:
            more = self._exchange(())

    def _exchange(self, ops: Ops) -> bool:
        body = msgspec.json.encode(SyncRequest(clock=CLOCK, cursor=self.cursor, ops=ops))
        answer = self._client.post("/v1/sync", content=body)
        answer.raise_for_status()
        self.cursor, more = self._read(answer.content)
        return more


class _Floor(msgspec.Struct):
    last: int
    changes: list[msgspec.Raw] = []


def floor_cursor(body: bytes) -> tuple[Cursor, bool]:
    answer = msgspec.json.decode(body, type=_Floor)
    return Cursor(seqs={"floor": answer.last}), bool(answer.changes)


class _Page(msgspec.Struct, rename="camel"):
    cursor: Cursor
    more: bool = False


def plumbline_cursor(body: bytes) -> tuple[Cursor, bool]:
    page = msgspec.json.decode(body, type=_Page)
    return page.cursor, page.more


def stage(served: Served, password: str) -> tuple[str, str]:
    """Make a project, a section and an enrolled phone: the scope and the phone's token."""
    admin = Desk(served.url, "admin", password)
    project = admin.call(
        "POST", "/v1/projects", {"code": "2603-320104-04-01-482176", "name": "bench", "lat": 0, "lon": 0}
    )["id"]
    section = admin.call("POST", f"/v1/projects/{project}/sections", {"code": "1", "name": "1", "contractor": "x"})
    scope = section_scope(section["id"])
    admin.call("PUT", f"/v1/persons/{admin.person}/grants/contractor/{scope}")
    token = enrol(served.url, admin.call("POST", "/v1/enrolments", {})["code"], "bench")
    return scope, token


def measure(name: str, link: Link, served: Served, scope: str) -> dict[str, float]:
    """Measure one server; each figure is the median of several rounds."""
    pushes: list[float] = []
    n = 1
    for _ in range(ROUNDS):
        batches = bodies(scope, n)
        n += BATCHES * BATCH
        pushes.append(per_cpu_second(served, BATCHES * BATCH, partial(link.push, batches)))
    pulls = [per_cpu_second(served, n - 1, link.pull) for _ in range(ROUNDS)]
    singles = []
    for body in bodies(scope, n, batches=200, batch=1):
        began = time.perf_counter()
        link.push([body])
        singles.append((time.perf_counter() - began) * 1000)
    found = {
        "push": statistics.median(pushes),
        "pull": statistics.median(pulls),
        "p50": statistics.median(singles),
        "p99": statistics.quantiles(singles, n=100)[98],
        "peak": served.peak_mib(),
    }
    print(
        f"{name:<12} push {found['push']:>9,.0f}/CPU-s   pull {found['pull']:>9,.0f}/CPU-s   "
        f"single op p50 {found['p50']:5.1f} ms  p99 {found['p99']:5.1f} ms   peak {found['peak']} MiB",
        flush=True,
    )
    return found


def main() -> None:
    sample = sum(len(bytes(raw)) for raw in bodies("section:x", 1, 1)[0]) // BATCH
    print(f"{ROUNDS} rounds of {BATCHES} exchanges of {BATCH} new records, {sample} bytes an op, on SQLite")
    with tempfile.TemporaryDirectory() as folder:
        port = free_port()
        with (
            serving(["-m", "tests.bench.floor", f"{folder}/floor.db", str(port)], port, {}, "/") as served,
            httpx.Client(base_url=served.url, timeout=60) as client,
        ):
            floor = measure("floor", Link(client, floor_cursor), served, "section:x")
        found = plumbline(Path(folder))
    print(
        f"{'ratio':<12} push {found['push'] / floor['push']:>9.2f}         pull {found['pull'] / floor['pull']:>9.2f}"
    )


def plumbline(folder: Path) -> dict[str, float]:
    port, password = free_port(), f"{new_id()}aA1!"
    environment = {
        "PLUMBLINE_DATA_DIR": str(folder / "data"),
        "PLUMBLINE_PORT": str(port),
        "PLUMBLINE_LOG_LEVEL": "warning",
    }
    subprocess.run(
        [sys.executable, "-m", "server", "user", "admin", "bench"],
        env={**os.environ, **environment},
        input=password.encode(),
        check=True,
        stdout=subprocess.DEVNULL,
    )
    with serving(["-m", "server", "serve"], port, environment, "/health") as served:
        scope, token = stage(served, password)
        with httpx.Client(
            base_url=served.url, timeout=60, headers={"Authorization": f"Bearer {token}", "Accept-Encoding": "identity"}
        ) as client:
            return measure("plumbline", Link(client, plumbline_cursor), served, scope)


if __name__ == "__main__":
    main()

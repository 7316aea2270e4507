"""What does a page of each list of the desk cost over a million rows, on both engines?

The rows are put into the real tables in bulk. A list is one row of ``LISTS``, what it reads is one row of ``FILLS``.
"""

import asyncio
import statistics
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import date
from itertools import islice
from pathlib import Path
from typing import Any, Final

import httpx
import sqlalchemy as sa

from server.demo.desk import Desk
from server.kernel.clock import new_id
from server.kernel.database import Database, insert_rows
from server.replication.tables import conflicts
from server.reports.tables import reports
from server.scans.tables import scan_groups, scan_queue
from tests.bench.meter import Served, cpu_seconds
from tests.bench.plumbline import PASSWORD, Site, administrator, plumbline
from tests.bench.postgres import children
from tests.bench.table import Table
from tests.support import postgres

SIZE: Final = 1_000_000
SECTIONS: Final = 40
ROUNDS: Final = 15
AIM: Final = "≤ 150 ms"
CHUNK: Final = 20_000


@dataclass(frozen=True, slots=True)
class Asked:
    """One list as a page asks for it."""

    about: str
    path: str
    method: str = "GET"


#: Every list of the desk.
LISTS: Final = (
    Asked("the queue, the longest wait first", "/v1/scans/queue"),
    Asked("the queue, the lowest confidence first", "/v1/scans/queue?order=confidence"),
    Asked("of the queue what failed and is free", "/v1/scans/queue?state=failed&free=true"),
    Asked("of the queue one form in one section", "/v1/scans/queue?form=form_2&scope={scope}"),
    Asked("of the queue a page far behind", "/v1/scans/queue?after=2026-11-15T00:00:00.000Z~0"),
    Asked("claiming the next of the queue", "/v1/scans/queue/next", "POST"),
    Asked("reports, the newest first", "/v1/reports/rows?limit=100"),
    Asked("reports that wait for review, the oldest first", "/v1/reports/rows?limit=100&state=waiting&newest=false"),
    Asked("reports of a form that were returned", "/v1/reports/rows?limit=100&form=form_2&state=returned"),
    Asked("reports of one person", "/v1/reports/rows?limit=100&author={person}&state=approved"),
    Asked("reports that people disagree on, approved", "/v1/reports/rows?limit=100&conflicts=true&state=approved"),
    Asked("reports, a page far behind", "/v1/reports/rows?limit=100&after=2024-02-03~0"),
    Asked("reports counted", "/v1/reports/counts"),
    Asked("reports of a form counted, since a day", "/v1/reports/counts?form=form_1&since=2026-10-01"),
    Asked("the calendar of a month", "/v1/reports/calendar?month=2026-11"),
    Asked("open conflicts", "/v1/conflicts?limit=100"),
)
PEOPLE: Final = 400


def queued(scopes: Sequence[str]) -> Iterator[dict[str, Any]]:
    """Yield scans that wait, in all scopes, states and forms alike."""
    states = ("read", "formUnknown", "failed", "paired", "reading")
    for number in range(SIZE):
        state = states[number // 7 % len(states)]
        clock = f"{number % 24:02}:{number % 60:02}:{number // 60 % 60:02}"
        known = state in ("read", "paired")
        yield {
            "scan": new_id(),
            "scope": scopes[number % len(scopes)],
            "state": state,
            "form": f"form_{number % 4}" if known else "",
            "form_version": 1 if known else None,
            "extraction": new_id() if known else None,
            "pages": 1,
            "received_at": f"2026-11-{1 + number % 28:02}T{clock}.000Z",
            "confidence": number * 7919 % 1001 if known else 1001,
            "to_look": number % 20,
            "problem": "paper.worker_stopped" if state == "failed" else None,
        }


def person(number: int) -> str:
    """Return the id of a person who filed reports."""
    return f"01979f3a-5c00-7a11-8b32-{number % PEOPLE:012x}"


def filed(scopes: Sequence[str]) -> Iterator[dict[str, Any]]:
    """Yield reports of four forms and three years, in all scopes and states alike; one in 500 bears each mark."""
    states = ("waiting", "approved", "approved", "approved", "returned", "reviewed")
    first = date(2024, 1, 1).toordinal()
    for number in range(SIZE):
        day = date.fromordinal(first + number // len(scopes) * 1060 // (SIZE // len(scopes))).isoformat()
        marks = {name: number % 500 == place for place, name in enumerate(("is_late", "is_disputed", "is_flagged"))}
        yield {
            "id": new_id(),
            "scope": scopes[number % len(scopes)],
            "form": "daily_log" if number % 5 == 0 else f"form_{number % 4}",
            "form_version": 1,
            "number": None,
            "business_date": day,
            "person": None,
            "author": person(number),
            "received_at": f"{day}T09:00:00.000Z",
            "deleted": False,
            "day": day,
            "state": states[number // 7 % len(states)],
            "signature": "amending" if number % 500 == 9 else "signed" if number % 3 else "none",
            "late": 60 if marks["is_late"] else None,
            "conflicts": int(marks["is_disputed"]),
            "flags": int(marks["is_flagged"]),
            **marks,
            "rev": 1,
            "digest": "0" * 64,
            "changed_at": f"{day}T09:00:00.000Z",
        }


def disputed(scopes: Sequence[str]) -> Iterator[dict[str, Any]]:
    """Yield conflicts, one in ten of them open."""
    for number in range(SIZE // 10):
        yield {
            "id": new_id(),
            "scope": scopes[number % len(scopes)],
            "record": new_id(),
            "kind": "report",
            "state": "open" if number // 7 % 10 == 0 else "resolved",
            "at": f"2026-11-{1 + number % 28:02}T09:00:00.000Z",
        }


def counted(tx: sa.Connection) -> None:
    """Count the queue by group, as its writers do."""
    group = [scan_queue.c[name] for name in ("scope", "state", "form")]
    query = sa.select(*group, sa.func.count()).group_by(*group)
    tx.execute(sa.insert(scan_groups).from_select(["scope", "state", "form", "scans"], query))


#: Tables, what fills them, and what is done in the end.
FILLS: Final[tuple[tuple[sa.Table, Callable[[Sequence[str]], Iterator[dict[str, Any]]], Any], ...]] = (
    (scan_queue, queued, counted),
    (reports, filed, lambda _: None),
    (conflicts, disputed, lambda _: None),
)


def measure() -> Iterable[Table]:
    """Ask for each list on SQLite and on PostgreSQL."""
    table = Table(
        ("list", "SQLite: CPU", "PostgreSQL: CPU of both", "aim"),
        note=f"{SIZE:,} rows in {SECTIONS} sections, three quarters of them the clerk's. Pages of 100: CPU per "
        f"request (of the server and of PostgreSQL), median of {ROUNDS}, the first left out.",
    )
    figures = [dict(_of(engine)) for engine in ("sqlite", "postgresql")]
    for asked in LISTS:
        table.add(asked.about, *(f"{found[asked.about]:.0f} ms" for found in figures), AIM)
    grown = [f"{found['memory']:.0f} MiB" for found in figures]
    table.add("memory that the server gained meanwhile", *grown, "")
    yield table


def _of(engine: str) -> Iterator[tuple[str, float]]:
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        url, pids = f"sqlite+aiosqlite:///{folder}/data/plumbline.db", list[int]()
        if engine == "postgresql":
            before = children()
            cluster = stack.enter_context(postgres.cluster())
            pids = sorted(children() - before)
            url = cluster.url(cluster.create())
        administrator(folder, "" if engine == "sqlite" else url)
        served = stack.enter_context(plumbline(folder, database_url="" if engine == "sqlite" else url))
        site = Site(served.url, SECTIONS)
        http = stack.enter_context(httpx.Client(base_url=served.url, headers=_clerk(served.url, site.scopes)))
        asyncio.run(_fill(url, site.scopes))
        start = served.resident_mib()
        for asked in LISTS:
            yield asked.about, _cpu(served, pids, http, asked, site.scopes[0])
        yield "memory", served.resident_mib() - start


def _clerk(url: str, scopes: Sequence[str]) -> dict[str, str]:
    """Make a clerk of three quarters of the scopes; return the header that signs in."""
    admin = Desk(url, "admin", PASSWORD)
    person = admin.call("POST", "/v1/persons", {"name": "王丽", "login": "wangli", "password": PASSWORD})["id"]
    for scope in scopes[: len(scopes) * 3 // 4]:
        admin.call("PUT", f"/v1/persons/{person}/grants/clerk/{scope}")
    session = httpx.post(f"{url}/v1/login", json={"login": "wangli", "password": PASSWORD}).json()
    return {"Authorization": f"Bearer {session['token']}"}


async def _fill(url: str, scopes: Sequence[str]) -> None:
    database = Database(url)
    for table, rows, finish in FILLS:
        made = rows(scopes)
        while chunk := list(islice(made, CHUNK)):
            await database.write(lambda tx, table=table, chunk=chunk: insert_rows(tx, table, chunk))  # type: ignore[misc]
        await database.write(finish)
    if not database.is_sqlite:
        await database.write(lambda tx: tx.execute(sa.text("ANALYZE")))
    await database.close()


def _cpu(served: Served, pids: Sequence[int], http: httpx.Client, asked: Asked, scope: str) -> float:
    """Return the CPU of one request in milliseconds: the median of all but the first."""
    taken = []
    for _ in range(ROUNDS + 1):
        before = served.cpu_seconds() + sum(map(cpu_seconds, pids))
        answer = http.request(asked.method, asked.path.format(scope=scope, person=person(7)), timeout=600)
        answer.raise_for_status()
        taken.append((served.cpu_seconds() + sum(map(cpu_seconds, pids)) - before) * 1000)
    return statistics.median(taken[1:])

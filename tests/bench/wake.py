"""What silent wake-up connections cost: memory and CPU while nothing happens, under the default settings."""

import asyncio
import sqlite3
import tempfile
from collections.abc import Iterable
from pathlib import Path

from server.identity.credentials import fingerprint
from server.kernel.clock import new_id
from tests.bench.meter import Served
from tests.bench.plumbline import CLOCK, Site, administrator, plumbline
from tests.bench.table import Table

CONNECTIONS = 2000
SECONDS = 65  # past the first time that each listener's authority is judged anew
OPENING = 50


def measure() -> Iterable[Table]:
    """Open connections of people with one section each, and say nothing."""
    with tempfile.TemporaryDirectory() as folder:
        administrator(Path(folder))
        with plumbline(Path(folder)) as served:
            site = Site(served.url, 20)
            tokens = [new_id() for _ in range(CONNECTIONS)]
            _people(Path(folder) / "data" / "plumbline.db", site.scopes, tokens)
            yield asyncio.run(_listen(served, tokens))


def _people(database: Path, scopes: list[str], tokens: list[str]) -> None:
    """Put people, their grants and their phones' tokens into the tables: signing each in would take minutes."""
    db = sqlite3.connect(database, timeout=60)
    for number, token in enumerate(tokens):
        person, device, replica = new_id(), new_id(), new_id()
        db.execute(
            "INSERT INTO persons (id, name, login, created_at) VALUES (?, ?, ?, ?)", (person, "bench", person, CLOCK)
        )
        db.execute(
            "INSERT INTO grants (person, scope, role, granted_by, granted_at) VALUES (?, ?, 'contractor', ?, ?)",
            (person, scopes[number % len(scopes)], person, CLOCK),
        )
        db.execute(
            "INSERT INTO devices (id, person, replica, name, enrolled_at) VALUES (?, ?, ?, 'bench', ?)",
            (device, person, replica, CLOCK),
        )
        db.execute(
            "INSERT INTO tokens (fingerprint, person, replica, device, expires_at) VALUES (?, ?, ?, ?, '9999')",
            (fingerprint(token), person, replica, device),
        )
    db.commit()
    db.close()


async def _listen(served: Served, tokens: list[str]) -> Table:
    before, opening = served.resident_mib(), served.cpu_seconds()
    gate = asyncio.Semaphore(OPENING)
    links = await asyncio.gather(*(_open(served, token, gate) for token in tokens))
    opened, cpu = served.cpu_seconds() - opening, served.cpu_seconds()
    held = served.resident_mib() - before
    await asyncio.sleep(SECONDS)
    silent = (served.cpu_seconds() - cpu) / SECONDS
    for writer in links:
        writer.close()
    note = (
        f"{CONNECTIONS:,} people with a section each listen to one process for {SECONDS} s while nothing happens: "
        "heartbeats, authority judged anew, and a look every two seconds at what other processes committed."
    )
    table = Table(("wake-up connections", "figure"), note=note)
    table.add("memory of one", f"{held * 1024 / CONNECTIONS:.0f} KiB")
    table.add("CPU to open one", f"{opened * 1000 / CONNECTIONS:.2f} ms")
    table.add("CPU of 1,000 silent ones", f"{silent * 100_000 / CONNECTIONS:.1f} % of a core")
    return table


async def _open(served: Served, token: str, gate: asyncio.Semaphore) -> asyncio.StreamWriter:
    async with gate:
        host, port = served.url.removeprefix("http://").split(":")
        reader, writer = await asyncio.open_connection(host, int(port))
        writer.write(f"GET /v1/wake HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer {token}\r\n\r\n".encode())
        status = await reader.readline()
        if b" 200 " not in status:
            raise RuntimeError(f"{status!r}")
        await reader.readuntil(b"event: wake")
    return writer

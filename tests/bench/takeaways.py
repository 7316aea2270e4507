"""What a list of 100,000 reports costs as a workbook and as CSV, and what it costs to have them found by words.

The reports are put into the real tables in bulk; a program of its own then makes each file, as its worker does, and
says what its whole process took.
"""

import asyncio
import resource
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable
from pathlib import Path

import msgspec

from mobile_contract.identity import Role
from mobile_contract.ids import section_scope
from mobile_contract.projects import NewProject, NewSection
from mobile_contract.reports import ReportFilter
from mobile_contract.takeaways import NewTakeaway, TakeawayKind, TakeawayState
from server.app import Program
from server.identity import Caller, Identity
from server.insight import Follower, Search
from server.insight.searching import Asked
from server.insight.takeaways import TakeawayDesk
from server.kernel.clock import new_id
from server.kernel.settings import Settings
from tests.bench.table import Table
from tests.support import people

REPORTS = 100_000
TRADES = ("pipefitter", "labourer", "operator")
WORK = "K0+{0}~K0+{1} 沟槽开挖,DN800 管道安装 {2} m,混凝土垫层浇筑,未见裂缝"
_FIND = 50


def measure() -> Iterable[Table]:
    """Fill a database, then make each file and the index in a process of its own."""
    note = (
        f"{REPORTS:,} daily logs, half of them with 3 rows of labour, on SQLite; each line is a process of its own "
        "from its start, with everything a server loads. Peak memory is `ru_maxrss` of that process."
    )
    table = Table(("takeaway", "seconds", "CPU seconds", "file", "peak memory"), note=note)
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(_fill(Path(folder)))
        for what in ("nothing", *(kind.value for kind in TakeawayKind if kind.value in ("xlsx", "csv")), "search"):
            command = [sys.executable, "-m", "tests.bench.takeaways", folder, what]
            said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
            table.add(*msgspec.json.decode(said.splitlines()[-1]))
    table.add("aim", "", "", "", "< 286 MiB")
    yield table


def _settings(folder: Path) -> Settings:
    return Settings(data_dir=str(folder), embedded_worker=False)


async def _fill(folder: Path) -> None:
    async with Program.running(_settings(folder)) as program:
        program.house.services["identity"] = identity = Identity(
            program.db, program.journal, program.settings, program.clock, people.cheap_passwords()
        )
        admin = await people.admin(identity)
        new = NewProject(code="2603-320104-04-01-482176", name="雨污分流", lat=320_415_000, lon=1_187_674_000)
        project = await program.projects.create(admin.person, new)
        section = NewSection(code="1", name="一标段", contractor="宁筑建设")
        scope = section_scope((await program.projects.create_section(admin.person, project.id, section)).id)
        author = await people.person(identity, admin, "wangli", (Role.CLERK, scope))
        await program.worker.drain()
    with sqlite3.connect(folder / "plumbline.db") as db:
        for number in range(REPORTS):
            _put(db, number, scope, author.person)
        db.execute("INSERT OR IGNORE INTO streams (stream) VALUES (?)", (scope,))
        db.execute("UPDATE streams SET seq = ?, live = ? WHERE stream = ?", (REPORTS, REPORTS, scope))


def _put(db: sqlite3.Connection, number: int, scope: str, author: str) -> None:
    key, day = new_id(), f"20{10 + number % 16:02}-{1 + number // 16 % 12:02}-{1 + number // 192 % 28:02}"
    rows = {new_id(): {"trade": trade, "count": 1 + number % 30} for trade in TRADES} if number % 2 else {}
    fields = {
        "business_date": day,
        "weather_am": "overcast",
        "temperature_high": "12.5",
        "recorder": "陈建国",
        "work_done": WORK.format(number % 1000, number % 1000 + 80, number % 50),
        "quality": "抽检 12 处,合格",
        "safety": "班前教育 36 人,无事故",
        "labour": rows,
    }
    values = msgspec.json.encode({"form": "daily_log", "formVersion": 1, "fields": fields}).decode()
    server = '{"receivedAt":"2026-11-18T00:00:00.000Z"}'
    record = (key, scope, number + 1, "report", 1, "0" * 64, False, values, server)
    db.execute(
        'INSERT INTO records (id, scope, seq, kind, rev, digest, deleted, "values", server) VALUES (?,?,?,?,?,?,?,?,?)',
        record,
    )
    row = (key, scope, "daily_log", 1, author, "2026-11-18T00:00:00.000Z", False, day)
    db.execute(
        "INSERT INTO reports (id, scope, form, form_version, author, received_at, deleted, day) "
        "VALUES (?,?,?,?,?,?,?,?)",
        row,
    )


async def _make(folder: Path, what: str) -> tuple[str, ...]:
    began = time.monotonic()
    async with Program.running(_settings(folder)) as program:
        identity = Identity(program.db, program.journal, program.settings, program.clock, people.cheap_passwords())
        caller = await identity.sessions.caller((await identity.sessions.login("wangli", people.PASSWORD)).token)
        shown = await _work(program, caller, what)
    used = resource.getrusage(resource.RUSAGE_SELF)
    cpu = used.ru_utime + used.ru_stime
    return (*shown[:1], f"{time.monotonic() - began:.0f}", f"{cpu:.0f}", shown[1], f"{used.ru_maxrss / 1024:.0f} MiB")


async def _work(program: Program, caller: Caller, what: str) -> tuple[str, str]:
    if what == "nothing":
        return "a program that starts and ends", "–"
    if what == "search":
        read = await program.of(Follower).follow()
        before = time.process_time()
        for _ in range(_FIND):
            await program.of(Search).find(caller, Asked(words="混凝土 K0+620"))
        spent = (time.process_time() - before) * 1000 / _FIND
        return f"indexing {read:,} records; then a page of a search: {spent:.1f} ms of CPU", "–"
    desk = program.of(TakeawayDesk)
    asked = NewTakeaway(kind=TakeawayKind(what), wanted=ReportFilter(form="daily_log"))
    key = (await desk.ask(caller, asked)).id
    await program.worker.drain()
    made = await desk.one(caller, key)
    if made.state is not TakeawayState.READY:
        raise SystemExit(f"{what} is {made.state}: {made.problem}")
    return f"{what}, {made.done:,} reports", f"{(made.size or 0) / 2**20:.1f} MiB"


if __name__ == "__main__":
    print(msgspec.json.encode(asyncio.run(_make(Path(sys.argv[1]), sys.argv[2]))).decode())

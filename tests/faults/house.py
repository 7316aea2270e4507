"""A whole program with people in it, and what every answer of it must be, whatever was sent."""

import base64
import functools
import re
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import httpx
import msgspec

from mobile_contract.identity import Role
from mobile_contract.ids import person_scope, project_scope, record_id, section_scope
from mobile_contract.problems import PROBLEMS, ProblemDetails
from mobile_contract.projects import NewProject, NewSection
from mobile_contract.sync import AnyOp, Change, Create, Cursor, Outcome, Patch, Receipt, SyncAnswer, Upsert
from mobile_contract.values import canonical
from server.app import Program
from server.identity import Identity
from server.kernel.clock import Clock, new_id
from server.kernel.settings import Settings
from tests.support import people
from tests.support.http import serving

AT = "2026-11-18T08:00:00+08:00"
TUS = {"Tus-Resumable": "1.0.0"}
#: Small, so that tests of the limits stay small; none undercuts what every client may count on.
LIMITS: dict[str, Any] = {
    "ops_per_exchange": 100,
    "op_bytes": 65_536,
    "request_bytes": 1_048_576,
    "upload_bytes": 268_435_456,
}


class Known(msgspec.Struct, frozen=True, kw_only=True):
    """What a prepared database holds, for the tests to name."""

    admin: str  # tokens
    phone: str
    stranger: str
    revoked: str  # for one test to revoke
    person: str  # ids
    project: str
    section: str
    foreign: str


@dataclass
class House:
    """A program that serves, its people's tokens and places, and what the phone remembers.

    One house serves many tests: ``n`` and the days of logs go on, and each ``push`` reads what is new since the last.
    """

    program: Program
    http: httpx.AsyncClient
    known: Known
    cursor: Cursor = field(default_factory=Cursor)
    last_n: int = 0
    last_day: date = date(2026, 11, 18)

    @property
    def a_log(self) -> str:
        """The id of a log that is there once the first day was pushed."""
        return record_id("report", self.scope, "daily_log", "2026-11-19")

    @property
    def scope(self) -> str:
        """The section that the phone's owner works on."""
        return section_scope(self.known.section)

    @property
    def foreign(self) -> str:
        """The section of somebody else."""
        return section_scope(self.known.foreign)

    @property
    def own(self) -> str:
        """The phone owner's own scope."""
        return person_scope(self.known.person)

    @property
    def phone(self) -> dict[str, str]:
        """The headers of the enrolled phone."""
        return bearer(self.known.phone)

    @property
    def admin(self) -> dict[str, str]:
        """The headers of the administrator at the desk."""
        return bearer(self.known.admin)

    def log(self, **fields: Any) -> Create:
        """Make a valid op: the daily log of the next day."""
        self.last_day += timedelta(days=1)
        day = self.last_day.isoformat()
        return self.create(
            "report",
            {"form": "daily_log", "formVersion": 1, "fields": {"business_date": day, **fields}},
            record_id("report", self.scope, "daily_log", day),
        )

    def create(self, kind: str, values: Any, key: str | None = None) -> Create:
        """Make a well-formed op with any values."""
        self.last_n += 1
        return Create(
            op_id=new_id(), n=self.last_n, scope=self.scope, kind=kind, id=key or new_id(), at=AT, values=values
        )

    def patch(self, record: str, changes: dict[str, Change]) -> Patch:
        """Make a well-formed patch of a report, with any paths and values."""
        self.last_n += 1
        return Patch(op_id=new_id(), n=self.last_n, scope=self.scope, kind="report", id=record, at=AT, set=changes)

    async def post(self, body: bytes, headers: dict[str, str] | None = None) -> httpx.Response:
        """Send any bytes to the exchange, as the phone."""
        return await self.http.post("/v1/sync", content=body, headers=self.phone | (headers or {}))

    async def push(self, *ops: AnyOp | bytes) -> SyncAnswer:
        """Send ops, good and bad, and give the answer with all that is new; each op has its receipt."""
        found = answered(await self.post(request(ops, self.cursor)), len(ops))
        changes, page = list(found.changes), found
        while page.more:
            page = answered(await self.post(request([], page.cursor)), 0)
            changes += page.changes
        self.cursor = page.cursor
        return msgspec.structs.replace(found, changes=tuple(changes), checksums=page.checksums)


def bearer(token: str) -> dict[str, str]:
    """The header a token travels in."""
    return {"Authorization": f"Bearer {token}"}


def encoded(op: AnyOp | bytes) -> bytes:
    """Return an op as it travels."""
    return op if isinstance(op, bytes) else msgspec.json.encode(op)


def request(ops: Sequence[AnyOp | bytes], cursor: Any = None) -> bytes:
    """Make the body of an exchange from ops and from bytes that claim to be one."""
    raws = [encoded(op) for op in ops]
    head = msgspec.json.encode({"clock": AT, "cursor": cursor or {}})
    return head[:-1] + b',"ops":[' + b",".join(raws) + b"]}"


def answered(answer: httpx.Response, ops: int) -> SyncAnswer:
    """Read the answer of an exchange: one receipt per op, each with a listed code."""
    assert answer.status_code == 200, answer.text
    found = msgspec.json.decode(answer.content, type=SyncAnswer)
    assert len(found.receipts) == ops
    for receipt in found.receipts:
        assert receipt.code in PROBLEMS, receipt
        assert receipt.op_id
    for notice in found.notices:
        assert notice.code in PROBLEMS, notice
    return found


def codes(receipts: Sequence[Receipt]) -> list[str]:
    """Return the codes of receipts."""
    return [receipt.code for receipt in receipts]


def kept(answer: SyncAnswer) -> dict[str, bytes]:
    """Return the bytes of every op that an answer's changes show as parked, by op id; each is whole."""
    found = {}
    for entry in answer.changes:
        if isinstance(entry, Upsert) and entry.kind == "parked":
            raw = entry.values.get("raw")
            found[entry.values["opId"]] = base64.b64decode(raw) if raw else canonical(entry.values["op"])
    return found


async def among_good_ones(house: House, *bad: AnyOp | bytes) -> SyncAnswer:
    """Push ops between two good ones, which must stand; what is not applied must be on the phone's feed, whole."""
    before, after = house.log(), house.log()
    answer = await house.push(before, *bad, after)
    assert codes(answer.receipts)[:: len(bad) + 1] == ["op.applied", "op.applied"]
    assert {before.id, after.id} <= {entry.id for entry in answer.changes}
    parked = [receipt.op_id for receipt in answer.receipts if receipt.outcome is Outcome.PARKED]
    whole = kept(answer)
    assert sorted(whole) == sorted(parked), (whole, answer.receipts, bad)
    by_receipt = {receipt.op_id: encoded(op) for receipt, op in zip(answer.receipts[1:-1], bad, strict=True)}
    for op_id in parked:
        assert same(whole[op_id], by_receipt[op_id]), by_receipt[op_id][:200]
    again = await house.push(*bad)
    assert again.receipts == answer.receipts[1:-1]
    assert not again.changes
    return answer


def same(left: bytes, right: bytes) -> bool:
    """Return whether two bodies are the same bytes, or the same JSON."""
    return left == right or msgspec.json.decode(left) == msgspec.json.decode(right)


def problem(answer: httpx.Response) -> str:
    """Read a refusal and give its code: listed, below 500, with whole sentences in both languages."""
    assert 400 <= answer.status_code < 500, (answer.status_code, answer.text[:500])
    assert answer.headers["content-type"] == "application/problem+json"
    if answer.request.method == "HEAD":
        return ""
    told = msgspec.json.decode(answer.content, type=ProblemDetails)
    assert told.code in PROBLEMS
    assert told.status == answer.status_code == PROBLEMS[told.code].status
    sentences = (told.title, told.detail, told.title_zh, told.next_zh, told.next_en)
    for sentence in sentences:
        assert sentence
        assert len(sentence) < 1000
        ours = functools.reduce(lambda text, said: text.replace(str(said), ""), told.params.values(), sentence)
        assert not re.search(r"\{[a-z_]+\}", ours), f"nobody filled {sentence}"
    assert re.search(r"[\u4e00-\u9fff]", told.title_zh)
    assert re.search(r"[\u4e00-\u9fff]", told.next_zh)
    assert re.search(r"[A-Za-z]", told.next_en)
    return told.code


def settings(folder: str, database_url: str = "") -> Settings:
    """Settings with small limits and no worker: nothing moves that a test did not push."""
    return Settings(data_dir=folder, database_url=database_url, embedded_worker=False, **LIMITS)


async def furnish(program: Program) -> Known:
    """Put a project with two sections into an empty program; its contractor has a phone, a stranger has another."""
    await program.start()
    admin = await people.admin(program.identity)
    new = NewProject(code="2603-320104-04-01-482176", name="雨污分流", lat=320_415_000, lon=1_187_674_000)
    project = await program.projects.create(admin.person, new)
    sections = [
        await program.projects.create_section(
            admin.person, project.id, NewSection(code=code, name=f"{code}标段", contractor="宁筑建设")
        )
        for code in ("1", "2")
    ]
    mine, theirs = (section_scope(section.id) for section in sections)
    common = project_scope(project.id)
    chen = await people.person(program.identity, admin, "chen", (Role.CONTRACTOR, mine), (Role.CONTRACTOR, common))
    zhou = await people.person(program.identity, admin, "zhou", (Role.CONTRACTOR, theirs))
    li = await people.person(program.identity, admin, "li_qiang", (Role.CONTRACTOR, mine))
    return Known(
        admin=(await program.identity.sessions.login("admin", people.PASSWORD)).token,
        phone=(await people.phone(program.identity, chen)).token,
        stranger=(await people.phone(program.identity, zhou)).token,
        revoked=(await people.phone(program.identity, li)).token,
        person=chen.person,
        project=project.id,
        section=sections[0].id,
        foreign=sections[1].id,
    )


def open_program(of: Settings, clock: Clock | None = None) -> Program:
    """Build the program, with passwords that cost a test little."""
    program = Program(of, clock)
    cheap = people.cheap_passwords()
    program.house.services["identity"] = Identity(program.db, program.journal, of, program.clock, cheap)
    return program


@asynccontextmanager
async def open_house(of: Settings, known: Known, clock: Clock | None = None) -> AsyncIterator[House]:
    """Serve a furnished database."""
    program = open_program(of, clock)
    async with serving(program) as http:
        yield House(program, http, known)

"""A desk with paper on it: a program that serves, a section, its clerk, and extractions put down without reading."""

import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import msgspec
import sqlalchemy as sa

from mobile_contract.extractions import ExtractionValues, FoundPair, ProposedField
from mobile_contract.identity import Role
from mobile_contract.ids import section_scope
from mobile_contract.projects import NewProject, NewSection
from mobile_contract.records import Kind
from mobile_contract.sync import Create
from server.app import Program
from server.identity import Caller, Identity
from server.kernel.clock import new_id
from server.kernel.settings import Settings
from server.kernel.tables import journal
from server.replication import Actor
from tests.server.uploads.house import sha256
from tests.support import people
from tests.support.clock import HandClock
from tests.support.http import serving

AT = "2026-11-18T15:20:00+08:00"


@dataclass
class Desk:
    """A program that serves, with 王丽 the clerk signed in."""

    program: Program
    http: httpx.AsyncClient
    scope: str
    clerk: Caller
    contractor: Caller
    stranger: Caller

    async def scan(self, *pages: bytes) -> str:
        """Send the record of a scan; its bytes come later or have come."""
        scan = new_id()
        values = {"pages": [sha256(data) for data in pages], "captured": {"at": AT}}
        op = Create(op_id=new_id(), n=0, scope=self.scope, kind=Kind.SCAN, id=scan, at=AT, values=values)
        actor = Actor(person=self.clerk.person, replica=self.clerk.replica)
        (receipt,) = await self.program.replication.apply(actor, [op])
        assert receipt.code == "op.applied"
        return scan

    async def entry(self, record: str) -> dict[str, Any]:
        answer = await self.http.get(f"/v1/records/{record}")
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    async def confirm(self, extraction: str, **corrections: object) -> httpx.Response:
        named = {f"fields/{name}": value for name, value in corrections.items()}
        return await self.http.post(f"/v1/extractions/{extraction}/confirm", json={"corrections": named})

    async def events(self, name: str) -> list[dict[str, Any]]:
        """Return the journal's events of a name, in order, with what they say."""
        query = sa.select(journal).where(journal.c.event == name).order_by(journal.c.pos)
        rows = await self.program.db.read(lambda tx: tx.execute(query).all())
        return [{"actor": row.actor, "subject": row.subject, **msgspec.json.decode(row.payload)} for row in rows]

    async def as_(self, caller_login: str) -> None:
        session = await self.program.identity.sessions.login(caller_login, people.PASSWORD)
        self.http.headers["Authorization"] = f"Bearer {session.token}"


@contextlib.asynccontextmanager
async def open_desk(database_url: str, folder: Path, models: Path, clock: HandClock) -> AsyncIterator[Desk]:
    """Open the desk of a section, with another section beside it."""
    settings = Settings(
        data_dir=str(folder), database_url=database_url, embedded_worker=False, ocr_models_dir=str(models)
    )
    program = Program(settings, clock)
    program.house.services["identity"] = Identity(
        program.db, program.journal, settings, clock, people.cheap_passwords()
    )
    async with serving(program) as http:
        admin = await people.admin(program.identity)
        project = NewProject(code="2603-320104-04-01-482176", name="雨污分流", lat=320_415_000, lon=1_187_674_000)
        made = await program.projects.create(admin.person, project)
        one, other = [
            section_scope((await program.projects.create_section(admin.person, made.id, new)).id)
            for new in (
                NewSection(code="1", name="一标段", contractor="江苏宁筑建设有限公司"),
                NewSection(code="2", name="二标段", contractor="南京路桥工程有限公司"),
            )
        ]
        clerk = await people.person(program.identity, admin, "wangli", (Role.CLERK, one))
        contractor = await people.person(program.identity, admin, "chen", (Role.CONTRACTOR, one))
        stranger = await people.person(program.identity, admin, "sunlei", (Role.CLERK, other))
        opened = Desk(program, http, one, clerk, contractor, stranger)
        await opened.as_("wangli")
        await program.worker.drain()
        yield opened


async def propose(
    desk: Desk,
    *fields: ProposedField,
    form: str | None = "payment_application",
    pairs: tuple[FoundPair, ...] = (),
) -> str:
    """Put down an extraction as the worker does, without reading anything."""
    scan = await desk.scan(b"a page that never comes")
    extraction = new_id()
    version = 1 if form else None
    values = ExtractionValues(scan=scan, form=form, form_version=version, engine="by hand", fields=fields, pairs=pairs)
    op = Create(
        op_id=new_id(),
        n=0,
        scope=desk.scope,
        kind=Kind.EXTRACTION,
        id=extraction,
        at=AT,
        values=msgspec.to_builtins(values),
    )
    roles = {desk.scope: frozenset({"system"})}
    await desk.program.replication.apply(Actor(person=new_id(), replica=new_id(), roles=roles), [op])
    return extraction


def proposed(path: str, value: object) -> ProposedField:
    return ProposedField(
        path=path, value=value, confidence=990, page=1, box=(0, 0, 1, 1), readings={"crop": str(value)}
    )

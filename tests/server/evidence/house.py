"""A program that serves, with two sections and their people, who capture what evidence is found about."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import msgspec
import numpy as np
import sqlalchemy as sa
from PIL import Image

from media.sniff import sniff
from mobile_contract.identity import Role
from mobile_contract.ids import section_scope
from mobile_contract.media import MediaFacts
from mobile_contract.projects import NewFence, NewProject, NewSection
from mobile_contract.records import Kind
from mobile_contract.sync import Create
from server.app import Program
from server.identity import WORKER, Caller, Identity
from server.kernel.clock import new_id
from server.kernel.settings import Settings
from server.replication import Actor
from server.uploads import store as uploads_store
from tests.media import images
from tests.server.uploads.house import sha256, upload
from tests.support import people
from tests.support.clock import HandClock
from tests.support.http import serving

AT = "2026-11-18T07:50:00+08:00"
FIX: dict[str, Any] = {"lat": 320_415_000, "lon": 1_187_674_000, "datum": "WGS84", "accuracyCm": 1_200}
PHASH = 0x8F3A_1C55_00FF_A1B2


def shot(motif: bytes) -> bytes:
    """Return a picture of a motif, a JPEG: two motifs look alike in nothing. Bytes of a picture are one already."""
    if sniff(motif) is not None:
        return motif
    random = np.random.default_rng(list(motif))
    drawn = Image.fromarray(random.integers(0, 255, (9, 12, 3), np.uint8)).resize((240, 180), Image.Resampling.BILINEAR)
    return images.encode(drawn, "image/jpeg")


def checked_in(n: int, at: str, scope: str) -> dict[str, Any]:
    """Return the op of a check-in that a phone wrote at a moment of its clock."""
    values = {"captured": {"at": at, "clockOffsetMs": 0}, "position": FIX}
    op = {"action": "create", "opId": new_id(), "n": n, "at": at, "scope": scope, "kind": "checkIn", "id": new_id()}
    return {**op, "values": values}


@dataclass
class Site:
    """A program that serves, with two sections and their people."""

    program: Program
    http: httpx.AsyncClient
    one: str
    two: str
    who: dict[str, Caller] = field(default_factory=dict)
    sent: set[tuple[str, bytes]] = field(default_factory=set)

    async def create(self, login: str, kind: Kind, scope: str, **values: Any) -> str:
        record = await self.record(login, kind, scope, **values)
        await self.program.worker.drain()
        return record

    async def record(self, login: str, kind: Kind, scope: str, **values: Any) -> str:
        record = new_id()
        op = Create(op_id=new_id(), n=0, scope=scope, kind=kind, id=record, at=AT, values=values)
        actor = Actor(person=self.who[login].person, replica=self.who[login].replica)
        (receipt,) = await self.program.replication.apply(actor, [op])
        assert receipt.code == "op.applied"
        return record

    async def photo(self, login: str, data: bytes, scope: str | None = None, at: str = AT, **values: Any) -> str:
        data = shot(data)
        if (login, data) not in self.sent:
            self.sent.add((login, data))
            await self.sign_in(login)
            await upload(self.http, data)
        return await self.create(login, Kind.PHOTO, scope or self.one, blob=sha256(data), captured={"at": at}, **values)

    async def check_in(self, login: str, scope: str | None = None, at: str = AT, **fix: Any) -> str:
        captured = {"at": at, "clockOffsetMs": fix.pop("clock_offset_ms", 0)}
        return await self.create(login, Kind.CHECK_IN, scope or self.one, captured=captured, position={**FIX, **fix})

    async def examined(self, data: bytes, **facts: Any) -> None:
        """Say what the bytes say, as the job does that looks at them."""

        data = shot(data)

        def work(tx: sa.Connection) -> None:
            uploads_store.add_facts(tx, sha256(data), MediaFacts(media_type="image/jpeg", **facts), AT)
            self.program.jobs.add(
                tx, "evidence.examined", {"actor": WORKER.person, "subject": sha256(data), "payload": {}}
            )

        await self.program.db.write(work)
        await self.program.worker.drain()

    async def phone(self, login: str, at: str, clock: HandClock) -> str:
        """Enrol another phone of a person at a moment of the server; returns its token."""
        now, clock.moment = clock.moment, datetime.fromisoformat(at)
        at_desk = msgspec.structs.replace(self.who[login], device=None)
        phone = await people.phone(self.program.identity, at_desk)
        clock.moment = now
        return phone.token

    async def exchange(self, token: str, *ops: dict[str, Any], clock: str = "") -> None:
        """Hand ops in over HTTP, from a phone that shows ``clock``; each of them is applied."""
        self.http.headers["Authorization"] = f"Bearer {token}"
        answer = await self.http.post("/v1/sync", json={"clock": clock, "ops": ops})
        assert answer.status_code == 200, answer.text
        assert [receipt["code"] for receipt in answer.json().get("receipts", ())] == ["op.applied"] * len(ops), (
            answer.text
        )
        await self.program.worker.drain()

    async def another_project(self, login: str) -> str:
        """Make a section of another project, in which a person reports; returns its scope."""
        admin = await self.program.identity.sessions.login("admin", people.PASSWORD)
        new = NewProject(code="2603-320104-04-01-482177", name="另一工程", lat=320_415_000, lon=1_187_674_000)
        made = await self.program.projects.create(admin.person, new)
        section = NewSection(code="1", name="一标段", contractor="南京路桥工程有限公司")
        scope = section_scope((await self.program.projects.create_section(admin.person, made.id, section)).id)
        await self.program.identity.grant(admin.person, self.who[login].person, Role.CONTRACTOR, scope)
        return scope

    async def facts(self, login: str, data: bytes) -> dict[str, Any]:
        await self.sign_in(login)
        return dict((await self.http.get(f"/v1/blobs/{sha256(data)}/facts")).json())

    async def flags(self, record: str) -> list[dict[str, Any]]:
        found = await self.program.db.read(lambda tx: self.program.replication.record(tx, record))
        assert found
        return list(found.server.get("flags", []))

    async def fence(self) -> None:
        circle = NewFence(lat=FIX["lat"], lon=FIX["lon"], radius_cm=30_000)
        await self.program.projects.draw_fence(self.who["liweidong"].person, self.one, circle)

    async def server(self, record: str) -> dict[str, Any]:
        found = await self.program.db.read(lambda tx: self.program.replication.record(tx, record))
        assert found
        return dict(found.server)

    async def codes(self, record: str) -> list[str]:
        return [flag["code"] for flag in await self.flags(record)]

    async def sign_in(self, login: str) -> None:
        session = await self.program.identity.sessions.login(login, people.PASSWORD)
        self.http.headers["Authorization"] = f"Bearer {session.token}"

    async def listed(self, login: str, **asked: Any) -> list[dict[str, Any]]:
        await self.sign_in(login)
        answer = await self.http.get("/v1/evidence", params=asked)
        assert answer.status_code == 200, answer.text
        return list(answer.json()["flags"])

    async def decide(self, login: str, flag: str, what: str, reason: str = "看过原件") -> httpx.Response:
        await self.sign_in(login)
        return await self.http.post(f"/v1/evidence/{flag}/{what}", json={"reason": reason})

    async def look_again(self, record: str) -> None:
        job = {"actor": WORKER.person, "subject": record, "payload": {}}
        await self.program.db.write(lambda tx: self.program.jobs.add(tx, "evidence.captured", job))
        await self.program.worker.drain()


@asynccontextmanager
async def open_site(database_url: str, tmp_path: Path, clock: HandClock) -> AsyncIterator[Site]:
    settings = Settings(data_dir=str(tmp_path), database_url=database_url, embedded_worker=False)
    program = Program(settings, clock)
    program.house.services["identity"] = Identity(
        program.db, program.journal, settings, clock, people.cheap_passwords()
    )
    async with serving(program) as http:
        now, clock.moment = clock.moment, datetime(2026, 2, 1, tzinfo=UTC)  # people have been here since long
        admin = await people.admin(program.identity)
        project = NewProject(
            code="2603-320104-04-01-482176", name="雨污分流", lat=320_415_000, lon=1_187_674_000, began="2026-03-01"
        )
        made = await program.projects.create(admin.person, project)
        one, two = [
            section_scope((await program.projects.create_section(admin.person, made.id, new)).id)
            for new in (
                NewSection(code="1", name="一标段", contractor="江苏宁筑建设有限公司"),
                NewSection(code="2", name="二标段", contractor="南京路桥工程有限公司"),
            )
        ]
        found = Site(program, http, one, two)
        for login, grants in {
            "zhou": [(Role.INSPECTOR, one), (Role.INSPECTOR, two)],
            "chen": [(Role.CONTRACTOR, one)],
            "sun": [(Role.CONTRACTOR, two)],
            "liweidong": [(Role.SUPERVISOR, one)],
            "wangli": [(Role.CLERK, one), (Role.CLERK, two)],
            "yang": [(Role.CLERK, two)],
        }.items():
            at_desk = await people.person(program.identity, admin, login, *grants)
            phone = await people.phone(program.identity, at_desk)
            found.who[login] = await program.identity.sessions.caller(phone.token)
        clock.moment = now
        await program.worker.drain()
        yield found

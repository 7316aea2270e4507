"""A whole program that serves over real HTTP, with somebody at the desk and their reference phone."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

import httpx
import sqlalchemy as sa
import uvicorn

from mobile_contract.identity import Role, Session
from mobile_contract.ids import section_scope
from mobile_contract.projects import NewProject, NewSection
from server.app import Program
from server.fieldphone import Phone
from server.identity import Identity
from server.jobs.tables import jobs
from server.kernel.settings import Settings
from server.kernel.tables import journal
from tests.support import people
from tests.support.clock import HandClock
from tests.support.http import front
from tests.support.patience import wait_until, within
from tests.support.people import bearer
from tests.support.processes import free_port

T = TypeVar("T")


class Site:
    """A program that serves, 陈建国 at the desk and with a phone, and an administrator."""

    def __init__(self, program: Program, url: str, folder: Path) -> None:
        self.program, self.url, self.folder = program, url, folder
        self.http = httpx.AsyncClient(base_url=url, timeout=30)
        self.phone_now: Callable[[], datetime] | None = None  # None: the machine's own clock
        self.identity = Identity(program.db, program.journal, program.settings, program.clock, people.cheap_passwords())

    async def furnish(self) -> None:
        self.admin = await people.admin(self.identity)
        by, projects = self.admin.person, self.program.projects
        new = NewProject(code="2603-320104-04-01-482176", name="雨污分流", lat=320_415_000, lon=1_187_674_000)
        project = await projects.create(by, new)
        section = await projects.create_section(by, project.id, NewSection(code="1", name="一标段", contractor="宁筑"))
        self.scope = section_scope(section.id)
        self.chen = await people.person(self.identity, self.admin, "chen", (Role.CONTRACTOR, self.scope))
        self.session = await people.phone(self.identity, self.chen)
        assert self.session.device
        self.device = self.session.device
        self.desk = await self.identity.sessions.login("chen", people.PASSWORD)

    async def ask(self, method: str, path: str, by: Session, **sent: Any) -> httpx.Response:
        return await self.http.request(method, path, headers=bearer(by), **sent)

    async def revoke(self) -> None:
        assert (await self.ask("DELETE", f"/v1/devices/{self.device}", self.desk)).status_code == 204

    async def lose(self) -> None:
        assert (await self.ask("POST", f"/v1/devices/{self.device}/lost", self.desk)).status_code == 204

    async def listed(self) -> dict[str, Any]:
        devices = (await self.ask("GET", "/v1/devices", self.desk)).json()["devices"]
        return dict(next(device for device in devices if device["id"] == self.device))

    async def parked(self) -> list[dict[str, Any]]:
        return list((await self.ask("GET", "/v1/parked", self.desk)).json()["parked"])

    async def settled(self) -> None:
        """Wait until what was furnished has had all its consequences."""
        left = sa.select(sa.func.count()).where(jobs.c.kind.startswith("reports."))

        async def none_left() -> bool:
            return await self.program.db.read(lambda tx: tx.execute(left).scalar_one()) == 0

        await wait_until(none_left, "the jobs of reports")

    async def told(self, event: str) -> int:
        query = sa.select(sa.func.count()).where(journal.c.event == event)
        return await self.program.db.read(lambda tx: tx.execute(query).scalar_one())

    async def on_phone(self, work: Callable[[Phone], T]) -> T:
        """Do something with the phone, which blocks, on a thread; what is on its disk is there the next time."""

        def opened() -> T:
            phone = Phone(self.folder / "phone", self.url, self.session.token, now=self.phone_now)
            try:
                return work(phone)
            finally:
                phone.close()

        return await asyncio.to_thread(opened)


@asynccontextmanager
async def open_site(database_url: str, folder: Path, clock: HandClock, **settings: Any) -> AsyncIterator[Site]:
    chosen = Settings(data_dir=str(folder), database_url=database_url, wake_poll_seconds=1, **settings)
    program, port = Program(chosen, clock), free_port()
    with front(program) as app:
        server = uvicorn.Server(uvicorn.Config(app, port=port, log_level="error"))
        serving = asyncio.create_task(server.serve())
        while not server.started:  # noqa: ASYNC110 - uvicorn has no event for it
            await asyncio.sleep(0.01)
        site = Site(program, f"http://127.0.0.1:{port}", folder)
        try:
            await site.furnish()
            yield site
        finally:
            await site.http.aclose()
            program.replication.wakes.close()
            server.should_exit = True
            await within(serving, 20)

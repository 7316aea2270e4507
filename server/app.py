"""The composition root: a list of domains, floor by floor, and how a program is made of any such list.

A domain is added here as one row; its services, routes, jobs, synced kinds and tables come with it.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, Final, Self, TypeVar

import sqlalchemy as sa
from litestar import Litestar, get
from litestar.di import Provide
from litestar.openapi import OpenAPIConfig
from litestar.routes import HTTPRoute

from mobile_contract.version import CONTRACT_VERSION
from server import (
    captures,
    docs,
    evidence,
    forms,
    identity,
    insight,
    jobs,
    projects,
    proof,
    reference,
    replication,
    reports,
    scans,
    schema,
    uploads,
    webapp,
)
from server.kernel.bodies import provide_body
from server.kernel.clock import Clock, SystemClock
from server.kernel.compression import Compression
from server.kernel.database import Database
from server.kernel.domain import Domain, House
from server.kernel.handling import made_by
from server.kernel.journal import Journal
from server.kernel.problems import HANDLERS as PROBLEM_HANDLERS
from server.kernel.settings import Settings
from server.kernel.tables import metadata

__all__ = ["DOMAINS", "Program", "metadata"]

T = TypeVar("T")

#: From the ground up: the services of a domain may stand on those of the rows before it.
DOMAINS: Final[tuple[Domain, ...]] = (
    identity.DOMAIN,
    jobs.DOMAIN,
    proof.DOMAIN,
    projects.DOMAIN,
    forms.DOMAIN,
    uploads.DOMAIN,
    replication.DOMAIN,
    reports.DOMAIN,
    captures.DOMAIN,
    reference.DOMAIN,
    scans.DOMAIN,
    evidence.DOMAIN,
    insight.DOMAIN,
)


class Program:
    """All services of one process, wired: as attributes, by the names under which routes ask for them."""

    def __init__(self, settings: Settings, clock: Clock | None = None, domains: tuple[Domain, ...] = DOMAINS) -> None:
        self.settings = settings
        self.clock = clock or SystemClock()
        self.db = Database(settings.url)
        self.journal = Journal({}, self._enqueue)
        self.house = House(settings=settings, clock=self.clock, db=self.db, journal=self.journal, domains=domains)
        for domain in domains:
            self.house.build(domain)
        self.handlers = tuple(handler for domain in domains for handler in domain.handlers(self.house))
        self._lanes = {handler.kind: handler.lane for handler in self.handlers}
        self.journal.handlers = made_by(self.handlers, [event for domain in domains for event in domain.events])
        self.worker = jobs.Worker(self.of(jobs.Jobs), self.handlers, concurrency=settings.worker_concurrency)

    def __getattr__(self, name: str) -> Any:
        try:
            return self.__dict__["house"].services[name]
        except KeyError:
            raise AttributeError(f"this program has no service {name}") from None

    def of(self, kind: type[T]) -> T:
        """Return the service of a type."""
        return self.house.of(kind)

    def _enqueue(self, tx: sa.Connection, kind: str, args: dict[str, Any]) -> None:
        self.of(jobs.Jobs).add(tx, kind, args, person=args["actor"], lane=self._lanes[kind])

    @classmethod
    @contextlib.asynccontextmanager
    async def running(cls, settings: Settings, clock: Clock | None = None) -> AsyncIterator[Self]:
        """Start a program, and close it again whatever happens in between."""
        program = cls(settings, clock)
        try:
            await program.start()
            yield program
        finally:
            await program.close()

    async def start(self) -> None:
        """Migrate, and put down what a new database must hold."""
        await self.db.write(schema.upgrade)
        for domain in self.house.domains:
            await domain.start(self.house)

    async def work(self) -> None:
        """Run jobs, seal the journal and follow the feeds until :meth:`stop`."""
        async with self.of(jobs.Jobs).working(Path(self.settings.data_dir)):
            await asyncio.gather(self.worker.run(), self.of(proof.Sealer).run(), self.of(insight.Follower).run())

    def stop(self) -> None:
        """Have :meth:`work` return when what runs has ended."""
        self.worker.stop()
        self.of(proof.Sealer).stop()
        self.of(insight.Follower).stop()

    async def close(self) -> None:
        """Close connections and processes."""
        for domain in reversed(self.house.domains):
            domain.close(self.house)
        await self.db.close()

    def litestar(self) -> Litestar:
        """Put HTTP in front."""
        return Front(self).app

    @contextlib.asynccontextmanager
    async def serving(self) -> AsyncIterator[None]:
        """Start, with the jobs if they are embedded, and close again."""
        await self.start()
        work = asyncio.create_task(self.work()) if self.settings.embedded_worker else None
        yield
        if work is not None:
            self.stop()
            await work
        await self.close()


class Front:
    """HTTP in front of a program. Between two lifespans ``program`` may become another one of the same domains."""

    def __init__(self, program: Program) -> None:
        self.program = program
        domains = program.house.domains
        made = {name: make for domain in domains for name, make in domain.provides.items()}
        self.app = Litestar(
            route_handlers=[
                health,
                *(route for domain in domains for route in domain.routes),
                *webapp.routes(program.settings),
            ],
            dependencies={
                "sent": Provide(provide_body, sync_to_thread=False),
                **{name: Provide(make) for name, make in made.items()},
                **{name: self._given(name) for name in ("db", "settings", *program.house.services)},
            },
            exception_handlers=PROBLEM_HANDLERS,
            lifespan=[lambda _app: self.program.serving()],
            middleware=[Compression()],
            logging_config=None,  # the command line decides where the log goes
            openapi_config=OpenAPIConfig(
                title="Plumbline 铅垂",
                version=CONTRACT_VERSION,
                path="/docs",
                render_plugins=[docs.Page(path="/"), docs.Document()],
            ),
            request_max_body_size=None,  # each route reads its body with a limit of its own (kernel/bodies)
        )
        _resolve_in_turn(self.app)

    def _given(self, name: str) -> Provide:
        return Provide(lambda: getattr(self.program, name), sync_to_thread=False)


@get(
    "/health",
    sync_to_thread=False,
    summary="服务是否在线 · Whether the server is up",
    description="返回契约版本,说明进程正常应答。",
)
def health() -> dict[str, str]:
    """Return the version of the contract, which shows that the process answers."""
    return {"status": "ok", "contract": CONTRACT_VERSION}


def _resolve_in_turn(app: Litestar) -> None:
    """Have what a handler depends on provided one by one.

    Litestar would make a task for each dependency that could be provided beside another. Ours are at hand, or wait for
    the one before: tasks cost more than they do.
    """
    for route in app.routes:
        for _, model in route.route_handler_map.values() if isinstance(route, HTTPRoute) else ():
            model.dependency_batches = [{each} for batch in model.dependency_batches for each in batch]

"""The composition root: the one place that knows everything.

``EVENTS`` says which events make which jobs, ``handlers`` what runs them. ``Program`` builds the services from the
ground up; ``litestar`` puts HTTP in front of them.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Mapping
from datetime import timedelta
from typing import Any, Self

import sqlalchemy as sa
from litestar import Litestar, get
from litestar.di import Provide
from litestar.openapi import OpenAPIConfig

from mobile_contract.version import CONTRACT_VERSION
from server import (
    docs,
    evidence,
    forms,
    identity,
    jobs,
    projects,
    proof,
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
from server.kernel.journal import Journal
from server.kernel.problems import HANDLERS as PROBLEM_HANDLERS
from server.kernel.settings import Settings

#: Event → the jobs it makes, in its own transaction.
EVENTS: Mapping[str, tuple[str, ...]] = {
    "blob.arrived": ("reports.blob_arrived", "scans.blob_arrived"),
    "blob.examined": ("reports.blob_examined", "evidence.examined"),
    "blob.lost": ("reports.blob_arrived",),
    "blob.stored": ("uploads.examine",),
    "checkIn.create": ("evidence.captured",),
    "form.published": ("reports.form_published",),
    "form.retired": ("reports.form_published",),
    "parked.applied": ("evidence.captured", "reports.photo_written"),
    "photo.create": ("evidence.captured", "reports.photo_written"),
    "project.created": ("reports.project_created",),
    "record.moved": ("evidence.captured", "reports.photo_written"),
}


def held(tx: sa.Connection, person: str) -> Mapping[str, frozenset[str]]:
    """Return the scopes a person may read now, with the roles they have in each."""
    holdings = identity.holdings(tx, person)
    return {scope: holdings.role_in(scope) for scope in holdings.scopes()}


def known_names(tx: sa.Connection, scope: str) -> Mapping[str, tuple[str, ...]]:
    """Return the lists that follow from who and what there is around a scope, by the names that forms use."""
    return {"people": identity.names_in(tx, scope), **projects.names_around(tx, scope)}


class Program:
    """All services of one process, wired. ``start`` brings the database up to date; ``close`` lets go of everything."""

    def __init__(self, settings: Settings, clock: Clock | None = None) -> None:
        self.settings = settings
        self.clock = clock or SystemClock()
        self.db = Database(settings.url)
        self.jobs = jobs.Jobs(self.db, settings, self.clock)
        self.journal = Journal(EVENTS, self.jobs.enqueue)
        self.sealer = proof.Sealer(self.db, settings, self.clock)
        self.identity = identity.Identity(self.db, self.journal, settings, self.clock)
        self.projects = projects.ProjectService(self.db, self.journal, settings, self.clock)
        self.forms = forms.Forms(self.db, self.journal, self.clock)
        files = uploads.open_store(settings)
        self.uploads = uploads.Uploads(self.db, self.journal, self.jobs, files, settings, self.clock)
        kinds = (
            *reports.Projections(self.uploads, settings.time_zone).kinds(),
            *scans.Projections(self.uploads, self.jobs).kinds(),
            *reports.undecided(self.uploads),
        )
        self.replication = replication.Replication(
            self.db, self.journal, kinds, held, self.clock, settings.limits, _tuning(settings)
        )
        self.horizon = replication.Horizon(
            self.db,
            self.journal,
            self.jobs,
            self.clock,
            timedelta(days=settings.replay_days),
            identity.WORKER.person,
            self.uploads.uncite,
        )
        self.reports = reports.Reports(self.db, self.replication, self.uploads, self.clock)
        self.vocabularies = reports.VocabularyService(self.db, self.replication, self.clock, known_names)
        self.reviews = reports.Reviews(self.db, self.replication, self.clock)
        self.watermarks = reports.Watermarks(self.db, self.replication, self.uploads, self.jobs)
        self.reader = scans.ScanReader.by(settings)
        self.judging = scans.Judging(self.db, self.journal, self.clock, settings.ocr_audit_percent)
        pairs = scans.Pairs(self.journal, self.replication, self.uploads)
        self.scans = scans.Scans(
            self.db,
            self.replication,
            self.uploads,
            self.jobs,
            self.reader,
            self.judging,
            pairs,
            self.vocabularies.lists,
        )
        self.duplicates = scans.DuplicateService(self.db, self.journal, self.replication, self.scans, pairs, self.clock)
        self.sheets = scans.Sheets(self.db, scans.Printer())
        self.evidence = evidence.EvidenceService(self.db, self.journal, self.replication, self.uploads, self.clock)
        self.handlers: Mapping[str, jobs.Handler] = {
            **self.horizon.handlers,
            **self.uploads.handlers,
            **self.watermarks.handlers,
            **self.scans.handlers,
            **self.evidence.handlers,
            "reports.blob_arrived": self.reports.on_blob_arrived,
            "reports.form_published": self.reports.on_form_published,
            "reports.project_created": self.reports.on_project_created,
        }
        self.worker = jobs.Worker(self.jobs, self.handlers, concurrency=settings.worker_concurrency)

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
        await self.identity.prepare()
        await self.replication.start()
        await self.horizon.start()
        await self.uploads.start()
        await self.forms.publish_library(identity.WORKER.person)

    async def work(self) -> None:
        """Run jobs and seal the journal until :meth:`stop`."""
        await asyncio.gather(self.worker.run(), self.sealer.run())

    def stop(self) -> None:
        """Have :meth:`work` return when what runs has ended."""
        self.worker.stop()
        self.sealer.stop()

    async def close(self) -> None:
        """Close connections and processes."""
        self.reader.close()
        self.sheets.close()
        self.uploads.close()
        await self.db.close()

    def litestar(self) -> Litestar:
        """Put HTTP in front."""
        provided = {
            "db": self.db,
            "settings": self.settings,
            "jobs": self.jobs,
            "identity": self.identity,
            "projects": self.projects,
            "forms": self.forms,
            "uploads": self.uploads,
            "replication": self.replication,
            "reports": self.reports,
            "reviews": self.reviews,
            "vocabularies": self.vocabularies,
            "watermarks": self.watermarks,
            "scans": self.scans,
            "duplicates": self.duplicates,
            "sheets": self.sheets,
            "judging": self.judging,
            "evidence": self.evidence,
        }
        return Litestar(
            route_handlers=[
                health,
                *jobs.ROUTES,
                *identity.ROUTES,
                *projects.ROUTES,
                *forms.ROUTES,
                *uploads.ROUTES,
                *replication.ROUTES,
                *reports.ROUTES,
                *scans.ROUTES,
                *evidence.ROUTES,
                *webapp.routes(self.settings),
            ],
            dependencies={
                "caller": Provide(identity.provide_caller),
                "sent": Provide(provide_body, sync_to_thread=False),
                **{name: _given(thing) for name, thing in provided.items()},
            },
            exception_handlers=PROBLEM_HANDLERS,
            lifespan=[self._lifespan],
            middleware=[Compression()],
            logging_config=None,  # the command line decides where the log goes
            openapi_config=OpenAPIConfig(
                title="Plumbline 铅垂",
                version=CONTRACT_VERSION,
                path="/docs",
                use_handler_docstrings=True,
                render_plugins=[docs.Page(path="/"), docs.Document()],
            ),
            request_max_body_size=None,  # each route reads its body with a limit of its own (kernel/bodies)
        )

    @contextlib.asynccontextmanager
    async def _lifespan(self, _app: Litestar) -> AsyncIterator[None]:
        await self.start()
        work = asyncio.create_task(self.work()) if self.settings.embedded_worker else None
        yield
        if work is not None:
            self.stop()
            await work
        await self.close()


@get("/health", sync_to_thread=False)
def health() -> dict[str, str]:
    """Say that the process answers, and which contract it speaks."""
    return {"status": "ok", "contract": CONTRACT_VERSION}


def _tuning(settings: Settings) -> replication.Tuning:
    return replication.Tuning(
        heartbeat_seconds=settings.wake_heartbeat_seconds,
        recheck_seconds=settings.wake_recheck_seconds,
        poll_seconds=settings.wake_poll_seconds,
        wakes_per_person=settings.wake_per_person,
        wakes=settings.wake_connections,
        exchanges_at_once=settings.exchanges_at_once,
        exchanges_per_minute=settings.exchanges_per_minute,
    )


def _given(thing: Any) -> Provide:
    return Provide(lambda: thing, sync_to_thread=False)

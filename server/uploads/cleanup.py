"""Cleaning up after uploads: those that expired, parts that no upload needs, half-written files."""

from datetime import timedelta
from typing import ClassVar, Final

import sqlalchemy as sa

from media.store import StagingStore
from server.jobs import Job, Jobs, Lane, Task
from server.kernel.clock import Clock
from server.kernel.database import Database
from server.uploads import store
from server.uploads.arrival import Arrivals

CLEAN_UP_EVERY: Final = timedelta(hours=1)
#: Of each kind, in one run; where there were as many, the next run follows at once.
CLEAN_UP_AT_ONCE: Final = 500
#: Longer than any put may take: what is half-written for so long was left by a writer that died.
ABANDONED: Final = timedelta(days=1)


class CleanUp(Task, frozen=True, kw_only=True):
    """Clean up once."""

    kind: ClassVar[str] = "uploads.sweep"
    lane: ClassVar[Lane] = Lane.FILES


class UploadCleanup:
    """The job, which enqueues itself again after each run."""

    def __init__(self, db: Database, jobs: Jobs, files: StagingStore, arrivals: Arrivals, clock: Clock) -> None:
        self._db = db
        self._jobs = jobs
        self._files = files
        self._arrivals = arrivals
        self._clock = clock

    def later(self, tx: sa.Connection, delay: timedelta = CLEAN_UP_EVERY) -> None:
        """Enqueue the job to run once after ``delay``."""
        self._jobs.enqueue(tx, CleanUp(), delay=delay, dedupe=CleanUp.kind)

    async def run(self, _job: Job[CleanUp]) -> None:
        """Clean up once. A job handler."""
        now = int(self._clock.now().timestamp() * 1000)
        over = await self._db.write(lambda tx: store.forget_expired(tx, now, CLEAN_UP_AT_ONCE))
        for upload in over:
            await self._files.discard(upload)
        orphans = await self._orphans()
        abandoned = await self._files.tidy(ABANDONED.total_seconds(), CLEAN_UP_AT_ONCE)
        full = CLEAN_UP_AT_ONCE in (len(over), orphans, abandoned)

        def come_back(tx: sa.Connection) -> None:
            for upload, person in store.unverified(tx, CLEAN_UP_AT_ONCE):  # its job or request died
                self._arrivals.expect(tx, upload, person)
            self.later(tx, timedelta() if full else CLEAN_UP_EVERY)

        await self._db.write(come_back)

    async def _orphans(self) -> int:
        """Discard parts left by a crash between two steps or by an overtaken request; return of how many uploads.

        An upload is in the database before its first part is in the staging, so there is nothing to wait for.
        """
        after, discarded = "", 0
        while page := await self._files.waiting(after, CLEAN_UP_AT_ONCE):
            for upload in await self._db.read(lambda tx, page=page: store.not_under_way(tx, page)):  # type: ignore[misc]
                await self._files.discard(upload)
                discarded += 1
                if discarded == CLEAN_UP_AT_ONCE:
                    return discarded
            after = page[-1]
        return discarded

"""Upkeep of the store: what it holds is surveyed, what is not needed is marked, and swept after a grace (ADR 0009).

One round a day, in bounded steps, each a job: survey (once a week, and at once after a restore), mark, sweep. Bytes are
deleted only by the sweep, and only of a row that was not needed for the whole grace; what the store holds without a row
gets one by the survey, and so its grace.
"""

import contextlib
import logging
import time
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import ClassVar, Final

import sqlalchemy as sa

from media.sniff import HEAD_BYTES
from media.store import BlobStore
from mobile_contract.problems import Refused
from server.jobs import Job, Jobs, Lane, Task, does
from server.kernel.clock import Clock, rfc3339
from server.kernel.database import Database
from server.kernel.files import BlobArrived, BlobLost
from server.kernel.journal import SYSTEM, Journal
from server.kernel.settings import Settings
from server.uploads import retention, store
from server.uploads.events import BlobRemoved
from server.uploads.model import REMOVAL_SECONDS, Blob, media_type

log = logging.getLogger("plumbline.uploads")

EVERY: Final = timedelta(days=1)
SURVEY_EVERY: Final = timedelta(days=7)
#: A server that starts looks soon, in case it starts on a restored database.
AFTER_START: Final = timedelta(minutes=1)
#: Derivatives go this long after their source: longer than writing a new one of the same bytes may take.
DERIVED_WAIT: Final = timedelta(days=1)
SURVEY_AT_ONCE: Final = 500
MARK_AT_ONCE: Final = 1000
CLEAN_UP_AT_ONCE: Final = 50
#: A deletion that took longer may have been sent twice, and the first be under way still: its row stays a fence.
SWIFT_SECONDS: Final = 5
#: After so long a batch of deletions is left to the process that resumes it: the two could overlap.
BATCH_SECONDS: Final = REMOVAL_SECONDS / 2

#: Where a step goes on, or None when it is done; and how long the next waits.
Progress = tuple[str | None, timedelta]
_AT_ONCE: Final = timedelta()
_SHORTLY: Final = timedelta(minutes=1)
_WHO: Final = "system"


class UpkeepStep(Task, frozen=True, kw_only=True):
    """One step of a round: which, behind which digest, and in which epoch of the database the round was begun."""

    kind: ClassVar[str] = "uploads.upkeep"
    lane: ClassVar[Lane] = Lane.FILES

    step: str = "survey"
    after: str = ""
    epoch: str | None = None


class Upkeep:
    """The job and its steps."""

    def __init__(
        self, db: Database, journal: Journal, jobs: Jobs, files: BlobStore, settings: Settings, clock: Clock
    ) -> None:
        self._db = db
        self._journal = journal
        self._jobs = jobs
        self._files = files
        self._clock = clock
        self._grace = timedelta(days=settings.blob_grace_days)
        self._steps: dict[str, Callable[[str], Awaitable[Progress]]] = {
            "survey": self._survey,
            "mark": self._mark,
            "sweep": self._sweep,
        }
        self.handlers = (does(UpkeepStep, self.run),)

    async def start(self) -> None:
        """Notice a restore before requests are answered, and enqueue the next round if none is."""

        def work(tx: sa.Connection) -> None:
            retention.notice_restore(tx)
            self._jobs.enqueue(tx, UpkeepStep(), delay=AFTER_START, dedupe=UpkeepStep.kind)

        await self._db.write(work)

    async def run(self, job: Job[UpkeepStep]) -> None:
        """Go one step. A job handler; a store that is away ends the round early, and an hour later one begins."""
        epoch = await self._db.write(retention.notice_restore)
        step, after = job.args.step, job.args.after
        if job.args.epoch != epoch:
            step, after = "survey", ""
        try:
            reached, delay = await self._steps[step](after)
        except Refused as refusal:
            log.warning("the upkeep of files stopped at %s: %s", step, refusal.code)
            step, reached, delay = "sweep", None, timedelta(hours=1)
        following = dict(zip(self._steps, list(self._steps)[1:], strict=False))
        if reached is None and step in following:
            step, reached = following[step], ""
        if reached is not None:
            task = UpkeepStep(step=step, after=reached, epoch=epoch)
        else:
            task, delay = UpkeepStep(), delay or EVERY

        await self._db.write(lambda tx: self._jobs.enqueue(tx, task, delay=delay, dedupe=task.kind))

    # -- survey -------------------------------------------------------------------------------------------------------

    async def _survey(self, after: str) -> Progress:
        """Compare a page of the store with the rows: adopt what has none, note what is missing."""
        now = self._clock.now()
        if not await self._db.read(lambda tx: retention.survey_due(tx, rfc3339(now - SURVEY_EVERY))):
            return None, _AT_ONCE
        listed = dict(await self._files.listing(after, SURVEY_AT_ONCE))
        rows = await self._db.read(lambda tx: retention.rows_after(tx, after, SURVEY_AT_ONCE))
        ends = [max(page) for page in (listed, rows) if len(page) == SURVEY_AT_ONCE]
        until = min(ends, default="g")  # beyond any digest
        await self._adopt({sha256: size for sha256, size in listed.items() if sha256 <= until and sha256 not in rows})
        for sha256, row in rows.items():
            if sha256 <= until and row.removing_at is None and (row.missing_at is None) != (sha256 in listed):
                await self._doubt(sha256)
        if ends:
            return until, _AT_ONCE
        await self._db.write(lambda tx: retention.surveyed(tx, rfc3339(now)))
        return None, _AT_ONCE

    async def _adopt(self, unknown: dict[str, int]) -> None:
        found = []
        for sha256, size in unknown.items():
            async with contextlib.aclosing(self._files.read(sha256, 0, HEAD_BYTES)) as pieces:
                head = b"".join([piece async for piece in pieces])
            kind = media_type(head)
            found.append(Blob(sha256=sha256, size=size, media_type=kind, created_at=rfc3339(self._clock.now())))
        if found:
            log.info("adopting %d blobs that the store holds and the database did not know", len(found))
            await self._db.write(lambda tx: retention.adopt(tx, found))

    async def _doubt(self, sha256: str) -> None:
        """Record that a blob is missing, or is back, and renew the receipts of the records that cite it."""
        is_here = await self._files.size(sha256) is not None
        at = rfc3339(self._clock.now())

        def work(tx: sa.Connection) -> None:
            with self._journal.open(tx, [SYSTEM], at) as book:
                store.lock_blobs(tx, [sha256])
                changed = store.come_back(tx, sha256) if is_here else retention.missing(tx, sha256, at)
                if changed:
                    news = BlobArrived if is_here else BlobLost
                    for scope in sorted({scope for scope, _ in store.citing(tx, sha256)}):
                        book.write(SYSTEM, news(actor=_WHO, subject=sha256, scope=scope))

        if not is_here:
            log.error("the bytes of blob %s are not in the store", sha256)
        await self._db.write(work)

    # -- mark and sweep -----------------------------------------------------------------------------------------------

    async def _mark(self, after: str) -> Progress:
        at = rfc3339(self._clock.now())
        return await self._db.write(lambda tx: retention.mark(tx, after, MARK_AT_ONCE, at)), _AT_ONCE

    async def _sweep(self, _after: str) -> Progress:
        """Remove a batch: fence it off in one transaction, delete its bytes, then forget its rows in another."""
        now = self._clock.now()
        at = rfc3339(now)
        began = time.monotonic()
        taken, more = await self._db.write(lambda tx: self._take(tx, now))
        gone = []
        try:
            for sha256 in taken:
                before = time.monotonic()
                if before - began > BATCH_SECONDS:
                    break
                await self._files.delete(sha256)
                if time.monotonic() - before < SWIFT_SECONDS:
                    gone.append(sha256)
        finally:
            await self._db.write(lambda tx: retention.end_removal(tx, gone, at))
        if more:
            return "", _AT_ONCE if gone else _SHORTLY
        if await self._db.read(retention.any_removal):
            return "", timedelta(seconds=REMOVAL_SECONDS)
        return None, _AT_ONCE

    def _take(self, tx: sa.Connection, now: datetime) -> tuple[list[str], bool]:
        """Return the blobs whose bytes are now this process's to delete, and whether there may be more of them."""
        at, before = rfc3339(now), now - self._grace
        stuck = retention.resume_removals(tx, rfc3339(now - timedelta(seconds=REMOVAL_SECONDS)), at, CLEAN_UP_AT_ONCE)
        due = retention.overdue(tx, rfc3339(before), CLEAN_UP_AT_ONCE - len(stuck))
        more = len(stuck) + len(due) == CLEAN_UP_AT_ONCE
        if not due:
            return stuck, more
        with self._journal.open(tx, [SYSTEM], at) as book:
            removed = [
                sha256
                for sha256 in due
                if retention.begin_removal(tx, sha256, rfc3339(before), at, rfc3339(before + DERIVED_WAIT))
            ]
            for sha256 in removed:
                book.write(SYSTEM, BlobRemoved(actor=_WHO, subject=sha256))
        return stuck + removed, more

"""The worker: takes due jobs, runs their handlers side by side, keeps their leases alive."""

import asyncio
import contextlib
import logging
from collections import Counter
from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from server.jobs.model import GiveUp, reason_of
from server.jobs.service import Jobs
from server.jobs.store import Row
from server.kernel.handling import DONE_FOR, Handler, Lane

log = logging.getLogger("plumbline.jobs")

POLL = timedelta(seconds=1)
GRACE = timedelta(seconds=20)
LAST_WORDS = timedelta(seconds=2)


class Worker:
    """Runs the kinds of jobs it has handlers for, ``concurrency`` of each lane at once; others are left to others.

    It wakes at once for what its own process enqueues and looks every ``poll`` for the rest.
    """

    def __init__(
        self, jobs: Jobs, handlers: Iterable[Handler[Any]], *, concurrency: int = 2, poll: timedelta = POLL
    ) -> None:
        self._jobs = jobs
        self._handlers = {handler.kind: handler for handler in handlers}
        self._concurrency = concurrency
        self._poll = poll.total_seconds()
        self._wake = asyncio.Event()
        self._stopping = False
        self._running: dict[asyncio.Task[None], Lane] = {}
        jobs.listen(self._wake.set)

    async def run(self, grace: timedelta = GRACE) -> None:
        """Work until :meth:`stop`; then give what runs ``grace`` to end before it is handed back."""
        try:
            while not self._stopping:
                self._wake.clear()
                await self._start_due()
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._wake.wait(), self._poll)
            if self._running:
                await asyncio.wait(self._running, timeout=grace.total_seconds())
        finally:
            for task in self._running:
                task.cancel()
            await asyncio.gather(*self._running, return_exceptions=True)

    def stop(self) -> None:
        """Take no more jobs; :meth:`run` returns when what runs has ended."""
        self._stopping = True
        self._wake.set()

    async def drain(self) -> int:
        """Run everything that is due now, and what becomes due by it; returns the number of attempts. For tests."""
        attempts = 0
        while claimed := await self._jobs.claim(self._handlers, self._concurrency):
            await asyncio.gather(*(self._run(job) for job in claimed))
            attempts += len(claimed)
        return attempts

    async def _start_due(self) -> None:
        taken = Counter(self._running.values())
        free = {lane: self._concurrency - taken[lane] for lane in Lane if taken[lane] < self._concurrency}
        if not free:
            return
        try:
            claimed = await self._jobs.claim(self._handlers, free)
        except Exception:  # the database may be away for a while; the worker stays
            log.exception("cannot look for jobs; trying again")
            return
        for job in claimed:
            task = asyncio.create_task(self._run(job), name=f"{job.kind} {job.id}")
            self._running[task] = job.lane
            task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        del self._running[task]
        self._wake.set()
        if not task.cancelled() and (error := task.exception()):
            # Its end could not be written down: the lease will run out and the job be done again.
            log.error("lost track of %s", task.get_name(), exc_info=error)

    async def _run(self, job: Row) -> None:
        DONE_FOR.set(job.person)  # in the task of this job alone
        work = asyncio.ensure_future(self._handlers[job.kind](job))
        beat = self._jobs.lease.total_seconds() / 3
        try:
            while not (await asyncio.wait({work}, timeout=beat))[0]:
                if not await self._keeps(job):
                    log.warning("%s %s lost its lease and is stopped", job.kind, job.id)
                    await _end(work)
                    return
        except asyncio.CancelledError:
            await _end(work)
            await asyncio.shield(self._jobs.give_back(job))
            raise
        await self._settle(job, work)

    async def _keeps(self, job: Row) -> bool:
        try:
            return await self._jobs.heartbeat(job)
        except Exception:  # the database is away; the lease may outlast that, and its token decides
            log.exception("cannot prolong the lease of %s %s", job.kind, job.id)
            return True

    async def _settle(self, job: Row, work: asyncio.Future[None]) -> None:
        error = asyncio.CancelledError("cancelled itself") if work.cancelled() else work.exception()
        if error is None:
            await self._jobs.finish(job)
            return
        log.warning("%s %s failed, attempt %d: %s", job.kind, job.id, job.attempt, reason_of(error))
        await self._jobs.fail(job, reason_of(error), final=isinstance(error, GiveUp))


async def _end(work: asyncio.Future[None]) -> None:
    work.cancel()
    await asyncio.wait({work}, timeout=LAST_WORDS.total_seconds())

"""Jobs: what must still be done, put down in the transaction of its cause, taken by workers under a lease."""

import itertools
import logging
import random
from collections.abc import AsyncIterator, Callable, Collection, Mapping
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import sqlalchemy as sa

from mobile_contract.jobs import DeadJob, DeadJobs, JobState
from mobile_contract.problems import Refused
from server.jobs import store
from server.jobs.events import JobDismissed, JobRetried
from server.jobs.holder import new_holder, seat
from server.jobs.model import ARGS_BYTES, JOBS, JobAct, backoff
from server.jobs.store import Row
from server.kernel.clock import Clock, new_id, rfc3339
from server.kernel.database import Database, after_commit
from server.kernel.handling import DONE_FOR, Lane, Task
from server.kernel.journal import SYSTEM, Journal
from server.kernel.settings import Settings

log = logging.getLogger("plumbline.jobs")

DEAD_PAGE = 200
NOW = timedelta()


class Jobs:
    """The queue. ``jitter`` gives numbers from [0, 1) that spread repeated attempts."""

    def __init__(
        self, db: Database, settings: Settings, clock: Clock, *, jitter: Callable[[], float] = random.random
    ) -> None:
        self.lease = timedelta(seconds=settings.job_lease_seconds)
        self._max_attempts = settings.job_max_attempts
        self._db = db
        self._clock = clock
        self._jitter = jitter
        self._listeners: list[Callable[[], None]] = []
        self._holder = new_holder()
        self._claims = itertools.count(1)
        # Its own journal, without handlers: the program's journal is built on this queue.
        self._journal = Journal({}, self.add)

    def enqueue(
        self,
        tx: sa.Connection,
        task: Task,
        *,
        delay: timedelta = NOW,
        priority: int = 0,
        dedupe: str | None = None,
        person: str = "",
    ) -> None:
        """Add a job to the caller's transaction: it exists if and only if what caused it does.

        A larger ``priority`` runs first; of equal ones people are served in turn, by ``person`` for whom it is done.
        What a job asks for is done for the person for whom that job is done. While a job of the same kind and
        ``dedupe`` key (≤ 160 characters) waits, no second one is added. Raises ``ValueError`` when the arguments exceed
        64 KiB of JSON.
        """
        args = msgspec.to_builtins(task)
        self.add(tx, task.kind, args, delay=delay, priority=priority, dedupe=dedupe, person=person, lane=task.lane)

    def add(  # noqa: PLR0913 - what a job has
        self,
        tx: sa.Connection,
        kind: str,
        args: dict[str, Any],
        *,
        delay: timedelta = NOW,
        priority: int = 0,
        dedupe: str | None = None,
        person: str = "",
        lane: Lane = Lane.LIGHT,
    ) -> None:
        """Add a job by the name of its kind, as the journal does for an event; else as :meth:`enqueue`."""
        encoded = msgspec.json.encode(args)
        if len(encoded) > ARGS_BYTES:
            raise ValueError(f"{kind}: {len(encoded)} bytes of job arguments; at most {ARGS_BYTES}")
        now = self._clock.now()
        store.add(
            tx,
            {
                "id": new_id(),
                "kind": kind,
                "args": encoded.decode(),
                "state": JOBS.after(JobAct.ENQUEUE),
                "priority": priority,
                "attempt": 0,
                "max_attempts": self._max_attempts,
                "run_at": rfc3339(now + delay),
                "dedupe": dedupe,
                "created_at": rfc3339(now),
                "person": DONE_FOR.get() or person,
                "lane": lane,
            },
        )
        after_commit(tx, self._ring)

    def listen(self, callback: Callable[[], None]) -> None:
        """Call ``callback`` on the event loop whenever this process has committed a job."""
        self._listeners.append(callback)

    def _ring(self) -> None:
        for callback in self._listeners:
            callback()

    @asynccontextmanager
    async def working(self, folder: Path) -> AsyncIterator[None]:
        """Be the worker of a data folder while the block lasts; first free what its dead predecessor had leased."""
        with seat(folder) as taken:
            if taken is not None:
                if taken.predecessor:
                    await self._free(taken.predecessor)
                taken.sign(self._holder)
            yield

    async def _free(self, holder: str) -> None:
        now = rfc3339(self._clock.now())
        try:
            await self._db.write(lambda tx: store.free(tx, holder, now=now, reason="the worker's process ended"))
        except Exception:  # the database is away; the leases run out by time
            log.exception("cannot free the leases of the worker before this one")

    async def claim(self, kinds: Collection[str], places: Mapping[Lane, int] | int) -> list[Row]:
        """Take back lost leases, then take due jobs of these kinds: as many of each lane as it has ``places``.

        It looks first, without waiting for a writer: most of the time there is nothing, and a transaction that writes
        nothing would still cost what it costs to be durable and alone.
        """
        now = self._clock.now()
        at = rfc3339(now)
        free = dict.fromkeys(Lane, places) if isinstance(places, int) else places
        if not await self._db.read(lambda tx: store.any_due(tx, kinds, free, now=at)):
            return []

        def work(tx: sa.Connection) -> list[Row]:
            store.reap(tx, now=at, reason="the lease ran out: the worker stopped or stalled")
            until, token = rfc3339(now + self.lease), store.token_of(self._holder, next(self._claims))
            how: dict[str, Any] = {"now": at, "lease_until": until, "token": token}
            taken = [store.claim(tx, list(kinds), lane, limit=limit, **how) for lane, limit in free.items()]
            return [job for of_lane in taken for job in of_lane]

        return await self._db.write(work)

    async def heartbeat(self, job: Row) -> bool:
        """Prolong the lease; False: it was lost, and the work should stop."""
        until = rfc3339(self._clock.now() + self.lease)
        return await self._db.write(lambda tx: store.heartbeat(tx, job, until))

    async def finish(self, job: Row) -> bool:
        """Put an end to a job that is done; False: the lease was lost, and another worker does it again."""
        return await self._db.write(lambda tx: store.finish(tx, job))

    async def fail(self, job: Row, reason: str, *, final: bool = False) -> bool:
        """Have a failed job tried again later; after its last attempt, or when ``final``, it is a dead letter."""
        now = self._clock.now()
        if final or job.attempt >= job.max_attempts:
            return await self._db.write(lambda tx: store.bury(tx, job, reason=reason, now=rfc3339(now)))
        again = rfc3339(now + backoff(job.attempt, self._jitter()))
        return await self._db.write(
            lambda tx: store.put_back(tx, job, run_at=again, attempt=job.attempt, reason=reason, behind=True)
        )

    async def give_back(self, job: Row) -> bool:
        """Return a job that was interrupted through no fault of its own; the attempt does not count."""
        now = rfc3339(self._clock.now())
        return await self._db.write(
            lambda tx: store.put_back(tx, job, run_at=now, attempt=job.attempt - 1, reason=None, behind=False)
        )

    async def dead(self, *, after: str = "", state: JobState = JobState.DEAD, kind: str | None = None) -> DeadJobs:
        """List dead letters, or those put aside, a page at a time; ``next`` is the ``after`` of the next page."""
        rows = await self._db.read(lambda tx: store.dead(tx, state, kind, limit=DEAD_PAGE, after=after))
        letters = tuple(
            DeadJob(
                id=row.id,
                kind=row.kind,
                args=msgspec.json.decode(row.args),
                attempts=row.attempt,
                reason=row.reason,
                created_at=row.created_at,
                died_at=row.run_at,
            )
            for row in rows
        )
        return DeadJobs(jobs=letters, next=letters[-1].id if len(letters) == DEAD_PAGE else "")

    async def dismiss(self, job_id: str, actor: str, reason: str) -> None:
        """Put a dead letter aside, with a reason; it can still be retried. Raises ``jobs.not_dead``."""
        now = rfc3339(self._clock.now())

        def work(tx: sa.Connection) -> None:
            kind = store.dismiss(tx, job_id)
            if kind is None:
                raise Refused("jobs.not_dead")
            event = JobDismissed(actor=actor, subject=job_id, kind=kind, reason=reason)
            self._journal.record(tx, SYSTEM, event, now)

        await self._db.write(work)

    async def retry(self, job_id: str, actor: str) -> None:
        """Return a dead letter all its attempts again. Raises ``jobs.not_dead``."""
        now = rfc3339(self._clock.now())

        def work(tx: sa.Connection) -> None:
            kind = store.revive(tx, job_id, now)
            if kind is None:
                raise Refused("jobs.not_dead")
            self._journal.record(tx, SYSTEM, JobRetried(actor=actor, subject=job_id, kind=kind), now)
            after_commit(tx, self._ring)

        await self._db.write(work)

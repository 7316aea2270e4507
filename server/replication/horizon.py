"""The horizon: the feed tells of what was deleted or has left for as long as phones may replay, and then forgets it.

When something was deleted is not written down anywhere: each scope carries one mark, a place in its feed and when that
was its head. When the mark is old enough it becomes the floor, everything gone below it is forgotten in the same
transaction, and the head of that moment is the next mark. So what is gone is told of for one to two replay periods.
Live records are never touched, nor is the journal.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from typing import ClassVar, Final

import sqlalchemy as sa

from server.jobs import Job, Jobs, Task, does
from server.kernel.clock import Clock, rfc3339
from server.kernel.database import Database, upsert
from server.kernel.journal import Journal
from server.kernel.tables import streams
from server.replication.events import FeedPurged
from server.replication.tables import horizons, records

EVERY: Final = timedelta(hours=6)
#: How many scopes one job looks at, and how many rows it forgets of one; the next job goes on.
SCOPES_AT_ONCE: Final = 200
ROWS_AT_ONCE: Final = 2000

#: Drops what is held beside forgotten records, given as ids by kind, in the transaction that forgets them.
Forget = Callable[[sa.Connection, Mapping[str, Sequence[str]]], None]


class Purge(Task, frozen=True, kw_only=True):
    """Look at the scopes that are due."""

    kind: ClassVar[str] = "replication.purge"


class Horizon:
    """Raises floors, some scopes at a time. ``replay`` is how long phones keep what they sent."""

    def __init__(
        self,
        db: Database,
        journal: Journal,
        jobs: Jobs,
        clock: Clock,
        replay: timedelta,
        actor: str,
        forget: Forget = lambda _tx, _forgotten: None,
    ) -> None:
        self._db = db
        self._journal = journal
        self._jobs = jobs
        self._clock = clock
        self._replay = replay
        self._actor = actor
        self._forget = forget
        self.handlers = (does(Purge, self.purge),)

    async def start(self) -> None:
        """See to it that the job is there."""
        await self._db.write(lambda tx: self._jobs.enqueue(tx, Purge(), dedupe=Purge.kind))

    async def purge(self, _job: Job[Purge]) -> None:
        """Look at the scopes that are due, one transaction each; then again at once if some are left, or later."""
        now = self._clock.now()
        before = rfc3339(now - self._replay)
        found = await self._db.read(lambda tx: due(tx, before, SCOPES_AT_ONCE))
        for scope in found:
            await self._db.write(lambda tx, scope=scope: self._advance(tx, scope, rfc3339(now)))  # type: ignore[misc]
        delay = EVERY if len(found) < SCOPES_AT_ONCE else timedelta()
        await self._db.write(lambda tx: self._jobs.enqueue(tx, Purge(), delay=delay, dedupe=Purge.kind))

    def _advance(self, tx: sa.Connection, scope: str, at: str) -> None:
        self._forget(tx, advance(tx, self._journal, scope, at, self._actor))


def due(tx: sa.Connection, before: str, limit: int) -> list[str]:
    """Name scopes that were written to since their floor and whose mark is older than ``before``, or missing."""
    old = sa.or_(horizons.c.scope.is_(None), horizons.c.marked_at < before)
    there = sa.select(streams.c.stream).join(horizons, horizons.c.scope == streams.c.stream, isouter=True)
    return list(tx.scalars(there.where(old, streams.c.seq > sa.func.coalesce(horizons.c.floor, 0)).limit(limit)))


def advance(
    tx: sa.Connection, journal: Journal, scope: str, at: str, actor: str, rows: int = ROWS_AT_ONCE
) -> dict[str, list[str]]:
    """Raise a scope's floor to its mark, forget what is gone below it – at most ``rows`` – and set the next mark.

    With more than that below the mark, the floor goes only as far as was forgotten, and the mark stays. Return the ids
    of the deleted records that are forgotten, by kind; what a moved record left behind is none.
    """
    with journal.open(tx, [scope], at) as book:
        was = tx.execute(sa.select(horizons).where(horizons.c.scope == scope)).one_or_none()
        floor = mark = was.mark if was is not None else 0
        gone = (records.c.scope == scope, records.c.deleted.is_(True))
        found = tx.scalars(
            sa.select(records.c.seq).where(*gone, records.c.seq <= mark).order_by(records.c.seq).limit(rows)
        ).all()
        row = {"scope": scope, "floor": floor, "mark": book.streams[scope].seq, "marked_at": at}
        if was is not None and len(found) == rows:
            row |= {"floor": found[-1], "mark": mark, "marked_at": was.marked_at}
        forgotten: dict[str, list[str]] = {}
        if found:
            below = sa.delete(records).where(*gone, records.c.seq <= row["floor"])
            for record in tx.execute(below.returning(records.c.id, records.c.kind, records.c.moved)):
                if record.moved is None:
                    forgotten.setdefault(record.kind, []).append(record.id)
            book.write(scope, FeedPurged(actor=actor, subject=scope, floor=int(row["floor"]), records=len(found)))
        upsert(tx, horizons, [row], key=("scope",))
    return forgotten

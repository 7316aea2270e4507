"""The follower: keeps the indexes of search and of captures behind the feeds, as a phone keeps its copy.

It reads what each scope's feed tells beyond its mark, and sets the mark in the same transaction: so nothing is missed
that was written, moved, deleted, restored, or whose files arrived; doing it again changes nothing; and an index that
is new, or older than what a feed still tells of, is filled from the beginning. Nothing of it runs inside a push.
"""

import asyncio
import contextlib
import logging
from typing import Final

import sqlalchemy as sa

from server.insight import index, seen
from server.insight.texts import entry_of
from server.kernel.database import Database
from server.replication import changed, floor_of
from server.uploads import Uploads

log = logging.getLogger("plumbline.insight")

EVERY: Final = 1.0
#: Scopes in one look, records in one transaction.
SCOPES_AT_ONCE: Final = 50
RECORDS_AT_ONCE: Final = 200


class Follower:
    """One follower. Any number may run, in any number of processes: a scope's mark is locked by who moves it."""

    def __init__(self, db: Database, uploads: Uploads) -> None:
        self._db = db
        self._uploads = uploads
        self._stop = asyncio.Event()

    async def run(self) -> None:
        """Follow until :meth:`stop`."""
        while not self._stop.is_set():
            try:
                await self.follow()
            except Exception:  # the database may be away for a while; the follower stays
                log.exception("cannot follow the feeds; trying again")
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._stop.wait(), EVERY)

    def stop(self) -> None:
        """Have :meth:`run` return soon."""
        self._stop.set()

    async def follow(self) -> int:
        """Index everything that is committed by now; return how many entries of feeds were read."""
        count = 0
        while scopes := await self._db.read(lambda tx: index.behind(tx, SCOPES_AT_ONCE)):
            for scope in scopes:
                while not self._stop.is_set():
                    read = await self._db.write(lambda tx, scope=scope: self._step(tx, scope))  # type: ignore[misc]
                    count += read
                    if read < RECORDS_AT_ONCE:
                        break
            if self._stop.is_set():
                break
        return count

    async def anew(self) -> int:
        """Index everything again, from the beginning."""
        await self._db.write(index.forget_all)
        return await self.follow()

    def _step(self, tx: sa.Connection, scope: str) -> int:
        mark, floor = index.marked(tx, scope), floor_of(tx, scope)
        after, begun = mark.seq, mark.floor
        if after < floor and begun < floor:  # what was deleted meanwhile, the feed tells no more
            index.clear(tx, scope)
            seen.clear(tx, scope)
            after, begun = 0, floor
        head = index.head(tx, scope)  # before what is read: a later commit may be read already
        found = changed(tx, scope, after, RECORDS_AT_ONCE)
        for record in found:
            if record.deleted:
                index.remove(tx, record.id, scope)
                seen.remove(tx, record.id, scope)
                continue
            seen.put(tx, record)
            if (entry := entry_of(tx, record)) is not None:
                index.put(tx, record, entry, self._uploads.names_of(tx, record.id))
        last = found[-1].seq if found else after
        index.set_mark(tx, scope, last if len(found) == RECORDS_AT_ONCE else max(head, last), begun)
        return len(found)

"""The sealer: appends what the journal's streams have committed to one tree, and signs what the tree then is.

It reads a batch from one snapshot, hashes, and appends in a short transaction of its own, which begins by locking the
tree's row: without the lease, or where the tree is another than the one it read, it appends nothing. The lease only
keeps the others from reading in vain; the lock and the leaves see to it that each row is in the tree once.
"""

import asyncio
import contextlib
import logging
from datetime import timedelta

import sqlalchemy as sa

from server.kernel.clock import Clock, new_id, rfc3339
from server.kernel.database import Database
from server.kernel.settings import Settings
from server.proof import store
from server.proof.merkle import Tree
from server.proof.signing import Head, Signer
from server.proof.store import NOTHING, Batch

log = logging.getLogger("plumbline.proof")

#: How long others wait for a sealer that is silent.
LEASE = timedelta(seconds=5)


class Sealer:
    """One sealer. Any number may run, in any number of processes: one at a time appends."""

    def __init__(self, db: Database, settings: Settings, clock: Clock) -> None:
        self._db = db
        self._clock = clock
        self._key_file = settings.key_file
        self._every = settings.seal_seconds
        self._signer: Signer | None = None
        self._who = new_id()
        self._stop = asyncio.Event()

    async def run(self) -> None:
        """Seal every ``seal_seconds`` until :meth:`stop`; then once more, and give the lease back."""
        while not self._stop.is_set():
            await self._try()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._stop.wait(), self._every)
        await self._try()
        with contextlib.suppress(Exception):  # it runs out by itself
            await self._db.write(lambda tx: store.release(tx, self._who))

    def stop(self) -> None:
        """Have :meth:`run` return soon."""
        self._stop.set()

    async def seal(self) -> int:
        """Bring everything into the tree that is committed by now; returns the number of rows appended.

        It is less than what waits where another sealer holds the lease.
        """
        count = 0
        after: str | None = ""
        while after is not None:
            tree, batch = await self._look(after)
            if not batch.ends or not await self._append(tree, batch):
                break
            count, after = count + len(batch.rows), batch.after
        return count

    async def _try(self) -> None:
        try:
            await self.seal()
        except Exception:  # the database may be away for a while; the sealer stays
            log.exception("cannot seal the journal; trying again")

    async def _look(self, after: str) -> tuple[Tree, Batch]:
        """Read the tree, and what is to be appended to it next; nothing where another holds the lease."""
        now = rfc3339(self._clock.now())

        def work(tx: sa.Connection) -> tuple[Tree, Batch]:
            state = store.state(tx)
            return state.tree, store.batch(tx, after) if state.is_free(self._who, now) else NOTHING

        return await self._db.read(work)

    async def _append(self, tree: Tree, batch: Batch) -> bool:
        """Append a batch to the tree it was read with; False: that tree is no longer, or not ours."""
        size, now = tree.size, self._clock.now()
        for _, _, leaf in batch.rows:
            tree.append(leaf)
        head = self._key().sign(Head(size=tree.size, root=tree.root(), at=rfc3339(now)))
        held = store.TreeState(tree=tree, holder=self._who, until=rfc3339(now + LEASE))

        def work(tx: sa.Connection) -> bool:
            state = store.state(tx, lock=True)
            if state.tree.size != size or not state.is_free(self._who, rfc3339(now)):
                return False
            if batch.rows:
                store.append(tx, batch.rows, head)
            store.hold(tx, held)
            store.mark(tx, batch.ends)
            return True

        return await self._db.write(work)

    def _key(self) -> Signer:
        if self._signer is None:
            self._signer = Signer.of(self._key_file)
        return self._signer

"""Wake-ups: a connection that says only "there is something". What it is, and to whom, the exchange decides.

A commit of this process wakes at once those who may read a scope that it wrote to, except the replica that wrote: its
exchange has brought it everything. Commits of other processes are seen by a poll of the scopes' heads, one query for
all listeners; another looks whether anything was journaled about the listeners themselves – a grant, a revoked device
– and has their authority judged anew. A wake-up may be lost with its connection and may come for nothing; each
connection therefore begins with one, and a phone still exchanges now and then by itself.
"""

import asyncio
import contextlib
import logging
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import partial

import sqlalchemy as sa

from mobile_contract.problems import Refused
from server.kernel.database import Database, after_commit
from server.kernel.journal import Stream
from server.replication import store
from server.replication.model import Actor, Tuning

log = logging.getLogger("plumbline")

WAKE = b"event: wake\ndata: {}\n\n"
HEARTBEAT = b": still here\n\n"
#: Seconds between two wake-ups of one connection, however much happens.
SPACING = 1.0


@dataclass(eq=False, slots=True)
class _Listener:
    actor: Actor
    scopes: frozenset[str] = frozenset()
    ended: bool = False
    doubted: bool = False
    journaled: int = 0
    rung: asyncio.Event = field(default_factory=asyncio.Event)

    def ring(self, *, end: bool = False, doubt: bool = False) -> None:
        self.ended = self.ended or end
        self.doubted = self.doubted or doubt
        self.rung.set()


class Wakes:
    """The listeners of this process. ``scopes_of`` gives what an actor may read now."""

    def __init__(
        self, db: Database, scopes_of: Callable[[sa.Connection, Actor], frozenset[str]], tuning: Tuning
    ) -> None:
        self._db = db
        self._scopes_of = scopes_of
        self._tuning = tuning
        self._listeners: dict[str, _Listener] = {}
        self._of_scope: dict[str, set[_Listener]] = {}
        self._heads: dict[str, int] = {}
        self._poll: asyncio.Task[None] | None = None

    def committed(self, tx: sa.Connection, heads: Mapping[str, int], replica: str) -> None:
        """Wake the listeners that may read these scopes when ``tx`` commits, but for the replica that wrote."""
        if self._listeners:
            after_commit(tx, partial(self._ring, dict(heads), replica))

    def admit(self, actor: Actor) -> None:
        """Raise ``sync.too_many`` when a person, or ``server.busy`` when all together, listen more than is allowed."""
        others = Counter(listener.actor.person for key, listener in self._listeners.items() if key != actor.replica)
        if others[actor.person] >= self._tuning.wakes_per_person:
            raise Refused("sync.too_many", seconds=60)
        if others.total() >= self._tuning.wakes:
            raise Refused("server.busy", seconds=60)

    async def listen(self, actor: Actor, still: Callable[[], Awaitable[object]]) -> AsyncIterator[bytes]:
        """Return the bytes of the event stream until the client goes, its replica listens anew, or ``still`` refuses.

        ``still`` says whether the caller may go on at all; it is asked as often as the scopes are looked up again.
        """
        listener = _Listener(actor)
        loop = asyncio.get_running_loop()
        before = self._listeners.get(actor.replica)
        if before is not None:
            before.ring(end=True)
        self._listeners[actor.replica] = listener
        try:
            await self._look_up(listener)
            checked = loop.time()
            yield WAKE
            while True:
                sign = WAKE
                try:
                    await asyncio.wait_for(listener.rung.wait(), self._tuning.heartbeat_seconds)
                    listener.rung.clear()
                except TimeoutError:
                    sign = HEARTBEAT
                if listener.ended:
                    return
                if listener.doubted or loop.time() - checked >= self._tuning.recheck_seconds:
                    listener.doubted = False
                    await still()
                    await self._look_up(listener)
                    checked = loop.time()
                yield sign
                if sign is WAKE:
                    await asyncio.sleep(min(SPACING, self._tuning.heartbeat_seconds))
        except Refused:
            return
        finally:
            self._forget(listener)

    def close(self) -> None:
        """End every connection: the process is about to."""
        for listener in self._listeners.values():
            listener.ring(end=True)

    async def _look_up(self, listener: _Listener) -> None:
        """Learn what a listener may read now, and how far it has come; another set of scopes is news in itself."""

        def work(tx: sa.Connection) -> dict[str, Stream]:
            return store.heads(tx, self._scopes_of(tx, listener.actor))

        ends = await self._db.read(work)
        heads = {name: end.seq for name, end in ends.items()}
        listener.journaled = ends[listener.actor.own_scope].pos
        old, new = listener.scopes, frozenset(heads)
        for scope in new - old:
            self._of_scope.setdefault(scope, set()).add(listener)
            self._heads.setdefault(scope, heads[scope])
        self._leave(listener, old - new)
        listener.scopes = new
        if old and old != new:
            listener.ring()
        if self._poll is None or self._poll.done():
            self._poll = asyncio.create_task(self._watch())

    def _ring(self, heads: Mapping[str, int], replica: str) -> None:
        for scope, head in heads.items():
            if scope in self._heads:
                self._heads[scope] = max(self._heads[scope], head)
            for listener in self._of_scope.get(scope, ()):
                if listener.actor.replica != replica:
                    listener.ring()

    async def _watch(self) -> None:
        """See what other processes committed, as long as there are listeners."""
        while self._of_scope:
            await asyncio.sleep(self._tuning.poll_seconds)
            own = [listener.actor.own_scope for listener in self._listeners.values()]
            try:
                heads, journaled = await self._db.read(
                    lambda tx, own=own: (store.moved(tx, dict(self._heads)), store.positions(tx, own))  # type: ignore[misc]
                )
            except (sa.exc.SQLAlchemyError, OSError) as error:
                log.warning("the heads could not be read for wake-ups", exc_info=error)
                continue
            self._ring({scope: head for scope, head in heads.items() if head > self._heads.get(scope, head)}, "")
            for listener in self._listeners.values():
                if journaled.get(listener.actor.own_scope, 0) > listener.journaled:
                    listener.journaled = journaled[listener.actor.own_scope]
                    listener.ring(doubt=True)

    def _forget(self, listener: _Listener) -> None:
        if self._listeners.get(listener.actor.replica) is listener:
            del self._listeners[listener.actor.replica]
        self._leave(listener, listener.scopes)
        if not self._listeners and self._poll is not None:
            with contextlib.suppress(RuntimeError):  # the loop is closed: so is the task
                self._poll.cancel()

    def _leave(self, listener: _Listener, scopes: Iterable[str]) -> None:
        for scope in scopes:
            left = self._of_scope.get(scope, set())
            left.discard(listener)
            if not left:
                self._of_scope.pop(scope, None)
                self._heads.pop(scope, None)

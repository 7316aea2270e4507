"""Requests of this process that are bringing bytes, so that a newer one can have an older one commit what it has.

Pre-emption is safe without it, across processes too, by the token in the upload's row. But without it a
phone that reconnects faster than the server notices the dead link would send again what has arrived.
"""

import contextlib
import math
from collections import Counter
from collections.abc import AsyncIterator, Iterator

import anyio

from mobile_contract.problems import Refused
from server.uploads.model import RECEIVING_AT_ONCE

#: Seconds an older request may go on when a newer one has come: enough to read what the socket holds.
LAST_WORDS_SECONDS = 0.5
#: Seconds a newer request waits for an older one to commit what it has.
PATIENCE_SECONDS = 2


class Receiving:
    """One request bringing bytes."""

    def __init__(self, person: str, silence_seconds: int) -> None:
        self.person = person
        self._silence = silence_seconds
        self.done = anyio.Event()
        self._end = math.inf
        self._waiting: anyio.CancelScope | None = None

    def stop(self) -> None:
        """End the body soon: what the socket holds still counts."""
        self._end = min(self._end, anyio.current_time() + LAST_WORDS_SECONDS)
        if self._waiting is not None:
            self._waiting.deadline = min(self._waiting.deadline, self._end)

    async def pieces(self, body: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
        """Return the pieces of a body until it ends, breaks off, falls silent or is stopped."""
        while (now := anyio.current_time()) < self._end:
            piece = None
            with anyio.CancelScope(deadline=min(now + self._silence, self._end)) as self._waiting:
                piece = await anext(body, None)
            if piece is None:
                return
            yield piece


class Running:
    """The requests of one process, by upload. One that is silent for ``silence_seconds`` is taken to be cut off.

    ``of_one`` is how many one person may have at the same time, so that many slow ones leave places to others.
    """

    def __init__(self, silence_seconds: int, of_one: int) -> None:
        self._silence = silence_seconds
        self._of_one = of_one
        self._requests: dict[str, Receiving] = {}
        self._taken: Counter[str] = Counter()

    async def give_way(self, upload: str, person: str) -> None:
        """Have an older request of the same person commit what it has, and wait for it, for a bounded time."""
        older = self._requests.get(upload)
        if older is not None and older.person == person:
            older.stop()
            with anyio.move_on_after(PATIENCE_SECONDS):
                await older.done.wait()

    @contextlib.contextmanager
    def receiving(self, upload: str, person: str) -> Iterator[Receiving]:
        """Hold a place among the requests while the block runs.

        Raise ``media.uploads_at_once`` when the person has all of theirs, ``server.busy`` when there is none at all.
        """
        if self._taken[person] >= self._of_one:
            raise Refused("media.uploads_at_once", limit=self._of_one, seconds=5)
        if self._taken.total() >= RECEIVING_AT_ONCE:
            raise Refused("server.busy", seconds=5)
        request = self._requests[upload] = Receiving(person, self._silence)
        self._taken[person] += 1
        try:
            yield request
        finally:
            self._taken -= Counter((person,))  # and forget who has none left
            if self._requests.get(upload) is request:
                del self._requests[upload]
            request.done.set()

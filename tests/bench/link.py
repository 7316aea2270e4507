"""A phone's side of the exchange with nothing behind it: it sends what it is given and remembers the cursor."""

import time
from collections.abc import Callable, Sequence
from typing import Any, Self

import httpx
import msgspec

from mobile_contract.sync import Cursor, SyncRequest
from tests.bench.meter import Served
from tests.bench.plumbline import CLOCK, Ops

#: Reads an answer: the next cursor, and whether there is more.
Read = Callable[[bytes], tuple[Cursor, bool]]


class Link:
    """Exchanges over one connection. Answers come uncompressed unless ``encoding`` says otherwise."""

    def __init__(self, url: str, read: Read, token: str | None = None, encoding: str = "identity") -> None:
        self._client = httpx.Client(
            base_url=url, timeout=60, headers={"Authorization": f"Bearer {token}", "Accept-Encoding": encoding}
        )
        self._read = read
        self.cursor = Cursor()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()

    def push(self, batches: Sequence[Ops]) -> None:
        """Send batches; what they changed comes back with each answer."""
        for ops in batches:
            self.exchange(ops)

    def pull(self, since: Cursor | None = None) -> None:
        """Read everything beyond a cursor: from the beginning, if none is given."""
        self.cursor, more = since or Cursor(), True
        while more:
            more = self.exchange(())

    def exchange(self, ops: Ops = ()) -> bool:
        """Make one exchange; says whether there is more to read."""
        answer = self._client.post("/v1/sync", content=encoded(self.cursor, ops))
        answer.raise_for_status()
        self.cursor, more = self._read(answer.content)
        return more


def encoded(cursor: Cursor, ops: Ops = ()) -> bytes:
    """Encode a request."""
    return msgspec.json.encode(SyncRequest(clock=CLOCK, cursor=cursor, ops=ops))


class _Floor(msgspec.Struct):
    last: int
    changes: list[msgspec.Raw] = []


def floor_cursor(body: bytes) -> tuple[Cursor, bool]:
    answer = msgspec.json.decode(body, type=_Floor)
    return Cursor(seqs={"floor": answer.last}), bool(answer.changes)


class _Page(msgspec.Struct, rename="camel"):
    cursor: Cursor
    more: bool = False


def plumbline_cursor(body: bytes) -> tuple[Cursor, bool]:
    page = msgspec.json.decode(body, type=_Page)
    return page.cursor, page.more


def cpu_of(served: Served, work: Callable[[], Any]) -> float:
    """Run ``work`` and give the CPU-seconds of the server's tree meanwhile."""
    before = served.cpu_seconds()
    work()
    return served.cpu_seconds() - before


def milliseconds(work: Callable[[], Any]) -> float:
    """Run ``work`` and give the milliseconds it took by the clock on the wall."""
    began = time.perf_counter()
    work()
    return (time.perf_counter() - began) * 1000

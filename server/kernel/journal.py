"""The journal: what happened, in the transaction in which it happened, as one hash chain per stream.

A stream is a scope, or ``system``. Opening it locks its counter row, so that commit order equals position order; the
chain's end lies on that same row, so the journal itself is only ever inserted into. A leaf is the RFC 9162 leaf hash
of the row, in which the previous leaf is named (:func:`leaf`). An event (``server.kernel.events``) that has handlers
makes its jobs in the same transaction; each domain's row names its handlers.
"""

import hashlib
import operator
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

import msgspec
import sqlalchemy as sa

from mobile_contract.problems import Refused
from server.kernel.database import insert_if_absent, insert_rows
from server.kernel.events import Event, to_args
from server.kernel.tables import journal, streams

SYSTEM = "system"

T = TypeVar("T")

#: Puts a job for a handler of an event into the transaction: connection, handler name, the event as arguments.
Enqueue = Callable[[sa.Connection, str, dict[str, Any]], None]


def leaf(row: Mapping[str, Any], before: str) -> str:
    """Return the leaf of a journal row that follows the leaf ``before`` in its stream, in hexadecimal.

    It is SHA-256(0x00 ‖ A), as RFC 9162, section 2.1.1, has it. A is a JSON array without blanks: ``before``, the
    SHA-256 of the payload's text, and the columns of ``LEAF`` in their order.
    """
    payload = hashlib.sha256(row["payload"].encode()).hexdigest()
    encoded = msgspec.json.encode([before, payload, *_VOUCHED_FOR(row)])
    return hashlib.sha256(b"\0" + encoded).hexdigest()


#: The columns of a row that its leaf vouches for, beside the payload.
LEAF = ("stream", "pos", "at", "actor", "event", "subject", "replica", "op_id", "n", "body_hash", "receipt")
_VOUCHED_FOR = operator.itemgetter(*LEAF)

#: What a row has that is no receipt of an op.
_NO_RECEIPT: dict[str, Any] = dict.fromkeys(("replica", "op_id", "n", "body_hash", "receipt"))


@dataclass(slots=True)
class Stream:
    """A stream while its row is locked: the feed's head and checksum, and the end of the chain."""

    name: str
    seq: int
    sum: int
    live: int
    pos: int
    head: str


#: Byte order, which is Python's too: a database may collate otherwise, and then two writers could wait for each other.
_LOCK = {
    dialect: sa.select(streams)
    .where(streams.c.stream.in_(sa.bindparam("names", expanding=True)))
    .order_by(sa.collate(streams.c.stream, collation))
    .with_for_update()
    for dialect, collation in (("sqlite", "BINARY"), ("postgresql", "C"))
}
_ADVANCE = (
    sa.update(streams)
    .where(streams.c.stream == sa.bindparam("key"))
    .values({name: sa.bindparam(f"new_{name}") for name in ("seq", "sum", "live", "pos", "head")})
    .values(unsealed=True)
)


#: Under this name a connection keeps the names of the streams whose book is open in its transaction.
_OPEN = "plumbline.open_streams"


class StillOpen(RuntimeError):
    """A stream is opened again before its book is closed: both would write the same positions."""


class Book:
    """The locked streams of one transaction. ``write`` collects; ``close`` puts it all down in bulk.

    :meth:`Journal.open` makes it, closes it, and abandons it where its block raises.
    """

    def __init__(self, tx: sa.Connection, locked: Mapping[str, Stream], at: str, journal_: "Journal") -> None:
        self.at = at
        self.streams = locked
        self._before = {name: (end.seq, end.pos) for name, end in locked.items()}
        self._tx = tx
        self._journal = journal_
        self._rows: list[dict[str, Any]] = []
        self._jobs: list[tuple[str, dict[str, Any]]] = []

    def write(self, stream: str, event: Event) -> None:
        """Append an event to a stream that was opened."""
        end = self.streams[stream]
        end.pos += 1
        row: dict[str, Any] = {
            "stream": stream,
            "pos": end.pos,
            "at": self.at,
            "actor": event.actor,
            "event": event.title(),
            "subject": event.subject,
            "payload": event.text(),
            **_NO_RECEIPT,
            **event.columns(),
        }
        row["leaf"] = end.head = leaf(row, end.head)
        for handler in self._journal.handlers.get(row["event"], ()):
            self._jobs.append((handler, to_args(event, stream)))
        self._rows.append(row)

    def close(self) -> None:
        """Write rows, jobs and the new ends of the streams that moved."""
        insert_rows(self._tx, journal, self._rows)
        moved = [end for name, end in self.streams.items() if (end.seq, end.pos) != self._before[name]]
        if moved:
            self._tx.execute(
                _ADVANCE,
                [
                    {
                        "key": end.name,
                        "new_seq": end.seq,
                        "new_sum": f"{end.sum:016x}",
                        "new_live": end.live,
                        "new_pos": end.pos,
                        "new_head": end.head,
                    }
                    for end in moved
                ],
            )
        for handler, args in self._jobs:
            self._journal.enqueue(self._tx, handler, args)


class Journal:
    """Opens books. ``handlers`` maps an event's name to the jobs it makes."""

    def __init__(self, handlers: Mapping[str, Sequence[str]], enqueue: Enqueue) -> None:
        self.handlers = handlers
        self.enqueue = enqueue

    @contextmanager
    def open(self, tx: sa.Connection, names: Iterable[str], at: str) -> Iterator[Book]:
        """Lock streams in sorted order – always that order, so that two writers never wait for each other.

        Do it as late in the transaction as can be: the lock is held until commit. ``at`` is RFC 3339. The book is
        closed at the end of the block; where the block raises, nothing of it is written. A transaction may open a
        stream again once its book is closed. Raise ``StillOpen`` for one that is open in this transaction.
        """
        wanted = frozenset(names)
        opened: set[str] = tx.info.setdefault(_OPEN, set())
        if still := wanted & opened:
            raise StillOpen(f"still open in this transaction: {', '.join(sorted(still))}")
        book = Book(tx, self.lock(tx, wanted), at, self)
        opened |= wanted
        try:
            yield book
            book.close()
        finally:
            opened -= wanted

    def lock(self, tx: sa.Connection, names: Iterable[str]) -> dict[str, Stream]:
        """Lock streams as :meth:`open` does, without a book: what is read of their scopes then stands until commit."""
        wanted = sorted(set(names))
        insert_if_absent(tx, streams, [{"stream": name} for name in wanted])
        rows = tx.execute(_LOCK[tx.dialect.name], {"names": wanted})
        return {row.stream: Stream(row.stream, row.seq, int(row.sum, 16), row.live, row.pos, row.head) for row in rows}

    @contextmanager
    def open_for(
        self,
        tx: sa.Connection,
        read: Callable[[], T],
        scopes: Callable[[T], Iterable[str]],
        at: str,
        extra: Iterable[str] = (),
    ) -> Iterator[tuple[Book, T]]:
        """Open the streams of what is read, and some more. Yield the book, and what is there now that they are locked.

        What was read before the lock may have changed since; what is yielded stands until commit. Raise ``server.busy``
        where it moved to another scope meanwhile.
        """
        with self.open(tx, {*scopes(read()), *extra}, at) as book:
            yield book, _unmoved(read(), scopes, book.streams)

    def lock_for(self, tx: sa.Connection, read: Callable[[], T], scopes: Callable[[T], Iterable[str]]) -> T:
        """Return what is read, its streams locked without a book, as :meth:`open_for` does. Raise ``server.busy``."""
        locked = self.lock(tx, scopes(read()))
        return _unmoved(read(), scopes, locked)

    def record(self, tx: sa.Connection, stream: str, event: Event, at: str) -> None:
        """Write one event to one stream: for services whose transaction has nothing else to journal."""
        with self.open(tx, [stream], at) as book:
            book.write(stream, event)


def _unmoved(found: T, scopes: Callable[[T], Iterable[str]], locked: Mapping[str, Stream]) -> T:
    if not locked.keys() >= set(scopes(found)):
        raise Refused("server.busy", seconds=1)
    return found

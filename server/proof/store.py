"""The SQL of the tree. Every function takes a connection and runs inside its caller's transaction."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

import sqlalchemy as sa

from server.kernel.database import insert_if_absent, insert_rows
from server.kernel.tables import journal, streams
from server.proof.merkle import Tree
from server.proof.signing import Head
from server.proof.tables import heads, leaves, tree

#: Streams and rows that one transaction seals at most.
STREAMS = 200
ROWS = 1000


@dataclass(frozen=True, kw_only=True, slots=True)
class TreeState:
    """The right edge of the tree, who appends to it, and until when no other process does (RFC 3339)."""

    tree: Tree
    holder: str
    until: str

    def is_free(self, who: str, now: str) -> bool:
        """Return whether ``who`` may append."""
        return self.holder == who or self.until <= now


@dataclass(frozen=True, kw_only=True, slots=True)
class Batch:
    """What one transaction is to seal, read from one snapshot.

    ``rows`` are (stream, pos, leaf) by stream and pos. ``ends`` says how far each stream looked at is then sealed. The
    next look begins behind ``after``; None: this one saw the last stream.
    """

    rows: Sequence[tuple[str, int, bytes]]
    ends: Mapping[str, int]
    after: str | None


NOTHING = Batch(rows=(), ends={}, after=None)


def state(tx: sa.Connection, *, lock: bool = False) -> TreeState:
    """Return the state of the tree. While a transaction has it locked it alone appends, whatever a clock says."""
    query = sa.select(tree)
    row = tx.execute(query.with_for_update() if lock else query).one_or_none()
    if row is not None:
        return TreeState(tree=Tree.unpacked(row.size, row.peaks), holder=row.holder, until=row.until)
    if not lock:
        return TreeState(tree=Tree(), holder="", until="")
    insert_if_absent(tx, tree, [{"id": 1, "size": 0, "peaks": b"", "holder": "", "until": ""}])
    return state(tx, lock=True)


def batch(tx: sa.Connection, after: str) -> Batch:
    """Read the next rows to be sealed, of streams behind ``after``.

    Positions are dense and become visible in their order, because a stream's writers take turns on its row: what lies
    between the last sealed position and the stream's is all there, once and for all.
    """
    looked = tx.execute(
        sa.select(streams.c.stream, streams.c.pos, _sealed(streams.c.stream).label("sealed"))
        .where(streams.c.unsealed, streams.c.stream > after)
        .order_by(streams.c.stream)
        .limit(STREAMS)
    ).all()
    ends: dict[str, int] = {}
    wanted = []
    room = ROWS
    for row in looked:
        if room == 0:
            break
        taken = min(row.pos - row.sealed, room)
        ends[row.stream] = row.sealed + taken
        room -= taken
        if taken:
            own = (journal.c.stream == row.stream, journal.c.pos > row.sealed, journal.c.pos <= row.sealed + taken)
            wanted.append(sa.and_(*own))
    return Batch(rows=_rows(tx, wanted) if wanted else [], ends=ends, after=_next([after, *ends], room))


def _next(names: Sequence[str], room: int) -> str | None:
    if room == 0:
        return names[-2]  # the one that filled the batch may have more
    return names[-1] if len(names) > STREAMS else None


def _rows(tx: sa.Connection, wanted: Sequence[sa.ColumnElement[bool]]) -> list[tuple[str, int, bytes]]:
    """Read ranges of rows by their literal ends: a join with the streams may be planned as a scan of the journal."""
    found = tx.execute(
        sa.select(journal.c.stream, journal.c.pos, journal.c.leaf)
        .where(sa.or_(*wanted))
        .order_by(journal.c.stream, journal.c.pos)
    )
    return [(row.stream, row.pos, bytes.fromhex(row.leaf)) for row in found]


def _sealed(stream: sa.ColumnElement[str]) -> sa.ColumnElement[int]:
    """How far a stream is sealed, from the leaves themselves: one step into their index."""
    last = sa.select(sa.func.max(leaves.c.pos)).where(leaves.c.stream == stream).scalar_subquery()
    return sa.func.coalesce(last, 0)


def append(tx: sa.Connection, rows: Sequence[tuple[str, int, bytes]], head: Head) -> None:
    """Insert leaves behind those that are there, and the head of the tree that has grown by them."""
    first = head.size - len(rows)
    new = [
        {"index": first + offset, "stream": stream, "pos": pos, "leaf": leaf}
        for offset, (stream, pos, leaf) in enumerate(rows)
    ]
    insert_rows(tx, leaves, new)
    insert_rows(tx, heads, [asdict(head)])


def hold(tx: sa.Connection, now: TreeState) -> None:
    """Put down the state of the tree, which is locked."""
    values = {"size": now.tree.size, "peaks": now.tree.packed(), "holder": now.holder, "until": now.until}
    tx.execute(sa.update(tree).values(values))


def release(tx: sa.Connection, who: str) -> None:
    """Return the lease back, if it is held."""
    tx.execute(sa.update(tree).where(tree.c.holder == who).values(until=""))


def mark(tx: sa.Connection, ends: Mapping[str, int]) -> None:
    """Note which streams need no look until something is written to them.

    Streams that are being written to are passed over, so that no writer ever waits and none is waited for: what
    is marked too seldom is looked at once more.
    """
    names = list(ends)
    locked = tx.execute(
        sa.select(streams.c.stream, streams.c.pos).where(streams.c.stream.in_(names)).with_for_update(skip_locked=True)
    )
    done = [row.stream for row in locked if row.pos == ends[row.stream]]
    if done:
        tx.execute(sa.update(streams).where(streams.c.stream.in_(done)).values(unsealed=False))


def waiting(tx: sa.Connection) -> tuple[int, str]:
    """Count the rows that are not sealed, and give when the oldest of them was written (RFC 3339; empty for none)."""
    ends = (
        sa.select(streams.c.stream, streams.c.pos, _sealed(streams.c.stream).label("sealed"))
        .where(streams.c.unsealed)
        .cte("ends")
        .prefix_with("MATERIALIZED")
    )
    first = sa.and_(journal.c.stream == ends.c.stream, journal.c.pos == ends.c.sealed + 1)
    row = tx.execute(sa.select(sa.func.sum(ends.c.pos - ends.c.sealed), sa.func.min(journal.c.at)).join(journal, first))
    count, oldest = row.one()
    return int(count or 0), oldest or ""


def newest_head(tx: sa.Connection) -> Head | None:
    """Return the head of the largest tree that was signed."""
    row = tx.execute(sa.select(heads).order_by(heads.c.size.desc()).limit(1)).mappings().one_or_none()
    return None if row is None else Head(**{str(name): value for name, value in row.items()})

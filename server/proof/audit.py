"""The examination: everything that the rows, the tree and the signed heads say of each other, from the stored bytes.

A finding is a sentence that names what is wrong. The chains show a row that was altered, removed or put elsewhere; the
tree shows it even when its whole chain was computed anew; the heads show it even when the tree was.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from server.kernel.journal import leaf
from server.kernel.tables import journal, streams
from server.proof import store
from server.proof.merkle import Tree
from server.proof.signing import Head
from server.proof.tables import heads, leaves

#: Rows that are read at once.
PAGE = 1000

_BEGINNING = "0" * 64


@dataclass(slots=True)
class Audit:
    """What was examined – heads by the key they name – and how much was found amiss."""

    rows: int = 0
    leaves: int = 0
    heads: dict[bytes, int] = field(default_factory=dict)
    findings: int = 0


def audit(tx: sa.Connection, tell: Callable[[str], None]) -> Audit:
    """Examine the journal, the tree and the heads in one snapshot; every finding is told at once.

    It reads every row: about a minute for a few million.
    """
    seen = Audit()
    for examine in (_rows, _ends, _leaves, _last_head):
        for finding in examine(tx, seen):
            seen.findings += 1
            tell(finding)
    return seen


def _rows(tx: sa.Connection, seen: Audit) -> Iterator[str]:
    """Follow each stream's chain, and look each row up in the tree."""
    there = sa.and_(leaves.c.stream == journal.c.stream, leaves.c.pos == journal.c.pos)
    query = sa.select(journal, leaves.c.index, leaves.c.leaf.label("sealed")).select_from(
        sa.outerjoin(journal, leaves, there)
    )
    stream, before, last, left_out = "", _BEGINNING, 0, 0
    for row in _pages(tx, query, journal.c.stream, journal.c.pos):
        seen.rows += 1
        if row["stream"] != stream:
            stream, before, last, left_out = row["stream"], _BEGINNING, 0, 0
        pos, sealed = row["pos"], row["sealed"]
        if pos != last + 1:
            yield f"{_row(stream, pos)}: positions {last + 1} to {pos - 1} before it are missing"
        elif row["leaf"] != leaf(row, before):
            yield f"{_row(stream, pos)}: its leaf is not that of its content behind position {last}"
        if sealed is None:
            left_out = left_out or pos
        elif left_out:
            yield f"{_row(stream, left_out)}: it is not in the tree, and position {pos} is"
            left_out = 0
        if sealed is not None and sealed.hex() != row["leaf"]:
            yield f"{_row(stream, pos)}: leaf {row['index']} of the tree is another"
        before, last = row["leaf"], pos


def _ends(tx: sa.Connection, _seen: Audit) -> Iterator[str]:
    """Look whether each stream ends where its counter row says."""
    own = journal.c.stream == streams.c.stream
    last = sa.select(sa.func.max(journal.c.pos)).where(own).correlate(streams).scalar_subquery()
    differ = sa.or_(sa.func.coalesce(last, 0) != streams.c.pos, journal.c.leaf != streams.c.head)
    query = sa.select(streams.c.stream, streams.c.pos, sa.func.coalesce(last, 0).label("last")).select_from(
        sa.outerjoin(streams, journal, sa.and_(own, journal.c.pos == streams.c.pos))
    )
    for row in _pages(tx, query.where(differ), streams.c.stream):
        yield f"stream {row['stream']}: its chain ends at position {row['last']}, not as noted at {row['pos']}"
    unknown = sa.select(journal.c.stream, journal.c.pos).where(~sa.exists().where(streams.c.stream == journal.c.stream))
    for row in _pages(tx, unknown, journal.c.stream, journal.c.pos):
        yield f"{_row(row['stream'], row['pos'])}: there is no such stream"


def _leaves(tx: sa.Connection, seen: Audit) -> Iterator[str]:
    """Build the tree anew from its leaves, and hold every head against it on the way."""
    there = sa.and_(leaves.c.stream == journal.c.stream, leaves.c.pos == journal.c.pos)
    query = sa.select(leaves, journal.c.at).select_from(sa.outerjoin(leaves, journal, there))
    built = Tree()
    signed = (Head(**row) for row in _pages(tx, sa.select(heads), heads.c.size))
    awaited = next(signed, None)
    for row in _pages(tx, query, leaves.c.index):
        if row["index"] != built.size:
            yield f"tree: leaves {built.size} to {row['index'] - 1} are missing, so what follows proves nothing"
            return
        if row["at"] is None:
            yield f"{_row(row['stream'], row['pos'])}: it is leaf {row['index']} of the tree, and is missing"
        built.append(row["leaf"])
        seen.leaves = built.size
        if awaited is not None and awaited.size == built.size:
            seen.heads[awaited.key] = seen.heads.get(awaited.key, 0) + 1
            yield from _judge(awaited, built)
            awaited = next(signed, None)
    if store.state(tx).tree != built:
        yield f"tree: what is noted for appending is not the edge of its {built.size} leaves"


def _judge(head: Head, built: Tree) -> Iterator[str]:
    if head.root != built.root():
        yield f"head of size {head.size}: its root is not that of the leaves"
    if not head.is_signed():
        yield f"head of size {head.size}: key {head.key.hex()} did not sign it"


def _row(stream: str, pos: int) -> str:
    return f"journal, stream {stream}, position {pos}"


def _last_head(tx: sa.Connection, seen: Audit) -> Iterator[str]:
    """Look whether the newest head speaks of all leaves, and of no more."""
    newest = store.newest_head(tx)
    size = newest.size if newest else 0
    if size > seen.leaves:
        yield f"head of size {size}: the tree has only {seen.leaves} leaves"
    elif size < seen.leaves:
        yield f"tree: no head was signed for its {seen.leaves} leaves"


def _pages(tx: sa.Connection, query: sa.Select[Any], *key: sa.Column[Any]) -> Iterator[dict[str, Any]]:
    """Read rows in the order of a key, a page at a time."""
    query = query.order_by(*key).limit(PAGE)
    rows = tx.execute(query).mappings().all()
    while rows:
        yield from map(dict, rows)
        last = sa.tuple_(*(sa.literal(rows[-1][column], column.type) for column in key))
        rows = tx.execute(query.where(sa.tuple_(*key) > last)).mappings().all() if len(rows) == PAGE else []

"""The SQL of the queue. Rows and their counts by group are written together, under the lock of their scope.

A list is read group by group – a scope, a state and a form – from an index in its order, and the heads of the groups
are merged: a page takes as long with a million rows as with a thousand.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec
import sqlalchemy as sa

from mobile_contract.queue import QueueOrder, QueueState
from server.kernel.database import insert, upsert
from server.scans.tables import scan_groups, scan_queue

Row = sa.Row[Any]
_GROUP = ("scope", "state", "form")
_KEYS = {QueueOrder.AGE: "received_at", QueueOrder.CONFIDENCE: "confidence"}


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """What is listed: scopes, states, a form (None: any; empty: unknown), and in which order.

    ``now`` leaves out what is claimed at that moment, but for the claims of ``mine``.
    """

    scopes: Sequence[str]
    states: Sequence[QueueState]
    form: str | None = None
    order: QueueOrder = QueueOrder.AGE
    now: str | None = None
    mine: str | None = None


# Writing -------------------------------------------------------------------------------------------------------------


def enter(tx: sa.Connection, rows: list[dict[str, Any]]) -> None:
    """Put scans into the queue, or bring their rows up to date; claims on them stay."""
    before = _groups_of(tx, [row["scan"] for row in rows])
    upsert(tx, scan_queue, rows, key=("scan",))
    _count(tx, before, [tuple(row[name] for name in _GROUP) for row in rows])


def change(tx: sa.Connection, scan: str, columns: Mapping[str, Any]) -> None:
    """Set columns of a scan that waits; one that does not is passed over."""
    before = _groups_of(tx, [scan])
    if before:
        tx.execute(sa.update(scan_queue).where(scan_queue.c.scan == scan).values(**columns))
        _count(tx, before, _groups_of(tx, [scan]))


def leave(tx: sa.Connection, scans: Sequence[str]) -> None:
    """Take scans out of the queue, with the claims on them."""
    before = _groups_of(tx, scans)
    tx.execute(sa.delete(scan_queue).where(scan_queue.c.scan.in_(scans)))
    _count(tx, before, [])


def _groups_of(tx: sa.Connection, scans: Sequence[str]) -> list[tuple[str, ...]]:
    rows = tx.execute(sa.select(*(scan_queue.c[name] for name in _GROUP)).where(scan_queue.c.scan.in_(scans)))
    return [tuple(row) for row in rows]


def _count(tx: sa.Connection, before: Iterable[tuple[str, ...]], after: Iterable[tuple[str, ...]]) -> None:
    moved = Counter(after)
    moved.subtract(before)
    rows = [dict(zip((*_GROUP, "scans"), (*group, by), strict=True)) for group, by in sorted(moved.items()) if by]
    if rows:
        adding = insert(tx, scan_groups)
        total = scan_groups.c.scans + adding.excluded.scans
        tx.execute(adding.on_conflict_do_update(index_elements=_GROUP, set_={"scans": total}), rows)


# Listing -------------------------------------------------------------------------------------------------------------


def counts(tx: sa.Connection, scopes: Iterable[str]) -> Sequence[Row]:
    """Return how many scans wait in some scopes, by scope, state and form."""
    query = sa.select(scan_groups).where(scan_groups.c.scope.in_(sorted(scopes)), scan_groups.c.scans > 0)
    return tx.execute(query.order_by(*(scan_groups.c[name] for name in _GROUP))).all()


def page(tx: sa.Connection, wanted: Wanted, after: tuple[Any, str] | None, limit: int) -> Sequence[Row]:
    """Return rows of the queue in order, those behind ``after``: the key and the id of the row before."""
    key = _KEYS[wanted.order]
    row = scan_queue.alias("head")
    heads = sa.select(row).where(*(row.c[name] == scan_groups.c[name] for name in _GROUP))
    if after is not None:
        heads = heads.where(sa.tuple_(row.c[key], row.c.scan) > sa.tuple_(sa.literal(after[0]), sa.literal(after[1])))
    if wanted.now is not None:
        heads = heads.where(_free(row, wanted.now, wanted.mine))
    heads = heads.order_by(row.c[key], row.c.scan).limit(limit).correlate(scan_groups)
    there: Any
    if tx.dialect.name == "postgresql":
        there = heads.lateral("there")
        joined = scan_groups.join(there, sa.true())
    else:  # SQLite has no LATERAL, and looks up what a subquery lists; PostgreSQL would do so for each row there is
        there = scan_queue
        joined = scan_groups.join(there, there.c.scan.in_(heads.with_only_columns(row.c.scan)))
    query = sa.select(there).select_from(joined)
    query = query.where(scan_groups.c.scope.in_(sorted(wanted.scopes)), scan_groups.c.state.in_(wanted.states))
    query = query.where(scan_groups.c.scans > 0)
    if wanted.form is not None:
        query = query.where(scan_groups.c.form == wanted.form)
    return tx.execute(query.order_by(there.c[key], there.c.scan).limit(limit)).all()


def key_of(row: Row, order: QueueOrder) -> tuple[Any, str]:
    """Return what :func:`page` is asked ``after`` to go on behind a row."""
    return getattr(row, _KEYS[order]), row.scan


def one(tx: sa.Connection, scan: str, *, lock: bool = False) -> Row | None:
    """Return the row of a scan that waits."""
    query = sa.select(scan_queue).where(scan_queue.c.scan == scan)
    return tx.execute(query.with_for_update() if lock else query).one_or_none()


# Claims --------------------------------------------------------------------------------------------------------------


def lock_first_free(tx: sa.Connection, scans: Sequence[str], order: QueueOrder, now: str) -> str | None:
    """Return the first of some scans that is free, locked: what another transaction is claiming is passed over."""
    key = scan_queue.c[_KEYS[order]]
    query = sa.select(scan_queue.c.scan).where(scan_queue.c.scan.in_(scans), _free(scan_queue, now, None))
    return tx.scalar(query.order_by(key, scan_queue.c.scan).limit(1).with_for_update(skip_locked=True))


def drop_claim(tx: sa.Connection, scan: str, by: str) -> None:
    """Drop the claim of a person on a scan."""
    mine = (scan_queue.c.scan == scan, scan_queue.c.claimed_by == by)
    tx.execute(sa.update(scan_queue).where(*mine).values(claimed_by=None, claimed_until=None))


def set_claim(tx: sa.Connection, scan: str, by: str, until: str) -> None:
    """Set the claim on a scan."""
    tx.execute(sa.update(scan_queue).where(scan_queue.c.scan == scan).values(claimed_by=by, claimed_until=until))


def claimed(tx: sa.Connection, by: str, now: str) -> int:
    """Return how many scans a person has claimed."""
    mine = (scan_queue.c.claimed_by == by, scan_queue.c.claimed_until > now)
    return tx.scalar(sa.select(sa.func.count()).where(*mine)) or 0


def _free(rows: Any, now: str, mine: str | None) -> sa.ColumnElement[bool]:
    free = sa.or_(rows.c.claimed_until.is_(None), rows.c.claimed_until <= now)
    return free if mine is None else sa.or_(free, rows.c.claimed_by == mine)

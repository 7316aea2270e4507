"""Conflicts as rows: found by the scope and the record that they are about."""

from collections.abc import Iterable, Sequence
from typing import Any, Final

import msgspec
import sqlalchemy as sa

from mobile_contract.conflicts import ConflictList, ConflictServer, ConflictValues
from mobile_contract.ids import live_scope
from mobile_contract.states import ConflictState
from server.kernel import pages
from server.kernel.database import upsert
from server.replication import store
from server.replication.tables import conflicts
from sync.policy import CONFLICT
from sync.state import Record
from sync.typed import server_of, values_of

BY: Final = (conflicts.c.at, conflicts.c.id)


def save(tx: sa.Connection, written: Iterable[Record]) -> None:
    """Keep the rows of conflicts that were just written."""
    upsert(tx, conflicts, [_row(record) for record in written if record.kind == CONFLICT.kind], key=("id",))


def _row(record: Record) -> dict[str, Any]:
    about = values_of(record, ConflictValues)
    return {
        "id": record.id,
        "scope": live_scope(record.scope),
        "record": about.record,
        "kind": about.kind,
        "state": about.state,
        "at": server_of(record, ConflictServer).received_at,
    }


def listing(
    tx: sa.Connection, scopes: Iterable[str], state: ConflictState, kind: str | None, after: str, limit: int
) -> bytes:
    """Return a page of the conflicts of some scopes, the oldest first: a ``ConflictList`` as JSON bytes."""
    query = sa.select(conflicts).where(
        conflicts.c.scope == sa.bindparam("scope"), conflicts.c.state == sa.literal_column(f"'{state.value}'")
    )
    if kind is not None:
        query = query.where(conflicts.c.kind == kind)
    rows = pages.merged(tx, query, scopes, BY, pages.beyond(after, len(BY)), limit + 1, newest=False)
    entries = store.by_id(tx, [row.id for row in rows[:limit]])
    found = tuple(msgspec.Raw(store.entry(row)) for row in entries)
    return msgspec.json.encode(ConflictList(conflicts=found, next=pages.cursor(rows, BY, limit)))


def about(tx: sa.Connection, record: str, limit: int) -> Sequence[str]:
    """Return the ids of the conflicts about a record, settled ones too."""
    found = sa.select(conflicts.c.id).where(conflicts.c.record == record)
    return tx.scalars(found.order_by(conflicts.c.id).limit(limit)).all()

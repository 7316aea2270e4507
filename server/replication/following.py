"""What those read who follow the feeds on the server itself, as an index does. Each takes a connection."""

from collections.abc import Sequence
from typing import Any

import msgspec
import sqlalchemy as sa

from server.replication import store
from server.replication.tables import records
from sync.state import Record

_CHUNK = 500


def changed(tx: sa.Connection, scope: str, after: int, limit: int) -> list[Record]:
    """Return what a scope's feed tells beyond ``after``, in its order; what was deleted or has left is deleted."""
    return [_told(row) for row in store.page(tx, scope, after, limit)]


def floor_of(tx: sa.Connection, scope: str) -> int:
    """Return the place up to which a scope's feed no longer tells what was deleted or has left."""
    return store.floors(tx, [scope]).get(scope, 0)


def standing(tx: sa.Connection, ids: Sequence[str]) -> dict[str, str]:
    """Return the scopes of the live ones of some records, by id."""
    found = {}
    for start in range(0, len(ids), _CHUNK):
        some = ids[start : start + _CHUNK]
        live = sa.select(records.c.id, records.c.scope).where(records.c.id.in_(some), records.c.deleted.is_(False))
        found.update({row.id: row.scope for row in tx.execute(live)})
    return found


def records_of(tx: sa.Connection, ids: Sequence[str]) -> dict[str, Record]:
    """Return the live ones of some records, by id."""
    return {row.id: _told(row) for row in store.by_id(tx, ids) if not row.deleted}


def _told(row: Any) -> Record:
    """Return the record that a row of a feed tells of; a moved one left its id behind."""
    return Record(
        kind=row.kind,
        id=row.moved or row.id,
        scope=row.scope,
        rev=row.rev,
        seq=row.seq,
        digest=row.digest,
        values=msgspec.json.decode(row.values),
        server=msgspec.json.decode(row.server),
        deleted=row.deleted,
    )

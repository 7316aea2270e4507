"""The SQL of readings and of pairs of them."""

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec
import sqlalchemy as sa

from mobile_contract.scans import Duplicate, DuplicateState
from server.kernel.database import insert_if_absent, upsert
from server.scans.tables import duplicates, readings

#: So many of the latest readings of a form are compared with a new one.
LATEST = 200


def keep_reading(tx: sa.Connection, row: Mapping[str, Any], answers: Mapping[str, str]) -> None:
    """Store a reading for later ones to be compared with."""
    upsert(tx, readings, [{**row, "answers": msgspec.json.encode(answers).decode()}], key=("extraction",))


def readings_of(tx: sa.Connection, scope: str, form: str, but: str) -> list[tuple[Any, dict[str, str]]]:
    """Return the latest readings of a form in a scope, each with its answers."""
    query = sa.select(readings).where(readings.c.scope == scope, readings.c.form == form, readings.c.extraction != but)
    rows = tx.execute(query.order_by(readings.c.at.desc()).limit(LATEST)).all()
    return [(row, msgspec.json.decode(row.answers, type=dict[str, str])) for row in rows]


def find(tx: sa.Connection, rows: list[dict[str, Any]]) -> list[str]:
    """Insert pairs that are not there yet; return the ids of the new ones."""
    there = set(tx.scalars(sa.select(duplicates.c.id).where(duplicates.c.id.in_([row["id"] for row in rows]))))
    fresh = [row for row in rows if row["id"] not in there]
    insert_if_absent(tx, duplicates, fresh)
    return [row["id"] for row in fresh]


def one(tx: sa.Connection, key: str) -> Duplicate | None:
    """Return a pair."""
    row = tx.execute(sa.select(duplicates).where(duplicates.c.id == key)).one_or_none()
    return None if row is None else _duplicate(row)


def listing(tx: sa.Connection, scopes: Iterable[str], state: DuplicateState, after: str, limit: int) -> list[Duplicate]:
    """Return pairs of some scopes in one state, by id."""
    query = sa.select(duplicates).where(duplicates.c.scope.in_(sorted(scopes)), duplicates.c.state == state.value)
    rows = tx.execute(query.where(duplicates.c.id > after).order_by(duplicates.c.id).limit(limit))
    return [_duplicate(row) for row in rows]


def open_of(tx: sa.Connection, extraction: str) -> list[Duplicate]:
    """Return the undecided pairs of an extraction, as the newer of the two."""
    query = sa.select(duplicates).where(
        duplicates.c.extraction == extraction, duplicates.c.state == DuplicateState.OPEN.value
    )
    return [_duplicate(row) for row in tx.execute(query.order_by(duplicates.c.id))]


def decide(tx: sa.Connection, keys: Iterable[str], state: DuplicateState, by: str, at: str, reason: str = "") -> None:
    """Store the decision about pairs."""
    change = {"state": state.value, "decided_by": by, "decided_at": at, "reason": reason or None}
    tx.execute(sa.update(duplicates).where(duplicates.c.id.in_(list(keys))).values(change))


def _duplicate(row: Any) -> Duplicate:
    columns = {name: getattr(row, name) for name in Duplicate.__struct_fields__}
    return Duplicate(
        **columns | {"reasons": tuple(msgspec.json.decode(row.reasons)), "state": DuplicateState(row.state)}
    )

"""Rows and whole repeats that were removed, kept with their record so that they can come back whole.

A cell alone is no row. When a choice sets a cell of a row that is gone, the row comes back as it was last known, to the
extent to which it went: a row that was removed alone alone, a repeat that was removed at once as a whole.
"""

from collections.abc import Iterator, Sequence

import msgspec

from mobile_contract.conflicts import Removed
from mobile_contract.ids import is_id
from mobile_contract.values import Value, Values, canonical
from sync import merge
from sync.merge import Leaf
from sync.state import Record
from sync.typed import ProtocolAnnotation, ProtocolServer, server_of

#: How much is kept of what was removed from a record: entries, and bytes of them all.
MAX_KEPT = 64
MAX_BYTES = 65_536

Path = tuple[str, ...]


def missing_row(values: Values, path: Path) -> Path | None:
    """Return the outermost row that a path leads through and that ``values`` do not hold; None when all are there."""
    for depth in range(1, len(path)):
        if is_id(path[depth - 1]) and merge.get(values, path[:depth]) is None:
            return path[:depth]
    return None


def gone(before: Values, after: Values, leaf: Leaf) -> list[Path]:
    """Return the rows and repeats that went away when a leaf was set."""
    row = missing_row(after, leaf.path)
    if row is not None:
        return [row] if merge.get(before, row) is not None else []
    return list(_missing(leaf.path, merge.get(before, leaf.path), merge.get(after, leaf.path)))


def _missing(path: Path, before: Value, after: Value) -> Iterator[Path]:
    if not isinstance(before, dict):
        return
    if not isinstance(after, dict) and (is_id(path[-1]) or merge.is_repeat(before)):
        yield path
        return
    for key, item in before.items():
        yield from _missing((*path, key), item, after.get(key) if isinstance(after, dict) else None)


def noted(record: Record, before: Values, paths: Sequence[Path], by: str, at: str) -> ProtocolAnnotation:
    """Return the change of a record's server values that keeps what went from ``before`` at ``paths``.

    It is bounded: the oldest are forgotten first. A scalar under an id is no row, and nothing to bring back.
    """
    values = {path: merge.get(before, path) for path in paths}
    new = [
        Removed(path="/".join(path), value=value, by=by, at=at)
        for path, value in values.items()
        if isinstance(value, dict)
    ]
    again = {entry.path for entry in new}
    kept = [entry for entry in _entries(record) if entry.path not in again] + new
    kept = kept[-MAX_KEPT:]
    while kept and len(canonical(msgspec.to_builtins(kept))) > MAX_BYTES:
        kept = kept[1:]
    return ProtocolAnnotation(removed=tuple(kept) or None)


def _entries(record: Record) -> tuple[Removed, ...]:
    return server_of(record, ProtocolServer).removed


def last_known(record: Record, row: Path) -> Removed | None:
    """Return the latest entry that holds a row; None when nothing is known of it."""
    for entry in reversed(_entries(record)):
        path = merge.split(entry.path)
        if row[: len(path)] == path and merge.get({"": entry.value}, ("", *row[len(path) :])) is not None:
            return entry
    return None


def brought_back(values: Values, entry: Removed) -> Values:
    """Return ``values`` with what an entry keeps; rows that were written again since stay as they are."""
    path = merge.split(entry.path)
    value, there = entry.value, merge.get(values, path)
    if isinstance(there, dict):
        value = {**value, **there}
    return merge.put(values, path, value)


def without(record: Record, entry: Removed) -> ProtocolAnnotation:
    """Return the change of a record's server values that forgets an entry, because what it keeps is back."""
    return ProtocolAnnotation(removed=tuple(other for other in _entries(record) if other != entry) or None)

"""What the registry says of a single op or record: its shape, its natural id, its computed fields."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import msgspec
import sqlalchemy as sa
from msgspec.structs import replace

from mobile_contract.ids import is_derived
from mobile_contract.sync import AnyOp, Create, Resolve
from server.replication.model import SyncedKind
from sync.state import Author, Derivation, Record, Sent


def checked(
    tx: sa.Connection, kinds: Mapping[str, SyncedKind], author: Author, item: Sent, *, ours: bool = False
) -> Sent:
    """Mark a new record whose values are not those of its kind, or whose id is not that of its natural key.

    An id that is derived (UUIDv5) and not that of its natural key is the place of another record, which may be yet to
    come: another section's log, a conflict. Only the program (``ours``) makes records under such ids. For a scope that
    the author does not hold the planner has another reason, and that one tells more.
    """
    op = item.op
    synced = kinds.get(op.kind) if isinstance(op, Create) and not item.problem else None
    if synced is None or not isinstance(op, Create) or op.scope not in author.roles:
        return item
    if synced.values is not None:
        try:
            msgspec.convert(op.values, synced.values)
        except msgspec.ValidationError as error:
            return replace(item, problem="op.bad_value", params={"path": str(error)[:200]})
    natural = synced.natural(tx, op.scope, op.values) if synced.natural is not None else None
    if natural is not None and natural != op.id:
        return replace(item, problem="op.bad_id", params={"id": op.id, "expected": natural})
    may = synced.policy.writers & author.roles[op.scope]  # otherwise the planner says so
    if natural is None and is_derived(op.id) and may and not ours:
        return replace(item, problem="op.bad_id", params={"id": op.id})
    return item


class Derivations(Mapping[str, Derivation]):
    """The computed fields of records by id, found when asked: by the record there is, else by the one to be made."""

    def __init__(self, tx: sa.Connection, kinds: Mapping[str, SyncedKind], records: Mapping[str, Record]) -> None:
        self._tx = tx
        self._kinds = kinds
        self._records = records
        self._new: dict[str, tuple[str, Mapping[str, Any]]] = {}
        self._found: dict[str, Derivation | None] = {}

    def expect(self, ops: Iterable[AnyOp]) -> None:
        """Let it know of records that are about to be made."""
        for op in ops:
            if not isinstance(op, Resolve):
                self._new.setdefault(op.id, (op.kind, getattr(op, "values", {})))

    def get(self, key: str, default: Any = None) -> Any:  # asked for each op
        """Return the computed fields of a record, or ``default`` where its kind or form has none."""
        if key not in self._found:
            self._found[key] = self._derive(key)
        found = self._found[key]
        return default if found is None else found

    def __getitem__(self, key: str) -> Derivation:
        found: Derivation | None = self.get(key)
        if found is None:
            raise KeyError(key)
        return found

    def _derive(self, key: str) -> Derivation | None:
        there = self._records.get(key)
        kind, values = (there.kind, there.values) if there is not None else self._new.get(key, ("", {}))
        synced = self._kinds.get(kind)
        return None if synced is None or synced.derive is None else synced.derive(self._tx, dict(values))

    def __iter__(self) -> Iterator[str]:
        raise NotImplementedError("asked by id only")

    def __len__(self) -> int:
        return len(self._new)

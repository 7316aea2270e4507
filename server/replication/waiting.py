"""Parked ops as rows: found by the scope they name, by the unit they came in, by the record they wait for."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from mobile_contract.ids import is_id, is_scope, natural_id
from mobile_contract.problems import Refused
from mobile_contract.records import ParkedServer, ParkedValues
from mobile_contract.states import ParkedOpState
from server.kernel.database import upsert
from server.replication.derived import form_named_by
from server.replication.model import Known
from server.replication.store import Records
from server.replication.tables import parked
from sync.ops import LooseOp
from sync.parking import is_waiting, kept, kept_op, parked_state
from sync.policy import PARKED
from sync.retry import UNKNOWN, UNKNOWN_FORM
from sync.state import Record, Waiting
from sync.typed import server_of, values_of

#: Seconds after which a phone whose parked ops are too many may ask again: a person must settle some first.
FULL_SECONDS = 600
#: How many units that wait for one record a push takes along; the next write of that record takes the next ones.
UNITS_AT_ONCE = 200


#: Returns further SQL conditions of a list of parked records, in the transaction that reads it.
Narrower = Callable[[sa.Connection], Sequence[sa.ColumnElement[bool]]]


class Uncovered(Exception):
    """The work must write to scopes that it has not locked: it is to begin again with those locked as well."""

    def __init__(self, scopes: frozenset[str]) -> None:
        super().__init__(sorted(scopes))
        self.scopes = scopes


_ANYTHING = (
    sa.select(parked.c.id)
    .where(parked.c.scope.in_(sa.bindparam("scopes", expanding=True)), parked.c.waits_for.is_not(None))
    .limit(1)
)


class Waiters(Mapping[str, Sequence[Waiting]]):
    """The parked units that wait for a record, read when it is written.

    ``locked`` are the scopes this transaction holds; a unit that would write to others raises :class:`Uncovered`.
    ``besides`` is a parked record that something else happens to just now.
    """

    def __init__(
        self,
        tx: sa.Connection,
        locked: Collection[str],
        load: Callable[[Sequence[str]], Waiting | None],
        besides: str = "",
    ) -> None:
        self._tx = tx
        self._locked = frozenset(locked)
        self._load = load
        self._besides = besides
        self._any = tx.execute(_ANYTHING, {"scopes": sorted(locked)}).first() is not None

    def get(self, key: str, default: Any = None) -> Any:  # asked for each record, and nearly always there is nothing
        """Return what waits for a record, or ``default``."""
        return self[key] if self._any else default

    def __getitem__(self, key: str) -> Sequence[Waiting]:
        if not self._any:
            raise KeyError(key)
        units = self._tx.scalars(
            sa.select(parked.c.unit)
            .where(parked.c.scope.in_(sorted(self._locked)), parked.c.waits_for == key, parked.c.id != self._besides)
            .order_by(parked.c.at, parked.c.unit)
            .limit(UNITS_AT_ONCE)
        ).all()
        ids = [unit_ids(self._tx, unit) for unit in dict.fromkeys(units)]
        read = [self._load([one for one in members if one != self._besides]) for members in ids]
        found = [waiting for waiting in read if waiting is not None]
        missing = frozenset().union(*(needed(waiting) for waiting in found)) - self._locked
        if missing:
            raise Uncovered(missing)
        return found

    def __iter__(self) -> Iterator[str]:
        raise NotImplementedError("asked by id only")

    def __len__(self) -> int:
        return int(self._any)


def needed(waiting: Waiting) -> frozenset[str]:
    """Name the scopes that trying a unit may write to: its author's own, and those of its ops that they hold."""
    author = waiting.author
    named = {sent.op.scope for _, sent in waiting.items if sent.op is not None}
    return frozenset(named & set(author.roles)) | {author.own_scope}


def unit_ids(tx: sa.Connection, unit: str) -> list[str]:
    """Return the parked records of a unit that still wait, in the order of their ops."""
    same = sa.select(parked.c.id).where(parked.c.unit == unit, parked.c.state == ParkedOpState.WAITING)
    return list(tx.scalars(same.order_by(parked.c.n, parked.c.id)))


def still_waiting(records: Records, ids: Sequence[str]) -> list[Record]:
    """Return those parked records that were not settled meanwhile, in their order."""
    records.prefetch(ids)
    return [record for key in ids if (record := records.get(key)) is not None and is_waiting(record)]


def save(tx: sa.Connection, written: Iterable[Record], known: Known) -> None:
    """Keep the rows of parked records that were just written; ``known`` tells strangers to the scopes they name."""
    rows = [_row(record) for record in written if record.kind == PARKED.kind]
    for row in rows:
        scope = row["scope"]
        row["stranger"] = bool(scope and not scope.startswith("person:") and not known(tx, row["person"], scope))
    upsert(tx, parked, rows, key=("id",))


def refuse_many(tx: sa.Connection, person: str, ops: int, size: int) -> None:
    """Raise ``sync.parked_full`` where more ops, or bytes of ops, of a person wait than may."""
    mine = (parked.c.person == person, parked.c.state == ParkedOpState.WAITING)
    count = sa.select(sa.func.count(), sa.func.coalesce(sa.func.sum(parked.c.bytes), 0)).where(*mine)
    found = tx.execute(count).one()
    if found[0] > ops:
        raise Refused("sync.parked_full", seconds=FULL_SECONDS, limit=ops)
    if found[1] > size:
        raise Refused("sync.parked_full", seconds=FULL_SECONDS, limit=f"{size} bytes")


def _row(record: Record) -> dict[str, Any]:
    op = kept_op(record) or LooseOp()
    sender = server_of(record, ParkedServer)
    in_unit = isinstance(op.unit, str) and op.unit
    return {
        "id": record.id,
        "person": sender.by,
        "replica": sender.replica,
        "unit": natural_id("unit", sender.replica, op.unit) if in_unit else record.id,
        "n": op.n if type(op.n) is int and 0 < op.n < 2**53 else 0,
        "scope": op.scope if isinstance(op.scope, str) and is_scope(op.scope) else None,
        "state": parked_state(record),
        "waits_for": _waits_for(record, op),
        "at": sender.received_at,
        "kind": op.kind[:32].replace("\0", "") if isinstance(op.kind, str) else None,
        "code": values_of(record, ParkedValues).code[:64],
        "bytes": len(kept(record)),
    }


def _waits_for(record: Record, op: LooseOp) -> str | None:
    """Return what a parked op waits for: the id of a record, or the key of a version of a form."""
    if not is_waiting(record):
        return None
    code = values_of(record, ParkedValues).code
    if code == UNKNOWN:
        return op.id if isinstance(op.id, str) and is_id(op.id) else None
    if code != UNKNOWN_FORM or not isinstance(op.values, dict):
        return None
    named = form_named_by(op.values)
    return form_version(*named) if named is not None else None


def form_version(form: str, version: int) -> str:
    """Return the key under which parked ops wait for a version of a form."""
    return natural_id("form-version", form, str(version))


def waiting_for(tx: sa.Connection, key: str, limit: int) -> list[str]:
    """Return the parked records that wait for something, whatever scope they name, the oldest first."""
    found = sa.select(parked.c.id).where(parked.c.waits_for == key)
    return list(tx.scalars(found.order_by(parked.c.at, parked.c.n, parked.c.id).limit(limit)))


def sent_to(tx: sa.Connection, person: str, scope: str, limit: int) -> list[str]:
    """Return the parked records of a person whose op names a scope and that still wait, the oldest first."""
    found = sa.select(parked.c.id).where(
        parked.c.person == person, parked.c.scope == scope, parked.c.state == ParkedOpState.WAITING
    )
    return list(tx.scalars(found.order_by(parked.c.at, parked.c.n, parked.c.id).limit(limit)))


def row(tx: sa.Connection, key: str, who: sa.ColumnElement[bool]) -> Any:
    """Return the row of a parked record; None when there is none among the visible ones."""
    return tx.execute(sa.select(parked).where(parked.c.id == key, who)).one_or_none()


def listing(
    tx: sa.Connection, who: Sequence[sa.ColumnElement[bool]], state: str, after: tuple[str, str], limit: int
) -> list[tuple[str, str]]:
    """Return (at, id) of parked records in a state that fulfil ``who``, the oldest first, beyond ``after``."""
    found = tx.execute(
        sa.select(parked.c.at, parked.c.id)
        .where(*who, parked.c.state == state, sa.tuple_(parked.c.at, parked.c.id) > after)
        .order_by(parked.c.at, parked.c.id)
        .limit(limit)
    )
    return [(item.at, item.id) for item in found]


def asked_for(scopes: Collection[str] | None, kind: str | None, code: str | None) -> list[sa.ColumnElement[bool]]:
    """Return the SQL conditions of parked records whose op names a scope and a kind, parked with a code; None: any."""
    found: list[sa.ColumnElement[bool]] = []
    if scopes is not None:
        found.append(parked.c.scope.in_(sorted(scopes)))
    found += [column == text for column, text in ((parked.c.kind, kind), (parked.c.code, code)) if text is not None]
    return found


def visible(person: str, scopes: Collection[str], *, everything: bool) -> sa.ColumnElement[bool]:
    """Return the SQL condition of parked records that a person may see: own ones, or with an op in ``scopes``.

    What a stranger sent to a scope is the business of its author and of administrators, not of the scope's desk.
    """
    if everything:
        return sa.true()
    return sa.or_(parked.c.person == person, sa.and_(parked.c.scope.in_(sorted(scopes)), parked.c.stranger.is_(False)))


def by_strangers(person: str, *, strangers: bool) -> sa.ColumnElement[bool]:
    """Return the SQL condition of parked records that strangers sent, or that others did; own ones are in both."""
    return sa.or_(parked.c.person == person, parked.c.stranger.is_(strangers))

"""The SQL of replication. Every function takes a connection and runs inside its caller's transaction."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any

import msgspec
import sqlalchemy as sa
from msgspec.structs import replace

from mobile_contract.conflicts import ConflictValues
from mobile_contract.ids import natural_id
from mobile_contract.sync import Receipt
from server.kernel.clock import new_id
from server.kernel.database import insert_if_absent, upsert
from server.kernel.journal import Book, Stream
from server.kernel.tables import journal, meta, streams
from server.replication.tables import horizons, records, replicas, sightings
from sync import checksum
from sync.policy import CONFLICT
from sync.state import Record

_RECEIPT = msgspec.json.Decoder(Receipt)

#: The statements of a push are built once: building one costs more than SQLite takes to run it.
_BY_ID = sa.select(records).where(records.c.id.in_(sa.bindparam("ids", expanding=True)))
_RECEIPTS = sa.select(journal.c.op_id, journal.c.body_hash, journal.c.receipt).where(
    journal.c.replica == sa.bindparam("replica"), journal.c.op_id.in_(sa.bindparam("op_ids", expanding=True))
)
_NUMBERS = sa.select(journal.c.n, journal.c.op_id).where(
    journal.c.replica == sa.bindparam("replica"), journal.c.n.in_(sa.bindparam("numbers", expanding=True))
)
_LAST_N = sa.select(replicas.c.last_n).where(replicas.c.id == sa.bindparam("replica"))
_FLOORS = sa.select(horizons.c.scope, horizons.c.floor).where(
    horizons.c.scope.in_(sa.bindparam("names", expanding=True)), horizons.c.floor > 0
)
_EPOCH = sa.select(meta.c.value).where(meta.c.name == "epoch")
_HEADS = sa.select(streams).where(streams.c.stream.in_(sa.bindparam("names", expanding=True)))
_PAGE = (
    sa.select(records)
    .where(records.c.scope == sa.bindparam("scope"), records.c.seq > sa.bindparam("after"))
    .order_by(records.c.seq)
    .limit(sa.bindparam("limit"))
)


class Records(Mapping[str, Record]):
    """The records a plan may ask for: those named in advance in one query, any other (a rare conflict) when asked."""

    def __init__(self, tx: sa.Connection, ids: Iterable[str]) -> None:
        self._tx = tx
        self._known: dict[str, Record | None] = dict.fromkeys(ids)
        self._load(list(self._known))

    def get(self, key: str, default: Any = None) -> Any:  # a push asks often for what is not there
        """Return a record, or ``default``."""
        if key not in self._known:
            self._known[key] = None
            self._load([key])
        found = self._known[key]
        return default if found is None else found

    def __getitem__(self, key: str) -> Record:
        found: Record | None = self.get(key)
        if found is None:
            raise KeyError(key)
        return found

    def __iter__(self) -> Iterator[str]:
        return (key for key, record in self._known.items() if record is not None)

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def prefetch(self, ids: Iterable[str]) -> None:
        """Load more records in one query."""
        fresh = [key for key in set(ids) if key not in self._known]
        self._known.update(dict.fromkeys(fresh))
        self._load(fresh)

    def _load(self, ids: list[str]) -> None:
        for chunk in _chunks(ids):
            for row in self._tx.execute(_BY_ID, {"ids": chunk}):
                self._known[row.id] = _record(row)


def scopes_of(found: Records) -> set[str]:
    """Return the scopes that records are in."""
    return {record.scope for record in found.values()}


def _record(row: Any) -> Record:
    return Record(
        kind=row.kind,
        id=row.id,
        scope=row.scope,
        rev=row.rev,
        seq=row.seq,
        digest=row.digest,
        values=msgspec.json.decode(row.values),
        server=msgspec.json.decode(row.server),
        deleted=row.deleted,
    )


def save(tx: sa.Connection, book: Book, before: Mapping[str, Record], changed: Iterable[Record]) -> list[Record]:
    """Return each changed record the next place of its scope and write it; the scope's checksum follows.

    One that changed its scope leaves a row behind in the old one, so that its readers learn of it.
    """
    written, left = [], []
    for record in changed:
        stream = book.streams[record.scope]
        stream.seq += 1
        old = before.get(record.id)
        origin = stream if old is None else book.streams[old.scope]
        _count(origin, stream, old, record)
        written.append(replace(record, seq=stream.seq))
        if origin is not stream:
            origin.seq += 1
            left.append(_left(origin, record))
    rows = [
        {
            "id": record.id,
            "scope": record.scope,
            "seq": record.seq,
            "kind": record.kind,
            "rev": record.rev,
            "digest": record.digest,
            "deleted": record.deleted,
            "values": msgspec.json.encode(record.values).decode(),
            "server": msgspec.json.encode(record.server).decode(),
        }
        for record in written
    ]
    upsert(tx, records, rows, key=("id",))
    upsert(tx, records, left, key=("id",))
    return written


def _left(origin: Stream, record: Record) -> dict[str, Any]:
    return {
        "id": natural_id("left", origin.name, record.id),
        "scope": origin.name,
        "seq": origin.seq,
        "kind": record.kind,
        "rev": record.rev,
        "digest": "",
        "deleted": True,
        "values": "{}",
        "server": "{}",
        "moved": record.id,
    }


def _count(origin: Stream, stream: Stream, before: Record | None, after: Record) -> None:
    if before is not None and not before.deleted:
        origin.sum = checksum.remove(origin.sum, checksum.term(before.id, before.rev, before.digest))
        origin.live -= 1
    if not after.deleted:
        stream.sum = checksum.add(stream.sum, checksum.term(after.id, after.rev, after.digest))
        stream.live += 1


def receipts_of(tx: sa.Connection, replica: str, op_ids: Sequence[str]) -> dict[tuple[str, str], Receipt]:
    """Return the receipts that a replica's ops already have, by (op id, body hash)."""
    found = {}
    for chunk in _chunks(op_ids):
        rows = tx.execute(_RECEIPTS, {"replica": replica, "op_ids": chunk})
        found.update({(row.op_id, row.body_hash): _RECEIPT.decode(row.receipt) for row in rows})
    return found


def numbers_of(tx: sa.Connection, replica: str, numbers: Sequence[int]) -> dict[int, str]:
    """Return the op ids that op numbers of a replica were used for."""
    found = {}
    for chunk in _chunks(numbers):
        rows = tx.execute(_NUMBERS, {"replica": replica, "numbers": chunk})
        found.update({row.n: row.op_id for row in rows})
    return found


def last_n(tx: sa.Connection, replica: str) -> int:
    """Return the highest op number a replica has used; 0 for a new one."""
    return tx.scalar(_LAST_N, {"replica": replica}) or 0


def remember_replica(tx: sa.Connection, replica: str, person: str, n: int, clock: str, at: str) -> None:
    """Keep the highest op number and the clock of a replica."""
    shown = clock[:64].replace("\0", "")  # no text of PostgreSQL holds a NUL, and no clock shows one
    row = {"id": replica, "person": person, "last_n": n, "clock": shown, "seen_at": at}
    upsert(tx, replicas, [row], key=("id",))


def clock_of(tx: sa.Connection, replica: str) -> tuple[str, str]:
    """Return what a replica's clock showed at its last exchange, and when that was; empty where it never showed one."""
    found = tx.execute(sa.select(replicas.c.clock, replicas.c.seen_at).where(replicas.c.id == replica)).one_or_none()
    return ("", "") if found is None else (found.clock, found.seen_at)


def idle_since(tx: sa.Connection, replica: str) -> str:
    """Return when a replica last spoke and had nothing to hand in; empty where it never did."""
    return tx.scalar(sa.select(sightings.c.idle_at).where(sightings.c.replica == replica)) or ""


def found_epoch(tx: sa.Connection) -> None:
    """Return a new database its epoch."""
    insert_if_absent(tx, meta, [{"name": "epoch", "value": new_id()}])


def change_epoch(tx: sa.Connection) -> str:
    """Return a restored database a new epoch, and say which."""
    row = {"name": "epoch", "value": new_id()}
    upsert(tx, meta, [row], key=("name",))
    return row["value"]


def epoch(tx: sa.Connection) -> str:
    """Return the epoch of this database."""
    return str(tx.scalar(_EPOCH))


def heads(tx: sa.Connection, scopes: Iterable[str]) -> dict[str, Stream]:
    """Return the ends of scopes as of this snapshot; a scope that nothing was ever written to has an empty one."""
    wanted = sorted(scopes)
    found = {name: Stream(name, 0, 0, 0, 0, "") for name in wanted}
    for row in tx.execute(_HEADS, {"names": wanted}):
        found[row.stream] = Stream(row.stream, row.seq, int(row.sum, 16), row.live, row.pos, row.head)
    return found


def floors(tx: sa.Connection, scopes: Iterable[str]) -> dict[str, int]:
    """Return the floors of those scopes that have one."""
    return {row.scope: row.floor for row in tx.execute(_FLOORS, {"names": sorted(scopes)})}


def moved(tx: sa.Connection, known: Mapping[str, int]) -> dict[str, int]:
    """Return the heads of scopes that are beyond those known."""
    found = {}
    for chunk in _chunks(sorted(known)):
        rows = tx.execute(sa.select(streams.c.stream, streams.c.seq).where(streams.c.stream.in_(chunk)))
        found.update({row.stream: row.seq for row in rows if row.seq > known[row.stream]})
    return found


def positions(tx: sa.Connection, scopes: Iterable[str]) -> dict[str, int]:
    """Return how much is journaled in each of some scopes."""
    found = {}
    for chunk in _chunks(sorted(set(scopes))):
        rows = tx.execute(sa.select(streams.c.stream, streams.c.pos).where(streams.c.stream.in_(chunk)))
        found.update({row.stream: row.pos for row in rows})
    return found


def page(tx: sa.Connection, scope: str, after: int, limit: int) -> Sequence[Any]:
    """Return feed rows of a scope beyond ``after``, in order."""
    return tx.execute(_PAGE, {"scope": scope, "after": after, "limit": limit}).all()


def terms(tx: sa.Connection, scope: str, chunk: int = 5000) -> Iterator[tuple[str, int, str]]:
    """Return id, rev and digest of the live records of a scope, a chunk of rows at a time."""
    after = 0
    while True:
        rows = tx.execute(
            sa.select(records.c.id, records.c.rev, records.c.digest, records.c.seq)
            .where(records.c.scope == scope, records.c.seq > after, records.c.deleted.is_(False))
            .order_by(records.c.seq)
            .limit(chunk)
        ).all()
        yield from ((key, rev, digest) for key, rev, digest, _ in rows)
        if len(rows) < chunk:
            return
        after = rows[-1].seq


def of_buckets(tx: sa.Connection, scope: str, buckets: Sequence[str], after: str, limit: int) -> Sequence[Any]:
    """Return live rows of a scope whose id ends in one of ``buckets``, by id."""
    return tx.execute(
        sa.select(records)
        .where(records.c.scope == scope, records.c.deleted.is_(False), records.c.id > after)
        .where(sa.func.substr(records.c.id, 35, 2).in_(buckets))
        .order_by(records.c.id)
        .limit(limit)
    ).all()


def by_id(tx: sa.Connection, ids: Sequence[str]) -> list[Any]:
    """Return rows by id, in the order asked; what is not there is passed over."""
    found = {}
    for chunk in _chunks(ids):
        found.update({row.id: row for row in tx.execute(_BY_ID, {"ids": chunk})})
    return [found[key] for key in ids if key in found]


def of_kind(tx: sa.Connection, scopes: Iterable[str], kind: str, after: int, limit: int) -> Sequence[Any]:
    """Return live rows of a kind in some scopes, by scope and place."""
    return tx.execute(
        sa.select(records)
        .where(records.c.scope.in_(sorted(scopes)), records.c.kind == kind, records.c.seq > after)
        .where(records.c.deleted.is_(False))
        .order_by(records.c.scope, records.c.seq)
        .limit(limit)
    ).all()


def conflicts_about(tx: sa.Connection, scope: str, about: Collection[str]) -> list[str]:
    """Return the ids of the conflict records of a scope, settled ones too, that are about some records."""
    found, after = [], 0
    while rows := of_kind(tx, [scope], CONFLICT.kind, after, 500):
        found += [row.id for row in rows if msgspec.json.decode(row.values, type=ConflictValues).record in about]
        after = rows[-1].seq
    return found


def entry(row: Any) -> bytes:
    """Join a row into its feed entry. Nothing is encoded again: the two bodies are JSON already, the rest is ASCII."""
    key, scope, seq, kind, rev, digest, deleted, values, server, moved = row  # all at once: a page has hundreds
    head = f'"seq":{seq},"scope":"{scope}","kind":"{kind}","id":"{moved or key}","rev":{rev}'
    if deleted:
        return f'{{"type":"{"left" if moved else "tombstone"}",{head}}}'.encode()
    return f'{{"type":"upsert",{head},"digest":"{digest}","values":{values},"server":{server}}}'.encode()


def _chunks(items: Sequence[Any], size: int = 500) -> Iterator[Sequence[Any]]:
    for start in range(0, len(items), size):
        yield items[start : start + size]

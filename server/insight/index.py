"""The SQL of the index, on both engines. Every function takes a connection and runs in its caller's transaction."""

import hashlib
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlalchemy.ext.compiler import compiles

from server.insight.tables import WORDS, entries, marks
from server.insight.texts import Entry
from server.insight.words import mark, tokens
from server.kernel.database import insert_if_absent, upsert
from server.kernel.tables import streams
from sync.state import Record

#: Bits of a place that follow from the record's id.
_BITS: Final = 20
_SQLITE: Final = sa.table(WORDS, sa.column("rowid", sa.BigInteger), sa.column("words", sa.Text))
_POSTGRES: Final = sa.table(WORDS, sa.column("entry", sa.BigInteger), sa.column("words", postgresql.TSVECTOR))


def behind(tx: sa.Connection, limit: int) -> list[str]:
    """Name scopes whose feed is beyond what is indexed of them."""
    query = sa.select(streams.c.stream).join(marks, marks.c.scope == streams.c.stream, isouter=True)
    return list(tx.scalars(query.where(streams.c.seq > sa.func.coalesce(marks.c.seq, 0)).limit(limit)))


def marked(tx: sa.Connection, scope: str) -> sa.Row[Any]:
    """Return how far a scope is indexed; the row is locked until commit, so that one follower at a time goes on."""
    insert_if_absent(tx, marks, [{"scope": scope, "seq": 0, "floor": 0}])
    return tx.execute(sa.select(marks).where(marks.c.scope == scope).with_for_update()).one()


def set_mark(tx: sa.Connection, scope: str, seq: int, floor: int) -> None:
    """Store how far a scope is indexed, and the floor that its feed had when it was last begun anew."""
    upsert(tx, marks, [{"scope": scope, "seq": seq, "floor": floor}], key=("scope",))


def head(tx: sa.Connection, scope: str) -> int:
    """Return the head of a scope's feed."""
    return tx.scalar(sa.select(streams.c.seq).where(streams.c.stream == scope)) or 0


def forget_all(tx: sa.Connection) -> None:
    """Have every scope indexed anew."""
    tx.execute(sa.delete(marks))


def clear(tx: sa.Connection, scope: str) -> None:
    """Drop everything that is found in a scope."""
    _drop(tx, tx.scalars(sa.select(entries.c.place).where(entries.c.scope == scope)).all())


def remove(tx: sa.Connection, record: str, scope: str) -> None:
    """Drop a record that was deleted or has left this scope; in another it stays."""
    same = (entries.c.record == record, entries.c.scope == scope)
    _drop(tx, tx.scalars(sa.select(entries.c.place).where(*same)).all())


def put(tx: sa.Connection, record: Record, entry: Entry, names: Iterable[str]) -> None:
    """Put down a record in place of what was put down of it before."""
    place = tx.scalar(sa.select(entries.c.place).where(entries.c.record == record.id))
    if place is None:
        place = _free(tx, record.id, entry.at)
    text = entry.text(names)
    row = {
        "place": place,
        "record": record.id,
        "scope": record.scope,
        "kind": record.kind,
        **{name: getattr(entry, name) for name in ("form", "day", "number", "person", "by", "about", "at")},
        "text": text,
    }
    upsert(tx, entries, [row], key=("place",))
    _drop_words(tx, [place])
    found = [mark(record.scope), mark(record.kind), *([mark("form", entry.form)] if entry.form else []), *tokens(text)]
    if tx.dialect.name == "sqlite":
        tx.execute(sa.insert(_SQLITE).values(rowid=place, words=" ".join(found)))
    else:
        vector = sa.func.array_to_tsvector(sa.cast(found, postgresql.ARRAY(sa.Text)))
        tx.execute(sa.insert(_POSTGRES).values(entry=place, words=vector))


def _free(tx: sa.Connection, record: str, at: str) -> int:
    moment = int(datetime.fromisoformat(at).timestamp() * 1000)
    place = moment << _BITS | int.from_bytes(hashlib.sha256(record.encode()).digest()[:3]) >> 4
    while tx.scalar(sa.select(entries.c.place).where(entries.c.place == place)) is not None:
        place += 1
    return place


def _drop(tx: sa.Connection, places: Sequence[int]) -> None:
    for start in range(0, len(places), 500):
        some = places[start : start + 500]
        tx.execute(sa.delete(entries).where(entries.c.place.in_(some)))
        _drop_words(tx, some)


def _drop_words(tx: sa.Connection, places: Sequence[int]) -> None:
    if tx.dialect.name == "sqlite":
        tx.execute(sa.delete(_SQLITE).where(_SQLITE.c.rowid.in_(places)))
    else:
        tx.execute(sa.delete(_POSTGRES).where(_POSTGRES.c.entry.in_(places)))


def find(
    tx: sa.Connection,
    questions: dict[str, str],
    phrases: Sequence[str],
    scopes: Sequence[str],
    wanted: Sequence[sa.ColumnElement[bool]],
    page: tuple[int | None, int],
) -> Sequence[sa.Row[Any]]:
    """Return entries in some scopes, the latest first: at most ``page[1]``, those behind the place ``page[0]``.

    ``questions`` is what the words are to match, by engine; empty: any. PostgreSQL's index forgets the order of
    tokens, so there ``phrases`` are looked for in the text as well. The scopes stand in the question too: what lies
    elsewhere is never even counted.
    """
    query = sa.select(entries).where(entries.c.scope.in_(scopes), *wanted)
    place: sa.ColumnElement[int] = entries.c.place
    if question := questions.get(tx.dialect.name):
        if tx.dialect.name == "sqlite":
            place = _SQLITE.c.rowid
            query = query.select_from(_InThisOrder(_SQLITE, entries, entries.c.place == place))
            query = query.where(sa.literal_column(WORDS).op("MATCH")(question))
        else:
            query = query.join(_POSTGRES, _POSTGRES.c.entry == place)
            query = query.where(_POSTGRES.c.words.op("@@")(sa.cast(question, postgresql.TSQUERY)))
            query = query.where(*(entries.c.text.contains(each, autoescape=True) for each in phrases))
    if page[0] is not None:
        query = query.where(place < page[0])
    return tx.execute(query.order_by(place.desc()).limit(page[1])).all()


class _InThisOrder(sa.sql.expression.Join):
    """A join whose left side SQLite reads first: the other way round it would ask for each record there is."""

    inherit_cache = True


@compiles(_InThisOrder, "sqlite")
def _cross_join(join: _InThisOrder, compiler: Any, **options: Any) -> str:
    left, right = (compiler.process(side, **options | {"asfrom": True}) for side in (join.left, join.right))
    return f"{left} CROSS JOIN {right} ON {compiler.process(join.onclause, **options)}"

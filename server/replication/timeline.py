"""The timeline of a record: its rows of the journal, of the streams that the reader may read, typed and bounded.

An op stands in the journal byte for byte; what it set is shown with what its author saw. What a stream holds that the
reader may not read – a parked op of another, a record's time in another scope – is not there.
"""

from collections.abc import Iterable, Mapping
from typing import Any, Final

import msgspec
import sqlalchemy as sa

from mobile_contract.base import Wire
from mobile_contract.ids import with_archives
from mobile_contract.problems import Refused
from mobile_contract.records import ValueChange
from mobile_contract.reviews import ReportReview
from mobile_contract.sync import Receipt
from mobile_contract.timeline import Timeline, TimelineEntry
from server import identity
from server.identity import Caller
from server.kernel import pages
from server.kernel.database import Database
from server.kernel.tables import journal
from server.replication import conflicting, store

#: Conflicts about a record that are told of with it; changes of one op that are shown; bytes of a value that is shown.
CONFLICTS: Final = 100
CHANGES: Final = 100
VALUE_BYTES: Final = 2_000
_RECEIPT: Final = msgspec.json.Decoder(Receipt)


class _Op(Wire, frozen=True, kw_only=True):
    """What is shown of an op; whatever else it holds, and however it is shaped, it is read as far as it goes."""

    at: Any = None
    set: Any = None
    value: Any = None
    reason: Any = None


class _Told(Wire, frozen=True, kw_only=True):
    """What is shown of another event: the server members that were set, and a reason."""

    set: Any = None
    reason: Any = None


class _Reviewed(Wire, frozen=True, kw_only=True):
    review: ReportReview | None = None


class Timelines:
    """The service; the dependency ``timelines``."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def page(self, caller: Caller, record: str, after: str, limit: int, *, newest: bool) -> Timeline:
        """Return a page of what happened to a record. Raise ``request.not_found``, also where it may not be read."""
        readable = with_archives(caller.scopes())

        def work(tx: sa.Connection) -> Timeline:
            row = next(iter(store.by_id(tx, [record])), None)
            if row is None or row.scope not in readable:
                raise Refused("request.not_found")
            made_of = msgspec.json.decode(row.server).get("extraction")
            subjects = [record, *conflicting.about(tx, record, CONFLICTS), *([made_of] if made_of else [])]
            rows = _rows(tx, subjects, readable, after, limit + 1, newest=newest)
            entries = tuple(map(_entry, rows[:limit]))
            return Timeline(
                entries=entries,
                next=pages.cursor(rows, (journal.c.at, journal.c.stream, journal.c.pos), limit),
                people=identity.names_of(tx, {entry.by for entry in entries}),
            )

        return await self._db.read(work)


def _rows(
    tx: sa.Connection, subjects: Iterable[str], streams: Iterable[str], after: str, limit: int, *, newest: bool
) -> list[Any]:
    """Return rows of the journal about some subjects in some streams, beyond a place."""
    by = (journal.c.at, journal.c.stream, journal.c.pos)
    query = sa.select(journal).where(journal.c.subject.in_(list(subjects)), journal.c.stream.in_(sorted(streams)))
    key = pages.beyond(after, len(by))
    if key is not None:
        at, stream, pos = key
        if not pos.isdecimal():
            raise Refused("request.invalid", reason="after: not what a page gave as its `next`")
        place = sa.tuple_(sa.literal(at), sa.literal(stream), sa.literal(int(pos), sa.BigInteger))
        query = query.where(sa.tuple_(*by) < place if newest else sa.tuple_(*by) > place)
    order = (column.desc() if newest else column for column in by)
    return list(tx.execute(query.order_by(*order).limit(limit)))


def _entry(row: Any) -> TimelineEntry:
    if row.receipt is None:
        told = _read(row.payload, _Told)
        members = told.set if isinstance(told.set, dict) else {}
        return TimelineEntry(
            at=row.at,
            by=row.actor,
            event=row.event,
            subject=row.subject,
            members=tuple(sorted(members)),
            review=_reviewed(members),
            reason=_text(told.reason),
        )
    receipt, op = _RECEIPT.decode(row.receipt), _read(row.payload, _Op)
    changes, cut = _changes(op)
    return TimelineEntry(
        at=row.at,
        by=row.actor,
        event=row.event,
        subject=row.subject,
        outcome=receipt.outcome,
        code=receipt.code,
        written_at=_text(op.at),
        changes=changes,
        cut=cut,
        reason=_text(op.reason),
    )


def _changes(op: _Op) -> tuple[tuple[ValueChange, ...], tuple[str, ...]]:
    """Return what a patch set, or what a resolution chose (under no path), and the paths whose values are too long."""
    if op.set is None and op.value is not None:
        given: dict[str, Any] = {"": {"value": op.value}}
    else:
        given = op.set if isinstance(op.set, dict) else {}
    found, cut = [], []
    for path, change in list(given.items())[:CHANGES]:
        values = [change.get("was"), change.get("value")] if isinstance(change, dict) else [None, None]
        if any(len(msgspec.json.encode(value)) > VALUE_BYTES for value in values):
            cut.append(path)
            values = [None, None]
        found.append(ValueChange(path=path, before=values[0], after=values[1]))
    return tuple(found), tuple(cut)


def _reviewed(members: Mapping[str, Any]) -> ReportReview | None:
    try:
        return msgspec.convert(members, _Reviewed).review
    except msgspec.ValidationError:
        return None


def _read(payload: str, shape: type[Any]) -> Any:
    """Return a payload as far as it can be read: an op that was parked may be no JSON."""
    try:
        return msgspec.json.decode(payload, type=shape)
    except (msgspec.DecodeError, RecursionError):
        return shape()


def _text(value: Any) -> str | None:
    return value[:500] if isinstance(value, str) else None

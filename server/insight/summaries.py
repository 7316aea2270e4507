"""Summaries: made from one snapshot, kept with all that they count, and answered as they were."""

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any, Final

import msgspec
import sqlalchemy as sa

from mobile_contract.problems import Refused
from mobile_contract.summaries import (
    CountedRecord,
    CountedRecords,
    Figure,
    FigureChange,
    NewSummary,
    Period,
    Summaries,
    Summary,
)
from server import identity
from server.identity import Caller
from server.insight.counting import Counted, count, days_of
from server.insight.events import SummaryMade
from server.insight.summaries_tables import counted, summaries
from server.kernel.clock import Clock, new_id, rfc3339
from server.kernel.database import Database, insert_rows
from server.kernel.journal import SYSTEM, Journal

PAGE: Final = 100
RECORDS: Final = 500
#: Records that a change of a figure names of each sort.
NAMED: Final = 100


class SummaryDesk:
    """The service; the dependency ``summaries``."""

    def __init__(self, db: Database, journal: Journal, clock: Clock) -> None:
        self._db = db
        self._journal = journal
        self._clock = clock

    async def make(self, caller: Caller, new: NewSummary) -> Summary:
        """Make a summary, or return the last version where nothing of it has changed.

        Raise ``request.not_found``, ``request.invalid`` or ``takeaways.too_large``.
        """
        since, until = days_of(new.period, new.day)

        def read(tx: sa.Connection) -> tuple[Counted, ...]:
            if new.scope not in identity.holdings(tx, caller.person).scopes():
                raise Refused("request.not_found")
            return count(tx, new.scope, since, until)

        now = rfc3339(self._clock.now())
        figures = await self._db.read(read)
        digest = _digest(figures)

        def work(tx: sa.Connection) -> Summary:
            with self._journal.open(tx, [SYSTEM], now) as book:  # its lock makes versions dense
                last = _last(tx, new.scope, new.period, since)
                if last is not None and last.digest == digest:
                    return last
                key = new_id()
                made = Summary(
                    id=key,
                    scope=new.scope,
                    period=new.period,
                    since=since,
                    until=until,
                    version=last.version + 1 if last else 1,
                    as_of=now,
                    by=caller.person,
                    digest=digest,
                    figures=tuple(_figure(key, figure) for figure in figures),
                    changes=_changes(tx, last, figures) if last else (),
                )
                _keep(tx, made, figures)
                book.write(SYSTEM, SummaryMade(actor=caller.person, subject=key, scope=new.scope, digest=digest))
                return made

        return await self._db.write(work)

    async def one(self, caller: Caller, key: str) -> bytes:
        """Return a summary as it was made: always the same bytes. Raise ``request.not_found``."""
        return await self._db.read(lambda tx: str(_row(tx, caller, key).body).encode())

    async def listing(self, caller: Caller, scope: str, period: Period | None, after: str) -> Summaries:
        """Return the summaries of a scope, the latest first. Raise ``request.not_found``."""

        def work(tx: sa.Connection) -> Summaries:
            if scope not in identity.holdings(tx, caller.person).scopes():
                raise Refused("request.not_found")
            query = sa.select(summaries.c.body).where(summaries.c.scope == scope)
            query = query.where(summaries.c.period == period.value) if period else query
            query = query.where(summaries.c.id < after) if after else query
            bodies = tx.scalars(query.order_by(summaries.c.id.desc()).limit(PAGE + 1)).all()
            shown = tuple(msgspec.json.decode(body, type=Summary) for body in bodies[:PAGE])
            return Summaries(summaries=shown, next=shown[-1].id if len(bodies) > PAGE else "")

        return await self._db.read(work)

    async def records(self, caller: Caller, key: str, figure: str, after: str) -> CountedRecords:
        """Return the records that a figure counts, by id. Raise ``request.not_found``."""

        def work(tx: sa.Connection) -> CountedRecords:
            _row(tx, caller, key)
            same = (counted.c.summary == key, counted.c.figure == figure, counted.c.record > after)
            rows = tx.execute(sa.select(counted).where(*same).order_by(counted.c.record).limit(RECORDS + 1)).all()
            shown = tuple(map(_line, rows[:RECORDS]))
            return CountedRecords(records=shown, next=shown[-1].record if len(rows) > RECORDS else "")

        return await self._db.read(work)


def _row(tx: sa.Connection, caller: Caller, key: str) -> sa.Row[Any]:
    row = tx.execute(sa.select(summaries).where(summaries.c.id == key)).one_or_none()
    if row is None or row.scope not in identity.holdings(tx, caller.person).scopes():
        raise Refused("request.not_found")
    return row


def _last(tx: sa.Connection, scope: str, period: Period, since: str) -> Summary | None:
    same = (summaries.c.scope == scope, summaries.c.period == period.value, summaries.c.since == since)
    newest = sa.select(summaries.c.body).where(*same).order_by(summaries.c.version.desc()).limit(1)
    body = tx.scalar(newest)
    return None if body is None else msgspec.json.decode(body, type=Summary)


def _keep(tx: sa.Connection, made: Summary, figures: Sequence[Counted]) -> None:
    columns = {name: getattr(made, name) for name in ("id", "scope", "since", "version", "digest")}
    row = {**columns, "period": made.period.value, "body": msgspec.json.encode(made).decode()}
    insert_rows(tx, summaries, [row])
    insert_rows(
        tx,
        counted,
        [
            {"summary": made.id, "figure": figure.name, **msgspec.structs.asdict(line), "kind": line.kind.value}
            for figure in figures
            for line in figure.records
        ],
    )


def _changes(tx: sa.Connection, last: Summary, figures: Sequence[Counted]) -> tuple[FigureChange, ...]:
    """Return what became of each figure since a version."""
    before = {figure.name: figure.value for figure in last.figures}
    held: dict[str, dict[str, str]] = {}
    for row in tx.execute(sa.select(counted).where(counted.c.summary == last.id)):
        held.setdefault(row.figure, {})[row.record] = row.digest
    now = {figure.name: figure for figure in figures}
    found = []
    for name in dict.fromkeys([*now, *before]):
        lines = {line.record: line.digest for line in now[name].records} if name in now else {}
        change = _change(name, before.get(name, 0), now[name].value if name in now else 0, held.get(name, {}), lines)
        if change.before != change.after or change.added or change.removed or change.changed:
            found.append(change)
    return tuple(found)


def _change(name: str, before: int, after: int, held: Mapping[str, str], lines: Mapping[str, str]) -> FigureChange:
    return FigureChange(
        name=name,
        before=before,
        after=after,
        added=tuple(sorted(lines.keys() - held.keys()))[:NAMED],
        removed=tuple(sorted(held.keys() - lines.keys()))[:NAMED],
        changed=tuple(sorted(key for key in lines.keys() & held.keys() if lines[key] != held[key]))[:NAMED],
    )


def _figure(key: str, figure: Counted) -> Figure:
    address = f"/v1/summaries/{key}/records?figure={figure.name}"
    return Figure(name=figure.name, label=figure.label, value=figure.value, records=address)


def _digest(figures: Sequence[Counted]) -> str:
    said = [[each.name, each.value, [[line.record, line.digest] for line in each.records]] for each in figures]
    return hashlib.sha256(msgspec.json.encode(said)).hexdigest()


def _line(row: Any) -> CountedRecord:
    return msgspec.convert({name: getattr(row, name) for name in ("record", "kind", "day", "digest")}, CountedRecord)

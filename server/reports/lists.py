"""Lists of reports for the desk, their counts, and the calendar: of what the caller may read, and of nothing else."""

import calendar
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any, Final

import msgspec
import sqlalchemy as sa

from mobile_contract.forms import Label
from mobile_contract.problems import Refused
from mobile_contract.reports import (
    CalendarDay,
    CalendarMark,
    CalendarSection,
    DailyForm,
    PlaceName,
    ReportCalendar,
    ReportCounts,
    ReportFilter,
    ReportRow,
    ReportRows,
    ReportState,
    Signature,
)
from server import forms, identity, projects
from server.identity import Caller, Holdings
from server.kernel.clock import Clock, instant, rfc3339
from server.kernel.database import Database
from server.reports import listing
from server.reports.kinds import kept_by_day

#: Sections in a page of the calendar.
SECTIONS: Final = 100


class ReportLists:
    """The service; the dependency ``report_lists``."""

    def __init__(self, db: Database, clock: Clock) -> None:
        self._db = db
        self._clock = clock

    async def page(self, caller: Caller, asked: ReportFilter, after: str, limit: int, *, newest: bool) -> ReportRows:
        """Return a page of the reports that match, by day, with the names of what it mentions."""
        now = rfc3339(self._clock.now())

        def work(tx: sa.Connection) -> ReportRows:
            scopes = within(tx, caller, asked)
            rows, more = listing.page(tx, scopes, asked, after, limit, newest=newest)
            shown = tuple(map(row_of, rows))
            titles = {row.form: _title(tx, row.form, row.form_version) for row in shown}
            places = projects.places_of(tx, {row.scope for row in shown})
            return ReportRows(
                rows=shown,
                next=more,
                as_of=now,
                forms={form: title for form, title in titles.items() if title},
                places={scope: _named(place) for scope, place in places.items()},
                people=identity.names_of(tx, {row.author for row in shown}),
            )

        return await self._db.read(work)

    async def counts(self, caller: Caller, asked: ReportFilter) -> ReportCounts:
        """Count the reports that match, and the same by state and by what speaks against them."""
        now = rfc3339(self._clock.now())
        every = msgspec.structs.replace(asked, state=None, late=None, conflicts=None, flags=None)

        def work(tx: sa.Connection) -> ReportCounts:
            scopes = within(tx, caller, asked)
            narrower = {
                **{state.value: msgspec.structs.replace(every, state=state) for state in ReportState},
                **{mark: msgspec.structs.replace(every, **{mark: True}) for mark in ("late", "conflicts", "flags")},
                "matching": asked,
            }
            found = {name: listing.count(tx, scopes, each) for name, each in narrower.items()}
            return ReportCounts(**found, most=listing.MOST, as_of=now)

        return await self._db.read(work)

    async def calendar(
        self, caller: Caller, month: str, form: str | None, asked: ReportFilter, after: str
    ) -> ReportCalendar:
        """Return expected against received of a form in a month (``YYYY-MM``), a page of sections at a time.

        Without ``form`` it is the first of those that are kept by the day. Raise ``request.invalid`` for no month, and
        ``forms.unknown`` for a form that is not kept by the day.
        """
        since, until = _ends(month)
        now = self._clock.now()

        def work(tx: sa.Connection) -> ReportCalendar:
            daily = {each.id: each for each in forms.current(tx) if kept_by_day(each) and len(each.unique_by) == 1}
            chosen = form or next(iter(daily), "")
            if chosen not in daily and form is not None:
                raise Refused("forms.unknown", form=form[:64], version="")
            scopes = sorted(scope for scope in within(tx, caller, asked) if scope.startswith("section:"))
            here = [scope for scope in scopes if scope > after][: SECTIONS + 1]
            shown, more = here[:SECTIONS], len(here) > SECTIONS
            rows = listing.of_month(tx, shown, chosen, since, until, 31 * SECTIONS)
            named, begun = projects.places_of(tx, shown), projects.begun_on(tx, shown)
            made = tuple(
                _section(scope, named[scope], [row for row in rows if row.scope == scope], expected)
                for scope in shown
                if scope in named and scope in begun
                for expected in [_expected(*begun[scope], now, since, until)]
            )
            return ReportCalendar(
                month=month,
                form=chosen,
                forms=tuple(DailyForm(id=each.id, title=each.title) for each in daily.values()),
                sections=made,
                next=shown[-1] if more else "",
                as_of=rfc3339(now),
            )

        return await self._db.read(work)


def within(tx: sa.Connection, caller: Holdings, asked: ReportFilter) -> frozenset[str]:
    """Return the scopes that a filter means, of those that the caller may read; what is not theirs is not there."""
    named = projects.within(tx, asked.project, asked.scope)
    return caller.scopes() if named is None else caller.scopes() & named


def row_of(row: Any) -> ReportRow:
    """Return a row of the index as a list shows it."""
    columns = {name: getattr(row, name) for name in ReportRow.__struct_fields__}
    return ReportRow(**columns | {"state": ReportState(row.state), "signature": Signature(row.signature)})


def _title(tx: sa.Connection, form: str, version: int) -> Label:
    definition = forms.definition(tx, form, version)
    return definition.title if definition is not None else {}


def _named(place: projects.Place) -> PlaceName:
    return PlaceName(project=place.key, project_name=place.project, section=place.section, contractor=place.contractor)


def _ends(month: str) -> tuple[str, str]:
    try:
        first = date.fromisoformat(f"{month}-01")
    except ValueError:
        raise Refused("request.invalid", reason="month: YYYY-MM") from None
    return first.isoformat(), first.replace(day=calendar.monthrange(first.year, first.month)[1]).isoformat()


def _expected(site: projects.Site, made_at: str, now: Any, since: str, until: str) -> Mapping[str, bool]:
    """Return the days of a month for which a log is expected, and whether the day is over."""
    made = instant(made_at)
    begins = max(since, site.began or (site.day(made) if made else since))
    today = site.day(now)
    first, last = date.fromisoformat(since), date.fromisoformat(until)
    days = (date.fromordinal(number).isoformat() for number in range(first.toordinal(), last.toordinal() + 1))
    return {day: day < today for day in days if begins <= day <= today}


def _section(scope: str, place: projects.Place, rows: Sequence[Any], expected: Mapping[str, bool]) -> CalendarSection:
    there = {row.day: row for row in rows}
    days = tuple(_day(day, there.get(day), over=expected.get(day, False)) for day in sorted({*expected, *there}))
    marks = [day.mark for day in days if day.day in expected]
    return CalendarSection(
        scope=scope,
        section=place.section,
        contractor=place.contractor,
        project=place.key,
        expected=len(expected),
        received=_of(marks, CalendarMark.RECEIVED, CalendarMark.LATE),
        late=_of(marks, CalendarMark.LATE),
        missing=_of(marks, CalendarMark.MISSING),
        days=days,
    )


def _of(marks: Iterable[CalendarMark], *wanted: CalendarMark) -> int:
    return sum(mark in wanted for mark in marks)


def _day(day: str, row: Any, *, over: bool) -> CalendarDay:
    if row is None:
        return CalendarDay(day=day, mark=CalendarMark.MISSING if over else CalendarMark.DUE)
    return CalendarDay(
        day=day,
        mark=CalendarMark.RECEIVED if row.late is None else CalendarMark.LATE,
        report=row.id,
        state=ReportState(row.state),
        signature=Signature(row.signature),
        conflicts=row.conflicts,
        flags=row.flags,
    )

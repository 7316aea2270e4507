"""What a summary counts: each figure from the very records that it lists."""

import calendar
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from typing import Any, Final, NamedTuple

import sqlalchemy as sa

from mobile_contract.forms import FormDefinition, Label, fields_of, repeats_of
from mobile_contract.media import Verdict
from mobile_contract.problems import Refused
from mobile_contract.records import CheckInServer, Kind, PhotoServer, ReportValues
from mobile_contract.reports import ReportFilter, ReportRow
from mobile_contract.summaries import CountedRecord, Period
from mobile_contract.values import Values
from server import forms, reports
from server.insight import seen
from server.replication import records_of, server_of, values_of
from sync.state import Record

#: Records of each kind that a summary counts.
MOST: Final = 20_000
#: What the fields mean whose answers are added up: people at work.
_WORKERS: Final = "labour.count"

_LABELS: Final[Mapping[str, Label]] = {
    "reports": {"zh-CN": "填报", "en": "Reports"},
    "workers": {"zh-CN": "出勤人数合计", "en": "People at work, added up"},
    "late": {"zh-CN": "补录", "en": "Written late"},
    "disputed": {"zh-CN": "有未决冲突的填报", "en": "Reports with open conflicts"},
    "check_ins": {"zh-CN": "签到", "en": "Check-ins"},
    "outside": {"zh-CN": "围栏外签到", "en": "Check-ins outside the fence"},
    "photographs": {"zh-CN": "照片", "en": "Photographs"},
    "flagged": {"zh-CN": "有疑点的照片和签到", "en": "Captures with flags"},
}


class Counted(NamedTuple):
    """A figure with the records it counts, by id; ``value`` is their number unless it is a sum."""

    name: str
    label: Label
    value: int
    records: tuple[CountedRecord, ...]


def days_of(period: Period, day: str) -> tuple[str, str]:
    """Return the first and last day of the period that a day lies in. Raise ``request.invalid`` for no day."""
    try:
        within = date.fromisoformat(day)
    except ValueError:
        raise Refused("request.invalid", reason="day: YYYY-MM-DD") from None
    first = last = within
    if period is Period.WEEK:
        first = within - timedelta(days=within.weekday())
        last = first + timedelta(days=6)
    elif period is Period.MONTH:
        first = within.replace(day=1)
        last = within.replace(day=calendar.monthrange(within.year, within.month)[1])
    return first.isoformat(), last.isoformat()


def count(tx: sa.Connection, scope: str, since: str, until: str) -> tuple[Counted, ...]:
    """Return the figures of some days of a scope, from one snapshot. Raise ``takeaways.too_large``."""
    rows, more = reports.page(tx, {scope}, ReportFilter(scope=scope, since=since, until=until), "", MOST, newest=False)
    keys = {kind: seen.of_days(tx, scope, kind, since, until, MOST + 1) for kind in (Kind.CHECK_IN, Kind.PHOTO)}
    if more or any(len(found) > MOST for found in keys.values()):
        raise Refused("takeaways.too_large", limit=MOST)
    filed = [reports.row_of(row) for row in rows]
    bodies = records_of(tx, [row.id for row in filed])
    there = [row for row in filed if row.id in bodies]
    captures = {kind: list(records_of(tx, found).values()) for kind, found in keys.items()}
    return (*_of_reports(tx, there, bodies), *_of_captures(captures))


def _of_reports(tx: sa.Connection, rows: Sequence[ReportRow], bodies: Mapping[str, Record]) -> Iterator[Counted]:
    def lines(some: Iterable[ReportRow]) -> tuple[CountedRecord, ...]:
        return _sorted(
            CountedRecord(record=row.id, kind=Kind.REPORT, day=row.day, digest=bodies[row.id].digest) for row in some
        )

    yield _counted("reports", lines(rows))
    for form in sorted({row.form for row in rows}):
        of_form = [row for row in rows if row.form == form]
        version = max(row.form_version for row in of_form)
        definition = forms.definition(tx, form, version)
        label = definition.title if definition is not None else {"zh-CN": form}
        found = lines(of_form)
        yield Counted(f"reports.{form}"[:80], label, len(found), found)
    workers = {row.id: _workers(tx, values_of(bodies[row.id], ReportValues)) for row in rows}
    at_work = [row for row in rows if workers[row.id]]
    yield Counted("workers", _LABELS["workers"], sum(workers.values()), lines(at_work))
    yield _counted("late", lines(row for row in rows if row.late is not None))
    yield _counted("disputed", lines(row for row in rows if row.conflicts))


def _of_captures(captures: Mapping[Kind, Sequence[Record]]) -> Iterator[Counted]:
    check_ins = [(record, server_of(record, CheckInServer)) for record in captures[Kind.CHECK_IN]]
    photos = [(record, server_of(record, PhotoServer)) for record in captures[Kind.PHOTO]]

    def lines(some: Iterable[tuple[Record, Any]]) -> tuple[CountedRecord, ...]:
        return _sorted(
            CountedRecord(record=record.id, kind=Kind(record.kind), day=server.business_date, digest=record.digest)
            for record, server in some
        )

    out = [(record, server) for record, server in check_ins if server.fence and server.fence.verdict is Verdict.OUTSIDE]
    yield _counted("check_ins", lines(check_ins))
    yield _counted("outside", lines(out))
    yield _counted("photographs", lines(photos))
    doubtful = lines(each for each in check_ins if each[1].flags) + lines(each for each in photos if each[1].flags)
    yield _counted("flagged", _sorted(doubtful))


def _counted(name: str, found: tuple[CountedRecord, ...]) -> Counted:
    return Counted(name, _LABELS[name], len(found), found)


def _sorted(found: Iterable[CountedRecord]) -> tuple[CountedRecord, ...]:
    return tuple(sorted(found, key=lambda line: line.record))


def _workers(tx: sa.Connection, values: ReportValues) -> int:
    """Return how many people a report says were at work: the answers that mean it, added up."""
    definition = forms.definition(tx, values.form, values.form_version)
    return sum(_answers(definition, values.fields)) if definition is not None else 0


def _answers(definition: FormDefinition, fields: Values) -> Iterator[int]:
    columns: list[tuple[Sequence[Any], Iterable[Any]]] = [(fields_of(definition), [fields])]
    for repeat in repeats_of(definition):
        rows = fields.get(repeat.name)
        columns.append((repeat.fields, rows.values() if isinstance(rows, dict) else []))
    for asked, rows in columns:
        names = [field.name for field in asked if field.means == _WORKERS]
        for row in rows if names else ():
            for name in names:
                if isinstance(row, dict) and isinstance(answer := row.get(name), int):
                    yield answer

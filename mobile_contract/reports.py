"""Reports as the desk lists and counts them: a row is what a list shows, not the report."""

from enum import StrEnum
from typing import Annotated

import msgspec

from mobile_contract.base import Wire
from mobile_contract.forms import Label
from mobile_contract.projects import Day


class ReportState(StrEnum):
    """Where a report stands in its review: ``waiting`` for one – never reviewed, or changed since – or its verdict."""

    WAITING = "waiting"
    REVIEWED = "reviewed"
    RETURNED = "returned"
    APPROVED = "approved"


class Signature(StrEnum):
    """Whether what a report holds is signed; ``amending``: a signed version is in force, and a draft stands beside."""

    NONE = "none"
    SIGNED = "signed"
    AMENDING = "amending"


class ReportFilter(Wire, frozen=True, kw_only=True):
    """Which reports are meant; a member that is left out leaves its question open.

    ``project`` means its sections, ``scope`` one of them. ``since`` and ``until`` are days, both included. ``author``
    is the id of who first wrote it, ``person`` the name that the report gives as responsible. ``late``, ``conflicts``
    and ``flags``: has it, or has it not. ``as_of``: only what has not changed after that moment (RFC 3339, as a list
    gives it).
    """

    project: Annotated[str, msgspec.Meta(max_length=36)] | None = None
    scope: Annotated[str, msgspec.Meta(max_length=64)] | None = None
    form: Annotated[str, msgspec.Meta(max_length=64)] | None = None
    since: Day | None = None
    until: Day | None = None
    author: Annotated[str, msgspec.Meta(max_length=36)] | None = None
    person: Annotated[str, msgspec.Meta(max_length=128)] | None = None
    state: ReportState | None = None
    signature: Signature | None = None
    late: bool | None = None
    conflicts: bool | None = None
    flags: bool | None = None
    as_of: Annotated[str, msgspec.Meta(max_length=32)] | None = None


class ReportRow(Wire, frozen=True, kw_only=True):
    """A report as a list shows it.

    ``day`` is its business date, or the site's day on which it came where its form has none. ``author`` first wrote it;
    ``person`` is who it names as responsible. ``late``: minutes after its day was over (补录). ``conflicts``: fields
    people disagree on; ``flags``: values that its form does not admit. ``digest`` is what a review names.
    """

    id: str
    scope: str
    form: str
    form_version: int
    day: str
    number: str | None = None
    author: str
    person: str | None = None
    received_at: str
    changed_at: str
    state: ReportState
    signature: Signature = Signature.NONE
    late: int | None = None
    conflicts: int = 0
    flags: int = 0
    rev: int
    digest: str


class PlaceName(Wire, frozen=True, kw_only=True):
    """How people name a scope: its project, and of a section its name and who builds it."""

    project: str
    project_name: str
    section: str = ""
    contractor: str = ""


class ReportRows(Wire, frozen=True, kw_only=True):
    """A page of reports; ``next`` is the ``after`` of the next page, empty on the last.

    ``forms``, ``places`` and ``people`` name what the rows mention: titles by form, places by scope, names by person.
    ``as_of`` is the moment of the page.
    """

    rows: tuple[ReportRow, ...]
    next: str = ""
    as_of: str
    forms: dict[str, Label] = msgspec.field(default_factory=dict)
    places: dict[str, PlaceName] = msgspec.field(default_factory=dict)
    people: dict[str, str] = msgspec.field(default_factory=dict)


class ReportCounts(Wire, frozen=True, kw_only=True, omit_defaults=False):
    """How many reports match, and how many of the same without their ``state``, ``late``, ``conflicts``, ``flags``.

    Only what the caller may read is counted. Counting ends at ``most``: a figure that is as large means that many or
    more.
    """

    matching: int
    waiting: int
    reviewed: int
    returned: int
    approved: int
    late: int
    conflicts: int
    flags: int
    most: int
    as_of: str


class CalendarMark(StrEnum):
    """What a day of a form that is kept by the day is: there, there but written late, not there, or still to come."""

    RECEIVED = "received"
    LATE = "late"
    MISSING = "missing"
    DUE = "due"


class CalendarDay(Wire, frozen=True, kw_only=True):
    """A day of a section's calendar; ``report`` and what follows only where there is one."""

    day: str
    mark: CalendarMark
    report: str | None = None
    state: ReportState | None = None
    signature: Signature | None = None
    conflicts: int = 0
    flags: int = 0


class CalendarSection(Wire, frozen=True, kw_only=True, omit_defaults=False):
    """A section's month. ``expected`` days are over or today; of those ``received`` are there and ``missing`` are not.

    ``days``: those that are expected, and those that came without being so, by day. A log is expected from the day of
    开工 (``began``) – without one, from the day on which the section was made – to today.
    """

    scope: str
    section: str
    contractor: str
    project: str
    expected: int
    received: int
    late: int
    missing: int
    days: tuple[CalendarDay, ...]


class DailyForm(Wire, frozen=True, kw_only=True):
    """A form of which each section files one a day."""

    id: str
    title: Label


class ReportCalendar(Wire, frozen=True, kw_only=True):
    """Expected against received: the sections of a page by id, for one form and month.

    ``forms`` are those that are kept by the day; ``next`` is the ``after`` of the next page, empty on the last.
    """

    month: str
    form: str
    forms: tuple[DailyForm, ...]
    sections: tuple[CalendarSection, ...] = ()
    next: str = ""
    as_of: str

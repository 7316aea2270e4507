"""Summaries of a day, a week or a month: figures with the records that each counts, as they were when it was made."""

from enum import StrEnum
from typing import Annotated

import msgspec

from mobile_contract.base import Wire
from mobile_contract.forms import Label
from mobile_contract.projects import Day
from mobile_contract.records import Kind


class Period(StrEnum):
    """What a summary covers; a week begins on Monday."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"


class NewSummary(Wire, frozen=True, kw_only=True):
    """Make the summary of the period of a scope that ``day`` lies in, as everything stands now."""

    scope: Annotated[str, msgspec.Meta(max_length=64)]
    period: Period
    day: Day


class Figure(Wire, frozen=True, kw_only=True, omit_defaults=False):
    """A figure: ``value`` is how many records it counts, or what their answers add up to.

    ``records`` is the address of the list of just those records: of a count it has ``value`` of them.
    """

    name: str
    label: Label
    value: int
    records: str


class FigureChange(Wire, frozen=True, kw_only=True, omit_defaults=False):
    """What became of a figure since the version before: records that are new in it, gone, or say something else.

    The first hundred of each.
    """

    name: str
    before: int
    after: int
    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()


class Summary(Wire, frozen=True, kw_only=True):
    """A summary. It never changes: when what it counts does, the next one is another version, and says how it differs.

    ``since`` and ``until`` are days, both included. ``as_of`` is when it was made; ``digest`` the SHA-256 over names,
    values, ids and digests of all that it counts. ``changes`` are those since the version before.
    """

    id: str
    scope: str
    period: Period
    since: str
    until: str
    version: int
    as_of: str
    by: str
    digest: str
    figures: tuple[Figure, ...]
    changes: tuple[FigureChange, ...] = ()


class Summaries(Wire, frozen=True, kw_only=True):
    """Summaries, the latest first; ``next`` is the ``after`` of the next page, empty on the last."""

    summaries: tuple[Summary, ...]
    next: str = ""


class CountedRecord(Wire, frozen=True, kw_only=True):
    """A record that a figure counts, to be had at ``/v1/records/<record>``; ``digest`` is what it held then."""

    record: str
    kind: Kind
    day: str
    digest: str


class CountedRecords(Wire, frozen=True, kw_only=True):
    """The records that a figure counts, by id; ``next`` is the ``after`` of the next page, empty on the last."""

    records: tuple[CountedRecord, ...]
    next: str = ""

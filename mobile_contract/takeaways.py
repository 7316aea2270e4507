"""Takeaways: files made of what the caller may read: asked for, made by a job, and found again until they expire."""

from enum import StrEnum
from typing import Annotated

import msgspec

from mobile_contract.base import Wire
from mobile_contract.ids import UUID_PATTERN
from mobile_contract.reports import ReportFilter


class TakeawayKind(StrEnum):
    """What is made.

    ``xlsx``, ``csv``: a form's reports as a workbook, or as CSV (a zip where the form has tables). ``reportPdf``,
    ``dayPdf``: a report, or a day of a section, as PDF/A. ``geojson``: check-ins, photographs and fences. ``month``: a
    zip of a section's records, originals, captioned copies, and what proves them.
    """

    XLSX = "xlsx"
    CSV = "csv"
    REPORT_PDF = "reportPdf"
    DAY_PDF = "dayPdf"
    GEOJSON = "geojson"
    MONTH = "month"


class TakeawayState(StrEnum):
    """How far a takeaway has come; one that expired is gone."""

    WAITING = "waiting"
    MAKING = "making"
    READY = "ready"
    FAILED = "failed"
    CANCELLED = "cancelled"


class NewTakeaway(Wire, frozen=True, kw_only=True):
    """Ask for a takeaway.

    ``wanted`` says of what: for ``xlsx`` and ``csv`` it names a form, for ``dayPdf`` a scope and ``since``, the day,
    for ``month`` a scope, ``since`` and ``until``, at most 31 days. ``record`` is the report of ``reportPdf``.
    ``language`` is that of the words around the values of a list.
    """

    kind: TakeawayKind
    wanted: ReportFilter = ReportFilter()
    record: Annotated[str, msgspec.Meta(pattern=UUID_PATTERN)] | None = None
    language: Annotated[str, msgspec.Meta(pattern="^(zh-CN|en)$")] = "zh-CN"


class Takeaway(Wire, frozen=True, kw_only=True):
    """One takeaway of the caller. ``done`` of ``total`` records are in it so far; ``total`` may be more than it says.

    ``as_of`` is when it began to be made; ``problem`` a code of why it could not be. When it is ready the file, called
    ``name``, of ``size`` bytes and digest ``sha256``, is to be had at ``/v1/takeaways/<id>/file`` until ``expires_at``.
    """

    id: str
    kind: TakeawayKind
    state: TakeawayState
    wanted: ReportFilter
    asked_at: str
    expires_at: str
    done: int = 0
    total: int | None = None
    as_of: str | None = None
    name: str | None = None
    size: int | None = None
    sha256: str | None = None
    problem: str | None = None


class Takeaways(Wire, frozen=True, kw_only=True):
    """The caller's takeaways, the latest first. ``next`` is the ``after`` of the next page; empty on the last."""

    takeaways: tuple[Takeaway, ...]
    next: str = ""

"""The return leg of a report: what a supervisor sends about it, and what its writers see."""

import re
from enum import StrEnum
from typing import Annotated

import msgspec

from mobile_contract.base import Wire
from mobile_contract.reports import ReportFilter

#: What is to be corrected, by the path of the field, row or cell: ``fields/labour/<rowId>/count``.
FieldReasons = Annotated[
    dict[str, Annotated[str, msgspec.Meta(min_length=1, max_length=500, pattern=r"\S")]], msgspec.Meta(max_length=100)
]
_PATH = re.compile(r"fields(/[^/\x00]{1,100}){1,3}")


class ReviewState(StrEnum):
    """The verdict of a supervisor on a report: seen without objection, sent back to be corrected, or approved."""

    REVIEWED = "reviewed"
    RETURNED = "returned"
    APPROVED = "approved"


class ReportReview(Wire, frozen=True, kw_only=True):
    """The latest review of a report, of the values with ``digest``.

    ``reason`` is why it was returned, ``fields`` what is to be corrected where: a reason by path.
    """

    state: ReviewState
    digest: str
    by: str
    at: str
    reason: str = ""
    fields: dict[str, str] = msgspec.field(default_factory=dict)


class ReviewReport(Wire, frozen=True, kw_only=True):
    """Review the values that have ``digest``; returning them takes a reason, of the whole or of a field."""

    state: ReviewState
    digest: str
    reason: Annotated[str, msgspec.Meta(max_length=500)] = ""
    fields: FieldReasons = msgspec.field(default_factory=dict)

    def __post_init__(self) -> None:
        for path in self.fields:
            if _PATH.fullmatch(path) is None:
                raise ValueError(f"no path of a report: {path[:100]}")


class ReviewOfReport(Wire, frozen=True, kw_only=True):
    """One of many reviews: of the report ``id``."""

    id: Annotated[str, msgspec.Meta(max_length=36)]
    review: ReviewReport


class ReviewReports(Wire, frozen=True, kw_only=True):
    """Review many reports, each as it was seen and each by itself: what is refused of one changes no other."""

    reviews: Annotated[tuple[ReviewOfReport, ...], msgspec.Meta(min_length=1, max_length=200)]


class ReviewMatching(Wire, frozen=True, kw_only=True):
    """Review what matches a filter, also what no page has shown: the oldest ``most`` of it, each as it is now.

    With ``matching.as_of`` of a list, only what has not changed since that list.
    """

    matching: ReportFilter
    state: ReviewState
    reason: Annotated[str, msgspec.Meta(max_length=500)] = ""
    most: Annotated[int, msgspec.Meta(ge=1, le=500)] = 500


class ReviewResult(Wire, frozen=True, kw_only=True):
    """What became of one report: its ``review``, or the ``code`` and ``params`` of the problem it was refused with."""

    id: str
    review: ReportReview | None = None
    code: str | None = None
    params: dict[str, str] = msgspec.field(default_factory=dict)


class ReviewResults(Wire, frozen=True, kw_only=True):
    """What became of each report, in the order asked; ``more``: the filter matches more than were taken."""

    results: tuple[ReviewResult, ...]
    more: bool = False

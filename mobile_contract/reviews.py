"""The return leg of a report: what a supervisor sends about it, and what its writers see."""

from enum import StrEnum
from typing import Annotated

import msgspec

from mobile_contract.base import Wire


class ReviewState(StrEnum):
    """The verdict of a supervisor on a report: seen without objection, sent back to be corrected, or approved."""

    REVIEWED = "reviewed"
    RETURNED = "returned"
    APPROVED = "approved"


class ReportReview(Wire, frozen=True, kw_only=True):
    """The latest review of a report, of the values with ``digest``; ``reason`` is why it was returned."""

    state: ReviewState
    digest: str
    by: str
    at: str
    reason: str = ""


class ReviewReport(Wire, frozen=True, kw_only=True):
    """Review the values that have ``digest``; returning them takes a reason."""

    state: ReviewState
    digest: str
    reason: Annotated[str, msgspec.Meta(max_length=500)] = ""

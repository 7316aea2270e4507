"""What waits for a clerk: scans in a queue, and the claims by which two clerks never work on one unawares."""

from enum import StrEnum
from typing import Annotated

import msgspec

from mobile_contract.base import Wire


class QueueState(StrEnum):
    """What a scan in the queue waits for.

    ``reading``: for its bytes, or for the machine; a person has nothing to do yet. ``read``: for a decision.
    ``formUnknown``: for a person to say which form it is. ``failed``: it could not be read. ``paired``: it may be one
    with another paper or a filed report, which is to be decided first.
    """

    READING = "reading"
    READ = "read"
    FORM_UNKNOWN = "formUnknown"
    FAILED = "failed"
    PAIRED = "paired"


class QueueOrder(StrEnum):
    """What comes first: the scan that waits longest, or the one of whose values the machine is least sure."""

    AGE = "age"
    CONFIDENCE = "confidence"


class ScanClaim(Wire, frozen=True, kw_only=True):
    """Who works on a scan, and until when (RFC 3339) unless the claim is renewed."""

    scan: str
    by: str
    name: str
    until: str


class QueuedScan(Wire, frozen=True, kw_only=True):
    """A scan that waits, as the queue shows it.

    ``lowest_confidence`` is that of the value of which the machine is least sure, in thousandths; absent where nothing
    was read. ``to_look`` is how many values a person must look at. ``problem`` is why it could not be read.
    """

    scan: str
    scope: str
    state: QueueState
    received_at: str
    pages: int
    extraction: str | None = None
    form: str | None = None
    form_version: int | None = None
    lowest_confidence: int | None = None
    to_look: int = 0
    problem: str | None = None
    claim: ScanClaim | None = None


class QueueCounts(Wire, frozen=True, kw_only=True):
    """How many scans wait in the scopes that were asked for: by state, by form (empty: unknown) and by scope.

    The form and the state that were asked for do not narrow it. ``reading`` is counted among the states alone.
    """

    states: dict[str, int]
    forms: dict[str, int]
    scopes: dict[str, int]


class ScanQueue(Wire, frozen=True, kw_only=True):
    """A page of the queue as it was at ``as_of``; ``next`` is what to ask ``after``, empty on the last page."""

    as_of: str
    scans: tuple[QueuedScan, ...]
    counts: QueueCounts
    next: str = ""


class NextScan(Wire, frozen=True, kw_only=True):
    """Which of the queue to claim the next of: its filters and its order, as of the list."""

    project: Annotated[str, msgspec.Meta(max_length=36)] = ""
    scope: Annotated[str, msgspec.Meta(max_length=64)] = ""
    form: Annotated[str, msgspec.Meta(max_length=64)] | None = None
    state: QueueState | None = None
    order: QueueOrder = QueueOrder.AGE


class ClaimedNext(Wire, frozen=True, kw_only=True, omit_defaults=False):
    """The scan that was claimed; ``null`` when none waits that is free."""

    scan: QueuedScan | None = None


class ClaimScan(Wire, frozen=True, kw_only=True):
    """Claim a scan, or renew one's claim. ``take_over`` is why it is taken from another clerk; journaled."""

    take_over: Annotated[str, msgspec.Meta(min_length=2, max_length=500)] | None = None

"""What a clerk sends to make a report of what a machine read, and what is offered as one paper scanned twice."""

from enum import StrEnum
from typing import Annotated, Any, Final

import msgspec
from msgspec import Meta

from mobile_contract.base import Wire
from mobile_contract.extractions import ValueKind
from mobile_contract.forms import Label
from mobile_contract.sync import Receipt

#: A file by its SHA-256, in hexadecimal.
FileDigest = Annotated[str, Meta(pattern=r"^[0-9a-f]{64}$(?!\n)")]
#: Pages of one scan, and of one paper: more than any form has.
MAX_FILES: Final = 200


class NewScan(Wire, frozen=True, kw_only=True):
    """A scan that is brought at the desk: its files in order, sent before or after.

    The same files brought to the same scope are the same scan, so that a folder may be sent again after a breakdown.
    """

    scope: Annotated[str, Meta(max_length=64)]
    pages: Annotated[tuple[FileDigest, ...], Meta(min_length=1, max_length=MAX_FILES)]
    note: Annotated[str, Meta(max_length=500)] = ""


class BroughtScan(Wire, frozen=True, kw_only=True):
    """The scan, and the receipt of the op that made it."""

    scan: str
    receipt: Receipt


class Confirmation(Wire, frozen=True, kw_only=True):
    """A clerk confirms an extraction: its proposals stand, except for ``corrections``.

    A correction is a value by the path of a proposal or of any other field of the form (``fields/number``,
    ``fields/items/3/quantity`` with the row's ordinal on paper); ``null`` leaves the field empty.
    """

    corrections: dict[str, Any] = msgspec.field(default_factory=dict)


class NewThreshold(Wire, frozen=True, kw_only=True):
    """From which confidence on, in thousandths, values of a kind need not be looked at; ``null``: always look."""

    threshold: Annotated[int, msgspec.Meta(ge=500, le=999)] | None


class Threshold(Wire, frozen=True, kw_only=True):
    """The threshold of a kind, who set it and when; absent where none is set."""

    kind: ValueKind
    threshold: int | None = None
    by: str | None = None
    at: str | None = None


class Thresholds(Wire, frozen=True, kw_only=True):
    """The thresholds of all kinds, the version of the fit in force, and how many of 100 accepted values are audited."""

    thresholds: tuple[Threshold, ...]
    fit: str
    audit_percent: int


class Confirmed(Wire, frozen=True, kw_only=True):
    """The report that was filed, and the receipt of the op that filed it."""

    report: str
    receipt: Receipt


class Alternative(Wire, frozen=True, kw_only=True):
    """Another value that may stand there: ``code`` and ``params`` are the problem that says why."""

    value: Any
    code: str
    params: dict[str, str] = msgspec.field(default_factory=dict)


class Alternatives(Wire, frozen=True, kw_only=True):
    """For each value of an extraction that may be another, what else it may be, by path; the likeliest first."""

    fields: dict[str, tuple[Alternative, ...]]


class DuplicateState(StrEnum):
    """What became of a pair: nothing is merged by itself."""

    OPEN = "open"
    MERGED = "merged"
    KEPT = "kept"  # both stay: they are two
    MOOT = "moot"  # the extraction was discarded


class Duplicate(Wire, frozen=True, kw_only=True):
    """Two that may be one: an ``extraction``, and an older extraction or a filed report (``other``).

    ``reasons`` are ``sameFile`` (the same bytes), ``sameSheet`` (the serial of a sheet of which both hold the same
    questions), ``sameAnswers`` (nearly all that was read is equal) and ``sameKey`` (the natural key of the form: of a
    log, section and day).
    """

    id: str
    scope: str
    extraction: str
    other: str
    reasons: tuple[str, ...]
    state: DuplicateState
    found_at: str
    decided_by: str | None = None
    decided_at: str | None = None
    reason: str | None = None


class Duplicates(Wire, frozen=True, kw_only=True):
    """A page of pairs by id. ``next`` is what to ask ``after``; empty on the last page."""

    duplicates: tuple[Duplicate, ...]
    next: str = ""


class ComparedPlace(Wire, frozen=True, kw_only=True):
    """Where an answer stands: a page of its side, from 1, and left, top, right, bottom in pixels of its picture."""

    page: int
    box: tuple[int, int, int, int]


class ComparedField(Wire, frozen=True, kw_only=True, omit_defaults=False):
    """One answer on both sides, ``null`` where there is none; ``paper`` is that of the extraction.

    ``paper_at`` and ``other_at`` are where it stands on the pages of a side, if it was read there.
    """

    path: str
    label: Label
    paper: Any = None
    other: Any = None
    differs: bool = False
    paper_at: ComparedPlace | None = None
    other_at: ComparedPlace | None = None


class ComparedSide(Wire, frozen=True, kw_only=True):
    """One side of a pair: its record, and where it is of paper, the scan, what was read, and the pages laid flat."""

    record: str
    received_at: str
    extraction: str | None = None
    scan: str | None = None
    pages: tuple[str, ...] = ()


class Comparison(Wire, frozen=True, kw_only=True):
    """A pair field by field, in the order of the form; computed fields are left out.

    ``report`` is the filed report that ``other`` is or has become; none while both are only read.
    """

    duplicate: Duplicate
    fields: tuple[ComparedField, ...]
    report: str | None = None
    paper_side: ComparedSide | None = None
    other_side: ComparedSide | None = None


class Side(StrEnum):
    """Whose answer is taken."""

    PAPER = "paper"
    OTHER = "other"


class MergeDuplicate(Wire, frozen=True, kw_only=True):
    """The clerk's choice by path. Every path must be named in which both sides have an answer and they differ.

    Where one side alone has an answer, it is taken unless the other side is chosen.
    """

    choices: dict[str, Side] = msgspec.field(default_factory=dict)


class KeepDuplicate(Wire, frozen=True, kw_only=True):
    """Why the two are two."""

    reason: Annotated[str, Meta(min_length=2, max_length=500)]

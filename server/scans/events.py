"""What happens to extractions, to pairs of them, and to how far reading is trusted."""

from collections.abc import Mapping
from typing import ClassVar

import msgspec

from server.kernel.events import Event


class ExtractionAccepted(Event, frozen=True, kw_only=True):
    """Values were read that need no look, under a fit and thresholds."""

    name: ClassVar[str] = "extraction.accepted"

    fit: str | None
    engine: str
    thresholds: Mapping[str, int]
    audit_percent: int = msgspec.field(name="auditPercent")
    accepted: list[str]
    audit: list[str]


class ThresholdSet(Event, frozen=True, kw_only=True):
    """Values of a kind, which is ``subject``, need no look from another confidence on."""

    name: ClassVar[str] = "ocr.threshold_set"

    was: int | None
    threshold: int | None


class FitTaken(Event, frozen=True, kw_only=True):
    """A fit, whose version is ``subject``, is in force."""

    name: ClassVar[str] = "ocr.fit_taken"

    was: str


class DuplicateFound(Event, frozen=True, kw_only=True):
    """A pair was found: two papers, or a paper and a report, that may be one."""

    name: ClassVar[str] = "duplicate.found"

    extraction: str
    other: str
    reasons: list[str]


class PairDecided(Event, frozen=True, kw_only=True):
    """A clerk decided about a pair; ``choices`` is the side taken for each path."""

    extraction: str
    other: str
    reason: str
    choices: dict[str, str]


class DuplicateKept(PairDecided, frozen=True, kw_only=True):
    """Both of a pair were kept."""

    name: ClassVar[str] = "duplicate.kept"


class DuplicateMerged(PairDecided, frozen=True, kw_only=True):
    """The two of a pair were merged."""

    name: ClassVar[str] = "duplicate.merged"


class ScanTakenOver(Event, frozen=True, kw_only=True):
    """A clerk took a scan over from another, ``was``, who had claimed it."""

    name: ClassVar[str] = "scan.taken_over"

    was: str
    reason: str

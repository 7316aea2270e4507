"""What speaks against photographs and check-ins, for people to look at: nothing is refused for it."""

from enum import StrEnum

from mobile_contract.base import Wire
from mobile_contract.parked import Reason


class EvidenceState(StrEnum):
    """What a person made of a flag: nothing yet, nothing to it, or something to it."""

    OPEN = "open"
    DISMISSED = "dismissed"
    CONFIRMED = "confirmed"


class EvidenceFlag(Wire, frozen=True, kw_only=True):
    """A flag as it stands on a record: a code of ``problems`` with the figures of its sentence.

    ``other`` is the record on the other side of a comparison; it bears the same flag. Dismissed flags leave the record.
    """

    id: str
    code: str
    params: dict[str, str]
    other: str | None = None
    state: EvidenceState = EvidenceState.OPEN


class EvidenceItem(Wire, frozen=True, kw_only=True):
    """A flag as its reviewer sees it: both sides with their scopes and people, and the last decision."""

    id: str
    code: str
    params: dict[str, str]
    record: str
    scope: str
    person: str
    other: str | None = None
    other_scope: str | None = None
    other_person: str | None = None
    state: EvidenceState = EvidenceState.OPEN
    found_at: str
    by: str | None = None
    at: str | None = None
    reason: str | None = None


class EvidenceList(Wire, frozen=True, kw_only=True):
    """A page of flags; ``next`` is the ``after`` of the next page, empty on the last."""

    flags: tuple[EvidenceItem, ...]
    next: str = ""


class EvidenceDecision(Wire, frozen=True, kw_only=True):
    """The body of a decision about a flag: why."""

    reason: Reason

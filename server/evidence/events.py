"""What people decide about evidence flags."""

from typing import ClassVar

from server.kernel.events import Event


class FlagDecided(Event, frozen=True, kw_only=True):
    """A person decided about a flag, which was in state ``was``."""

    code: str
    record: str
    other: str | None
    was: str
    reason: str


class EvidenceDismissed(FlagDecided, frozen=True, kw_only=True):
    """The flag means nothing."""

    name: ClassVar[str] = "evidence.dismissed"


class EvidenceReopened(FlagDecided, frozen=True, kw_only=True):
    """What was decided about the flag is taken back."""

    name: ClassVar[str] = "evidence.reopened"


class EvidenceConfirmed(FlagDecided, frozen=True, kw_only=True):
    """The flag stands."""

    name: ClassVar[str] = "evidence.confirmed"

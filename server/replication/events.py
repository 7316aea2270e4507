"""What happens to records and parked ops, beside the ops themselves (``server.kernel.events.OpReceived``)."""

from typing import Any, ClassVar

import msgspec

from mobile_contract.states import ParkedOpState
from server.kernel.events import Event


class ParkedApplied(Event, frozen=True, kw_only=True):
    """A parked op is applied after all: ``op`` is the op as it came, which arguments of jobs are spared."""

    name: ClassVar[str] = "parked.applied"

    op: str = ""
    op_id: str = msgspec.field(name="opId")
    replica: str
    result: str


class ParkedDecision(Event, frozen=True, kw_only=True):
    """A person decided about a parked op: how it stands then, whose it is, and why."""

    state: ParkedOpState
    code: str
    author: str
    op_id: str = msgspec.field(name="opId")
    reason: str | msgspec.UnsetType = msgspec.UNSET


class ParkedRetried(ParkedDecision, frozen=True, kw_only=True):
    """It was tried again as it came."""

    name: ClassVar[str] = "parked.retried"


class ParkedCorrected(ParkedDecision, frozen=True, kw_only=True):
    """It was applied in another form."""

    name: ClassVar[str] = "parked.corrected"


class ParkedDiscarded(ParkedDecision, frozen=True, kw_only=True):
    """It was given up."""

    name: ClassVar[str] = "parked.discarded"


class ParkedReopened(ParkedDecision, frozen=True, kw_only=True):
    """It was given up by mistake, and waits again."""

    name: ClassVar[str] = "parked.reopened"


class RecordLeft(Event, frozen=True, kw_only=True):
    """A record left the scope whose stream this is."""

    name: ClassVar[str] = "record.left"

    to: str


class RecordMoved(Event, frozen=True, kw_only=True):
    """A record came to the scope whose stream this is."""

    name: ClassVar[str] = "record.moved"

    origin: str = msgspec.field(name="from")


class RecordAnnotated(Event, frozen=True, kw_only=True):
    """Server values of a record were set."""

    name: ClassVar[str] = "record.annotated"

    kind: str
    changes: dict[str, Any] = msgspec.field(name="set")


class RecordRestored(Event, frozen=True, kw_only=True):
    """A deleted record is back."""

    name: ClassVar[str] = "record.restored"

    reason: str


class DatabaseRestored(Event, frozen=True, kw_only=True):
    """The database came from a backup; ``subject`` is its new epoch."""

    name: ClassVar[str] = "database.restored"


class FeedPurged(Event, frozen=True, kw_only=True):
    """A scope's feed forgot what was gone below its floor."""

    name: ClassVar[str] = "feed.purged"

    floor: int
    records: int

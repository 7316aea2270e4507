"""What people disagree on, and what was removed and may come back."""

from typing import Annotated, Any

import msgspec

from mobile_contract.base import Wire
from mobile_contract.media import FileReceipt
from mobile_contract.parked import Reason
from mobile_contract.states import ConflictState
from mobile_contract.values import Values


class Removed(Wire, frozen=True, kw_only=True):
    """A row, or a whole repeat, that was removed: kept so that it can come back whole. ``value`` is what it held."""

    path: str
    value: Values
    by: str
    at: str


class Candidate(Wire, frozen=True, kw_only=True):
    """A value that an op set and that did not become the record's; ``n`` is the number of its op."""

    value: Any = None
    op_id: str
    n: int = 0
    by: str
    at: str
    device_time: str | None = None


class Gone(Wire, frozen=True, kw_only=True):
    """A row or a whole repeat that went away: its path, and by whom and when, as far as that is known."""

    path: str
    by: str | None = None
    at: str | None = None


class ConflictValues(Wire, frozen=True, kw_only=True):
    """One field of one record on which people disagree; ``candidates`` is keyed by replica.

    ``standing`` is the record's value, which stays until a person resolves. ``state`` is ``open`` or ``resolved``.
    ``gone``: the row of the field went away; a value that is chosen then brings it back whole. ``came_back``: another
    choice brought it back, and ``standing`` is what stood in it before. ``at`` is when it was resolved, ``reason`` why.
    """

    record: str
    kind: str
    path: str
    standing: Any = None
    gone: Gone | None = None
    came_back: bool = False
    candidates: dict[str, Candidate]
    state: ConflictState = ConflictState.OPEN
    chosen: Any = None
    resolved_by: str | None = None
    at: str | None = None
    reason: str | None = None


class ConflictServer(Wire, frozen=True, kw_only=True):
    """When a conflict began, and the receipts of the files that its candidates name."""

    received_at: str
    files: tuple[FileReceipt, ...] = ()


class ConflictList(Wire, frozen=True, kw_only=True):
    """A page of conflicts, the oldest first: feed entries of kind ``conflict``. ``next``: the ``after`` of the next."""

    conflicts: tuple[msgspec.Raw, ...]
    next: str = ""


class ResolveConflict(Wire, frozen=True, kw_only=True):
    """Settle a conflict with a value: a candidate's, the standing one, or another; null removes.

    ``seen`` names the op ids of all candidates one looked at, ``standing`` the standing value one saw; if there are
    others by now, it stays open.
    """

    seen: Annotated[tuple[Annotated[str, msgspec.Meta(max_length=64)], ...], msgspec.Meta(max_length=500)]
    value: Any = None
    standing: Any | msgspec.UnsetType = msgspec.UNSET
    reason: Reason | None = None


class ConflictDecision(Wire, frozen=True, kw_only=True):
    """How a conflict stands after a decision; ``code`` says what became of it, or why it is still open."""

    id: str
    state: ConflictState
    code: str

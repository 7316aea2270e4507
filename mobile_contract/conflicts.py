"""What people disagree on, and what was removed and may come back."""

from typing import Any

from mobile_contract.base import Wire
from mobile_contract.media import FileReceipt
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
    choice brought it back, and ``standing`` is what stood in it before. ``at`` is when it was resolved.
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


class ConflictServer(Wire, frozen=True, kw_only=True):
    """When a conflict began, and the receipts of the files that its candidates name."""

    received_at: str
    files: tuple[FileReceipt, ...] = ()

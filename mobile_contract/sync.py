"""The exchange: ``POST /v1/sync`` carries ops up, and a receipt for each and a page of changes down.

An op is a patch, never a document. ``was`` is the value its author saw; the server compares it with the value it holds
and so needs no history to merge. A path names a field (``fields/weather_am``), a row (``fields/labour/<rowId>``) or a
cell (``fields/labour/<rowId>/count``). A missing value and null are the same.
"""

from enum import StrEnum
from typing import Any

import msgspec

from mobile_contract.base import Wire
from mobile_contract.phones import PhoneReport
from mobile_contract.values import Values


class Outcome(StrEnum):
    """What became of an op. There is no fifth outcome."""

    APPLIED = "applied"
    MERGED = "merged"
    CONFLICT = "conflict"
    PARKED = "parked"


class Change(Wire, frozen=True, kw_only=True, omit_defaults=False):
    """A new value and the one its author saw: in full, or as its digest (``values.digest``) when it is long."""

    value: Any = None
    was: Any = None
    was_digest: str | msgspec.UnsetType | None = msgspec.UNSET


class Op(Wire, frozen=True, kw_only=True, tag_field="action"):
    """What all ops have in common.

    ``n`` counts the ops of a replica from 1 without gaps. Consecutive ops with the same ``unit`` (at most 50) succeed
    or park together. ``at`` is the device's wall time with offset.
    """

    op_id: str
    n: int
    scope: str
    kind: str
    id: str
    at: str
    unit: str | None = None


class Create(Op, frozen=True, kw_only=True, tag="create"):
    """Make a record. If it exists already (natural key), its values merge as a patch of an empty base."""

    values: Values


class Patch(Op, frozen=True, kw_only=True, tag="patch"):
    """Set fields, rows and cells of a record; a null value removes."""

    set: dict[str, Change]


class Delete(Op, frozen=True, kw_only=True, tag="delete"):
    """Delete a record whose values have ``was_digest``; if they moved, the delete becomes a conflict."""

    was_digest: str


class Sign(Op, frozen=True, kw_only=True, tag="sign"):
    """Sign the values that have ``digest``. Parked if the record moved or has open conflicts."""

    digest: str


class Resolve(Op, frozen=True, kw_only=True, tag="resolve"):
    """Settle a conflict record: ``seen`` names the op ids of all candidates its author looked at.

    ``standing`` is the standing value they saw; if it is another by now, the conflict stays open. Left out: not looked
    at. ``reason`` is why they chose so.
    """

    seen: tuple[str, ...]
    value: Any = None
    standing: Any | msgspec.UnsetType = msgspec.UNSET
    reason: str | None = None


AnyOp = Create | Patch | Delete | Sign | Resolve


class FieldFlag(Wire, frozen=True, kw_only=True):
    """A value that was kept although its form does not admit it: its path, and a ``field.…`` code of ``problems``."""

    path: str
    code: str


class Receipt(Wire, frozen=True, kw_only=True):
    """The outcome of an op; it never changes. ``code`` is a code of ``problems``; ``conflicts`` are record ids.

    ``warnings`` are flags of what this op set, the first 20.
    """

    op_id: str
    n: int
    outcome: Outcome
    code: str
    rev: int | None = None
    conflicts: tuple[str, ...] = ()
    params: dict[str, str] = msgspec.field(default_factory=dict)
    warnings: tuple[FieldFlag, ...] = ()


class Cursor(Wire, frozen=True, kw_only=True):
    """How far a replica has read. Opaque: send back what the last answer gave, unread and unchanged.

    ``listing`` holds, for a scope that is being listed from its beginning, the head it had when that began.
    """

    epoch: str = ""
    seqs: dict[str, int] = msgspec.field(default_factory=dict)
    listing: dict[str, int] = msgspec.field(default_factory=dict)


class SyncRequest(Wire, frozen=True, kw_only=True):
    """The body up. ``ops`` is decoded one by one, so that one bad op never fails the rest.

    ``phone`` is what the phone says of itself, for the desk; it decides nothing.
    """

    clock: str
    cursor: Cursor = Cursor()
    ops: tuple[msgspec.Raw, ...] = ()
    phone: PhoneReport | None = None


class Entry(Wire, frozen=True, kw_only=True, tag_field="type"):
    """What all feed entries have in common; ``seq`` is dense within a scope."""

    seq: int
    scope: str
    kind: str
    id: str
    rev: int


class Upsert(Entry, frozen=True, kw_only=True, tag="upsert"):
    """A record as it now is. ``digest`` is that of ``values``."""

    digest: str
    values: Values
    server: Values


class Tombstone(Entry, frozen=True, kw_only=True, tag="tombstone"):
    """A record that was deleted."""


class Left(Entry, frozen=True, kw_only=True, tag="left"):
    """A record that moved out of this scope."""


FeedEntry = Upsert | Tombstone | Left


class ScopeChecksum(Wire, frozen=True, kw_only=True):
    """Sum mod 2⁶⁴ of SHA-256(id ‖ rev ‖ digest)[:8] over the live records of a scope, as 16 hex digits, and a count."""

    scope: str
    at_seq: int
    sum: str
    count: int


class Notice(Wire, frozen=True, kw_only=True):
    """Something the phone should know or do: a code of ``problems`` with its parameters."""

    code: str
    params: dict[str, str] = msgspec.field(default_factory=dict)


class Limits(Wire, frozen=True, kw_only=True):
    """The limits in force. A setting may raise them, never undercut ``MINIMUM_LIMITS``.

    For ``replay_days`` a phone keeps the ops that were answered, to send them again when the server was restored; for
    as long the feed tells of what was deleted or has left.
    """

    ops_per_exchange: int = 500
    ops_per_unit: int = 50
    op_bytes: int = 262_144
    record_bytes: int = 1_048_576
    request_bytes: int = 8_388_608
    page_entries: int = 500
    page_bytes: int = 4_194_304
    upload_bytes: int = 4_294_967_296
    replay_days: int = 90


MINIMUM_LIMITS = Limits(
    ops_per_exchange=100,
    ops_per_unit=50,
    op_bytes=65_536,
    record_bytes=262_144,
    request_bytes=1_048_576,
    page_entries=50,
    page_bytes=262_144,
    upload_bytes=268_435_456,
    replay_days=7,
)


class SyncAnswer(Wire, frozen=True, kw_only=True):
    """The body down. ``checksums`` come when ``more`` is false; ``dropped`` are scopes whose copies must go."""

    server_time: str
    receipts: tuple[Receipt, ...] = ()
    changes: tuple[FeedEntry, ...] = ()
    cursor: Cursor
    more: bool = False
    dropped: tuple[str, ...] = ()
    checksums: tuple[ScopeChecksum, ...] = ()
    notices: tuple[Notice, ...] = ()
    limits: Limits = Limits()

"""What the reference phone needs from outside: durable storage and a transport."""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from enum import StrEnum
from typing import Protocol, runtime_checkable

import msgspec

from mobile_contract.sync import Cursor, Receipt
from mobile_contract.values import Values


class PendingOp(msgspec.Struct, frozen=True, kw_only=True):
    """An op in the queue, encoded once: what is resent is byte for byte what was sent."""

    n: int
    op_id: str
    record: str
    unit: str | None
    raw: bytes


class Copy(msgspec.Struct, frozen=True, kw_only=True):
    """The server's copy of a record, as the last feed entry gave it. ``sweep`` is the count of listings by then."""

    kind: str
    id: str
    scope: str
    seq: int
    rev: int
    digest: str
    values: Values
    server: Values
    sweep: int = 0


class ReplicaTrust(StrEnum):
    """What the server last said of this device: ``revoked`` sends what it has and takes no work; ``wiped`` is over."""

    FULL = "full"
    REVOKED = "revoked"
    WIPED = "wiped"


class Memory(msgspec.Struct, frozen=True, kw_only=True):
    """What a replica remembers between exchanges.

    ``sweep`` counts the listings that were begun; ``sweeping`` holds, for a scope whose copies are to be swept, the
    number of its listing: those from before go once all is listed, unless ops on them are still pending.
    """

    next_n: int = 1
    cursor: Cursor = msgspec.field(default_factory=Cursor)
    clock_offset_ms: int | None = None
    batch: int = 100
    sweep: int = 0
    sweeping: Mapping[str, int] = msgspec.field(default_factory=dict)
    trust: ReplicaTrust = ReplicaTrust.FULL


class Storage(Protocol):
    """The replica's durable storage. What is done inside ``transaction`` is done as a whole or not at all."""

    def transaction(self) -> AbstractContextManager[None]:
        """Open a transaction: durable when it is left, undone when it is left by an exception."""
        ...

    def memory(self) -> Memory:
        """Return what was last remembered."""
        ...

    def remember(self, memory: Memory) -> None:
        """Replace what is remembered."""
        ...

    def enqueue(self, op: PendingOp) -> None:
        """Append an op to the queue."""
        ...

    def pending(self, limit: int) -> Sequence[PendingOp]:
        """Return the oldest ops that have no receipt and are not held, by ``n``."""
        ...

    def pending_of(self, record: str) -> Sequence[PendingOp]:
        """Return the ops without a receipt on one record, held ones too, by ``n``."""
        ...

    def settle(self, op_id: str, receipt: Receipt, at: int) -> None:
        """Keep the receipt of an op, given at ``at`` (ms); the op stays for replay after a restore of the server."""
        ...

    def prune(self, before: int) -> None:
        """Forget the ops whose receipts were given before that (ms)."""
        ...

    def receipts(self) -> Sequence[Receipt]:
        """Return all receipts by ``n``."""
        ...

    def hold(self, op_id: str, why: str) -> None:
        """Take an op out of the queue without losing it: the person sees it with its reason."""
        ...

    def requeue(self) -> int:
        """Put every op that is still kept back into the queue; the number of ops."""
        ...

    def copy(self, record: str) -> Copy | None:
        """Return the server's copy of a record."""
        ...

    def put_copy(self, copy: Copy) -> None:
        """Keep a copy in place of the one before."""
        ...

    def drop_copies(self, records: Iterable[str]) -> None:
        """Forget copies."""
        ...

    def wipe(self) -> None:
        """Forget everything, queue and memory too; once the transaction is over nothing of it can be read any more."""
        ...

    def copies(self, *, scope: str | None = None, kind: str | None = None) -> Sequence[Copy]:
        """Return the copies of a scope, of a kind, or all, by id."""
        ...


class Unreachable(Exception):
    """The exchange did not come back whole: no network, a cut link, a truncated answer. Try again later."""


class ReplicaClosed(Exception):
    """The server takes nothing more of this device (410 ``identity.device_wiped``); all that it holds is to be wiped.

    Also raised by a replica that was revoked or wiped when it is asked for new work.
    """


class Unreadable(Exception):
    """The server could not read the body at all (400, 413): send less."""


class Transport(Protocol):
    """Carries one exchange."""

    def exchange(self, body: bytes) -> bytes:
        """Send a ``SyncRequest`` and give the ``SyncAnswer``.

        Raise :class:`Unreachable`, :class:`Unreadable` or :class:`ReplicaClosed`.
        """
        ...


@runtime_checkable
class RepairTransport(Protocol):
    """What a transport may offer beside the exchange, for a scope whose checksum does not match."""

    def buckets(self, body: bytes) -> bytes:
        """Send a ``BucketsAsked`` and give the ``BucketsAnswer``. Raise :class:`Unreachable`."""
        ...

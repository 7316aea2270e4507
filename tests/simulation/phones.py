"""The phones: the reference replica on its real storage, with a wrong clock and a disk that may go at any write."""

import itertools
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta, timezone

from mobile_contract.ids import natural_id
from mobile_contract.sync import Receipt
from server.fieldphone import SqliteStorage
from sync.ports import Copy, Memory, PendingOp, Unreachable
from sync.replica import Replica
from tests.simulation.oracle import Broken
from tests.simulation.rules import Who

START = datetime(2026, 11, 18, tzinfo=UTC)
SITE = timezone(timedelta(hours=8))


class PhoneCrash(Exception):
    """The battery is empty: what was not committed is gone."""


class FrailStorage(SqliteStorage):
    """The real storage on a disk that may go away before any write, and right after any commit."""

    def __init__(self, dies: Callable[[], bool]) -> None:
        super().__init__(":memory:")
        self._dies = dies

    @contextmanager
    def transaction(self) -> Iterator[None]:
        with super().transaction():
            yield
            self._live()
        self._live()

    def enqueue(self, op: PendingOp) -> None:
        self._live()
        super().enqueue(op)

    def settle(self, op_id: str, receipt: Receipt, at: int) -> None:
        self._live()
        super().settle(op_id, receipt, at)

    def put_copy(self, copy: Copy) -> None:
        self._live()
        super().put_copy(copy)

    def drop_copies(self, records: Iterable[str]) -> None:
        self._live()
        super().drop_copies(records)

    def wipe(self) -> None:
        if self.pending(1):
            raise Broken("a phone wipes what it has not sent")
        super().wipe()

    def remember(self, memory: Memory) -> None:
        self._live()
        super().remember(memory)

    def _live(self) -> None:
        if self._dies():
            raise PhoneCrash


class SimPhone:
    """A person's phone. ``restart`` is what is left of it after a crash: its disk."""

    def __init__(
        self,
        who: Who,
        carry: Callable[[Who, bytes], bytes],
        elapsed: Callable[[], timedelta],
        dies: Callable[[], bool],
    ) -> None:
        self.who = who
        self.storage = FrailStorage(dies)
        self.skew = timedelta()
        self.busy = False
        self._carry = carry
        self._elapsed = elapsed
        self._ids = (_made_afresh(who.replica, count) for count in itertools.count())
        self.restart()

    def restart(self) -> None:
        self.replica = Replica(self.storage, self, self.now, self.new_id)

    @property
    def name(self) -> str:
        return f"phone {self.who.replica[:8]}"

    def now(self) -> str:
        return (START + self._elapsed() + self.skew).astimezone(SITE).isoformat(timespec="seconds")

    def new_id(self) -> str:
        return next(self._ids)

    def exchange(self, body: bytes) -> bytes:
        """The phone as its own transport."""
        return self._carry(self.who, body)

    def sync_once(self) -> str:
        """Exchange once, whatever comes of it, and look at what the phone then holds."""
        self.busy = True
        before = {copy.id: copy.scope for copy in self.storage.copies()}
        try:
            done = self.replica.exchange()
        except Unreachable as error:
            return f"unreachable: {error}"
        except PhoneCrash:
            self.restart()
            return "the phone crashed"
        finally:
            self.busy = False
        self._keeps_what_is_worked_on(before, {entry.id for entry in done.entries})
        self.check(done.mismatched)
        outcomes = ",".join(receipt.outcome for receipt in done.receipts)
        return f"{len(done.entries)} entries, more={done.more}, [{outcomes}]"

    def check(self, mismatched: tuple[str, ...]) -> None:
        """What a phone must be after any exchange that came back whole."""
        memory = self.storage.memory()
        copies = self.storage.copies()
        foreign = sorted({copy.scope for copy in copies} - memory.cursor.seqs.keys())
        if memory.cursor.epoch and foreign:
            raise Broken(f"{self.who.replica}: copies of scopes that are not held: {foreign}")
        wrong = set(mismatched) - memory.sweeping.keys()  # there pending ops keep copies that are not listed
        if wrong:
            raise Broken(f"{self.who.replica}: the checksum of {sorted(wrong)} is not that of the copies")

    def _keeps_what_is_worked_on(self, before: dict[str, str], told: set[str]) -> None:
        """A copy under pending ops goes only with its scope, or when the feed says so."""
        held = self.storage.memory().cursor.seqs
        for record, scope in before.items():
            gone = scope in held and record not in told and self.storage.copy(record) is None
            if gone and self.storage.pending_of(record):
                raise Broken(f"{self.who.replica}: {record} went away under pending ops")


def _made_afresh(replica: str, count: int) -> str:
    """Make an id that looks as one that follows from nothing (UUIDv7), and is the same in every run of a seed."""
    key = natural_id("simulated", replica, str(count))
    return f"{key[:14]}7{key[15:]}"

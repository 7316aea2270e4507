"""The reference phone: the executable specification of a client.

It keeps three things apart: the queue of ops, the server's copies, and nothing else. What a person sees (``view``) is
the copy with the queued ops laid over it. Only ``exchange`` touches the network, and only in its two ends does it
touch storage: what was sent is read in one transaction, what came back is kept in another.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any

import msgspec
from msgspec.structs import replace

from mobile_contract.conflicts import ConflictValues
from mobile_contract.sync import (
    AnyOp,
    Change,
    Create,
    Delete,
    FeedEntry,
    Notice,
    Patch,
    Receipt,
    Resolve,
    ScopeChecksum,
    Sign,
    SyncAnswer,
    SyncRequest,
    Upsert,
)
from mobile_contract.values import Value, Values
from sync import checksum, lenient, merge
from sync.policy import KindPolicy
from sync.ports import (
    Copy,
    Memory,
    PendingOp,
    RepairTransport,
    ReplicaClosed,
    ReplicaTrust,
    Storage,
    Transport,
    Unreachable,
    Unreadable,
)
from sync.quarantine import REVOKED, WIPE
from sync.repair import Repaired, copy_of, repair
from sync.typed import values_of

_ANY_KIND = KindPolicy(kind="")
_DAY = 86_400_000
_OP = msgspec.json.Decoder(AnyOp)


@dataclass(frozen=True, kw_only=True, slots=True)
class Exchanged:
    """What one exchange brought. ``mismatched`` are scopes whose checksum is not that of the copies held."""

    receipts: tuple[Receipt, ...] = ()
    entries: tuple[FeedEntry, ...] = ()
    notices: tuple[Notice, ...] = ()
    more: bool = False
    mismatched: tuple[str, ...] = ()


class Replica:
    """One person on one installation. ``now`` gives the device's wall time with offset, ``new_id`` a UUIDv7."""

    def __init__(
        self, storage: Storage, transport: Transport, now: Callable[[], str], new_id: Callable[[], str]
    ) -> None:
        self._storage = storage
        self._transport = transport
        self._now = now
        self._new_id = new_id

    # -- work ---------------------------------------------------------------------------------------------------------

    def create(self, kind: str, scope: str, values: Values, record: str | None = None, unit: str | None = None) -> str:
        """Queue a new record; its id is a fresh one unless its natural key gave one. Return the id."""
        target = record or self._new_id()
        self._enqueue(Create, target, unit, kind=kind, scope=scope, values=values)
        return target

    def patch(self, record: str, changes: Mapping[str, Value], unit: str | None = None) -> None:
        """Queue new values by path; ``was`` is what the person sees now."""
        kind, scope, values = self._seen(record)
        set_ = {path: Change(value=value, was=merge.get(values, merge.split(path))) for path, value in changes.items()}
        self._enqueue(Patch, record, unit, kind=kind, scope=scope, set=set_)

    def sign(self, record: str) -> None:
        """Queue a signature of the server's copy: a person signs what the server holds."""
        copy = self._copy(record)
        self._enqueue(Sign, record, None, kind=copy.kind, scope=copy.scope, digest=copy.digest)

    def delete(self, record: str) -> None:
        """Queue the deletion of a record as it was last seen."""
        copy = self._copy(record)
        self._enqueue(Delete, record, None, kind=copy.kind, scope=copy.scope, was_digest=copy.digest)

    def resolve(self, conflict: str, value: Value) -> None:
        """Queue a choice for a conflict, naming the candidates and the standing value seen."""
        copy = self._copy(conflict)
        shown = values_of(copy, ConflictValues)
        seen = tuple(sorted(candidate.op_id for candidate in shown.candidates.values()))
        choice = {"seen": seen, "standing": shown.standing, "value": value}
        self._enqueue(Resolve, conflict, None, kind=copy.kind, scope=copy.scope, **choice)

    def view(self, record: str) -> Values | None:
        """Return a record's values as the person sees them: the server's copy under the queued ops. None: not there."""
        copy = self._storage.copy(record)
        values = copy.values if copy else None
        for pending in self._storage.pending_of(record):
            values = _overlay(values, _OP.decode(pending.raw))
        return values

    def _enqueue(self, shape: Callable[..., AnyOp], record: str, unit: str | None, **fields: Any) -> None:
        with self._storage.transaction():
            memory = self._storage.memory()
            if memory.trust is not ReplicaTrust.FULL:
                raise ReplicaClosed(memory.trust)
            op = shape(op_id=self._new_id(), n=memory.next_n, id=record, at=self._now(), unit=unit, **fields)
            raw = msgspec.json.encode(op)
            self._storage.enqueue(PendingOp(n=op.n, op_id=op.op_id, record=record, unit=unit, raw=raw))
            self._storage.remember(replace(memory, next_n=memory.next_n + 1))

    def _seen(self, record: str) -> tuple[str, str, Values]:
        values = self.view(record)
        if values is None:
            raise KeyError(record)
        copy = self._storage.copy(record)
        if copy is not None:
            return copy.kind, copy.scope, values
        first = _OP.decode(self._storage.pending_of(record)[0].raw)
        return first.kind, first.scope, values

    def _copy(self, record: str) -> Copy:
        copy = self._storage.copy(record)
        if copy is None:
            raise KeyError(record)
        return copy

    # -- the exchange -------------------------------------------------------------------------------------------------

    def exchange(self) -> Exchanged:
        """Send what is queued and take a page of changes. Raise :class:`Unreachable`; then nothing has changed here.

        A batch that the server cannot read is halved; a single op that it cannot read is held and shown. Where the
        server says so everything is wiped, and any later exchange raises :class:`ReplicaClosed`.
        """
        memory = self._storage.memory()
        if memory.trust is ReplicaTrust.WIPED:
            raise ReplicaClosed(memory.trust)
        batch = self._batch(memory)
        sent_at = self._now()
        request = SyncRequest(clock=sent_at, cursor=memory.cursor, ops=tuple(msgspec.Raw(op.raw) for op in batch))
        try:
            answer, unread = lenient.read(self._transport.exchange(msgspec.json.encode(request)))
        except Unreadable as error:
            self._send_less(memory, batch, str(error))
            return Exchanged(more=True)
        except ReplicaClosed:  # told before, in an answer that was lost
            with self._storage.transaction():
                self._wipe()
            return Exchanged(notices=(Notice(code=WIPE),))
        except msgspec.DecodeError as error:
            raise Unreachable(f"the answer is not whole: {error}") from error
        with self._storage.transaction():
            for op_id, why in unread.items():
                self._storage.hold(op_id, why)
            return self._keep(answer, sent_at)

    @property
    def trust(self) -> ReplicaTrust:
        """The trust in this device by the last answer."""
        return self._storage.memory().trust

    def sync(self, rounds: int = 1000) -> list[Exchanged]:
        """Exchange until the queue is empty and nothing more is to be read, at most ``rounds`` times.

        Scopes whose checksum then does not match are repaired, if the transport can.
        """
        done = [self.exchange()]
        while len(done) < rounds and (done[-1].more or self._storage.pending(1)):
            done.append(self.exchange())
        if isinstance(self._transport, RepairTransport):
            for scope in done[-1].mismatched:
                self.repair(scope)
        return done

    def repair(self, scope: str) -> Repaired:
        """Compare the copies of a scope with the server bucket by bucket, and mend what differs.

        Raise :class:`Unreachable`, also where the transport cannot carry it.
        """
        if not isinstance(self._transport, RepairTransport):
            raise Unreachable("this transport carries no repairs")
        return repair(self._storage, self._transport, scope)

    def _batch(self, memory: Memory) -> Sequence[PendingOp]:
        """Take the oldest ops, never splitting a unit: one that does not fit waits, unless it is the first."""
        ops = list(self._storage.pending(memory.batch + 50))
        groups = [list(group) for _, group in groupby(ops, key=lambda op: op.unit or op.op_id)]
        batch = groups[0] if groups else []
        for group in groups[1:]:
            if len(batch) + len(group) > memory.batch:
                break
            batch = batch + group
        return batch

    def _send_less(self, memory: Memory, batch: Sequence[PendingOp], why: str) -> None:
        if not batch:
            raise Unreachable(why)
        with self._storage.transaction():
            if len({op.unit or op.op_id for op in batch}) == 1:
                for op in batch:
                    self._storage.hold(op.op_id, why)
            self._storage.remember(replace(memory, batch=max(1, len(batch) // 2)))

    def _wipe(self) -> None:
        self._storage.wipe()
        self._storage.remember(Memory(trust=ReplicaTrust.WIPED))

    def _keep(self, answer: SyncAnswer, sent_at: str) -> Exchanged:
        codes = {notice.code for notice in answer.notices}
        if WIPE in codes:
            self._wipe()
            return Exchanged(receipts=answer.receipts, notices=answer.notices)
        memory = replace(self._storage.memory(), trust=ReplicaTrust.REVOKED if REVOKED in codes else ReplicaTrust.FULL)
        at = _milliseconds(answer.server_time)
        for receipt in answer.receipts:
            self._storage.settle(receipt.op_id, receipt, at)
        listed = {notice.params["scope"] for notice in answer.notices if notice.code == "sync.scope_relisted"}
        if "sync.cursor_reset" in codes:
            listed |= memory.cursor.seqs.keys()
            self._storage.requeue()
        self._storage.prune(at - answer.limits.replay_days * _DAY)
        memory = _begin_sweep(memory, listed)
        for scope in answer.dropped:
            self._storage.drop_copies(copy.id for copy in self._storage.copies(scope=scope))
        for entry in answer.changes:
            self._take(entry, memory.sweep)
        if not answer.more:
            memory = replace(memory, sweeping=self._sweep(memory.sweeping))
        offset = at - _milliseconds(sent_at)
        batch = min(answer.limits.ops_per_exchange, max(memory.batch * 2, 1))
        self._storage.remember(replace(memory, cursor=answer.cursor, clock_offset_ms=offset, batch=batch))
        return Exchanged(
            receipts=answer.receipts,
            entries=answer.changes,
            notices=answer.notices,
            more=answer.more,
            mismatched=self._mismatched(answer.checksums),
        )

    def _take(self, entry: FeedEntry, sweep: int) -> None:
        there = self._storage.copy(entry.id)
        if isinstance(entry, Upsert):
            self._storage.put_copy(copy_of(entry, sweep))
        elif there is not None and there.scope == entry.scope:
            self._storage.drop_copies([entry.id])

    def _sweep(self, sweeping: Mapping[str, int]) -> Mapping[str, int]:
        """Drop the copies that their scope's listing did not name; return the scopes where pending ops kept some."""
        left = {}
        for scope, listing in sweeping.items():
            stale = {copy.id for copy in self._storage.copies(scope=scope) if copy.sweep < listing}
            unsent = {record for record in stale if self._storage.pending_of(record)}
            self._storage.drop_copies(stale - unsent)
            if unsent:
                left[scope] = listing
        return left

    def _mismatched(self, checksums: tuple[ScopeChecksum, ...]) -> tuple[str, ...]:
        """Compare what the server says each scope sums to with the copies held; pending ops have no part in it."""
        wrong = []
        for claim in checksums:
            copies = self._storage.copies(scope=claim.scope)
            total = 0
            for copy in copies:
                total = checksum.add(total, checksum.term(copy.id, copy.rev, copy.digest))
            if (checksum.written(total), len(copies)) != (claim.sum, claim.count):
                wrong.append(claim.scope)
        return tuple(wrong)


def _begin_sweep(memory: Memory, scopes: Iterable[str]) -> Memory:
    """Have the copies of scopes swept that are listed from their beginning with this answer."""
    begun = dict.fromkeys(scopes, memory.sweep + 1)
    return replace(memory, sweep=memory.sweep + bool(begun), sweeping={**memory.sweeping, **begun})


def _overlay(values: Values | None, op: AnyOp) -> Values | None:
    if isinstance(op, Delete):
        return None
    if isinstance(op, Create):
        result = values or {}
        for leaf in merge.leaves_of_create(op.values, _ANY_KIND):
            result = merge.put(result, leaf.path, leaf.value)
        return result
    if isinstance(op, Patch):
        result = values or {}
        for leaf in merge.leaves_of_patch(op.set, _ANY_KIND):
            if not merge.is_in_gone_row(result, leaf):  # the server will not make half a row of it either
                result = merge.put(result, leaf.path, leaf.value)
        return result
    return values


def _milliseconds(moment: str) -> int:
    return round(datetime.fromisoformat(moment).timestamp() * 1000)

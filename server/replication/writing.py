"""Writing, inside one transaction: lock the scopes in sorted order, read, plan, let each kind project, write in bulk.

Everything here takes a connection; the caller decides on the transaction around it. When a plan turns out to write
to scopes that were not locked – a parked op of another author is tried again – it raises ``Uncovered`` and is to be
begun again with those locked too.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager

import msgspec
import sqlalchemy as sa
from msgspec.structs import replace

from mobile_contract.conflicts import ConflictValues
from mobile_contract.records import ParkedServer
from mobile_contract.sync import AnyOp, Limits, Outcome, Receipt, Resolve
from server.kernel.clock import Clock, rfc3339
from server.kernel.events import OpReceived, as_text
from server.kernel.journal import Book, Journal
from server.replication import store, waiting
from server.replication.derived import checked, rules
from server.replication.events import ParkedApplied
from server.replication.model import Actor, Files, Known, PushContext, RolesOf, SyncedKind, Tuning
from server.replication.saving import Committed, RecordWriter
from server.replication.writing_times import writing_times
from sync import ops
from sync.parking import kept
from sync.policy import CONFLICT
from sync.pull import is_foreign
from sync.push import plan_push
from sync.retry import plan_retry
from sync.state import Answer, Author, PushPlan, PushState, Record, Sent, Settled, Waiting
from sync.typed import server_of, values_of

#: How often work begins again because it must write to scopes that were not foreseen.
ATTEMPTS = 8


class Writer(RecordWriter):
    """Writes pushes, parked ops and receipts. It knows kinds only as rows of the registry it is given."""

    def __init__(  # noqa: PLR0913, PLR0917 - one for each room it stands on
        self,
        journal: Journal,
        kinds: Iterable[SyncedKind],
        held: RolesOf,
        clock: Clock,
        limits: Limits,
        committed: Committed,
        files: Files | None = None,
        known: Known = lambda _tx, _person, _scope: True,
        tuning: Tuning | None = None,
    ) -> None:
        super().__init__(journal, kinds, clock, committed, files, known)
        self._bounds = tuning or Tuning()
        self._policies = {kind: synced.policy for kind, synced in self.kinds.items()}
        self._held = held
        self.limits = limits

    # -- pushes -------------------------------------------------------------------------------------------------------

    def push(self, tx: sa.Connection, actor: Actor, sent: Sequence[Sent], context: PushContext) -> PushPlan:
        """Plan and write the ops of a replica, with their receipts; none of them under a foreign cursor.

        Raise ``Uncovered``, and ``sync.parked_full`` where more would be parked than may wait of one person.
        """
        if context.device is not None:
            context.device.lock(tx)
        author = self.author(tx, actor, context.cursor.seqs)
        with self.open(tx, author, [item.op for item in sent if item.op], context.extra_scopes) as book:
            if is_foreign(context.cursor, store.epoch(tx), {name: end.seq for name, end in book.streams.items()}):
                return PushPlan(records={}, answers=(), notices=())
            plan = self._carry_out(tx, book, author, sent, context)
            if any(answer.fresh and answer.receipt.outcome is Outcome.PARKED for answer in plan.answers):
                waiting.refuse_many(tx, author.person, self._bounds.parked_ops, self._bounds.parked_bytes)
            if context.device is not None:
                fresh = [answer.sent.raw for answer in plan.answers if answer.fresh]
                context.device.take_ops(tx, len(fresh), sum(map(len, fresh)))
        return plan

    def apply(
        self, tx: sa.Connection, actor: Actor, work: Sequence[AnyOp], extra_scopes: frozenset[str]
    ) -> list[Receipt]:
        """Write ops that have no number yet; an op id that was answered before gets its old receipt."""
        author = self.author(tx, actor)
        with self.open(tx, author, work, extra_scopes) as book:
            known = self._answered(tx, actor.replica, work)
            fresh = [op for op in work if op.op_id not in known]
            if fresh:
                plan = self._carry_out(
                    tx, book, author, self._numbered(tx, actor.replica, fresh), PushContext(ours=True)
                )
                known |= {answer.receipt.op_id: answer.receipt for answer in plan.answers}
        return [known[op.op_id] for op in work]

    def author(self, tx: sa.Connection, actor: Actor, read_to: Mapping[str, int] | None = None) -> Author:
        """Return who writes, with the roles they have now."""
        roles = actor.roles if actor.roles is not None else self._held(tx, actor.person)
        return Author(
            replica=actor.replica, person=actor.person, own_scope=actor.own_scope, roles=roles, read_to=read_to or {}
        )

    def open(
        self, tx: sa.Connection, author: Author, work: Iterable[AnyOp], extra_scopes: Collection[str] = ()
    ) -> AbstractContextManager[Book]:
        """Open a book of what ops of an author may write to: their own scope, and those they hold."""
        scopes = {op.scope for op in work if op.scope in author.roles}
        return self._journal.open(tx, {*scopes, author.own_scope, *extra_scopes}, rfc3339(self._clock.now()))

    def _answered(self, tx: sa.Connection, replica: str, work: Iterable[AnyOp]) -> dict[str, Receipt]:
        """Return the receipts that ops already have, by op id."""
        receipts = store.receipts_of(tx, replica, [op.op_id for op in work])
        return {op_id: receipt for (op_id, _), receipt in receipts.items()}

    def _numbered(self, tx: sa.Connection, replica: str, work: Sequence[AnyOp]) -> list[Sent]:
        """Return ops the next numbers of a replica whose own scope is locked."""
        first = store.last_n(tx, replica) + 1
        raws = [msgspec.json.encode(msgspec.structs.replace(op, n=first + index)) for index, op in enumerate(work)]
        return ops.decode(raws, self.limits)

    def _carry_out(
        self, tx: sa.Connection, book: Book, author: Author, sent: Sequence[Sent], context: PushContext
    ) -> PushPlan:
        # Nothing is looked up for a refused op: looking it up may be what the database refuses.
        refused = context.refused or {}
        records = self._read(tx, [item for item in sent if item.body_hash not in refused])
        state = self._state(tx, book, author, sent, records)
        if context.skip_waiting:
            state = replace(state, waiting={})
        sent = [
            item if item.body_hash in refused else checked(tx, self.kinds, author, item, ours=context.ours)
            for item in sent
        ]
        plan = plan_push(state, sent, book.at, self.limits, context.refused, context.weight)
        self._commit(tx, book, state, plan, context.clock)
        sent = sent[: len(plan.answers)]
        if sent:
            highest = max([state.last_n, *(item.n for item in sent)])
            store.remember_replica(tx, author.replica, author.person, highest, context.clock, book.at)
        return plan

    # -- parked ops ---------------------------------------------------------------------------------------------------

    def retry(
        self, tx: sa.Connection, book: Book, parked: Sequence[str], asked_by: str | None, reason: str | None
    ) -> dict[str, Record]:
        """Try a unit of parked records again under its author; return them as they are now. Raise ``Uncovered``."""
        records = self._read(tx, [])
        unit = self._unit(tx, records, parked)
        assert unit is not None  # noqa: S101 - they are locked, and waiting
        missing = waiting.needed(unit) - book.streams.keys()
        if missing:
            raise waiting.Uncovered(missing)
        state = self._state(tx, book, unit.author, [], records)
        plan = plan_retry(state, replace(unit, asked_by=asked_by, reason=reason), book.at, self.limits)
        self._commit(tx, book, state, plan)
        return {key: plan.records.get(key, records[key]) for key in parked}

    def correct(self, tx: sa.Connection, book: Book, author: Author, op: AnyOp, parked: Record) -> list[Receipt]:
        """Apply an op in place of a parked one, on behalf of its author; return its receipt, written or not yet."""
        sent = self._numbered(tx, author.replica, [op])
        records = self._read(tx, sent)
        state = self._state(tx, book, author, sent, records, besides=parked.id)
        plan = plan_push(state, [checked(tx, self.kinds, author, item) for item in sent], book.at, self.limits)
        behalf = server_of(parked, ParkedServer).by
        writers = {key: behalf if person == author.person else person for key, person in plan.writers.items()}
        self._commit(tx, book, state, replace(plan, writers=writers))
        store.remember_replica(tx, author.replica, author.person, sent[0].n, "", book.at)
        return [answer.receipt for answer in plan.answers]

    # -- what a plan reads --------------------------------------------------------------------------------------------

    def _read(self, tx: sa.Connection, sent: Sequence[Sent]) -> store.Records:
        decoded = [item.op for item in sent if item.op is not None and not item.problem]
        records = store.Records(tx, {op.id for op in decoded})
        records.prefetch(
            values_of(conflict, ConflictValues).record
            for op in decoded
            if isinstance(op, Resolve) and (conflict := records.get(op.id)) is not None
            if conflict.kind == CONFLICT.kind
        )
        return records

    def _state(
        self,
        tx: sa.Connection,
        book: Book,
        author: Author,
        sent: Sequence[Sent],
        records: store.Records,
        besides: str = "",
    ) -> PushState:
        receipts = store.receipts_of(tx, author.replica, sorted({item.op_id for item in sent}))
        last_n = store.last_n(tx, author.replica)
        old = sorted({item.n for item in sent if 0 < item.n <= last_n})
        return PushState(
            author=author,
            policies=self._policies,
            records=records,
            receipts=receipts,
            ids_used=frozenset(op_id for op_id, _ in receipts),
            numbers=store.numbers_of(tx, author.replica, old),
            last_n=last_n,
            derive=rules(tx, self.kinds),
            waiting=waiting.Waiters(tx, book.streams, lambda ids: self._unit(tx, records, ids), besides),
        )

    def _unit(self, tx: sa.Connection, records: store.Records, ids: Sequence[str]) -> Waiting | None:
        """Read parked records as a unit to be tried again under its author, with the roles of now."""
        found = waiting.still_waiting(records, ids)
        if not found:
            return None
        sender = server_of(found[0], ParkedServer)
        author = Author(
            replica=sender.replica,
            person=sender.by,
            own_scope=found[0].scope,
            roles=self._held(tx, sender.by),
        )
        sent = [checked(tx, self.kinds, author, item) for item in ops.decode(map(kept, found), self.limits)]
        return Waiting(author=author, items=tuple(zip((record.id for record in found), sent, strict=True)))

    # -- writing a plan -----------------------------------------------------------------------------------------------

    def _commit(self, tx: sa.Connection, book: Book, state: PushState, plan: PushPlan, clock: str = "") -> None:
        """Write a plan: projections first, then records in bulk, then the journal."""
        when = writing_times(tx, plan, state.author.replica, clock, book.at)
        self.write(tx, book, state.records, plan.records.values(), state.author, plan.writers, when)
        for answer in plan.answers:
            if answer.fresh:
                book.write(answer.stream, _received(state.author, answer))
        for settled in plan.settled:
            assert settled.sent.op is not None  # noqa: S101 - what is applied was decoded
            book.write(settled.sent.op.scope, _applied(settled))


def _received(author: Author, answer: Answer) -> OpReceived:
    """Make the journal row that is receipt, op log and leaf at once. The op stands in it byte for byte."""
    sent = answer.sent
    parked = answer.receipt.outcome is Outcome.PARKED or sent.op is None
    kind, verb = ("op", "parked") if parked or sent.op is None else (sent.op.kind, sent.op.__struct_config__.tag)
    return OpReceived(
        actor=author.person,
        subject=sent.op.id if sent.op is not None and not sent.problem else sent.op_id,
        kind=kind,
        verb=str(verb),
        op=sent.raw,
        replica=author.replica,
        op_id=sent.op_id,
        n=sent.n,
        body_hash=sent.body_hash,
        receipt=msgspec.json.encode(answer.receipt),
    )


def _applied(settled: Settled) -> ParkedApplied:
    """Journal that a parked op is applied after all. The row of its receipt stays as it is; this one names it."""
    sent, result = settled.sent, settled.result
    return ParkedApplied(
        actor=settled.author.person,
        subject=settled.parked,
        op=as_text(sent.raw),
        op_id=sent.op_id,
        replica=settled.author.replica,
        result=result.code,
    )

"""What a person may do with a parked op that they may see: list it, have it tried again, correct or discard it.

To see are one's own, those whose op names a scope in which one is a clerk or supervisor, and all for an administrator.
Each decision is journaled and changes the parked record, which its phone sees; the receipt stays what it was. A
request may be repeated: what is settled the same way already is answered as it was.
"""

from collections.abc import Sequence
from typing import Any, Final

import msgspec
import sqlalchemy as sa

from mobile_contract.base import Wire
from mobile_contract.ids import natural_id
from mobile_contract.parked import ApplyParked, ParkedList, ParkedState
from mobile_contract.problems import Refused
from mobile_contract.records import ParkedServer, ParkedValues
from mobile_contract.sync import AnyOp, Limits, Outcome
from mobile_contract.values import NotAValue, check, digest
from server.identity import DESK_ROLES
from server.replication import store, waiting
from server.replication.events import ParkedCorrected, ParkedDecision, ParkedDiscarded, ParkedReopened, ParkedRetried
from server.replication.model import Actor
from server.replication.writing import Writer
from sync import ops
from sync.parking import PARKED_OPS, ParkedAct, applied, discarded, is_waiting, kept, parked_state, reopened
from sync.state import Record
from sync.typed import server_of, values_of

#: Roles that look after what is parked in a scope.
LOOKS_AFTER: Final = DESK_ROLES


class NotApplied(Exception):
    """A correction that would be parked again: nothing of it is kept, the person sees the code."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class _GivenAnew(Wire, frozen=True, kw_only=True):
    """What an op that is made of a parked one has from the server; it stands alone."""

    op_id: str
    n: int
    unit: str | None = None


class ParkedOps:
    """Lists and settles parked ops, each inside one transaction of the caller."""

    def __init__(self, writer: Writer, limits: Limits) -> None:
        self._writer = writer
        self._limits = limits

    def listing(
        self,
        tx: sa.Connection,
        actor: Actor,
        state: str,
        after: str,
        limit: int,
        narrower: Sequence[sa.ColumnElement[bool]] = (),
    ) -> bytes:
        """Return a page of the parked ops that an actor may see, the oldest first: a ``ParkedList`` as JSON bytes."""
        at, _, key = after.partition("_")
        rows = waiting.listing(tx, [self._visible(tx, actor), *narrower], state, (at, key), limit + 1)
        entries = store.by_id(tx, [key for _, key in rows[:limit]])
        more = "_".join(rows[limit - 1]) if len(rows) > limit else ""
        return msgspec.json.encode(
            ParkedList(parked=tuple(msgspec.Raw(store.entry(row)) for row in entries), next=more)
        )

    def retry(
        self, tx: sa.Connection, actor: Actor, key: str, reason: str | None, extra_scopes: frozenset[str]
    ) -> ParkedState:
        """Try a parked op again, with the others of its unit, under its author. Raise ``Uncovered``."""
        unit = self._row(tx, actor, key).unit
        with self._writer.open_for(tx, lambda: waiting.unit_ids(tx, unit), extra_scopes) as (book, waits):
            ids = list(waits)
            if key not in ids:
                return self._settled(tx, key, ParkedAct.APPLY)
            done = self._writer.retry(tx, book, ids, actor.person, reason)[key]
            book.write(done.scope, _decision(ParkedRetried, actor, done, reason))
        return _state(done)

    def retry_waiting(self, tx: sa.Connection, key: str, extra_scopes: frozenset[str]) -> None:
        """Try a parked op again, with the others of its unit, because what it waited for has come.

        Raise ``Uncovered``.
        """
        row = waiting.row(tx, key, sa.true())
        if row is None:
            return
        unit = row.unit
        with self._writer.open_for(tx, lambda: waiting.unit_ids(tx, unit), extra_scopes) as (book, waits):
            ids = list(waits)
            if key in ids:
                self._writer.retry(tx, book, ids, None, None)

    def apply(
        self, tx: sa.Connection, actor: Actor, key: str, asked: ApplyParked, extra_scopes: frozenset[str]
    ) -> ParkedState:
        """Apply a parked op, corrected or as it came, under who decides; its author is kept.

        Raise ``NotApplied`` where it would be parked again – then nothing may be committed – and ``Uncovered``.
        """
        self._row(tx, actor, key)
        op = self._corrected(store.Records(tx, [key])[key], asked.op)
        author = self._writer.author(tx, actor)
        scope = store.Records(tx, [key])[key].scope
        with self._writer.open(tx, author, [op], extra_scopes | {scope}) as book:
            parked = store.Records(tx, [key])[key]  # read again: now the scopes are locked
            if not is_waiting(parked):
                if values_of(parked, ParkedValues).applied_op == op.op_id:
                    return _state(parked)
                raise PARKED_OPS.refusal(parked_state(parked), ParkedAct.APPLY)
            (answer,) = self._writer.correct(tx, book, author, op, parked)
            if answer.outcome is Outcome.PARKED:
                raise NotApplied(answer.code)
            done = applied(parked, answer.code, by=actor.person, at=book.at, reason=asked.reason, op_id=op.op_id)
            self._writer.write(tx, book, {key: parked}, [done], self._writer.author(tx, actor))
            book.write(done.scope, _decision(ParkedCorrected, actor, done, asked.reason))
        return _state(done)

    def discard(self, tx: sa.Connection, actor: Actor, key: str, reason: str) -> ParkedState:
        """Discard a parked op for good, with a reason; it stays readable."""
        self._row(tx, actor, key)
        with self._writer.open_for(tx, lambda: [key]) as (book, there):
            parked = there[key]
            if not is_waiting(parked):
                return self._settled(tx, key, ParkedAct.DISCARD)
            done = discarded(parked, by=actor.person, at=book.at, reason=reason)
            self._writer.write(tx, book, {key: parked}, [done], self._writer.author(tx, actor))
            book.write(done.scope, _decision(ParkedDiscarded, actor, done, reason))
        return _state(done)

    def reopen(self, tx: sa.Connection, actor: Actor, key: str, reason: str) -> ParkedState:
        """Have a discarded parked op wait again, with a reason; one that waits is answered as it is."""
        self._row(tx, actor, key)
        with self._writer.open_for(tx, lambda: [key]) as (book, there):
            parked = there[key]
            if is_waiting(parked):
                return _state(parked)
            done = reopened(parked)
            self._writer.write(tx, book, {key: parked}, [done], self._writer.author(tx, actor))
            book.write(done.scope, _decision(ParkedReopened, actor, done, reason))
        return _state(done)

    def _visible(self, tx: sa.Connection, actor: Actor) -> sa.ColumnElement[bool]:
        roles = self._writer.author(tx, actor).roles
        scopes = [scope for scope, held in roles.items() if held & LOOKS_AFTER]
        return waiting.visible(actor.person, scopes, everything=actor.admin)

    def _row(self, tx: sa.Connection, actor: Actor, key: str) -> Any:
        row = waiting.row(tx, key, self._visible(tx, actor))
        if row is None:
            raise Refused("request.not_found")
        return row

    def _settled(self, tx: sa.Connection, key: str, act: ParkedAct) -> ParkedState:
        """Answer a decision about what is settled already: the same one again is fine, another one is refused."""
        parked = store.Records(tx, [key])[key]
        if parked_state(parked) is not PARKED_OPS.after(act):
            raise PARKED_OPS.refusal(parked_state(parked), act)
        return _state(parked)

    def _corrected(self, parked: Record, given: dict[str, Any] | None) -> AnyOp:
        """Make the op that is applied instead. Its id follows from what it says, so that it is applied once."""
        if given is None:
            try:
                given = msgspec.json.decode(kept(parked), type=dict[str, Any])
            except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
                raise NotApplied("op.undecodable") from error
        try:
            check(given)
        except NotAValue as error:
            raise Refused(error.reason, path=error.path[:200]) from error
        content = {name: item for name, item in given.items() if name not in _GivenAnew.__struct_encode_fields__}
        anew = _GivenAnew(op_id=natural_id("parked-op", parked.id, digest(content)), n=1)
        (sent,) = ops.decode([msgspec.json.encode(content | msgspec.to_builtins(anew))], self._limits)
        if sent.op is None:
            raise NotApplied(sent.problem)
        return sent.op


def _state(parked: Record) -> ParkedState:
    values = values_of(parked, ParkedValues)
    return ParkedState(id=parked.id, state=values.state, code=values.result or values.code)


def _decision(event: type[ParkedDecision], actor: Actor, parked: Record, reason: str | None) -> ParkedDecision:
    state = _state(parked)
    return event(
        actor=actor.person,
        subject=parked.id,
        state=state.state,
        code=state.code,
        author=server_of(parked, ParkedServer).by,
        op_id=values_of(parked, ParkedValues).op_id or "",
        reason=reason or msgspec.UNSET,
    )

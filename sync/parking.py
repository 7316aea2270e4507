"""Parked records: an op kept whole in its sender's own scope, with the reason, until a person decides.

Its state goes from ``waiting`` to ``applied``, or to ``discarded`` and back where that was a mistake
(:data:`PARKED_OPS`); the receipt of its op never changes.
"""

import base64
from collections.abc import Mapping
from enum import StrEnum
from typing import Any, Final

import msgspec
from msgspec import UNSET, UnsetType
from msgspec.structs import replace

from mobile_contract.ids import natural_id
from mobile_contract.records import ParkedServer, ParkedValues
from mobile_contract.states import ParkedOpState, Table
from mobile_contract.values import NotAValue, check, digest
from sync.merge import normal
from sync.ops import LooseOp, loosely
from sync.policy import PARKED
from sync.state import Author, Record, Sent
from sync.typed import Annotation, Revision, values_of


class ParkedAct(StrEnum):
    """What happens to a parked op.

    It is tried again and not applied; it is applied; a person will not have it so; that was a mistake.
    """

    TRY = "try"
    APPLY = "apply"
    DISCARD = "discard"
    REOPEN = "reopen"


PARKED_OPS: Final = Table[ParkedOpState, ParkedAct](
    name="parked",
    starts=(ParkedOpState.WAITING,),
    rows={
        ParkedOpState.WAITING: {
            ParkedAct.TRY: ParkedOpState.WAITING,
            ParkedAct.APPLY: ParkedOpState.APPLIED,
            ParkedAct.DISCARD: ParkedOpState.DISCARDED,
        },
        ParkedOpState.APPLIED: {},
        ParkedOpState.DISCARDED: {ParkedAct.REOPEN: ParkedOpState.WAITING},
    },
    illegal="parked.settled",
)


class ParkedRevision(Revision, frozen=True, kw_only=True):
    """What the protocol sets of a parked op."""

    of = (ParkedValues,)

    op_id: str | UnsetType = UNSET
    code: str | UnsetType = UNSET
    detail: str | UnsetType = UNSET
    state: ParkedOpState | UnsetType = UNSET
    op: Any = UNSET
    raw: str | UnsetType | None = UNSET
    result: str | UnsetType = UNSET
    settled_by: str | UnsetType | None = UNSET
    settled_at: str | UnsetType | None = UNSET
    reason: str | UnsetType | None = UNSET
    applied_op: str | UnsetType | None = UNSET


class ParkedAnnotation(Annotation, frozen=True, kw_only=True):
    """Whose a parked op is, and when it came."""

    of = (ParkedServer,)

    received_at: str
    by: str
    replica: str


def parked_id(replica: str, sent: Sent) -> str:
    """Derive the id of the parked record of an op."""
    return natural_id("parked", replica, sent.op_id, sent.body_hash)


def park(author: Author, sent: Sent, code: str, params: Mapping[str, str], now: str) -> Record:
    """Make the record that keeps an op: as JSON where its values allow it, else its bytes in base64."""
    raw: str | None = base64.b64encode(sent.raw).decode()
    op = None
    try:
        whole = msgspec.json.decode(sent.raw)
        check(whole, depth=2)
        op = normal(whole)
        raw = None if op and op == whole else raw
    except (NotAValue, msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        pass  # the bytes are kept
    state = ParkedOpState.WAITING
    parked = ParkedRevision(op_id=sent.op_id, code=code, detail=_detail(params), state=state, op=op, raw=raw)
    values = parked.over({})
    return Record(
        kind=PARKED.kind,
        id=parked_id(author.replica, sent),
        scope=author.own_scope,
        rev=1,
        digest=digest(values),
        values=values,
        server=ParkedAnnotation(received_at=now, by=author.person, replica=author.replica).members(),
    )


def is_waiting(record: Record | None) -> bool:
    """Return whether a parked record still waits for a person, or for its record, to settle it."""
    return record is not None and record.kind == PARKED.kind and parked_state(record) is ParkedOpState.WAITING


def parked_state(record: Record) -> ParkedOpState:
    """Return what became of a parked op."""
    return values_of(record, ParkedValues).state


def kept(record: Record) -> bytes:
    """Return the op that a parked record keeps: its bytes, or JSON that says the same."""
    parked = values_of(record, ParkedValues)
    return base64.b64decode(parked.raw) if parked.raw is not None else msgspec.json.encode(parked.op)


def kept_op(record: Record) -> LooseOp | None:
    """Return the op that a parked record keeps, read as far as it can be; None where it is no JSON."""
    return loosely(kept(record))


def applied(
    record: Record, result: str, *, by: str | None, at: str, reason: str | None, op_id: str | None = None
) -> Record:
    """Settle a parked record whose op was applied now: ``result`` is the code it ended with.

    ``by`` None: no person asked, the record that it waited for came. ``op_id``: another op was applied in its place.
    """
    state = _after(record, ParkedAct.APPLY)
    settled = ParkedRevision(state=state, result=result, settled_by=by, settled_at=at, reason=reason, applied_op=op_id)
    return _revised(record, settled)


def discarded(record: Record, *, by: str, at: str, reason: str) -> Record:
    """Settle a parked record whose op a person decided not to apply."""
    state = _after(record, ParkedAct.DISCARD)
    return _revised(record, ParkedRevision(state=state, settled_by=by, settled_at=at, reason=reason))


def reopened(record: Record) -> Record:
    """Have a discarded parked record wait again."""
    state = _after(record, ParkedAct.REOPEN)
    return _revised(record, ParkedRevision(state=state, settled_by=None, settled_at=None, reason=None))


def still_parked(record: Record, code: str, params: Mapping[str, str]) -> Record:
    """Note why a parked op could not be applied this time either."""
    return _revised(record, ParkedRevision(state=_after(record, ParkedAct.TRY), code=code, detail=_detail(params)))


def _after(record: Record, act: ParkedAct) -> ParkedOpState:
    return PARKED_OPS.step(parked_state(record), act)


def _revised(record: Record, revision: ParkedRevision) -> Record:
    values = revision.over(record.values)
    if values == record.values:
        return record
    return replace(record, rev=record.rev + 1, values=values, digest=digest(values))


def _detail(params: Mapping[str, str]) -> str:
    return "; ".join(f"{name}={value}" for name, value in sorted(params.items()))

"""Parked records: an op kept whole in its sender's own scope, with the reason, until a person decides.

Its state goes once from ``waiting`` to ``applied`` or ``discarded`` (:data:`PARKED_OPS`); the receipt of its op never
changes.
"""

import base64
from collections.abc import Mapping
from enum import StrEnum
from typing import Any, Final

import msgspec
from msgspec.structs import replace

from mobile_contract.ids import natural_id
from mobile_contract.states import ParkedOpState, Table
from mobile_contract.values import NotAValue, check, digest
from sync.merge import normal
from sync.policy import PARKED
from sync.state import Author, Record, Sent


class ParkedAct(StrEnum):
    """What happens to a parked op: it is tried again and not applied, it is applied, a person will not have it so."""

    TRY = "try"
    APPLY = "apply"
    DISCARD = "discard"


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
        ParkedOpState.DISCARDED: {},
    },
    illegal="parked.settled",
)


def parked_id(replica: str, sent: Sent) -> str:
    """Derive the id of the parked record of an op."""
    return natural_id("parked", replica, sent.op_id, sent.body_hash)


def park(author: Author, sent: Sent, code: str, params: Mapping[str, str], now: str) -> Record:
    """Make the record that keeps an op: as JSON where its values allow it, else its bytes in base64."""
    values: dict[str, Any] = {
        "opId": sent.op_id,
        "code": code,
        "detail": _detail(params),
        "state": ParkedOpState.WAITING.value,
    }
    try:
        op = msgspec.json.decode(sent.raw)
        check(op, depth=2)
        values["op"] = normal(op)
        values["raw"] = None if op and normal(op) == op else base64.b64encode(sent.raw).decode()
    except (NotAValue, msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        values["raw"] = base64.b64encode(sent.raw).decode()
    values = normal(values)
    return Record(
        kind=PARKED.kind,
        id=parked_id(author.replica, sent),
        scope=author.own_scope,
        rev=1,
        digest=digest(values),
        values=values,
        server={"receivedAt": now, "by": author.person, "replica": author.replica},
    )


def is_waiting(record: Record | None) -> bool:
    """Return whether a parked record still waits for a person, or for its record, to settle it."""
    return record is not None and record.kind == PARKED.kind and record.values.get("state") == ParkedOpState.WAITING


def parked_state(record: Record) -> ParkedOpState:
    """Return what became of a parked op."""
    return ParkedOpState(record.values["state"])


def kept(record: Record) -> bytes:
    """Return the op that a parked record keeps: its bytes, or JSON that says the same."""
    raw = record.values.get("raw")
    return base64.b64decode(raw) if raw is not None else msgspec.json.encode(record.values["op"])


def applied(
    record: Record, result: str, *, by: str | None, at: str, reason: str | None, op_id: str | None = None
) -> Record:
    """Settle a parked record whose op was applied now: ``result`` is the code it ended with.

    ``by`` None: no person asked, the record that it waited for came. ``op_id``: another op was applied in its place.
    """
    settled = {"result": result, "settledBy": by, "settledAt": at, "reason": reason, "appliedOp": op_id}
    return _revised(record, {"state": _after(record, ParkedAct.APPLY), **settled})


def discarded(record: Record, *, by: str, at: str, reason: str) -> Record:
    """Settle a parked record whose op a person decided not to apply."""
    state = _after(record, ParkedAct.DISCARD)
    return _revised(record, {"state": state, "settledBy": by, "settledAt": at, "reason": reason})


def still_parked(record: Record, code: str, params: Mapping[str, str]) -> Record:
    """Note why a parked op could not be applied this time either."""
    return _revised(record, {"state": _after(record, ParkedAct.TRY), "code": code, "detail": _detail(params)})


def _after(record: Record, act: ParkedAct) -> str:
    return PARKED_OPS.step(parked_state(record), act).value


def _revised(record: Record, changes: Mapping[str, Any]) -> Record:
    values = normal({**record.values, **changes})
    if values == record.values:
        return record
    return replace(record, rev=record.rev + 1, values=values, digest=digest(values))


def _detail(params: Mapping[str, str]) -> str:
    return "; ".join(f"{name}={value}" for name, value in sorted(params.items()))

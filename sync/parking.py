"""Parked records: an op kept whole in its sender's own scope, with the reason, until a person decides.

Its state goes once from ``waiting`` to ``applied`` or ``discarded``; the receipt of its op never changes.
"""

import base64
from collections.abc import Mapping
from typing import Any

import msgspec
from msgspec.structs import replace

from mobile_contract.ids import natural_id
from mobile_contract.values import NotAValue, check, digest
from sync.merge import normal
from sync.policy import PARKED
from sync.state import Author, Record, Sent


def parked_id(replica: str, sent: Sent) -> str:
    """Derive the id of the parked record of an op."""
    return natural_id("parked", replica, sent.op_id, sent.body_hash)


def park(author: Author, sent: Sent, code: str, params: Mapping[str, str], now: str) -> Record:
    """Make the record that keeps an op: as JSON where its values allow it, else its bytes in base64."""
    values: dict[str, Any] = {
        "opId": sent.op_id,
        "code": code,
        "detail": _detail(params),
        "state": "waiting",
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
    """Return whether a parked record still waits for somebody, or something, to settle it."""
    return record is not None and record.kind == PARKED.kind and record.values.get("state") == "waiting"


def kept(record: Record) -> bytes:
    """Return the op that a parked record keeps: its bytes, or JSON that says the same."""
    raw = record.values.get("raw")
    return base64.b64decode(raw) if raw is not None else msgspec.json.encode(record.values["op"])


def applied(
    record: Record, result: str, *, by: str | None, at: str, reason: str | None, op_id: str | None = None
) -> Record:
    """Settle a parked record whose op was applied now: ``result`` is the code it ended with.

    ``by`` None: nobody asked, its record came. ``op_id``: another op was applied in its place.
    """
    settled = {"result": result, "settledBy": by, "settledAt": at, "reason": reason, "appliedOp": op_id}
    return _revised(record, {"state": "applied", **settled})


def discarded(record: Record, *, by: str, at: str, reason: str) -> Record:
    """Settle a parked record whose op a person will not have applied."""
    return _revised(record, {"state": "discarded", "settledBy": by, "settledAt": at, "reason": reason})


def still_parked(record: Record, code: str, params: Mapping[str, str]) -> Record:
    """Note why a parked op could not be applied this time either."""
    return _revised(record, {"code": code, "detail": _detail(params)})


def _revised(record: Record, changes: Mapping[str, Any]) -> Record:
    values = normal({**record.values, **changes})
    if values == record.values:
        return record
    return replace(record, rev=record.rev + 1, values=values, digest=digest(values))


def _detail(params: Mapping[str, str]) -> str:
    return "; ".join(f"{name}={value}" for name, value in sorted(params.items()))

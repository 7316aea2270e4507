"""Parked records: an op kept whole in its sender's own scope, with the reason, until a person decides."""

import base64
from collections.abc import Mapping
from typing import Any

import msgspec

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
        "detail": "; ".join(f"{name}={value}" for name, value in sorted(params.items())),
        "state": "waiting",
    }
    try:
        op = msgspec.json.decode(sent.raw)
        check(op, depth=2)
        values["op"] = normal(op)
        values["raw"] = None if normal(op) == op else base64.b64encode(sent.raw).decode()
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
        server={"receivedAt": now},
    )

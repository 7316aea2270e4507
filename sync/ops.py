"""Decoding ops one by one, so that one bad op never fails the rest."""

import hashlib
from collections.abc import Iterable
from typing import Any

import msgspec

from mobile_contract.ids import is_id, is_scope
from mobile_contract.sync import AnyOp, Create, Limits, Patch, Resolve
from mobile_contract.values import NotAValue, check
from sync.state import Sent

_DECODER = msgspec.json.Decoder(AnyOp)
MAX_N = 2**53 - 1


class LooseOp(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """An op as it came, read as far as it can be: each member may be there or not, and be anything."""

    op_id: Any = None
    n: Any = None
    unit: Any = None
    scope: Any = None
    kind: Any = None
    id: Any = None
    values: Any = None
    value: Any = None
    set: Any = None

    @property
    def given(self) -> list[Any]:
        """The values that it would set. ``was`` is none of them."""
        changes = self.set.values() if isinstance(self.set, dict) else ()
        changed = [msgspec.convert(change, _LooseChange).value for change in changes if isinstance(change, dict)]
        return [self.values, self.value, *changed]


class _LooseChange(msgspec.Struct, frozen=True, kw_only=True):
    value: Any = None


def loosely(raw: bytes) -> LooseOp | None:
    """Read the bytes of an op; None where they are no JSON. Other JSON than an object has no members."""
    try:
        op = msgspec.json.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    return msgspec.convert(op, LooseOp) if isinstance(op, dict) else LooseOp()


def decode(raws: Iterable[bytes], limits: Limits) -> list[Sent]:
    """Decode each op; what cannot be decoded stays whole, with the problem code that parks it."""
    return [_decode_one(bytes(raw), limits) for raw in raws]


def _decode_one(raw: bytes, limits: Limits) -> Sent:
    body_hash = hashlib.sha256(raw).hexdigest()
    try:
        op = _DECODER.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        return _undecodable(raw, body_hash, str(error))
    problem, params = _first_problem(op, raw, limits)
    if problem == "op.undecodable":
        return _undecodable(raw, body_hash, params["reason"])
    return Sent(
        raw=raw, body_hash=body_hash, op_id=op.op_id, n=op.n, unit=op.unit, op=op, problem=problem, params=params
    )


def _first_problem(op: AnyOp, raw: bytes, limits: Limits) -> tuple[str, dict[str, str]]:
    if not is_id(op.op_id) or not 1 <= op.n <= MAX_N:
        return "op.undecodable", {"reason": "opId is a UUIDv7 and n counts from 1"}
    if len(raw) > limits.op_bytes:
        return "op.too_large", {"limit": str(limits.op_bytes)}
    if not is_id(op.id):
        return "op.bad_id", {"id": op.id[:64]}
    if not is_scope(op.scope):
        return "op.scope_not_held", {}
    try:
        check(_values_of(op))
    except NotAValue as error:
        return error.reason, {"path": error.path[:200]}
    return "", {}


def _values_of(op: AnyOp) -> Any:
    if isinstance(op, Create):
        return op.values
    if isinstance(op, Patch):
        return {path: {"value": change.value, "was": change.was} for path, change in op.set.items()}
    if isinstance(op, Resolve):
        return [op.value, None if op.standing is msgspec.UNSET else op.standing]
    return None


def _undecodable(raw: bytes, body_hash: str, reason: str) -> Sent:
    """Keep an op that cannot be read, under the id and number it seems to have, so that its phone knows the answer.

    The unit it seems to be of is parked with it.
    """
    op_id, n, unit = f"raw-{body_hash[:32]}", 0, None
    seen = loosely(raw)
    if seen is not None:
        if isinstance(seen.op_id, str) and is_id(seen.op_id):
            op_id = seen.op_id
        if type(seen.n) is int and 1 <= seen.n <= MAX_N:  # true is no number
            n = seen.n
        if isinstance(seen.unit, str):
            unit = seen.unit
    return Sent(
        raw=raw,
        body_hash=body_hash,
        op_id=op_id,
        n=n,
        unit=unit,
        op=None,
        problem="op.undecodable",
        params={"reason": reason[:200]},
    )

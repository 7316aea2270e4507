"""What a record may hold, and the one way to write it down (RFC 8785) so that every language gets the same digest.

Values are strings, integers (|n| ≤ 2⁵³−1), booleans, null, objects and arrays. There are no floats: a decimal is a
string in a declared unit, money is integer 分, a position is an integer of 10⁻⁷ degree.
"""

import hashlib
from typing import Any

import msgspec

#: JSON as Plumbline allows it. ``Any`` inside, because mypy has no useful recursive type for decoded JSON.
Value = Any
Values = dict[str, Any]

MAX_INTEGER = 2**53 - 1
MAX_DEPTH = 12

_ENCODER = msgspec.json.Encoder(order="deterministic")
#: UTF-8 lead bytes of characters outside the Basic Multilingual Plane: only with them do UTF-16 order (RFC 8785)
#: and code point order differ. Searching five times for one byte is ten times as fast as once for a class.
_ASTRAL = (b"\xf0", b"\xf1", b"\xf2", b"\xf3", b"\xf4")


class NotAValue(ValueError):
    """A value outside the model; ``path`` names the place, ``reason`` is a problem code of ``problems``."""

    def __init__(self, reason: str, path: str) -> None:
        super().__init__(f"{reason} at {path or '(root)'}")
        self.reason = reason
        self.path = path


def check(value: Value, path: str = "", depth: int = 0) -> None:
    """Raise :class:`NotAValue` unless ``value`` lies within the model above."""
    kind = type(value)
    if value is None or kind is bool or kind is str:
        return
    if kind is int:
        if not -MAX_INTEGER <= value <= MAX_INTEGER:
            raise NotAValue("value.integer_too_large", path)
    elif depth >= MAX_DEPTH:
        raise NotAValue("value.too_deep", path)
    elif kind is dict:
        for key, item in value.items():
            if type(item) is not str:  # most are, and there is nothing to check
                check(item, f"{path}/{key}", depth + 1)
    elif kind is list:
        for index, item in enumerate(value):
            check(item, f"{path}/{index}", depth + 1)
    else:
        raise NotAValue("value.float" if kind is float else "value.unknown_type", path)


def canonical(value: Value) -> bytes:
    """Encode a checked value as RFC 8785 canonical JSON (UTF-8 bytes)."""
    encoded = _ENCODER.encode(value)
    if not encoded.isascii():
        for lead in _ASTRAL:
            if lead in encoded:
                return msgspec.json.encode(_in_utf16_order(value))
    return encoded


def digest(value: Value) -> str:
    """Return the SHA-256 of the canonical form, in lower-case hexadecimal."""
    return hashlib.sha256(canonical(value)).hexdigest()


def _in_utf16_order(value: Value) -> Value:
    if isinstance(value, dict):
        return {key: _in_utf16_order(value[key]) for key in sorted(value, key=lambda k: k.encode("utf-16-be"))}
    if isinstance(value, list):
        return [_in_utf16_order(item) for item in value]
    return value

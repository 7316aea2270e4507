"""Values of a record as exact operands, and results as values again. Numbers are ``decimal.Decimal``, never floats."""

import re
from collections.abc import Callable, Iterable
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Context, Decimal, DecimalException, Inexact, InvalidOperation, Overflow
from functools import lru_cache, reduce
from typing import Any, Final

from mobile_contract.forms import Field, FieldType
from mobile_contract.values import MAX_INTEGER, Value

_DECIMAL: Final = re.compile(r"-?[0-9]{1,30}(?:\.[0-9]{1,20})?")
_DATE: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_TIME: Final = re.compile(r"(?:[01][0-9]|2[0-3]):[0-5][0-9]")
#: RFC 3339, of which Python itself reads more than phones do.
_INSTANT: Final = re.compile(r"[0-9-]{10}T[0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,6})?)?(Z|[+-][0-9]{2}:[0-9]{2})")

#: Exact or not at all: a result that would need more digits is no result.
_EXACT: Final = Context(prec=400, traps=[Inexact, InvalidOperation, Overflow])
_ROUNDED: Final = Context(prec=400, rounding=ROUND_HALF_UP, traps=[InvalidOperation, Overflow])


class BadOperand(Exception):
    """An operand that is there and is not what it should be, or a result that no value can hold."""


def missing(value: Value) -> bool:
    """Return whether there is no value: absent, null and the empty text are the same."""
    return value is None or value == ""


def number(value: Value) -> Decimal | None:
    """Return an integer or the text of a decimal as a ``Decimal``. Raises :class:`BadOperand`."""
    if value is None or type(value) is Decimal:
        return value
    if type(value) is int or (type(value) is str and _DECIMAL.fullmatch(value)):
        return Decimal(value)
    raise BadOperand


def day(value: Value) -> date | None:
    """Read ``YYYY-MM-DD``. Raises :class:`BadOperand`."""
    if value is None:
        return None
    if type(value) is str and _DATE.fullmatch(value):
        try:
            return date.fromisoformat(value)
        except ValueError:
            pass
    raise BadOperand


def is_day(value: Value) -> bool:
    """Return whether a value is a day, ``YYYY-MM-DD``."""
    try:
        return day(value) is not None
    except BadOperand:
        return False


def wall_time(value: Value) -> str | None:
    """Read ``HH:MM``. Raises :class:`BadOperand`."""
    if value is None or (type(value) is str and _TIME.fullmatch(value)):
        return value  # texts of one width: they compare as times do
    raise BadOperand


def instant(value: Value) -> datetime | None:
    """Read RFC 3339 with its offset. Raises :class:`BadOperand`."""
    if value is None:
        return None
    try:
        if type(value) is str and _INSTANT.fullmatch(value):
            return datetime.fromisoformat(value)
    except ValueError:
        pass
    raise BadOperand


def truth(value: Value) -> bool | None:
    """Read a boolean. Raises :class:`BadOperand`."""
    if value is None or type(value) is bool:
        return value
    raise BadOperand


_OPERATIONS: Final[dict[str, Callable[[Decimal, Decimal], Decimal]]] = {
    "+": _EXACT.add,
    "-": _EXACT.subtract,
    "*": _EXACT.multiply,
}
_ORDERS: Final[dict[str, Callable[[Any, Any], bool]]] = {
    "<": lambda left, right: left < right,
    "<=": lambda left, right: left <= right,
    ">": lambda left, right: left > right,
    ">=": lambda left, right: left >= right,
}
_READ_AS: Final[dict[FieldType, Callable[[Value], Any]]] = {
    FieldType.DECIMAL: number,
    FieldType.DATE: day,
    FieldType.TIME: wall_time,
    FieldType.DATE_TIME: instant,
    FieldType.BOOLEAN: truth,
    FieldType.TEXT: lambda value: value,
}


def arithmetic(operator: str, operands: Iterable[Decimal]) -> Decimal:
    """Return operands joined by ``+``, ``-`` or ``*`` from left to right. Raises ``BadOperand`` beyond 400 digits."""
    try:
        return reduce(_OPERATIONS[operator], operands)
    except DecimalException as error:
        raise BadOperand from error


def compare(operator: str, type_: FieldType, left: Value, right: Value) -> bool:
    """Return whether two values of ``type_`` compare so; a missing one is never less or more. Raises ``BadOperand``."""
    read = _READ_AS[type_]
    left, right = read(left), read(right)
    if operator in ("=", "!="):
        return bool(left == right) is (operator == "=")
    return left is not None and right is not None and _ORDERS[operator](left, right)


@lru_cache(maxsize=64)
def _unit(places: int) -> Decimal:
    return Decimal(1).scaleb(-places)


def rounded(value: Decimal, places: int) -> Decimal:
    """Return a number rounded to ``places``, halves away from zero."""
    try:
        return value.quantize(_unit(places), context=_ROUNDED)
    except DecimalException as error:
        raise BadOperand from error


def decimal_text(value: Decimal, scale: int | None) -> str:
    """Return a number's one canonical text: exactly ``scale`` places, or as few as it needs; no exponent, no -0."""
    result = value.normalize(_ROUNDED) if scale is None else rounded(value, scale)
    return format(result or abs(result), "f")


def stored(field: Field, result: Value) -> Value:
    """Return a result as a record holds it in ``field``. Raises :class:`BadOperand` when it cannot."""
    if field.type in (FieldType.INTEGER, FieldType.DECIMAL):
        value = number(result)
        if value is None:
            raise BadOperand
        if field.type is FieldType.DECIMAL:
            text = decimal_text(value, field.scale)
            number(text)  # what could not be read back is not written
            return text
        whole = int(rounded(value, 0))
        if abs(whole) <= MAX_INTEGER:
            return whole
    elif isinstance(result, bool) is (field.type is FieldType.BOOLEAN) and not isinstance(result, Decimal):
        return result
    raise BadOperand

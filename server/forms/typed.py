"""The typing rules of the closed set: the result of an operator or a function of XPath on typed operands.

The functions are the few of the ODK XForms specification that the set can say exactly.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from mobile_contract.forms import (
    Arithmetic,
    Compare,
    Days,
    Expression,
    FieldType,
    If,
    Literal,
    Logic,
    Ref,
    Round,
    Selected,
)
from mobile_contract.values import MAX_INTEGER

MAX_PLACES: Final = 20

NUMBERS: Final = frozenset({FieldType.INTEGER, FieldType.DECIMAL})
_MOMENTS: Final = frozenset({FieldType.DATE, FieldType.TIME, FieldType.DATE_TIME})
#: What compares as text by ``=`` and ``!=``.
_TEXTS: Final = frozenset({FieldType.TEXT, FieldType.SELECT_ONE, FieldType.BARCODE})
_MOMENT_PATTERNS: Final = {
    FieldType.DATE: re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}"),
    FieldType.TIME: re.compile(r"[0-9]{2}:[0-9]{2}"),
}
_YES_NO: Final = {"yes": True, "no": False}

#: How tightly each binary operator holds; all associate to the left.
BINDING: Final = {
    "or": 1,
    "and": 2,
    "=": 3,
    "!=": 3,
    "<": 4,
    "<=": 4,
    ">": 4,
    ">=": 4,
    "+": 5,
    "-": 5,
    "*": 6,
    "div": 6,
    "mod": 6,
}


class Outside(Exception):
    """XPath beyond the closed set; the text names which part, for the list that publishing returns."""


class Unfinished(Outside):
    """XPath that ends in the middle and cannot be evaluated."""


@dataclass(frozen=True, slots=True)
class Typed:
    """An expression and the type of its result."""

    expression: Expression
    type: FieldType


def constant(text: str) -> Typed:
    """Return a number by its digits. Raises :class:`Outside` for what no record could hold."""
    if len(text) > 16 or float(text) > MAX_INTEGER:
        raise Outside(text[:20])
    if "." not in text:
        return Typed(Literal(value=int(text), type=FieldType.INTEGER), FieldType.INTEGER)
    whole, _, places = text.partition(".")
    return Typed(Literal(value=f"{whole or '0'}.{places or '0'}", type=FieldType.DECIMAL), FieldType.DECIMAL)


def negative(operand: Typed) -> Typed:
    """Return the operand negated. Raises :class:`Outside`."""
    literal = operand.expression
    if isinstance(literal, Literal) and operand.type is FieldType.INTEGER:
        return Typed(Literal(value=-literal.value, type=FieldType.INTEGER), FieldType.INTEGER)
    return _arithmetic("-", Typed(Literal(value=0, type=FieldType.INTEGER), FieldType.INTEGER), operand)


def binary(operator: str, left: Typed, right: Typed) -> Typed:
    """Return operands joined by an operator of :data:`BINDING`. Raises :class:`Outside` where that is not exact."""
    if operator in ("and", "or"):
        operands = (*_chained(operator, boolean(left)), boolean(right))
        return Typed(Logic(operator=operator, operands=operands), FieldType.BOOLEAN)
    if operator in ("div", "mod"):
        raise Outside(operator)  # division is not exact
    if BINDING[operator] < BINDING["+"]:
        return _compare(operator, left, right)
    if operator == "-" and left.type is right.type is FieldType.DATE:
        return Typed(Days(start=right.expression, end=left.expression), FieldType.INTEGER)
    return _arithmetic(operator, left, right)


def _arithmetic(operator: str, left: Typed, right: Typed) -> Typed:
    if not {left.type, right.type} <= NUMBERS:
        raise Outside(f"{operator} of {left.type} and {right.type}")
    operands = (*_chained(operator, left.expression), right.expression)
    return Typed(
        Arithmetic(operator=operator, operands=operands),
        FieldType.DECIMAL if FieldType.DECIMAL in (left.type, right.type) else FieldType.INTEGER,
    )


def _chained(operator: str, left: Expression) -> tuple[Expression, ...]:
    """Return the operands of ``a + b`` when ``+ c`` follows: one operation over many operands, not many."""
    if isinstance(left, (Arithmetic, Logic)) and left.operator == operator:
        return left.operands
    return (left,)


def _compare(operator: str, left: Typed, right: Typed) -> Typed:
    left, right = _towards(left, right.type), _towards(right, left.type)
    kinds = {left.type, right.type}
    if _blank(left) or _blank(right):
        of = FieldType.TEXT
    elif kinds <= NUMBERS:
        of = FieldType.DECIMAL
    elif len(kinds) == 1 and kinds <= _MOMENTS | {FieldType.BOOLEAN}:
        of = left.type
    elif kinds <= _TEXTS:
        of = FieldType.TEXT
    else:
        raise Outside(f"{left.type} {operator} {right.type}")
    if of in (FieldType.TEXT, FieldType.BOOLEAN) and operator not in ("=", "!="):
        raise Outside(f"{of} {operator} {of}")
    return Typed(Compare(operator=operator, type=of, left=left.expression, right=right.expression), FieldType.BOOLEAN)


def _towards(operand: Typed, type_: FieldType) -> Typed:
    """Return a text constant as one of the type that the other side has, as XPath would when it compares them."""
    literal = operand.expression
    if not isinstance(literal, Literal) or operand.type is not FieldType.TEXT:
        return operand
    text = literal.value
    if type_ is FieldType.BOOLEAN and text in _YES_NO:
        return Typed(Literal(value=_YES_NO[text], type=type_), type_)
    if type_ in _MOMENT_PATTERNS and _MOMENT_PATTERNS[type_].fullmatch(text):
        return Typed(Literal(value=text, type=type_), type_)
    if type_ in NUMBERS and re.fullmatch(r"[0-9]+(\.[0-9]+)?", text):
        return constant(text)
    return operand


def _blank(operand: Typed) -> bool:
    return operand.expression == Literal(value="")


def boolean(operand: Typed) -> Expression:
    """Return an operand as a condition. Raises :class:`Outside` unless its type is boolean."""
    if operand.type is not FieldType.BOOLEAN:
        raise Outside(f"{operand.type} as a condition")
    return operand.expression


def _not(operand: Typed) -> Typed:
    return Typed(Logic(operator="not", operands=(boolean(operand),)), FieldType.BOOLEAN)


def _if(when: Typed, then: Typed, otherwise: Typed) -> Typed:
    kinds = {branch.type for branch in (then, otherwise) if not _blank(branch)} or {FieldType.TEXT}
    if kinds <= NUMBERS:
        of = FieldType.DECIMAL if FieldType.DECIMAL in kinds else FieldType.INTEGER
    elif kinds <= _TEXTS:
        of = FieldType.TEXT
    elif len(kinds) == 1:
        of = kinds.pop()
    else:
        raise Outside(f"if() with {then.type} and {otherwise.type}")
    return Typed(If(condition=boolean(when), then=then.expression, otherwise=otherwise.expression), of)


def _coalesce(first: Typed, second: Typed) -> Typed:
    return _if(_compare("!=", first, Typed(Literal(value=""), FieldType.TEXT)), first, second)


def _selected(field: Typed, choice: Typed) -> Typed:
    asked, name = field.expression, choice.expression
    if not isinstance(asked, Ref) or not isinstance(name, Literal) or choice.type is not FieldType.TEXT:
        raise Outside("selected() of anything but a name and a constant")
    if field.type is FieldType.BOOLEAN:
        return _compare("=", field, choice)
    if field.type not in (FieldType.SELECT_ONE, FieldType.SELECT_MULTIPLE):
        raise Outside(f"selected() of {field.type}")
    return Typed(Selected(name=asked.name, choice=name.value), FieldType.BOOLEAN)


def _round(operand: Typed, places: Typed | None = None) -> Typed:
    literal = Literal(value=0) if places is None else places.expression
    if operand.type not in NUMBERS or not isinstance(literal, Literal) or literal.value not in range(MAX_PLACES + 1):
        raise Outside(f"round() of {operand.type}, or to places that are not a number from 0 to {MAX_PLACES}")
    rounded = Round(item=operand.expression, places=literal.value)
    return Typed(rounded, FieldType.DECIMAL if literal.value else FieldType.INTEGER)


def _date(text: Typed) -> Typed:
    if text.type is FieldType.DATE:
        return text
    moved = _towards(text, FieldType.DATE)
    if moved.type is not FieldType.DATE:
        raise Outside(f"date() of {text.type}")
    return moved


def _only(*types: FieldType) -> Callable[[Typed], Typed]:
    """Return a function that is the identity for these types and raises :class:`Outside` for others."""

    def same(operand: Typed) -> Typed:
        if operand.type not in types:
            raise Outside(f"a conversion of {operand.type}")
        return operand

    return same


def _constant(value: bool) -> Callable[[], Typed]:
    return lambda: Typed(Literal(value=value, type=FieldType.BOOLEAN), FieldType.BOOLEAN)


#: The functions there are, by name and number of arguments.
FUNCTIONS: Final[dict[tuple[str, int], Callable[..., Typed]]] = {
    ("if", 3): _if,
    ("coalesce", 2): _coalesce,
    ("not", 1): _not,
    ("round", 1): _round,
    ("round", 2): _round,
    ("true", 0): _constant(True),
    ("false", 0): _constant(False),
    ("selected", 2): _selected,
    ("date", 1): _date,
    ("decimal-date-time", 1): _only(FieldType.DATE),
    ("int", 1): _only(FieldType.INTEGER),
    ("number", 1): _only(FieldType.INTEGER, FieldType.DECIMAL),
}

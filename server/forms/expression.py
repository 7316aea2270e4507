"""From the XPath of an XLSForm to the closed set of ``mobile_contract.forms.Expression``: a tokeniser and a parser.

Precedence climbing over XPath 1.0's operators (https://www.w3.org/TR/xpath-10/ §3) and the few functions of the ODK
XForms specification that the set can say. Types are checked on the way, so that what comes out can be evaluated
exactly; whatever lies outside raises :class:`Outside` and stays with the phone.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final, Protocol, get_args

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
    Sum,
)
from mobile_contract.values import MAX_INTEGER

MAX_LENGTH: Final = 4_000
#: Bounds of what is evaluated by recursion: levels of one expression, and calculations that feed each other.
MAX_DEPTH: Final = 16
MAX_CHAIN: Final = 12
MAX_PLACES: Final = 20

_TOKEN: Final = re.compile(
    r"""\s*(?:
      (?P<ref>\$\{\s*(?P<name>[^}\s]+)\s*\})
    | (?P<number>\d+(?:\.\d*)?|\.\d+)
    | (?P<text>"[^"]*"|'[^']*')
    | (?P<word>[A-Za-z_][\w.-]*)
    | (?P<sign><=|>=|!=|[-+*=<>(),.])
    )""",
    re.VERBOSE,
)
_REF: Final = re.compile(r"\$\{\s*([^}\s]+)\s*\}")

_MEMBERS: Final = get_args(Expression)
_NUMBERS: Final = frozenset({FieldType.INTEGER, FieldType.DECIMAL})
_MOMENTS: Final = frozenset({FieldType.DATE, FieldType.TIME, FieldType.DATE_TIME})
#: What compares as text by ``=`` and ``!=``.
_TEXTS: Final = frozenset({FieldType.TEXT, FieldType.SELECT_ONE, FieldType.BARCODE})
_MOMENT_PATTERNS: Final = {
    FieldType.DATE: re.compile(r"\d{4}-\d\d-\d\d"),
    FieldType.TIME: re.compile(r"\d\d:\d\d"),
}
_YES_NO: Final = {"yes": True, "no": False}

#: How tightly each binary operator holds; all associate to the left.
_BINDING: Final = {
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
    """XPath beyond the closed set; the text says which part, for the list that publishing gives."""


@dataclass(frozen=True, slots=True)
class Name:
    """What a name of the form stands for. ``type`` is None for a repeat; ``repeat`` is the table a column is of."""

    type: FieldType | None
    repeat: str | None = None


class Names(Protocol):
    """How the parser asks about names. Raises :class:`Outside` where a name has no type on the server."""

    def __call__(self, name: str) -> Name:
        """Describe the name."""
        ...


@dataclass(frozen=True, slots=True)
class Typed:
    """An expression and the type of its result."""

    expression: Expression
    type: FieldType


def references(xpath: str) -> tuple[str, ...]:
    """List the names that ``${…}`` cites, in order, ``last-saved#`` taken off."""
    return tuple(name.removeprefix("last-saved#") for name in _REF.findall(xpath))


def parse(xpath: str, names: Names, *, row_of: str | None = None, itself: str | None = None) -> Typed:
    """Parse ``xpath`` as it stands in the repeat ``row_of`` (None: outside any); ``itself`` is what ``.`` means.

    Raises :class:`Outside`.
    """
    if len(xpath) > MAX_LENGTH:
        raise Outside(f"longer than {MAX_LENGTH} characters")
    parser = _Parser(list(_tokens(xpath)), names, row_of, itself)
    result = parser.expression(0)
    if parser.peek() is not None:
        raise Outside(f"unexpected {parser.peek()}")
    if _depth(result.expression) > MAX_DEPTH:
        raise Outside(f"nested deeper than {MAX_DEPTH}")
    return result


def condition(xpath: str, names: Names, *, row_of: str | None = None, itself: str | None = None) -> Expression:
    """Parse what must be true or false: a ``relevant`` or a ``constraint``. Raises :class:`Outside`."""
    return _boolean(parse(xpath, names, row_of=row_of, itself=itself))


def _depth(expression: Expression) -> int:
    depth, level = 0, [expression]
    while level:
        depth += 1
        level = [part for each in level for part in _parts(each)]
    return depth


def _parts(expression: Expression) -> Iterator[Expression]:
    for name in expression.__struct_fields__:
        value = getattr(expression, name)
        yield from (part for part in (value if isinstance(value, tuple) else (value,)) if isinstance(part, _MEMBERS))


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str

    def __str__(self) -> str:
        return self.text


def _tokens(xpath: str) -> Iterator[_Token]:
    place = 0
    end = len(xpath.rstrip())
    while place < end:
        found = _TOKEN.match(xpath, place)
        if found is None:
            raise Outside(xpath[place:].strip()[:20])
        kind = found.lastgroup or ""
        kind = "ref" if kind == "name" else kind
        yield _Token(kind, found["name"] if kind == "ref" else found[kind])
        place = found.end()


class _Parser:
    """Precedence climbing over a list of tokens."""

    def __init__(self, tokens: list[_Token], names: Names, row_of: str | None, itself: str | None) -> None:
        self._tokens = tokens
        self._at = 0
        self._depth = 0
        self._names = names
        self._row_of = row_of
        self._itself = itself

    def peek(self) -> _Token | None:
        """Look at the next token without taking it."""
        return self._tokens[self._at] if self._at < len(self._tokens) else None

    def _take(self) -> _Token:
        token = self.peek()
        if token is None:
            raise Outside("it ends early")
        self._at += 1
        return token

    def _expect(self, sign: str) -> None:
        token = self._take()
        if token != _Token("sign", sign):
            raise Outside(f"{token} where {sign} should be")

    def _next_is(self, sign: str) -> bool:
        return self.peek() == _Token("sign", sign)

    def expression(self, binding: int) -> Typed:
        """Parse operators that hold tighter than ``binding``."""
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise Outside(f"nested deeper than {MAX_DEPTH}")
        left = self._operand()
        while (operator := self._operator()) is not None and _BINDING[operator] > binding:
            self._at += 1
            left = _binary(operator, left, self.expression(_BINDING[operator]))
        self._depth -= 1
        return left

    def _operator(self) -> str | None:
        token = self.peek()
        if token is None or token.kind not in ("sign", "word") or token.text not in _BINDING:
            return None
        return token.text

    def _operand(self) -> Typed:
        token = self._take()
        if token.kind == "number":
            return _number(token.text)
        if token.kind == "text":
            return Typed(Literal(value=token.text[1:-1]), FieldType.TEXT)
        if token.kind == "ref":
            return self._reference(token.text)
        if token.kind == "word":
            return self._call(token.text)
        return self._sign(token.text)

    def _sign(self, sign: str) -> Typed:
        if sign == "(":
            inner = self.expression(0)
            self._expect(")")
            return inner
        if sign == "." and self._itself is not None:
            return self._reference(self._itself)
        if sign == "-":
            return _negative(self.expression(_BINDING["*"]))
        raise Outside(f"unexpected {sign}")

    def _reference(self, name: str) -> Typed:
        known = self._names(name)
        if known.type is None:
            raise Outside(f"${{{name}}} is a table")
        if known.repeat is not None and known.repeat != self._row_of:
            raise Outside(f"${{{name}}} is a column of {known.repeat}")
        return Typed(Ref(name=name), known.type)

    def _call(self, function: str) -> Typed:
        self._expect("(")
        if function in ("sum", "count"):
            return self._aggregate(function)
        arguments: list[Typed] = []
        while not self._next_is(")"):
            arguments.append(self.expression(0))
            if not self._next_is(")"):
                self._expect(",")
        self._expect(")")
        make = _FUNCTIONS.get((function, len(arguments)))
        if make is None:
            raise Outside(f"{function}()")
        return make(*arguments)

    def _aggregate(self, function: str) -> Typed:
        token = self._take()
        self._expect(")")
        if token.kind != "ref":
            raise Outside(f"{function}() of anything but a name")
        known = self._names(token.text)
        if function == "count" and known.type is None:
            one = Literal(value=1, type=FieldType.INTEGER)
            return Typed(Sum(repeat=token.text, item=one), FieldType.INTEGER)
        if function == "sum" and known.type in _NUMBERS and known.repeat is not None and self._row_of is None:
            return Typed(Sum(repeat=known.repeat, item=Ref(name=token.text)), known.type)
        raise Outside(f"{function}(${{{token.text}}})")


def _number(text: str) -> Typed:
    if len(text) > 16 or float(text) > MAX_INTEGER:
        raise Outside(text[:20])
    if "." not in text:
        return Typed(Literal(value=int(text), type=FieldType.INTEGER), FieldType.INTEGER)
    whole, _, places = text.partition(".")
    return Typed(Literal(value=f"{whole or '0'}.{places or '0'}", type=FieldType.DECIMAL), FieldType.DECIMAL)


def _negative(operand: Typed) -> Typed:
    literal = operand.expression
    if isinstance(literal, Literal) and operand.type is FieldType.INTEGER:
        return Typed(Literal(value=-literal.value, type=FieldType.INTEGER), FieldType.INTEGER)
    return _arithmetic("-", Typed(Literal(value=0, type=FieldType.INTEGER), FieldType.INTEGER), operand)


def _binary(operator: str, left: Typed, right: Typed) -> Typed:
    if operator in ("and", "or"):
        operands = (*_chained(operator, _boolean(left)), _boolean(right))
        return Typed(Logic(operator=operator, operands=operands), FieldType.BOOLEAN)
    if operator in ("div", "mod"):
        raise Outside(operator)  # division is not exact
    if _BINDING[operator] < _BINDING["+"]:
        return _compare(operator, left, right)
    if operator == "-" and left.type is right.type is FieldType.DATE:
        return Typed(Days(start=right.expression, end=left.expression), FieldType.INTEGER)
    return _arithmetic(operator, left, right)


def _arithmetic(operator: str, left: Typed, right: Typed) -> Typed:
    if not {left.type, right.type} <= _NUMBERS:
        raise Outside(f"{operator} of {left.type} and {right.type}")
    operands = (*_chained(operator, left.expression), right.expression)
    return Typed(
        Arithmetic(operator=operator, operands=operands),
        FieldType.DECIMAL if FieldType.DECIMAL in (left.type, right.type) else FieldType.INTEGER,
    )


def _chained(operator: str, left: Expression) -> tuple[Expression, ...]:
    """Take ``a + b`` apart when ``+ c`` follows: one operation over many operands, not many operations."""
    if isinstance(left, (Arithmetic, Logic)) and left.operator == operator:
        return left.operands
    return (left,)


def _compare(operator: str, left: Typed, right: Typed) -> Typed:
    left, right = _towards(left, right.type), _towards(right, left.type)
    kinds = {left.type, right.type}
    if _blank(left) or _blank(right):
        of = FieldType.TEXT
    elif kinds <= _NUMBERS:
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
    """Turn a text constant into one of the type that the other side has, as XPath would when it compares them."""
    literal = operand.expression
    if not isinstance(literal, Literal) or operand.type is not FieldType.TEXT:
        return operand
    text = literal.value
    if type_ is FieldType.BOOLEAN and text in _YES_NO:
        return Typed(Literal(value=_YES_NO[text], type=type_), type_)
    if type_ in _MOMENT_PATTERNS and _MOMENT_PATTERNS[type_].fullmatch(text):
        return Typed(Literal(value=text, type=type_), type_)
    if type_ in _NUMBERS and re.fullmatch(r"\d+(\.\d+)?", text):
        return _number(text)
    return operand


def _blank(operand: Typed) -> bool:
    return operand.expression == Literal(value="")


def _boolean(operand: Typed) -> Expression:
    if operand.type is not FieldType.BOOLEAN:
        raise Outside(f"{operand.type} as a condition")
    return operand.expression


def _not(operand: Typed) -> Typed:
    return Typed(Logic(operator="not", operands=(_boolean(operand),)), FieldType.BOOLEAN)


def _if(when: Typed, then: Typed, otherwise: Typed) -> Typed:
    kinds = {branch.type for branch in (then, otherwise) if not _blank(branch)} or {FieldType.TEXT}
    if kinds <= _NUMBERS:
        of = FieldType.DECIMAL if FieldType.DECIMAL in kinds else FieldType.INTEGER
    elif kinds <= _TEXTS:
        of = FieldType.TEXT
    elif len(kinds) == 1:
        of = kinds.pop()
    else:
        raise Outside(f"if() with {then.type} and {otherwise.type}")
    return Typed(If(condition=_boolean(when), then=then.expression, otherwise=otherwise.expression), of)


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
    if operand.type not in _NUMBERS or not isinstance(literal, Literal) or literal.value not in range(MAX_PLACES + 1):
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
    """Make a function that changes nothing for these types, and cannot be said for others."""

    def same(operand: Typed) -> Typed:
        if operand.type not in types:
            raise Outside(f"a conversion of {operand.type}")
        return operand

    return same


def _constant(value: bool) -> Callable[[], Typed]:
    return lambda: Typed(Literal(value=value, type=FieldType.BOOLEAN), FieldType.BOOLEAN)


#: The functions there are, by name and number of arguments.
_FUNCTIONS: Final[dict[tuple[str, int], Callable[..., Typed]]] = {
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

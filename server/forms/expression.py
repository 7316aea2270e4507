"""From the XPath of an XLSForm to the closed set of ``mobile_contract.forms.Expression``: a tokeniser and a parser.

Precedence climbing over XPath 1.0's operators (https://www.w3.org/TR/xpath-10/ §3) and the functions of ``typed``.
Types are checked on the way, so that what comes out can be evaluated exactly; whatever lies outside raises
:class:`Outside` and stays with the phone.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Protocol, get_args

from mobile_contract.forms import Expression, FieldType, Literal, Ref, Sum
from server.forms.typed import (
    BINDING,
    FUNCTIONS,
    NUMBERS,
    Outside,
    Typed,
    Unfinished,
    binary,
    boolean,
    constant,
    negative,
)

MAX_LENGTH: Final = 4_000
#: Bounds of what is evaluated by recursion: levels of one expression, and calculations that feed each other.
MAX_DEPTH: Final = 16
MAX_CHAIN: Final = 12
#: Of the parser itself: brackets add levels to read and none to evaluate.
MAX_NESTING: Final = 64

_TOKEN: Final = re.compile(
    r"""\s*(?:
      (?P<ref>\$\{\s*(?P<name>[^}\s]+)\s*\})
    | (?P<number>\d+(?:\.\d*)?|\.\d+)
    | (?P<text>"[^"]*"|'[^']*')
    | (?P<word>[A-Za-z_][\w.-]*)
    | (?P<sign><=|>=|!=|[-+*=<>(),.])
    )""",
    re.VERBOSE | re.ASCII,
)
_REF: Final = re.compile(r"\$\{\s*([^}\s]+)\s*\}")

_MEMBERS: Final = get_args(Expression)


@dataclass(frozen=True, slots=True)
class Name:
    """What a name of the form stands for. ``type`` is None for a repeat; ``repeat`` is the table a column is of."""

    type: FieldType | None
    repeat: str | None = None


class Names(Protocol):
    """Looks up names for the parser. Raises :class:`Outside` where a name has no type on the server."""

    def __call__(self, name: str) -> Name:
        """Return what the name stands for."""
        ...


def references(xpath: str) -> tuple[str, ...]:
    """Return the names that ``${…}`` cites, in order, without ``last-saved#``."""
    return tuple(name.removeprefix("last-saved#") for name in _REF.findall(xpath))


def parse(xpath: str, names: Names, *, row_of: str | None = None, itself: str | None = None) -> Typed:
    """Return ``xpath`` parsed as in the repeat ``row_of`` (None: outside any); ``itself`` is what ``.`` means.

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
    """Return ``xpath`` parsed as true or false: a ``relevant`` or a ``constraint``. Raises :class:`Outside`."""
    return boolean(parse(xpath, names, row_of=row_of, itself=itself))


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
        """Return the next token without consuming it; None at the end."""
        return self._tokens[self._at] if self._at < len(self._tokens) else None

    def _take(self) -> _Token:
        token = self.peek()
        if token is None:
            raise Unfinished("it ends early")
        self._at += 1
        return token

    def _expect(self, sign: str) -> None:
        token = self._take()
        if token != _Token("sign", sign):
            raise Outside(f"{token} where {sign} should be")

    def _next_is(self, sign: str) -> bool:
        return self.peek() == _Token("sign", sign)

    def expression(self, binding: int) -> Typed:
        """Return the operand parsed with all operators that hold tighter than ``binding``."""
        self._depth += 1
        if self._depth > MAX_NESTING:
            raise Outside(f"nested deeper than {MAX_NESTING}")
        left = self._operand()
        while (operator := self._operator()) is not None and BINDING[operator] > binding:
            self._at += 1
            left = binary(operator, left, self.expression(BINDING[operator]))
        self._depth -= 1
        return left

    def _operator(self) -> str | None:
        token = self.peek()
        if token is None or token.kind not in ("sign", "word") or token.text not in BINDING:
            return None
        return token.text

    def _operand(self) -> Typed:
        token = self._take()
        if token.kind == "number":
            return constant(token.text)
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
            return negative(self.expression(BINDING["*"]))
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
        make = FUNCTIONS.get((function, len(arguments)))
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
        if function == "sum" and known.type in NUMBERS and known.repeat is not None and self._row_of is None:
            return Typed(Sum(repeat=known.repeat, item=Ref(name=token.text)), known.type)
        raise Outside(f"{function}(${{{token.text}}})")

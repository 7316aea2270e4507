"""The changes that are made: for each place of a module, what a hurried hand might have written instead."""

import ast
import re
from collections.abc import Callable
from dataclasses import dataclass
from types import CodeType

_COMPARED: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Eq: ast.NotEq, ast.NotEq: ast.Eq, ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt,
    ast.Is: ast.IsNot, ast.IsNot: ast.Is, ast.In: ast.NotIn, ast.NotIn: ast.In,
}  # fmt: skip
_COMPUTED: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Add, ast.FloorDiv: ast.Mult, ast.Div: ast.Mult,
    ast.Mod: ast.FloorDiv, ast.Pow: ast.Mult, ast.BitAnd: ast.BitOr, ast.BitOr: ast.BitAnd, ast.BitXor: ast.BitAnd,
    ast.LShift: ast.RShift, ast.RShift: ast.LShift,
}  # fmt: skip
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
#: Exceptions whose words are for a programmer: a change of the sentence is no fault.
_OWN_WORDS = re.compile(r"(Error|Exception|BadPath|Unreadable|NotAValue)$")

Change = Callable[[], None]


@dataclass(frozen=True)
class Place:
    """Where a function begins: its qualified name, and the line of its first decorator or of its ``def``."""

    name: str
    line: int


@dataclass(frozen=True)
class Mutant:
    """The change ``number`` of a module: its line, what is done, and the outermost function it is in (None: in none).

    ``reached``: the line of the statement that has to run for the change to matter.
    """

    number: int
    line: int
    what: str
    place: Place | None
    reached: int


def mutants(source: str) -> list[Mutant]:
    """List the mutants of a module, in the order of its text."""
    return [mutant for mutant, _ in _Walk(ast.parse(source)).found]


def mutated(source: str, number: int, path: str) -> CodeType:
    """Return the module's code with one change made."""
    tree = ast.parse(source)
    _, change = _Walk(tree).found[number]
    change()
    code: CodeType = compile(ast.fix_missing_locations(tree), path, "exec")
    return code


def marked(source: str, path: str, mark: str) -> CodeType:
    """Return the module's code in which each statement of a function first calls the builtin ``mark`` with its line."""
    tree = ast.parse(source)
    for function in [node for node in ast.walk(tree) if isinstance(node, _FUNCTIONS)]:
        _mark(function.body, mark)
    code: CodeType = compile(ast.fix_missing_locations(tree), path, "exec")
    return code


def _mark(body: list[ast.stmt], mark: str) -> None:
    marked_body: list[ast.stmt] = []
    for statement in body:
        if not _is_words(statement) and not isinstance(statement, ast.Nonlocal | ast.Global):
            call = ast.Call(ast.Name(mark, ast.Load()), [ast.Constant(statement.lineno)], [])
            marked_body.append(ast.copy_location(ast.Expr(call), statement))
        marked_body.append(statement)
        if isinstance(statement, (*_FUNCTIONS, ast.ClassDef)):
            continue  # a function within is marked by itself
        for name in ("body", "orelse", "finalbody"):
            if inner := getattr(statement, name, None):
                _mark(inner, mark)
        for part in [*getattr(statement, "handlers", ()), *getattr(statement, "cases", ())]:
            _mark(part.body, mark)
    body[:] = marked_body


def _is_words(node: ast.AST) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


class _Walk:
    """Walks a module and notes every change that can be made; annotations, decorators and docstrings are no code."""

    def __init__(self, tree: ast.Module) -> None:
        self.found: list[tuple[Mutant, Change]] = []
        self._names: list[str] = []
        self._place: Place | None = None
        self._reached = 0
        self._body(tree.body)

    def _note(self, node: ast.expr | ast.stmt, what: str, change: Change) -> None:
        place, reached = self._place, self._reached or node.lineno
        self.found.append((Mutant(len(self.found), node.lineno, what, place, reached), change))

    def _body(self, body: list[ast.stmt]) -> None:
        for index, statement in enumerate(body):
            if _is_words(statement) or isinstance(statement, ast.Assert | ast.Import | ast.ImportFrom):
                continue
            if isinstance(statement, ast.If) and "TYPE_CHECKING" in ast.unparse(statement.test):
                continue
            if isinstance(statement, (*_FUNCTIONS, ast.ClassDef)):
                self._definition(statement)
                continue
            self._reached = statement.lineno
            self._removal(body, index, statement)
            self._statement(statement)

    def _definition(self, node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) -> None:
        outer, reached = self._place, self._reached
        if not isinstance(node, ast.ClassDef):
            for default in [*node.args.defaults, *(one for one in node.args.kw_defaults if one is not None)]:
                self._expression(default)
        self._names.append(node.name)
        if outer is None and not isinstance(node, ast.ClassDef):
            line = min([node.lineno, *(one.lineno for one in node.decorator_list)])
            self._place = Place(".".join(self._names), line)
        self._body(node.body)
        self._names.pop()
        self._place, self._reached = outer, reached

    def _removal(self, body: list[ast.stmt], index: int, statement: ast.stmt) -> None:
        def remove() -> None:
            body[index] = ast.copy_location(ast.Pass(), statement)

        does = isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Call | ast.Await)
        puts = isinstance(statement, ast.Assign) and not all(isinstance(one, ast.Name) for one in statement.targets)
        if does or puts or isinstance(statement, ast.AugAssign | ast.Raise | ast.Continue | ast.Break | ast.Delete):
            self._note(statement, f"removed: {_short(statement)}", remove)

    def _statement(self, node: ast.stmt) -> None:
        if isinstance(node, ast.Return) and node.value is not None and not _is_none(node.value):
            self._note(node, "return None", lambda: setattr(node, "value", ast.Constant(None)))
        if isinstance(node, ast.If | ast.While) and not isinstance(node.test, ast.Compare | ast.UnaryOp | ast.Constant):
            test = node.test
            self._note(node, f"not ({_short(test)})", lambda: setattr(node, "test", ast.UnaryOp(ast.Not(), test)))
        self._children(node)

    def _children(self, node: ast.AST) -> None:
        for name, value in ast.iter_fields(node):
            if name in ("annotation", "returns", "decorator_list", "ctx") or isinstance(node, ast.JoinedStr):
                continue
            items = value if isinstance(value, list) else [value]
            if items and isinstance(items[0], ast.stmt):
                reached = self._reached
                self._body(value)
                self._reached = reached
            else:
                for item in items:
                    if isinstance(item, ast.expr):
                        self._expression(item)
                    elif isinstance(item, ast.AST):
                        self._children(item)
        if isinstance(node, ast.JoinedStr):
            for item in node.values:
                if isinstance(item, ast.FormattedValue):
                    self._expression(item.value)

    def _expression(self, node: ast.expr) -> None:
        if isinstance(node, ast.Call) and _OWN_WORDS.search(ast.unparse(node.func)):
            return
        if isinstance(node, ast.Compare):
            for index, operator in enumerate(node.ops):
                other = _COMPARED[type(operator)]
                what = f"{type(operator).__name__} → {other.__name__}: {_short(node)}"
                self._note(node, what, lambda index=index, other=other: node.ops.__setitem__(index, other()))  # type: ignore[misc]
        elif isinstance(node, ast.BoolOp):
            swapped = ast.Or() if isinstance(node.op, ast.And) else ast.And()
            self._note(node, f"and ↔ or: {_short(node)}", lambda: setattr(node, "op", swapped))
        elif isinstance(node, ast.BinOp) and type(node.op) in _COMPUTED:
            computed = _COMPUTED[type(node.op)]
            what = f"{type(node.op).__name__} → {computed.__name__}: {_short(node)}"
            self._note(node, what, lambda: setattr(node, "op", computed()))
        elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
            twice = ast.UnaryOp(ast.Not(), node.operand)
            self._note(node, f"without not: {_short(node)}", lambda: setattr(node, "operand", twice))
        elif isinstance(node, ast.IfExp):
            self._note(node, f"branches swapped: {_short(node)}", lambda: _swap(node))
        elif isinstance(node, ast.Constant):
            self._constant(node)
        self._children(node)

    def _constant(self, node: ast.Constant) -> None:
        value: object = node.value
        other: object
        if isinstance(value, bool):
            other = not value
        elif isinstance(value, int | float):
            other = value + 1
        elif isinstance(value, str | bytes):
            other = (value + "x" if value else "x") if isinstance(value, str) else value + b"x"
        else:
            return
        self._note(node, f"{_short(node)} → {str(other)[:40]!r}", lambda: setattr(node, "value", other))


def _swap(node: ast.IfExp) -> None:
    node.body, node.orelse = node.orelse, node.body


def _is_none(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is None


def _short(node: ast.AST) -> str:
    text = " ".join(ast.unparse(node).split())
    return text if len(text) <= 70 else text[:67] + "…"

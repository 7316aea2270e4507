"""What a room must look like inside: small, spoken for, alive, and exact about its errors."""

import ast
import re
from collections.abc import Collection, Iterable, Iterator, Mapping

from tests.architecture._reader import Module, Modules, calls, dotted, functions, strings, within

MODULE_LINES = 350
#: Tests are read one by one; a module of them may be longer.
TEST_LINES = 400
FUNCTION_LINES = 70

#: Lists, not programs: one row per entry, to be read from top to bottom.
LONG_LISTS = {
    "mobile_contract.problems": "every error once, five lines each",
    "server.migrations.versions": "what Alembic wrote, one statement per table",
}

#: Families in which a string that reads like a code is one; in the others it may also name an event or a job.
_CODE = re.compile(r"(?:op|value|field|request|paper|sync|media|server)\.[a-z_]+")
_FILE = re.compile(r".*\.(?:log|db|json|pdf|png|jpg|typ|csv|xlsx|py|toml|txt|md|html)")


def ours(modules: Modules) -> Iterator[Module]:
    """Walk the modules that are shipped: all but the tests."""
    return (module for module in modules.values() if not within(module.name, "tests"))


def sizes(modules: Modules) -> list[str]:
    """Complain of modules of more than 350 lines (tests: 400), and of functions of 70 and more."""
    found = []
    for module in modules.values():
        if within(module.name, *LONG_LISTS):
            continue
        lines = len(module.source.splitlines())
        most = TEST_LINES if within(module.name, "tests") else MODULE_LINES
        if lines > most:
            found.append(f"{module.name} has {lines} lines; split it to at most {most}")
        for function in functions(module):
            length = (function.end_lineno or function.lineno) - function.lineno + 1
            if length >= FUNCTION_LINES:
                found.append(f"{module.name}.{function.name} has {length} lines; split it below {FUNCTION_LINES}")
    return found


def undocumented(modules: Modules) -> list[str]:
    """Complain of public modules, classes, functions and methods without a docstring."""
    found = []
    for module in ours(modules):
        if not ast.get_docstring(module.tree):
            found.append(f"{module.name} says nothing of itself")
        found += [f"{module.name}.{name} has no docstring" for name in _silent(module.tree, "")]
    return found


def _silent(node: ast.Module | ast.ClassDef, prefix: str) -> Iterator[str]:
    for child in node.body:
        if not isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) or child.name.startswith("_"):
            continue
        marks = {ast.unparse(mark) for mark in child.decorator_list}
        excused = bool(marks & {"override", "overload", "typing.override", "typing.overload"}) or any(
            mark.endswith(".setter") for mark in marks
        )
        if not excused and not ast.get_docstring(child):
            yield f"{prefix}{child.name}"
        if isinstance(child, ast.ClassDef):
            yield from _silent(child, f"{prefix}{child.name}.")


def dead(modules: Modules, entries: Collection[str]) -> list[str]:
    """Complain of shipped modules that nothing reaches from the entry points: ``entries``, and what can be started."""
    shipped = {module.name for module in ours(modules)}
    edges: dict[str, set[str]] = {name: set() for name in shipped}
    for one in modules.imports:
        if one.source in shipped and one.target in shipped:
            edges[one.source].add(one.target)
    reached: set[str] = set()
    waiting = [name for name in shipped if within(name, *entries) or _is_started(modules[name])]
    while waiting:
        name = waiting.pop()
        if name in reached:
            continue
        reached.add(name)
        waiting += edges[name]
        if "." in name and name.rpartition(".")[0] in shipped:
            waiting.append(name.rpartition(".")[0])
    return [f"{name} is reached from nowhere: use it, or remove it" for name in sorted(shipped - reached)]


def _is_started(module: Module) -> bool:
    return module.name.endswith("__main__") or any(
        isinstance(node, ast.If) and "__main__" in ast.unparse(node.test) for node in module.tree.body
    )


def unlisted_codes(modules: Modules, problems: Collection[str], others: Collection[str] = ()) -> list[str]:
    """Complain of codes that are named and not in the list.

    A code is named by ``Refused("…")``, by ``code="…"``, or by any string that reads like one (``op.…``, ``media.…``)
    – unless it is the name of an event or of a job, as the struct or the handler says it, or one of ``others``.
    """
    events = set(others) | {text for module in ours(modules) for text, _ in _events(module)}
    found = []
    for module in ours(modules):
        if within(module.name, *LONG_LISTS):
            continue
        certain = {line: code for code, line in _codes(module)}
        likely = {
            line: text
            for text, line in strings(module)
            if _CODE.fullmatch(text) and not _FILE.fullmatch(text) and text not in events
        }
        for line, code in sorted((likely | certain).items()):
            if code not in problems:
                found.append(f"{module.name}:{line} names {code}, which mobile_contract/problems.py does not list")
    return found


def _codes(module: Module) -> Iterator[tuple[str, int]]:
    for name, call in calls(module):
        refuses = name.rpartition(".")[2] == "Refused"
        given = [word.value for word in call.keywords if word.arg == "code"] + (call.args[:1] if refuses else [])
        yield from _texts(given)


def _events(module: Module) -> Iterator[tuple[str, int]]:
    """Walk the names of events and of jobs: what structs and handlers say of themselves."""
    for node in module.nodes:
        if isinstance(node, ast.AnnAssign) and dotted(node.target) in ("name", "kind") and node.value:
            yield from _texts([node.value])
    for name, call in calls(module):
        if name == "Handler":
            yield from _texts(word.value for word in call.keywords if word.arg == "kind")


def _texts(nodes: Iterable[ast.expr]) -> Iterator[tuple[str, int]]:
    for node in nodes:
        for leaf in ast.walk(node):
            if isinstance(leaf, ast.Constant) and isinstance(leaf.value, str):
                yield leaf.value, leaf.lineno


def unused_codes(modules: Modules, problems: Iterable[str]) -> list[str]:
    """List the rows of the list that no shipped module names."""
    named = {
        text for module in ours(modules) if module.name != "mobile_contract.problems" for text, _ in strings(module)
    }
    return [code for code in problems if code not in named]


def floats(modules: Modules) -> list[str]:
    """Complain of fields, arguments and results in the contract that are floats: the wire has none."""
    found = []
    for module in modules.values():
        if not within(module.name, "mobile_contract"):
            continue
        found += [
            f"{module.name}:{annotation.lineno} declares a float"
            for node in module.nodes
            for annotation in _annotations(node)
            if any(isinstance(leaf, ast.Name) and leaf.id == "float" for leaf in ast.walk(annotation))
        ]
    return found


def _annotations(node: ast.AST) -> Iterator[ast.expr]:
    if isinstance(node, ast.AnnAssign | ast.arg) and node.annotation:
        yield node.annotation
    elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.returns:
        yield node.returns


def unseen_bodies(modules: Modules) -> list[str]:
    """Complain of a body that is read past its declaration: what a route reads, the API document shows."""
    found = []
    for module in ours(modules):
        if not within(module.name, "server") or module.name == "server.kernel.bodies":
            continue
        found += [
            f"{module.name}:{call.lineno} reads a body that it does not declare: ask for `sent` (server.kernel.bodies)"
            for name, call in calls(module)
            if re.fullmatch(r"request\.(body|form|json|stream)", name)
        ]
        found += [
            f"{module.name}:{node.lineno} imports {alias.name}: ask for `sent` (server.kernel.bodies)"
            for node in module.nodes
            if isinstance(node, ast.ImportFrom) and node.module == "server.kernel.bodies"
            for alias in node.names
            if alias.name in ("read", "decode")
        ]
    return found


#: A name as only the wire has it: ``receivedAt``; a plain word may be a column's.
_WIRE_NAME = re.compile(r"[a-z]+(?:[A-Z][a-z0-9]*)+")


def untyped_bodies(modules: Modules, rooms: Collection[str]) -> list[str]:
    """Complain of a member of a record's body that a typed room names by a string.

    That is any member of an attribute ``values`` or ``server``, and of any table a key as only the wire spells it.
    """
    return [
        f"{module.name}:{node.lineno} names a member by a string: read it with values_of() or server_of(),"
        " set it with an Annotation or a Revision"
        for module in ours(modules)
        if within(module.name, *rooms)
        for node in module.nodes
        if isinstance(node, ast.expr) and any(_is_member(table, key) for table, key in _keys(node))
    ]


def _keys(node: ast.expr) -> Iterator[tuple[ast.expr, ast.expr]]:
    """Walk the keys that an expression names, each with the table it is a key of."""
    match node:
        case ast.Subscript(value=table, slice=key):
            yield table, key
        case ast.Call(func=ast.Attribute(value=table, attr="get" | "pop" | "setdefault"), args=[key, *_]):
            yield table, key
        case ast.Compare(left=key, ops=[ast.In() | ast.NotIn()], comparators=[table]):
            yield table, key
        case ast.Dict(keys=keys):
            yield from ((node, key) for key in keys if key is not None)


def _is_member(table: ast.expr, key: ast.expr) -> bool:
    if not isinstance(key, ast.Constant) or not isinstance(key.value, str):
        return False
    is_body = isinstance(table, ast.Attribute) and table.attr in ("values", "server")
    return is_body or _WIRE_NAME.fullmatch(key.value) is not None


def open_routes(modules: Modules, public: Mapping[str, str]) -> list[str]:
    """Complain of HTTP handlers that neither take ``caller`` nor stand on the public list (``METHOD /path``)."""
    found = []
    for module in ours(modules):
        for function in functions(module):
            arguments = {argument.arg for argument in [*function.args.args, *function.args.kwonlyargs]}
            found += [
                f"{module.name}.{function.name} ({address}) does not ask who calls"
                for address in _addresses(function)
                if "caller" not in arguments and address not in public
            ]
    return found


_METHODS = ("get", "post", "put", "patch", "delete", "head", "route", "websocket")


def _addresses(function: ast.FunctionDef | ast.AsyncFunctionDef) -> Iterator[str]:
    for mark in function.decorator_list:
        if isinstance(mark, ast.Call) and isinstance(mark.func, ast.Name) and mark.func.id in _METHODS:
            paths = [word.value for word in mark.keywords if word.arg == "path"] or mark.args[:1]
            listed = [str(leaf.value) for path in paths for leaf in ast.walk(path) if isinstance(leaf, ast.Constant)]
            for path in listed or ["/"]:
                yield f"{mark.func.id.upper()} {path}"

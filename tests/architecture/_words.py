"""One word, one meaning: names and prose of the code, held against the words that ``docs/glossary.md`` retired."""

import ast
import io
import re
import tokenize
from collections.abc import Collection, Iterator, Mapping

from tests.architecture._reader import Module, Modules, calls, within
from tests.architecture._rooms import ours

_CAPITALS = re.compile(r"\b[A-Z][A-Z0-9_]+\b")
_OPENING = re.compile(r"(?:Give|Say|Tell)\b")
_PART = re.compile(r"[A-Z]?[a-z]+")


def retired(modules: Modules, words: Collection[str], names: Collection[str]) -> list[str]:
    """Complain of retired ``words`` in comments, in docstrings and as part of a name, and of retired ``names``.

    A docstring that begins with Give, Say or Tell is complained of too. Other strings are left out: what was
    stored or sent once keeps its value.
    """
    found = []
    for module in ours(modules):
        for line, text in _prose(module):
            found += [f"{module.name}:{line} says {word}" for word in sorted(_parts(text) & set(words))]
            if opening := _OPENING.match(text):
                found.append(f"{module.name}:{line} begins with {opening[0]}: write what is returned or done")
        for line, name in _names(module):
            bad = (_parts(name) & set(words)) | ({name} & set(names))
            found += [f"{module.name}:{line} names {name}; {word} was retired" for word in sorted(bad)]
    return found


def in_texts(texts: Mapping[str, str], words: Collection[str]) -> list[str]:
    """Complain of retired ``words`` in texts by path, wherever they stand: pages, and the code of the apps.

    What the glossary lists as retired is left out.
    """
    found = []
    for path, text in sorted(texts.items()):
        for number, line in enumerate(text.partition("\n## Retired\n")[0].splitlines(), 1):
            found += [f"{path}:{number} says {word}" for word in sorted(_parts(line) & set(words))]
    return found


def _parts(text: str) -> set[str]:
    """Split ``NotForNobody``, ``not_for_nobody`` and ``NOBODY`` into their words, in small letters."""
    return {part.lower() for part in _PART.findall(_CAPITALS.sub(lambda found: found[0].lower(), text))}


def _prose(module: Module) -> Iterator[tuple[int, str]]:
    for node in module.nodes:
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
            yield node.lineno, node.value.value
    for token in tokenize.generate_tokens(io.StringIO(module.source).readline):
        if token.type == tokenize.COMMENT:
            yield token.start[0], token.string


def _names(module: Module) -> Iterator[tuple[int, str]]:
    yield 1, module.name.rpartition(".")[2]
    for node in module.nodes:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield node.lineno, node.name
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.lineno, node.id
        elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
            yield node.lineno, node.attr
        elif isinstance(node, ast.arg):
            yield node.lineno, node.arg


#: Roles whose names also stand for other things: a scope, a journal, a party of the works.
_AMBIGUOUS = frozenset({"system", "contractor"})


def role_literals(modules: Modules, roles: Collection[str]) -> list[str]:
    """Complain of roles that the server writes as texts, but for its demo and for migrations, which are history."""
    found = []
    for module in ours(modules):
        if within(module.name, "server") and not within(module.name, "server.demo", "server.migrations"):
            found += [
                f"{module.name}:{text.lineno} writes {text.value!r}; take the member of Role"
                for text in _role_texts(module)
                if text.value in roles
            ]
    return found


def _role_texts(module: Module) -> Iterator[ast.Constant]:
    certain = {id(text) for node in module.nodes if isinstance(node, ast.Set) for text in node.elts}
    certain |= {
        id(text) for name, call in calls(module) if name.endswith((".require", ".role_in")) for text in call.args
    }
    for node in module.nodes:
        if isinstance(node, ast.Constant) and (node.value not in _AMBIGUOUS or id(node) in certain):
            yield node

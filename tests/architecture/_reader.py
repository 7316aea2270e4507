"""Reads the project's Python without running it: modules, what they import, and what their code says.

Every rule of the house is a function here or in ``_rules``: it takes modules and returns complaints with names, so
that the same function judges the project and the planted violations that show it can fail.
"""

import ast
import functools
import re
import sys
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGES = ("mobile_contract", "sync", "media", "ocr", "server", "tests")


@dataclass(frozen=True)
class Module:
    """One file: its dotted name, whether it is a package's face, its text and its tree."""

    name: str
    is_package: bool
    source: str
    tree: ast.Module

    @property
    def package(self) -> str:
        """The package that relative imports start from."""
        return self.name if self.is_package else self.name.rpartition(".")[0]

    @functools.cached_property
    def nodes(self) -> tuple[ast.AST, ...]:
        """All nodes of the tree, walked once."""
        return tuple(ast.walk(self.tree))


@dataclass(frozen=True, slots=True)
class Import:
    """``source`` imports ``target`` at ``line``. A target of ours is a module; a foreign one keeps its dotted name."""

    source: str
    target: str
    line: int

    def __str__(self) -> str:
        return f"{self.source}:{self.line} imports {self.target}"


class Modules(dict[str, Module]):
    """Modules by name."""

    @functools.cached_property
    def imports(self) -> tuple["Import", ...]:
        """Every import of every module, wherever in it: at the top, inside a function, for the type checker only."""
        return tuple(found for module in self.values() for found in _imports_of(module, self))


@functools.cache
def read_project() -> Modules:
    """Read every Python file of the project's packages."""
    files = {}
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            files[path.relative_to(ROOT).as_posix()] = path.read_text("utf-8")
    return read(files)


def read(files: Mapping[str, str]) -> Modules:
    """Read modules from text by file name, as ``{"sync/merge.py": "import time"}``."""
    modules = Modules()
    for file, source in files.items():
        parts = file.removesuffix(".py").split("/")
        is_package = parts[-1] == "__init__"
        name = ".".join(parts[:-1] if is_package else parts)
        modules[name] = Module(name, is_package, source, ast.parse(source, file))
    return modules


def _imports_of(module: Module, modules: Mapping[str, Module]) -> Iterator[Import]:
    for node in module.nodes:
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield Import(module.name, alias.name, node.lineno)
        elif isinstance(node, ast.ImportFrom):
            base = _base(module, node)
            for alias in node.names:
                inner = f"{base}.{alias.name}"
                yield Import(module.name, inner if inner in modules else base, node.lineno)


def _base(module: Module, node: ast.ImportFrom) -> str:
    if node.level == 0:
        return node.module or ""
    parts = module.package.split(".")
    base = ".".join(parts[: len(parts) - (node.level - 1)])
    return f"{base}.{node.module}" if node.module else base


def top(name: str) -> str:
    """Return the first part of a dotted name."""
    return name.partition(".")[0]


def within(name: str, *packages: str) -> bool:
    """Return whether a module is one of these or lies inside one of them."""
    return any(name == package or name.startswith(f"{package}.") for package in packages)


def is_standard(name: str) -> bool:
    """Return whether a module belongs to the standard library."""
    return top(name) in sys.stdlib_module_names


def functions(module: Module) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    """Walk all functions and methods of a module, nested ones too."""
    for node in module.nodes:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def calls(module: Module) -> Iterator[tuple[str, ast.Call]]:
    """Walk all calls with the dotted name of what is called (``datetime.now``; empty when it has none)."""
    for node in module.nodes:
        if isinstance(node, ast.Call):
            yield dotted(node.func), node


def dotted(node: ast.expr) -> str:
    """Write a chain of names as it stands in the source; empty for anything else."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute) and (left := dotted(node.value)):
        return f"{left}.{node.attr}"
    return ""


def strings(module: Module) -> Iterator[tuple[str, int]]:
    """Walk all string constants with their lines, docstrings left out."""
    prose = {id(doc) for doc in _docstrings(module)}
    for node in module.nodes:
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in prose:
            yield node.value, node.lineno


def _docstrings(module: Module) -> Iterator[ast.Constant]:
    for node in module.nodes:
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            yield node.value


def declared_dependencies() -> tuple[set[str], set[str]]:
    """Read from pyproject.toml what is needed to run, and what to develop, by name."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    lists = (project["dependencies"], project["optional-dependencies"]["dev"])
    run, dev = ({re.split(r"[\[<>=~!; ]", one)[0].lower() for one in wanted} for wanted in lists)
    return run, dev


def assert_clean(complaints: list[str]) -> None:
    """Fail with every complaint on a line of its own."""
    assert not complaints, "\n" + "\n".join(sorted(complaints))

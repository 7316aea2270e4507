"""The glossary and the code use the same words."""

import ast

import pytest

from tests.architecture._reader import Modules, read, read_project
from tests.docs._glossary import quoted, rows

TERMS = rows("term")
PLACES = sorted({place for row in TERMS for place in quoted(row[3])})


def is_there(modules: Modules, place: str) -> bool:
    """Return whether a dotted name is a module, or a name that a module defines at its top."""
    module, _, name = place.rpartition(".")
    if place in modules:
        return True
    return module in modules and any(
        isinstance(node, ast.ClassDef | ast.FunctionDef) and node.name == name for node in modules[module].tree.body
    )


@pytest.mark.parametrize("place", PLACES)
def test_what_the_glossary_names_is_in_the_code(place: str) -> None:
    assert is_there(read_project(), place)


def test_a_name_that_is_not_in_the_code_is_noticed() -> None:
    modules = read({"sync/op.py": "from sync.merge import Leaf\nclass Op: ..."})
    assert [is_there(modules, place) for place in ("sync.op", "sync.op.Op", "sync.op.Leaf", "sync.ops.Op")] == [
        True,
        True,
        False,
        False,
    ]


def test_every_term_is_explained_once_in_both_languages_and_has_a_place_in_the_code() -> None:
    assert len(TERMS) > 30
    assert len({row[0] for row in TERMS}) == len(TERMS) == len({row[1] for row in TERMS})
    assert [row for row in TERMS if len(row) != 4 or not all(row) or not quoted(row[3])] == []

"""The glossary and the code use the same words."""

import ast

import pytest

from tests.architecture import _words
from tests.architecture._reader import Modules, assert_clean, read, read_project
from tests.docs._glossary import NAMES, WORDS, quoted, rows

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


def test_no_word_that_was_retired_is_in_the_shipped_code() -> None:
    assert {"somebody", "whoever"} <= WORDS
    assert {"Trust", "fates"} <= NAMES
    assert_clean(_words.retired(read_project(), WORDS, NAMES))


#: A file, and what the complaint must name.
PLANTED = [
    ("def f(): ...  # for nobody", "says nobody"),
    ('def f():\n    """Wake whoever listens."""', "says whoever"),
    ('"""Somebody\'s."""', "says somebody"),
    ('def f():\n    """Give the rows."""', "begins with Give"),
    ("NOBODY = 'x'", "names NOBODY"),
    ("def tell_everybody(): ...", "names tell_everybody"),
    ("class NotAnybody: ...", "names NotAnybody"),
    ("def f(somebody): ...", "names somebody"),
    ("self.nobody = 1", "names nobody"),
    ("class Trust: ...", "names Trust; Trust was retired"),
    ("fates = 1", "names fates"),
]


@pytest.mark.parametrize(("text", "named"), PLANTED)
def test_a_retired_word_is_noticed_wherever_it_is_planted(text: str, named: str) -> None:
    complaints = _words.retired(read({"sync/push.py": text}), WORDS, NAMES)
    assert any(named in complaint for complaint in complaints), complaints


def test_a_module_that_bears_a_retired_name_is_noticed() -> None:
    assert _words.retired(read({"server/uploads/fates.py": ""}), WORDS, NAMES) != []


def test_values_of_strings_and_longer_names_stay_allowed() -> None:
    text = 'class DeviceTrust: ...\nUNKNOWN = "nobody"\nheld = "Held"  # their fates'
    assert _words.retired(read({"sync/push.py": text, "tests/test_x.py": "# nobody"}), WORDS, NAMES) == []

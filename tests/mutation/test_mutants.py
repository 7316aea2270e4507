"""The runner is worth what it finds: changes are the ones that are meant, and a test that looks away lets them live."""

from pathlib import Path

import pytest

from tests.mutation.equivalents import stale
from tests.mutation.mutants import Place, marked, mutants, mutated
from tests.mutation.page import write
from tests.mutation.parts import PARTS
from tests.mutation.runner import Results, Task

SOURCE = '''
"""Words."""
LIMIT = 3

class Box:
    @property
    def full(self) -> bool:
        """Words."""
        return self.count >= LIMIT and not self.open

def add(box, item):
    if box.full:
        raise ValueError("full")
    box.items.append(item)
    return f"{len(box.items) + 1}"
'''


def test_each_place_that_a_hand_may_slip_at_is_a_mutant_and_words_are_none() -> None:
    found = [(one.line, one.what) for one in mutants(SOURCE)]
    assert found == [
        (3, "3 → '4'"),
        (9, "return None"),
        (9, "and ↔ or: self.count >= LIMIT and (not self.open)"),
        (9, "GtE → Gt: self.count >= LIMIT"),
        (9, "without not: not self.open"),
        (12, "not (box.full)"),
        (13, "removed: raise ValueError('full')"),
        (14, "removed: box.items.append(item)"),
        (15, "return None"),
        (15, "Add → Sub: len(box.items) + 1"),
        (15, "1 → '2'"),
    ]


def test_a_mutant_inside_a_function_knows_where_it_begins_with_its_decorators() -> None:
    assert {one.place for one in mutants(SOURCE)} == {None, Place("Box.full", 6), Place("add", 11)}


@pytest.mark.parametrize(("number", "value"), [(0, 4), (1, 3)])
def test_one_change_is_made_and_no_other(number: int, value: int) -> None:
    names: dict[str, object] = {"__name__": "box"}
    exec(mutated(SOURCE, number, "box.py"), names)  # noqa: S102 - the text above
    assert names["LIMIT"] == value


def test_marks_tell_which_lines_ran(monkeypatch: pytest.MonkeyPatch) -> None:
    lines: list[int] = []
    monkeypatch.setattr("builtins.reached_here", lines.append, raising=False)
    names: dict[str, object] = {"__name__": "box"}
    exec(marked("def f(x):\n    if x:\n        return 1\n    return 2\n", "f.py", "reached_here"), names)  # noqa: S102
    assert names["f"](0) == 2  # type: ignore[operator]
    assert lines == [2, 4]


def test_every_part_has_modules_and_tests() -> None:
    for part in PARTS:
        assert list(part.files()), part.name
        assert any((Path(__file__).parents[2] / name).exists() for name in part.tests), part.name


def test_a_run_puts_its_part_into_the_page_and_leaves_the_others_as_they_were(tmp_path: Path) -> None:
    page, (first, second, *_) = tmp_path / "mutation.md", PARTS
    task = Task(next(first.files()), mutants(SOURCE)[0])
    for part in (second, first):
        write(page, part, Results(killed=[task]), 1)
    before = page.read_text("utf-8")
    write(page, second, Results(survived=[task]), 2)
    after = page.read_text("utf-8")
    assert [line for line in after.splitlines() if line.startswith("## ")] == [f"## {first.name}", f"## {second.name}"]
    assert after.partition(f"## {second.name}")[0] == before.partition(f"## {second.name}")[0]
    assert "**0.0 %**: 0 of 1 noticed, 1 survived, 0 not reached; a sample of 1 of 2" in after
    write(page, second, Results(killed=[task]), 1)
    assert page.read_text("utf-8") == before


def test_each_change_that_is_said_to_make_no_difference_can_be_made() -> None:
    assert stale() == []

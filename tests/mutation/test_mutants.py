"""The runner is worth what it finds: changes are the ones that are meant, and a test that looks away lets them live."""

from pathlib import Path

import pytest

from tests.mutation.equivalents import stale
from tests.mutation.killers import Killers, affordable, in_turn
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


def test_what_noticed_a_mutant_of_the_module_comes_first_the_latest_before_the_others() -> None:
    killers, path = Killers(), Path("a.py")
    for where, name in ((path, "t1"), (path, "t2"), (Path("b.py"), "t3"), (path, "gone")):
        killers.note(where, name)
    assert killers.of(path) == ["gone", "t2", "t1"]
    assert killers.first(path, ["t0", "t1", "t2", "t3"]) == ["t2", "t1", "t0", "t3"]


def test_the_quickest_test_of_each_file_comes_before_the_second_of_any() -> None:
    assert in_turn({"a::1": 3, "a::2": 1, "b::1": 2, "b::2": 9, "c::1": 4}) == ["a::2", "b::1", "c::1", "a::1", "b::2"]


def test_a_budget_pays_the_first_tests_at_least_one_and_none_is_no_limit() -> None:
    seconds = {"a": 2.0, "b": 1.0, "c": 0.5}
    assert affordable(["a", "b", "c"], seconds, 3) == ["a", "b"]
    assert affordable(["a", "b", "c"], seconds, 0.1) == ["a"]
    assert affordable(["a", "b", "c"], seconds, 0) == ["a", "b", "c"]

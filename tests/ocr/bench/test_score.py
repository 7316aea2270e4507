"""The figures themselves: what counts as right."""

import numpy as np

from ocr.engine import Line
from tests.ocr.bench.score import Characters, Found, calibration, characters, pairs, same


def box(left: float, top: float, right: float, bottom: float) -> "np.ndarray[tuple[int, ...], np.dtype[np.float64]]":
    return np.array([[left, top], [right, top], [right, bottom], [left, bottom]], np.float64)


def line(text: str, *sides: float) -> Line:
    return Line(text=text, score=1.0, quad=box(*sides))


CELLS = [(box(0, 0, 100, 30), "日期", "printed"), (box(100, 0, 300, 30), "2026-11-18", "handwritten")]


def test_cells_read_as_one_line_lose_nothing() -> None:
    whole = characters(CELLS, [line("日期2026-11-18", 20, 5, 280, 25)])
    assert whole == {"printed": Characters(wrong=0, all=2), "handwritten": Characters(wrong=0, all=10)}


def test_a_mistake_counts_where_it_stands_and_what_was_not_read_is_wrong() -> None:
    found = characters(CELLS, [line("日期2026-11-16", 20, 5, 280, 25)])
    assert (found["printed"].wrong, found["handwritten"].wrong) == (0, 1)
    assert characters(CELLS, [line("日期", 20, 5, 80, 25)])["handwritten"].wrong == 10


def test_a_cell_with_two_lines_is_read_from_top_to_bottom() -> None:
    cell = [(box(0, 0, 300, 80), "请财务\n核对", "handwritten")]
    assert characters(cell, [line("核对", 10, 42, 90, 70), line("请财务", 10, 5, 130, 35)])["handwritten"].wrong == 0


def test_boxes_spaces_and_stamps_are_nobodys_mistake() -> None:
    stamp = line("合格章", 600, 600, 700, 640)
    assert characters(CELLS, [line("□日 期", 10, 5, 80, 25), stamp])["printed"].wrong == 0


def test_values_are_compared_as_eyes_do() -> None:
    assert same("同意, 按合同", "同意,按合同")
    assert same("DN800 pipe", "DN800  pipe")
    assert not same("DN800 pipe", "DN800pipe")
    assert same(["a", "b"], ["b", "a"])
    assert same([], None)
    assert not same(True, None)


def test_confidence_that_means_what_it_says_has_no_error_and_full_coverage() -> None:
    honest = calibration([(0.95, True)] * 95 + [(0.95, False)] * 5)
    assert honest.ece < 1e-9
    assert honest.coverage == 0.0
    sorted_out = calibration([(0.99, True)] * 90 + [(0.2, False)] * 10)
    assert sorted_out.coverage == 0.9


def test_a_pair_counts_once_and_a_colon_does_not() -> None:
    assert pairs([("日期", "今天")], [("日期：", "今天"), ("日期", "今天")]) == Found(right=1, told=2, true=1)

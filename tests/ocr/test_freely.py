"""A page whose form nobody knows: its cells, check boxes, tables and pairs, by geometry. Its words are given."""

import functools
from collections.abc import Sequence

import cv2
import numpy as np
import pytest

from mobile_contract.forms import fields_of, repeats_of
from ocr.boxes import check_boxes
from ocr.engine import Image, Line, Reading
from ocr.freely import FreePage, read_freely
from ocr.geometry import Layout, Page
from ocr.grids import Cell, Piece, PixelBox, inline_pairs, is_label, is_value, understand
from ocr.layout import layout_of
from ocr.loose import loose_pairs, loose_tables, rows_of
from ocr.rulings import cells, rulings
from ocr.sheet import PIXELS_PER_MM, blank_pages, texts_of
from ocr.straighten import straighten
from ocr.words import field_label
from server.demo.photograph import fill, page_to_photograph, photograph
from tests.ocr.paper_forms import shipped


class Parrot:
    """Reads of each crop what it was told stands there: nothing."""

    name = "parrot"

    def read_page(self, page: Image) -> tuple[Line, ...]:
        raise AssertionError(page)

    def read_crops(self, crops: Sequence[Image], alphabets: Sequence[str | None]) -> tuple[Reading, ...]:
        return tuple(Reading(text="") for _ in zip(crops, alphabets, strict=True))


# whole pages ----------------------------------------------------------------------------------------------------------


@functools.cache
def sheet(form: str) -> tuple[Layout, Image]:
    layout = layout_of(shipped(form))
    return layout, blank_pages(layout)[0]


def lines_on(layout: Layout, page: Page) -> list[Line]:
    """The printed texts as lines of the page at 200 dpi."""
    found = []
    for text in texts_of(layout, page):
        box = text.box
        quad = [[box.left, box.top], [box.right, box.top], [box.right, box.bottom], [box.left, box.bottom]]
        found.append(Line(text=text.text, score=0.99, quad=np.array(quad) * PIXELS_PER_MM))
    return found


@functools.cache
def freely(form: str, grade: str = "phone") -> FreePage:
    layout, blank = sheet(form)
    answers = {"fields/weather_am": "overcast", "fields/work_done": "沟槽开挖"}
    taken = photograph(fill(blank, layout, 1, answers), grade, 4)
    lines = [
        Line(text=line.text, score=line.score, quad=page_to_photograph(taken, line.quad))
        for line in lines_on(layout, layout.pages[0])
    ]
    return read_freely(Parrot(), taken.image, lines, 1)


@pytest.mark.parametrize(("form", "grade"), [("daily_log", "hard"), ("payment_application", "scan")])
def test_every_question_of_a_ruled_form_is_a_pair_and_every_repeat_a_table(form: str, grade: str) -> None:
    found, layout = freely(form, grade), sheet(form)[0]
    here = {place.path.split("/")[1] for place in layout.pages[0].places}
    asked = [field_label(field) for field in fields_of(layout.form) if field.name in here]
    assert [pair.key for pair in found.pairs] == asked
    repeats = [repeat for repeat in repeats_of(layout.form) if repeat.name in here]
    assert [table.label for table in found.tables] == [repeat.label["zh-CN"] for repeat in repeats]
    for table, repeat in zip(found.tables, repeats, strict=True):
        names = ["序号", *(field_label(field) for field in repeat.fields)]
        beside = table.columns // len(names)  # narrow tables are printed twice, side by side
        assert [cell.text for cell in table.cells if cell.row == 0] == names * beside
        assert (table.rows - 1) * beside >= repeat.paper_rows


def test_check_boxes_are_choices_and_the_one_with_a_tick_is_the_value() -> None:
    weather = next(pair for pair in freely("daily_log", "hard").pairs if pair.key.startswith("上午天气"))
    assert [choice.text for choice in weather.choices][:5] == ["晴", "多云", "阴", "小雨", "中雨"]
    assert (weather.value, weather.group) == ("阴", "天气")


def test_all_text_is_kept_and_what_belongs_nowhere_is_a_line() -> None:
    found = freely("daily_log", "hard")
    assert found.text.startswith("施工日志")
    assert "施工日志" in [line.text for line in found.lines]
    assert not {line.text for line in found.lines} & {pair.key for pair in found.pairs}


def test_a_white_page_and_a_black_one_hold_nothing() -> None:
    for level in (255, 0):
        found = read_freely(Parrot(), np.full((400, 300, 3), level, np.uint8), [], 1)
        assert (found.lines, found.tables, found.pairs, found.text) == ((), (), (), "")


def test_a_page_of_nothing_but_noise_is_bounded() -> None:
    noise = np.random.default_rng(3).integers(0, 255, (900, 700, 3), np.uint8)
    found = read_freely(Parrot(), np.asarray(noise, np.uint8), [], 1)
    assert len(found.tables) <= 6


# what is drawn --------------------------------------------------------------------------------------------------------


def ruled(columns: Sequence[int], rows: Sequence[int]) -> Image:
    page = np.full((1200, 900, 3), 250, np.uint8)
    for x in columns:
        cv2.line(page, (x, rows[0]), (x, rows[-1]), (30, 30, 30), 2)
    for y in rows:
        cv2.line(page, (columns[0], y), (columns[-1], y), (30, 30, 30), 2)
    return page


def test_each_cell_between_ruled_lines_is_found_once() -> None:
    (table,) = cells(rulings(ruled([80, 300, 500, 820], [100, 160, 220, 280, 340])))
    assert len(table) == 12
    assert {(box[0] // 10, box[1] // 10) for box in table} == {(x, y) for x in (8, 30, 50) for y in (10, 16, 22, 28)}


def test_a_page_held_askew_is_laid_straight_by_its_table() -> None:
    page = ruled([80, 300, 820], [100, 400, 700, 1100])
    askew = np.array([[0.93, 0.1, 40.0], [-0.07, 0.96, 90.0], [3e-5, 2e-5, 1.0]])
    taken = cv2.warpPerspective(page, askew, (1000, 1300), borderValue=(60, 90, 120))
    word = np.array([[100, 120], [280, 120], [280, 150], [100, 150]], np.float64)
    line = Line(text="标题", score=1, quad=cv2.perspectiveTransform(word[None], askew)[0])
    straight, (moved,) = straighten(np.asarray(taken, np.uint8), [line])
    (table,) = cells(rulings(straight))
    tops = sorted(box[1] for box in table)
    assert len(table) == 6
    assert abs(tops[0] - tops[1]) < 4
    left, top, right, bottom = min(table, key=sum)
    x, y = moved.quad.mean(axis=0)
    assert left < x < right
    assert top < y < bottom


def test_boxes_are_told_from_characters_and_empty_ones_from_ticked() -> None:
    page = np.full((1200, 900, 3), 250, np.uint8)
    for number in range(5):
        cv2.rectangle(page, (100 + 90 * number, 300), (120 + 90 * number, 320), (20, 20, 20), 2)
    cv2.line(page, (192, 308), (200, 318), (90, 30, 20), 2)
    cv2.line(page, (200, 318), (222, 292), (90, 30, 20), 2)
    cv2.putText(page, "BOB DO08 QD", (100, 500), cv2.FONT_HERSHEY_SIMPLEX, 1.0, (20, 20, 20), 2)
    found = sorted(check_boxes(page), key=lambda box: box.box)
    assert [box.checked for box in found] == [False, True, False, False, False]


# what it means --------------------------------------------------------------------------------------------------------


def piece(text: str, left: int, top: int, width: int = 100, height: int = 20) -> Piece:
    return Piece(text=text, box=(left, top, left + width, top + height), score=0.9)


def grid(*rows: Sequence[str], widths: Sequence[int] | None = None) -> list[Cell]:
    """Cells of 40 pixels' height, each as wide as its column, with these texts."""
    made = []
    for number, row in enumerate(rows):
        left = 0
        for column, text in enumerate(row):
            width = (widths or [800 // len(row)] * len(row))[column]
            box: PixelBox = (left + 2, 40 * number + 2, left + width - 2, 40 * number + 38)
            pieces = (piece(text, left + 5, 40 * number + 10),) if text else ()
            made.append(Cell(box=box, pieces=pieces))
            left += width
    return made


def test_labels_and_answers_alternate_where_rows_are_no_table() -> None:
    content = understand(
        grid(
            ["工程名称", "中山南路改造", "施工单位", "江苏宁筑"],
            ["日期", "2026.11.18", "天气", "阴"],
            ["记录人", "", "审核人", "李卫东"],
        )
    )
    assert content.tables == []
    assert [(pair.key.text, pair.value.text) for pair in content.pairs] == [
        ("工程名称", "中山南路改造"),
        ("施工单位", "江苏宁筑"),
        ("日期", "2026.11.18"),
        ("天气", "阴"),
        ("记录人", ""),
        ("审核人", "李卫东"),
    ]


@pytest.mark.parametrize(
    "rows",
    [
        [["序号", "工种", "人数"], ["1", "管道工", "12"], ["2", "普工", "18"], ["3", "", ""]],
        [
            ["品名", "规格", "数量", "单价"],
            ["水泥", "P.O42.5", "20", "480"],
            ["砂", "中砂", "15", "120"],
            ["", "", "", ""],
        ],
        [["Item", "Unit", "Quantity"], ["1", "m", "42"], ["2", "pcs", "20"]],
    ],
)
def test_rows_divided_alike_under_names_are_a_table(rows: list[list[str]]) -> None:
    content = understand(grid(["明细"], *rows))
    assert content.pairs == []
    (table,) = content.tables
    assert table.label == "明细"
    assert [[cell.text for cell in row] for row in table.rows] == rows


def test_a_name_may_stand_over_several_columns() -> None:
    widths = [100, 300, 200, 200]
    head = grid(["序号", "项目", "金额"], widths=[100, 300, 400])
    rows = grid(["", "", "", ""], ["1", "管道安装", "525", "00"], ["2", "", "", ""], widths=widths)[4:]
    (table,) = understand([*head, *rows]).tables
    assert [[cell.text for cell in row] for row in table.rows][1:] == [["1", "管道安装", "525\n00"], ["2", "", ""]]


def test_a_heading_stands_over_the_questions_below_it() -> None:
    content = understand(grid(["质量检查"], ["结论", "合格"]))
    assert [(pair.group, pair.key.text) for pair in content.pairs] == [("质量检查", "结论")]


@pytest.mark.parametrize(
    ("text", "pairs"),
    [
        ("工程名称:中山南路", [("工程名称", "中山南路")]),
        ("工程名称\uff1a中山南路", [("工程名称", "中山南路")]),
        ("日期:2026.11.18 记录人:陈建国", [("日期", "2026.11.18"), ("记录人", "陈建国")]),
        ("Date: 18 Nov 2026", [("Date", "18 Nov 2026")]),
        ("签字:______", [("签字", "")]),
        ("08:30", []),
        ("至 22:00", []),
        ("没有冒号", []),
    ],
)
def test_a_colon_parts_label_and_answer_but_not_hours_and_minutes(text: str, pairs: list[tuple[str, str]]) -> None:
    found = [(pair.key.text, pair.value.text) for pair in inline_pairs([piece(text, 0, 0)])]
    assert found == pairs


def test_an_answer_may_stand_behind_its_label_in_a_line_of_its_own() -> None:
    found = loose_pairs(
        [piece("Contractor:", 0, 0), piece("Ningzhu Ltd", 150, 2), piece("Date:", 0, 50), piece("By:", 200, 50)]
    )
    assert [(pair.key.text, pair.value.text) for pair in found] == [
        ("Contractor", "Ningzhu Ltd"),
        ("Date", ""),
        ("By", ""),
    ]


def test_columns_without_rulings_are_a_table_and_prose_is_not() -> None:
    rows = [["Item", "Qty", "Price"], ["Pipe DN800", "20", "1,250.00"], ["Cement", "15", "480.00"]]
    pieces = [
        piece(text, 300 * column, 200 + 30 * row) for row, texts in enumerate(rows) for column, text in enumerate(texts)
    ]
    prose = [piece(text, 0, 30 * row, 700) for row, text in enumerate(["To whom", "it may", "concern"])]
    (table,), rest = loose_tables([*prose, *pieces])
    assert [[cell.text for cell in row] for row in table.rows] == rows
    assert not table.ruled
    assert rest == prose


def test_rows_are_read_from_top_to_bottom_and_from_left_to_right() -> None:
    pieces = [piece("d", 200, 52), piece("b", 200, 3), piece("a", 0, 0), piece("c", 0, 50)]
    assert [[one.text for one in row] for row in rows_of(pieces)] == [["a", "b"], ["c", "d"]]


@pytest.mark.parametrize("text", ["2026.11.18", "¥1,250.00", "42 m", "08:30", "85%", "18日", "-3"])
def test_numbers_amounts_dates_and_times_are_values(text: str) -> None:
    assert is_value(text)
    assert not is_label(text)


@pytest.mark.parametrize("text", ["工程名称", "Contractor", "申请支付(小写)(元)", "签字:"])
def test_names_are_labels(text: str) -> None:
    assert is_label(text)
    assert not is_value(text)

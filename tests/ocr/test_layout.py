"""The sheet: one layout for the printer and the reader."""

import cv2
import numpy as np
import pypdfium2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mobile_contract.forms import Field, FieldType, FormDefinition, Repeat
from mobile_contract.problems import Refused
from ocr.crops import without_teeth
from ocr.geometry import EDITION, PAGE_HEIGHT, PAGE_WIDTH, Box, Layout, marks
from ocr.layout import layout_of
from ocr.sheet import PIXELS_PER_MM, blank_pages, print_sheet
from ocr.ticket import Ticket, decode, find_tickets
from server.forms import library
from tests.ocr.paper_forms import PROJECT, PROJECT_NAME, everything, shipped, text_field, zh

TYPES = [FieldType.TEXT, FieldType.INTEGER, FieldType.DATE, FieldType.BOOLEAN, FieldType.SIGNATURE, FieldType.PHOTO]


@st.composite
def forms(draw: st.DrawFn) -> FormDefinition:
    fields = [
        Field(
            name=f"f{number}",
            type=draw(st.sampled_from(TYPES)),
            label=zh("标" * draw(st.integers(1, 14))),
            paper_width=draw(st.integers(3, 12)),
            paper_lines=draw(st.integers(1, 4)),
        )
        for number in range(draw(st.integers(1, 40)))
    ]
    columns = tuple(text_field(f"c{n}", "列", paper_width=4) for n in range(draw(st.integers(1, 5))))
    table = Repeat(name="t", label=zh("表"), fields=columns, paper_rows=draw(st.integers(1, 40)))
    return FormDefinition(id="drawn", version=1, title=zh("表"), items=(*fields, table))


def overlap(one: Box, other: Box) -> bool:
    slack = 0.01
    across = min(one.right, other.right) - max(one.left, other.left)
    down = min(one.bottom, other.bottom) - max(one.top, other.top)
    return across > slack and down > slack


@settings(max_examples=30, deadline=None)
@given(form=forms())
def test_no_two_answers_share_paper_and_none_stands_on_a_mark_or_off_the_page(form: FormDefinition) -> None:
    layout = layout_of(form)
    for page in layout.pages:
        boxes = [place.box for place in page.places]
        fixed = [*marks().values(), layout.qr, layout.title, layout.footer]
        for index, box in enumerate(boxes):
            assert 0 < box.left < box.right < PAGE_WIDTH
            assert 0 < box.top < box.bottom < PAGE_HEIGHT
            assert not any(overlap(box, other) for other in [*boxes[index + 1 :], *fixed])


@settings(max_examples=30, deadline=None)
@given(form=forms())
def test_every_question_paper_can_hold_has_its_place_exactly_once(form: FormDefinition) -> None:
    placed = [(place.path, place.choice) for page in layout_of(form).pages for place in page.places]
    assert len(placed) == len(set(placed))
    asked = {f"fields/{item.name}" for item in form.items if isinstance(item, Field) and item.type != "photo"}
    table = next(item for item in form.items if isinstance(item, Repeat))
    cells = {f"fields/t/{n}/{column.name}" for n in range(1, table.paper_rows + 1) for column in table.fields}
    assert {path for path, _ in placed} == asked | cells


def test_the_same_form_always_gives_the_same_sheet() -> None:
    assert layout_of(everything()) == layout_of(everything())


def test_a_line_wider_than_the_page_is_refused_by_name() -> None:
    form = FormDefinition(id="wide", version=1, title=zh("表"), items=(text_field("much", "字", paper_width=13),))
    with pytest.raises(Refused) as refused:
        layout_of(form)
    assert refused.value.code == "paper.form_too_wide"
    assert "much" in refused.value.params["reason"]


def test_a_form_of_more_pages_than_anybody_staples_is_refused() -> None:
    tables = tuple(
        Repeat(name=f"t{n}", label=zh("表"), fields=(text_field(f"c{n}", "列"),), paper_rows=99) for n in range(12)
    )
    with pytest.raises(Refused) as refused:
        layout_of(FormDefinition(id="long", version=1, title=zh("表"), items=tables))
    assert refused.value.code == "paper.form_too_wide"


def test_questions_that_begin_at_the_same_place_have_labels_of_the_same_width() -> None:
    items = (
        text_field("a", "甲", paper_width=6),
        text_field("b", "乙", paper_width=6),
        text_field("c", "很长的一个标签", paper_width=6),
        text_field("d", "丁", paper_width=6),
    )
    (page,) = layout_of(FormDefinition(id="aligned", version=1, title=zh("表"), items=items)).pages
    a, b, c, d = (place.box for place in page.places)
    assert (a.left, b.left) == (c.left, d.left)
    assert a.left != b.left


def test_lines_are_a_little_lower_where_that_saves_a_page() -> None:
    def pages(count: int) -> tuple[int, float]:
        items = tuple(text_field(f"f{n}", "字") for n in range(count))
        layout = layout_of(FormDefinition(id="lines", version=1, title=zh("表"), items=items))
        return len(layout.pages), round(layout.pages[0].places[0].box.height, 2)

    assert pages(22) == (1, 10.0)
    assert pages(26) == (1, 8.6)
    assert pages(27) == (2, 10.0)


def test_rows_of_a_narrow_table_stand_side_by_side_and_count_downwards() -> None:
    table = Repeat(name="t", label=zh("表"), fields=(text_field("c", "列"),), paper_rows=5, paper_across=2)
    (page,) = layout_of(FormDefinition(id="two", version=1, title=zh("表"), items=(table,))).pages
    at = {place.path.split("/")[2]: place.box for place in page.places}
    assert list(at) == ["1", "2", "3", "4", "5"]
    assert at["1"].left == at["3"].left < at["4"].left == at["5"].left
    assert at["1"].top == at["4"].top < at["2"].top == at["5"].top


def test_a_sheet_in_english_has_no_chinese_but_what_was_filled_in() -> None:
    form = shipped("payment_application")
    page = pypdfium2.PdfDocument(print_sheet(form, language="en", serial="S-1"))[0]
    text = page.get_textpage().get_text_range()
    assert "Application for payment" in text
    assert "Page 1 of 1" in text
    assert not [char for char in text if ord(char) > 0x2E7F]


@pytest.mark.parametrize("name", sorted(library()))
def test_no_shipped_form_takes_more_pages_in_english_than_two(name: str) -> None:
    assert len(layout_of(shipped(name), "en").pages) <= 2


def test_the_marks_are_those_that_the_reader_looks_for() -> None:
    dictionary = cv2.aruco.getPredefinedDictionary(cv2.aruco.DICT_4X4_50)
    page = blank_pages(layout_of(everything()))[0]
    corners, numbers, _ = cv2.aruco.ArucoDetector(dictionary).detectMarkers(page)
    assert sorted(np.ravel(numbers).tolist()) == sorted(marks())
    assert len(corners) == 8


def test_the_printed_pdf_has_a_page_of_a4_for_each_page_of_the_layout_and_its_text_can_be_searched() -> None:
    form = shipped("daily_log")
    pdf = pypdfium2.PdfDocument(print_sheet(form, project=PROJECT, project_name=PROJECT_NAME, serial="S-1"))
    assert len(pdf) == len(layout_of(form).pages) == 2
    for number in range(len(pdf)):
        page = pdf[number]
        width, height = page.get_size()
        assert (round(width * 25.4 / 72), round(height * 25.4 / 72)) == (210, 297)
        assert PROJECT_NAME in page.get_textpage().get_text_range()


def test_only_the_fonts_of_this_package_are_used() -> None:
    pdf = print_sheet(everything())
    assert b"PlumblineText" in pdf
    assert b"Libertinus" not in pdf
    assert b"DejaVu" not in pdf


@pytest.mark.parametrize("name", ["payment_application", "daily_log"])
def test_ink_of_the_blank_sheet_lies_where_the_layout_says_and_answers_are_empty(name: str) -> None:
    layout = layout_of(shipped(name))
    for page, printed in zip(layout.pages, blank_pages(layout), strict=True):
        assert printed.shape == (2339, 1654, 3)
        image = without_teeth(printed, page.places)
        for place in page.places:
            left, top, right, bottom = (round(side * PIXELS_PER_MM) for side in box_sides(place.box.inset(0.5)))
            assert image[top:bottom, left:right].min() > 230, place.path  # 255 is white
        for box in marks().values():
            left, top, right, bottom = (round(side * PIXELS_PER_MM) for side in box_sides(box))
            assert 0.3 < (image[top:bottom, left:right] < 128).mean() < 0.95


def box_sides(box: Box) -> tuple[float, float, float, float]:
    return box.left, box.top, box.right, box.bottom


def test_the_qr_code_of_each_page_says_which_sheet_it_is() -> None:
    form = shipped("daily_log")
    pdf = pypdfium2.PdfDocument(print_sheet(form, project=PROJECT, serial="S-1"))
    for number in (1, 2):
        image = np.array(pdf[number - 1].render(scale=150 / 72).to_numpy()[..., :3])
        expected = Ticket(form=form.id, version=1, page=number, pages=2, project=PROJECT, serial="S-1", edition=EDITION)
        assert find_tickets(image) == (expected,)


@given(
    form=st.from_regex(r"[a-z][a-z0-9_]{0,30}", fullmatch=True),
    version=st.integers(1, 999999),
    pages=st.integers(1, 99),
    project=st.text(max_size=20),
    serial=st.text(max_size=20),
    language=st.sampled_from(["zh-CN", "en", "fr-CA"]),
    edition=st.integers(1, 99),
)
def test_a_ticket_reads_back(
    form: str, version: int, pages: int, project: str, serial: str, language: str, edition: int
) -> None:
    ticket = Ticket(
        form=form,
        version=version,
        page=pages,
        pages=pages,
        project=project,
        serial=serial,
        language=language,
        edition=edition,
    )
    if len(ticket.encode()) <= 400:
        assert decode(ticket.encode()) == ticket


@given(payload=st.text(max_size=60))
def test_other_peoples_codes_are_no_tickets(payload: str) -> None:
    assert decode(payload) is None
    assert decode("plumbline1?" + payload) is None or "f=" in payload


def test_a_page_count_that_makes_no_sense_is_no_ticket() -> None:
    assert decode("plumbline1?f=a&v=1&p=3.2") is None
    assert decode("plumbline1?f=a&v=1&p=0.2") is None
    assert decode("plumbline1?f=../etc&v=1&p=1.1") is None


def test_labels_are_never_cut() -> None:
    """A label too long for its cell is set smaller, not over the frame."""
    form = FormDefinition(
        id="long", version=1, title=zh("表"), items=(text_field("a", "很长的标签" * 6, paper_width=5),)
    )
    layout = layout_of(form)
    image = cv2.cvtColor(blank_pages(layout)[0], cv2.COLOR_BGR2GRAY)
    answer = layout.pages[0].places[0].box.inset(0.5)
    left, top, right, bottom = (round(side * PIXELS_PER_MM) for side in box_sides(answer))
    assert image[top:bottom, left:right].min() > 250


def test_a_layout_is_made_of_whole_pages() -> None:
    layout: Layout = layout_of(everything(rows=60))
    assert [page.number for page in layout.pages] == list(range(1, len(layout.pages) + 1))
    assert len(pypdfium2.PdfDocument(print_sheet(everything(rows=60)))) == len(layout.pages) > 1

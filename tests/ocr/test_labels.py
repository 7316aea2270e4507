"""Pages without marks or code are known, and placed, by their printed labels: on lines as an engine would give them."""

import functools

import cv2
import numpy as np
import pytest

from ocr.engine import Image, Line
from ocr.geometry import Layout
from ocr.labels import agreement, recognise, register_by_labels, shown_twice
from ocr.layout import layout_of
from ocr.page import HEIGHT, WIDTH, to_pixels
from ocr.sheet import PIXELS_PER_MM, blank_pages, texts_of
from tests.ocr.paper_forms import LIBRARY, everything, shipped

#: From pixels of the page to pixels of a photograph taken askew.
ASKEW = np.array([[0.9, 0.08, 60.0], [-0.06, 0.95, 190.0], [2e-5, -1e-5, 1.0]])
PHOTO = np.zeros((2600, 1900, 3), np.uint8)


@functools.cache
def library() -> tuple[Layout, ...]:
    return tuple(layout_of(shipped(file.stem)) for file in sorted(LIBRARY.glob("*.md")))


@functools.cache
def sheet(form: str) -> tuple[Layout, Image]:
    """The sheet of a shipped form, and its first page empty."""
    layout = next(layout for layout in library() if layout.form.id == form)
    return layout, blank_pages(layout)[0]


def lines_of(form: str, *, noise: float = 0.0, keep: float = 1.0) -> list[Line]:
    """What an engine reads of the empty sheet in a photograph askew: the print of each box, some of it missed.

    ``noise`` in pixels moves each line; ``keep`` is the share of lines that were found.
    """
    dice = np.random.default_rng(5)
    layout, paper = sheet(form)
    lines = []
    for text in texts_of(layout, layout.pages[0]):
        box = text.box
        left, top, right, bottom = (round(s * PIXELS_PER_MM) for s in (box.left, box.top, box.right, box.bottom))
        ink = np.argwhere(paper[top:bottom, left:right].min(axis=2) < 128)
        if not len(ink) or dice.random() > keep:
            continue
        (y0, x0), (y1, x1) = ink.min(axis=0) + np.array([top, left]), ink.max(axis=0) + np.array([top, left])
        quad = np.array([[[x0, y0], [x1, y0], [x1, y1], [x0, y1]]], np.float64)
        moved = cv2.perspectiveTransform(quad, ASKEW)[0] + dice.normal(0, noise, 2)
        lines.append(Line(text=text.text, score=0.99, quad=moved))
    return lines


@pytest.mark.parametrize("form", [file.stem for file in sorted(LIBRARY.glob("*.md"))])
def test_every_shipped_sheet_is_known_by_some_of_its_labels(form: str) -> None:
    lines = lines_of(form, keep=0.6)
    assert recognise(lines, library())[0].layout.form.id == form


def test_pages_of_one_form_are_told_apart() -> None:
    log, _ = sheet("daily_log")
    second = [Line(text=text.text, score=1, quad=np.zeros((4, 2))) for text in texts_of(log, log.pages[1])]
    assert (recognise(second, library())[0].layout.form.id, recognise(second, library())[0].page) == ("daily_log", 2)


def test_a_delivery_note_is_none_of_our_forms() -> None:
    words = ("送货单", "收货单位", "日期", "品名", "数量", "单价", "金额", "备注", "Delivery note", "No. 0048213")
    lines = [Line(text=word, score=1, quad=np.zeros((4, 2))) for word in words]
    assert recognise(lines, library()) == []
    assert recognise([], library()) == []
    assert recognise(lines, []) == []


@pytest.mark.parametrize(("noise", "keep", "worst"), [(0.0, 1.0, 2.5), (2.0, 0.6, 6.0)])
def test_labels_place_the_page_to_some_pixels(noise: float, keep: float, worst: float) -> None:
    layout, blank = sheet("daily_log")
    lines = lines_of("daily_log", noise=noise, keep=keep)
    found = register_by_labels(PHOTO, lines, texts_of(layout, layout.pages[0]), blank)
    assert found is not None
    boxes = [place.box for place in layout.pages[0].places]
    answers = to_pixels(
        np.array([(x, y) for box in boxes for x in (box.left, box.right) for y in (box.top, box.bottom)])
    )
    photographed = cv2.perspectiveTransform(answers[None], ASKEW)
    away = np.linalg.norm(cv2.perspectiveTransform(photographed, found.to_page)[0] - answers, axis=1)
    assert away.max() < worst


def test_labels_that_stand_elsewhere_do_not_pull_the_page() -> None:
    """A third of the labels are also written by hand somewhere, and nowhere else read."""
    layout, blank = sheet("daily_log")
    lines = lines_of("daily_log")
    for number in range(0, len(lines), 3):
        away = Line(text=lines[number].text, score=0.9, quad=lines[number].quad + np.array([300.0, -200.0]))
        lines[number] = away
    found = register_by_labels(PHOTO, lines, texts_of(layout, layout.pages[0]), blank)
    assert found is not None
    middle = np.array([[[WIDTH / 2, HEIGHT / 2]]])
    assert np.abs(cv2.perspectiveTransform(cv2.perspectiveTransform(middle, ASKEW), found.to_page) - middle).max() < 5


def test_too_few_labels_or_labels_in_one_corner_place_nothing() -> None:
    layout, blank = sheet("daily_log")
    lines, texts = lines_of("daily_log"), texts_of(layout, layout.pages[0])
    assert register_by_labels(PHOTO, lines[:4], texts, blank) is None
    corner = sorted(lines, key=lambda line: float(line.quad[:, 1].max()))[:12]
    assert register_by_labels(PHOTO, corner, texts, blank) is None
    assert register_by_labels(PHOTO, [], texts, blank) is None


def test_two_sheets_side_by_side_show_their_labels_twice() -> None:
    layout, _ = sheet("daily_log")
    lines, texts = lines_of("daily_log"), texts_of(layout, layout.pages[0])
    assert not shown_twice(lines, texts)
    assert shown_twice([*lines, *lines], texts)


def test_print_that_says_something_else_is_noticed_although_its_frames_agree() -> None:
    """Another version of a form: the same rulings, other words in them."""
    layout = layout_of(everything())
    page = layout.pages[0]
    texts = texts_of(layout, page)

    def read(words: list[str]) -> list[Line]:
        middles = [
            to_pixels(np.array([[(t.box.left + t.box.right) / 2, (t.box.top + t.box.bottom) / 2]])) for t in texts
        ]
        return [Line(text=w, score=1, quad=np.repeat(m, 4, axis=0)) for w, m in zip(words, middles, strict=True)]

    words = [text.text for text in texts]
    assert agreement(read(words), texts) == 1.0
    assert agreement(read(words[5:] + words[:5]), texts) < 0.4
    assert agreement([], texts) == 1.0

"""Registration on made-up photographs whose truth is known, without any engine."""

import functools

import cv2
import numpy as np
import pytest

from ocr.crops import ink_of, tick_share
from ocr.engine import Image
from ocr.fields import EMPTY, TICKED
from ocr.flatten import Flattener
from ocr.geometry import Layout, Page
from ocr.layout import layout_of
from ocr.page import (
    HEIGHT,
    WIDTH,
    find_marks,
    is_blank,
    rectify,
    register,
    shows_two_sheets,
    strip,
    to_pixels,
    turn,
)
from ocr.sheet import blank_pages
from ocr.ticket import find_tickets
from server.demo.photograph import GRADES, Photograph, fill, page_to_photograph, photograph
from tests.ocr.paper_forms import STORY_3, crowded, shipped


@functools.cache
def sheet() -> tuple[Layout, Image, Image]:
    layout = layout_of(shipped("payment_application"))
    blank = blank_pages(layout)[0]
    return layout, blank, fill(blank, layout, 1, STORY_3)


def corners(page: Page) -> "np.ndarray[tuple[int, ...], np.dtype[np.float64]]":
    """Every corner of every answer, in pixels of the page."""
    boxes = [place.box for place in page.places]
    millimetres = [(x, y) for box in boxes for x in (box.left, box.right) for y in (box.top, box.bottom)]
    return to_pixels(np.array(millimetres))


def errors(taken: Photograph, page: Page | None = None, blank: Image | None = None) -> tuple[float, float]:
    """The mean and worst error of registration and refinement, in pixels at 200 dpi (7.9 to a millimetre)."""
    registration = register(taken.image)
    assert registration is not None
    answers = corners(page or sheet()[0].pages[0])
    flat = Flattener(sheet()[1] if blank is None else blank).flatten(rectify(taken.image, registration))
    truth = page_to_photograph(taken, answers)
    seen = cv2.perspectiveTransform(truth[None], registration.to_page)[0]
    away = np.linalg.norm(seen - flat.came_from(answers), axis=1)
    return float(away.mean()), float(away.max())


@functools.cache
def shot(grade: str, seed: int = 1, turned: int = 0) -> Photograph:
    return photograph(sheet()[2], grade, seed, turned)


@pytest.mark.parametrize(
    ("grade", "seed", "mean", "worst"),
    [
        ("scan", 1, 0.3, 0.6),
        ("phone", 1, 0.4, 1.0),
        ("hard", 1, 1.0, 3.5),
        ("hard", 2, 1.0, 3.5),
    ],
)
def test_every_answer_is_found_to_a_fraction_of_a_millimetre(grade: str, seed: int, mean: float, worst: float) -> None:
    found = errors(shot(grade, seed))
    assert found[0] < mean
    assert found[1] < worst


@pytest.mark.parametrize(("grade", "mean", "worst"), [("scan", 0.3, 0.6), ("phone", 0.4, 1.0), ("hard", 1.0, 3.5)])
def test_forty_fields_and_sixteen_rows_register_on_each_of_their_pages(grade: str, mean: float, worst: float) -> None:
    layout = layout_of(crowded())
    assert len(layout.pages) > 1
    for page, blank in zip(layout.pages, blank_pages(layout), strict=True):
        found = errors(photograph(blank, grade, page.number), page, blank)
        assert found[0] < mean
        assert found[1] < worst


def test_refinement_takes_out_curl_that_the_marks_cannot_see() -> None:
    curled = shot("hard")
    registration = register(curled.image)
    assert registration is not None
    answers = corners(sheet()[0].pages[0])
    truth = page_to_photograph(curled, answers)
    by_marks = np.linalg.norm(cv2.perspectiveTransform(truth[None], registration.to_page)[0] - answers, axis=1)
    assert by_marks.mean() > 5
    assert errors(curled)[0] < 0.15 * by_marks.mean()


@pytest.mark.parametrize("turned", [90, 180, 270])
def test_a_page_photographed_sideways_or_upside_down_is_laid_upright(turned: int) -> None:
    image = turn(shot("phone").image, turned)
    registration = register(image)
    assert registration is not None
    page = rectify(image, registration)
    assert page.shape == (HEIGHT, WIDTH, 3)
    assert Flattener(sheet()[1]).flatten(page).matched > 0.8


@pytest.mark.parametrize("grade", sorted(GRADES))
def test_the_code_is_read_from_the_corner_of_the_photograph(grade: str) -> None:
    image = shot(grade).image
    registration = register(image)
    assert registration is not None
    (ticket,) = find_tickets(strip(image, registration, (160, 16, 194, 50)))
    assert (ticket.form, ticket.version, ticket.page, ticket.pages) == ("payment_application", 1, 1, 1)


def test_a_thumb_over_three_marks_does_not_matter() -> None:
    image = shot("phone").image.copy()
    image[: image.shape[0] // 8] = (90, 110, 150)  # the whole top edge
    registration = register(image)
    assert registration is not None
    assert len(registration.marks) == 5


def test_a_page_of_somebody_else_is_not_registered() -> None:
    page = np.full((2000, 1400, 3), 235, np.uint8)
    for y in range(100, 1900, 60):
        cv2.putText(page, "some other paper 12345", (80, y), cv2.FONT_HERSHEY_SIMPLEX, 1.6, (20, 20, 20), 3)
    assert register(page) is None
    assert not is_blank(page)


def test_two_sheets_in_one_photograph_are_noticed() -> None:
    one = shot("scan").image
    assert shows_two_sheets(find_marks(np.hstack([one, one])))
    assert not shows_two_sheets(find_marks(one))


def test_white_paper_is_blank_even_in_bad_light() -> None:
    white = np.full((HEIGHT, WIDTH, 3), 252, np.uint8)
    assert is_blank(rectify_whole(photograph(white, "hard", 9).image))


def rectify_whole(image: Image) -> Image:
    """Cut the middle out of a photograph: paper only."""
    height, width = image.shape[:2]
    return np.ascontiguousarray(image[height // 5 : -height // 5, width // 5 : -width // 5])


@pytest.mark.parametrize("grade", sorted(GRADES))
def test_check_boxes_are_told_apart_by_ink(grade: str) -> None:
    layout, blank, _ = sheet()
    image = shot(grade).image
    registration = register(image)
    assert registration is not None
    flat = Flattener(blank).flatten(rectify(image, registration)).image
    ink = ink_of(flat, blank)
    shares = {place.choice: tick_share(ink, place.box) for place in layout.pages[0].places if place.choice}
    assert shares.pop("agree") > TICKED
    assert max(shares.values()) < EMPTY


def test_a_form_is_not_taken_for_another() -> None:
    other = blank_pages(layout_of(shipped("daily_log")))[0]
    right = Flattener(sheet()[1]).flatten(sheet()[2]).matched
    wrong = Flattener(sheet()[1]).flatten(other).matched
    assert right > 0.95
    assert wrong < 0.45


def test_turning_four_times_is_nothing() -> None:
    image = shot("scan").image
    turned = image
    for _ in range(4):
        turned = turn(turned, 90)
    assert np.array_equal(turned, image)

"""Makes a page of the bench ready to be read, and measures how exactly it registers: truth is known here."""

from dataclasses import dataclass

import cv2
import numpy as np

from ocr.engine import Points
from ocr.flatten import Flattener
from ocr.geometry import Page
from ocr.page import rectify, register, to_pixels
from ocr.sheet import blank_pages
from server.demo.photograph import Photograph, page_to_photograph
from tests.ocr.bench.pages import Sample
from tests.ocr.bench.truth import Truth, truth_of


@dataclass(frozen=True, kw_only=True)
class Made:
    """A page with its photograph (JPEG), its truth, and how it registers.

    ``errors`` are the distances of the corners of all answers from where they are looked for, in pixels at 200 dpi
    (7.9 to a millimetre), and empty when the page did not register; ``to_page`` takes the photograph to the page.
    """

    sample: Sample
    picture: bytes
    truth: Truth
    errors: tuple[float, ...]
    to_page: Points | None


def make(sample: Sample) -> Made:
    """Fill, photograph and register one page."""
    taken = sample.photograph()
    errors, to_page = _errors(sample, taken)
    return Made(sample=sample, picture=taken.jpeg, truth=truth_of(sample, taken), errors=errors, to_page=to_page)


def corners(page: Page) -> Points:
    """Give every corner of every answer of a page, in pixels of the page at 200 dpi."""
    boxes = [place.box for place in page.places]
    return to_pixels(np.array([(x, y) for box in boxes for x in (box.left, box.right) for y in (box.top, box.bottom)]))


def _errors(sample: Sample, taken: Photograph) -> tuple[tuple[float, ...], Points | None]:
    registration = register(taken.image)
    if registration is None:
        return (), None
    answers = corners(sample.layout.pages[sample.page - 1])
    blank = blank_pages(sample.layout)[sample.page - 1]
    flat = Flattener(blank).flatten(rectify(taken.image, registration))
    truth = page_to_photograph(taken, answers)
    seen = cv2.perspectiveTransform(truth[None], registration.to_page)[0]
    away = np.linalg.norm(seen - flat.came_from(answers), axis=1)
    return tuple(away.round(3).tolist()), np.asarray(registration.to_page)

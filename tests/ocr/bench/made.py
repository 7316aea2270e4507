"""Makes pages ready to be read: those of the bench, whose registration can be measured, and anybody's."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import cv2
import numpy as np

from media.image import decode_page
from mobile_contract.forms import FormDefinition
from ocr.engine import Points
from ocr.flatten import Flattener
from ocr.geometry import Page
from ocr.page import rectify, register, to_pixels
from ocr.sheet import blank_pages
from server.demo.photograph import Photograph, page_to_photograph
from tests.ocr.bench.pages import Sample
from tests.ocr.bench.truth import Truth, truth_of, truths


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


@dataclass(frozen=True, kw_only=True)
class Given:
    """A page of somebody's with its truth; ``matrix`` takes its picture to the page as it is read (3 × 3).

    A sheet of ours that shows its marks is read laid flat; any other page upright, turned as its truth says.
    """

    name: str
    picture: bytes
    truth: Truth
    form: FormDefinition | None
    matrix: Points
    registered: bool


def given(folder: Path) -> Iterator[Given]:
    """Return the pages of a folder. Raises :class:`tests.ocr.bench.truth.Untrue`."""
    for picture, truth, form in truths(folder):
        content = picture.read_bytes()
        image = np.ascontiguousarray(decode_page(content)[0][:, :, ::-1])
        registration = register(image) if form else None
        yield Given(
            name=picture.stem,
            picture=content,
            truth=truth,
            form=form,
            matrix=registration.to_page if registration else _turned(truth.turned, *image.shape[:2]),
            registered=registration is not None,
        )


def _turned(degrees: int, height: int, width: int) -> Points:
    """Return the matrix that turns a picture clockwise."""
    rows: Final = {
        0: ((1, 0, 0), (0, 1, 0)),
        90: ((0, -1, height - 1), (1, 0, 0)),
        180: ((-1, 0, width - 1), (0, -1, height - 1)),
        270: ((0, 1, 0), (-1, 0, width - 1)),
    }
    return np.array([*rows[degrees], (0, 0, 1)], np.float64)


def corners(page: Page) -> Points:
    """Return every corner of every answer of a page, in pixels of the page at 200 dpi."""
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

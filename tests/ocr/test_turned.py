"""A page that a person turned is read, and shown, as it lies then."""

from collections.abc import Sequence

import numpy as np

from ocr.engine import Image, Line, Reading
from ocr.one_scan import Hints
from ocr.read import read_pages


class Blind:
    """Finds no line anywhere; counts the pages that it was shown, by height and width."""

    name = "blind"

    def __init__(self) -> None:
        self.shown: list[tuple[int, ...]] = []

    def read_page(self, page: Image) -> tuple[Line, ...]:
        self.shown.append(page.shape[:2])
        return ()

    def read_crops(self, crops: Sequence[Image], alphabets: Sequence[str | None]) -> tuple[Reading, ...]:
        return tuple(Reading(text="") for _ in zip(crops, alphabets, strict=True))


def page() -> Image:
    """A page, higher than wide, with something dark at its top left."""
    made = np.full((600, 400, 3), 255, np.uint8)
    made[40:120, 40:120] = 0
    return made


def test_a_page_is_turned_clockwise_from_how_it_was_laid_and_read_anew() -> None:
    engine = Blind()
    result = read_pages([page(), page()], lambda _form, _version: None, engine, Hints(turns={2: 90}))
    as_it_came, turned = (each.rectified for each in result.pages)
    assert (as_it_came.shape[0] > 590, turned.shape[1] > 590) == (True, True)  # its edges may be cut
    assert engine.shown[-1] == (400, 600)
    assert as_it_came[80, 80].mean() < 60
    assert turned[80, 520].mean() < 60  # the top left is the top right now
    assert turned[80, 80].mean() > 200

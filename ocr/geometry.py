"""The vocabulary of a printed sheet: boxes, text, frames, places for answers, and the marks every page carries.

Lengths are millimetres from the top left of a portrait A4 page (ISO 216: 210 × 297).
"""

from dataclasses import dataclass
from typing import Final

from mobile_contract.forms import Field, FormDefinition
from ocr.comb import Comb

#: Raised with every change of the layout: on a sheet that was printed by an earlier one answers stand elsewhere.
EDITION: Final = 2
PAGE_WIDTH: Final = 210.0
PAGE_HEIGHT: Final = 297.0
MARK_SIZE: Final = 11.0
#: The margins of the table; the marks stand outside it.
LEFT: Final = 22.0
RIGHT: Final = 188.0
#: How far the teeth of a comb reach up into the answer.
TOOTH: Final = 2.2


@dataclass(frozen=True, kw_only=True)
class Box:
    """A rectangle in millimetres."""

    left: float
    top: float
    right: float
    bottom: float

    @property
    def width(self) -> float:
        """Millimetres across."""
        return self.right - self.left

    @property
    def height(self) -> float:
        """Millimetres down."""
        return self.bottom - self.top

    def inset(self, by: float) -> "Box":
        """Return the box with every side moved in by ``by`` millimetres."""
        return Box(left=self.left + by, top=self.top + by, right=self.right - by, bottom=self.bottom - by)


@dataclass(frozen=True, kw_only=True)
class Text:
    """Printed text, shrunk by the printer if it would not fit its box; ``size`` in points."""

    box: Box
    text: str
    size: float = 9.5
    align: str = "left"
    bold: bool = False


@dataclass(frozen=True, kw_only=True)
class Frame:
    """A ruled rectangle, or a stroke when it has no width; ``weight`` of the line in millimetres."""

    box: Box
    weight: float = 0.2


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where an answer stands: a box to write in, or one check box of a question when ``choice`` names it.

    ``path`` is the report path (``fields/amount``, ``fields/items/3/quantity`` with the row's ordinal from 1);
    ``choice`` is a choice's name, or ``true``/``false`` of a boolean.
    """

    path: str
    field: Field
    box: Box
    choice: str | None = None
    comb: Comb | None = None

    def teeth(self) -> tuple[Frame, ...]:
        """Return the strokes of the comb in this place; that before 角 runs through the full height."""
        if self.comb is None:
            return ()
        point = self.comb.cells - self.comb.places if self.comb.places else -1
        strokes = []
        for number, x in enumerate(self.comb.teeth()):
            top = self.box.top if number == point else self.box.bottom - TOOTH
            if self.box.left + 0.5 < x < self.box.right - 0.5:  # the frame of the answer is there already
                weight = 0.25 if number == point else 0.15
                strokes.append(Frame(box=Box(left=x, top=top, right=x, bottom=self.box.bottom), weight=weight))
        return tuple(strokes)


@dataclass(frozen=True, kw_only=True)
class Page:
    """One printed page; ``number`` counts from 1."""

    number: int
    texts: tuple[Text, ...]
    frames: tuple[Frame, ...]
    places: tuple[Place, ...]


@dataclass(frozen=True, kw_only=True)
class Layout:
    """All pages of a form's sheet in one language, with the parts that every page shares."""

    form: FormDefinition
    pages: tuple[Page, ...]
    language: str = "zh-CN"

    title: Box = Box(left=LEFT + 25, top=22, right=RIGHT - 25, bottom=33)
    subtitle: Box = Box(left=LEFT, top=35, right=163, bottom=45)
    qr: Box = Box(left=165, top=22, right=188, bottom=45)
    footer: Box = Box(left=112, top=279, right=RIGHT - 1, bottom=287)
    origin: Box = Box(left=LEFT + 1, top=279, right=98, bottom=287)


def marks() -> dict[int, Box]:
    """Return the eight marks of every page by id.

    They are ArUco fiducials of DICT_4X4_50 (Garrido-Jurado et al. 2014): 0–3 in the corners clockwise from the top
    left, 4–7 in the middle of the top, right, bottom and left edges.
    """
    near, half = 8.5, MARK_SIZE / 2
    far_x, far_y = PAGE_WIDTH - near - MARK_SIZE, PAGE_HEIGHT - near - MARK_SIZE
    mid_x, mid_y = PAGE_WIDTH / 2 - half, PAGE_HEIGHT / 2 - half
    at = [(near, near), (far_x, near), (far_x, far_y), (near, far_y), (mid_x, near), (far_x, mid_y), (mid_x, far_y)]
    at.append((near, mid_y))
    return {n: Box(left=x, top=y, right=x + MARK_SIZE, bottom=y + MARK_SIZE) for n, (x, y) in enumerate(at)}

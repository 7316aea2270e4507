"""The pages of a sheet while they are filled from top to bottom."""

from dataclasses import dataclass, field
from typing import Final

from mobile_contract.forms import Field, FormDefinition
from ocr.comb import comb_of
from ocr.geometry import LEFT, RIGHT, Box, Frame, Page, Place, Text
from ocr.words import CHINESE, Words, words_of

BODY_TOP: Final = 48.0
BODY_BOTTOM: Final = 273.0
LINE: Final = 10.0  # a line for a hand that writes
ROW: Final = 9.0  # of a table
HEADING: Final = 7.0
CHECK: Final = 4.2
#: Of the letters over the cells of an amount.
COMB_HEAD: Final = 2.5
_COMB_HEAD_SIZE: Final = 5.5
_OUTLINE: Final = 0.45


@dataclass(kw_only=True)
class Flow:
    """What stands on the page being filled, and the pages that are done.

    ``label_widths`` are those of the label cells by the twelfth of the line they begin at, so that rules align;
    ``tight`` is the share of their height that lines and rows keep.
    """

    form: FormDefinition
    language: str = CHINESE
    tight: float = 1.0
    label_widths: dict[int, float] = field(default_factory=dict)
    done: list[Page] = field(default_factory=list)
    top: float = BODY_TOP
    texts: list[Text] = field(default_factory=list)
    frames: list[Frame] = field(default_factory=list)
    places: list[Place] = field(default_factory=list)

    @property
    def words(self) -> Words:
        """The words of the sheet's language."""
        return words_of(self.language)

    @property
    def line(self) -> float:
        """The height of a line that a hand writes on."""
        return LINE * self.tight

    @property
    def row(self) -> float:
        """The height of a row of a table."""
        return ROW * self.tight

    def take(self, height: float) -> float:
        """Reserve ``height`` on this page, or on the next when it does not fit; return its top (all in mm)."""
        if not self.fits(height):
            self.break_page()
        top = self.top
        self.top += height
        return top

    def fits(self, height: float) -> bool:
        """Return whether this page has ``height`` left."""
        return self.top + height <= BODY_BOTTOM

    def break_page(self) -> None:
        """Rule off this page and start the next."""
        if self.top > BODY_TOP:
            outline = Box(left=LEFT, top=BODY_TOP, right=RIGHT, bottom=self.top)
            self.frames.append(Frame(box=outline, weight=_OUTLINE))
        page = Page(
            number=len(self.done) + 1,
            texts=tuple(self.texts),
            frames=tuple(self.frames),
            places=tuple(self.places),
        )
        self.done.append(page)
        self.top, self.texts, self.frames, self.places = BODY_TOP, [], [], []

    def heading(self, text: str, keep_with: float = 0.0) -> None:
        """Set a heading across the page, on the next when ``keep_with`` would not fit below it."""
        if not text:
            return
        if not self.fits(HEADING + keep_with):
            self.break_page()
        top = self.take(HEADING)
        self.words_in(Box(left=LEFT, top=top, right=RIGHT, bottom=top + HEADING), text, size=10, bold=True)

    def words_in(self, box: Box, text: str, *, size: float = 9.5, bold: bool = False) -> None:
        """Frame a cell and print words in the middle of it."""
        self.frames.append(Frame(box=box))
        self.texts.append(Text(box=box.inset(0.8), text=text, size=size, align="center", bold=bold))

    def answer(self, path: str, asked: Field, box: Box, *, headed: bool = True) -> None:
        """Place a box to write in, with its comb where it has one.

        ``headed``: what the cells of an amount are worth stands in it; else in the head of its column (``comb_head``).
        """
        comb = comb_of(asked, box.left, box.right, filling=not headed)
        if comb is not None and comb.places and headed:
            top = box.top + COMB_HEAD
            self.comb_head(asked, Box(left=box.left, top=box.top + 0.2, right=box.right, bottom=top + 0.2), headed=True)
            box = Box(left=box.left, top=top, right=box.right, bottom=box.bottom)
        place = Place(path=path, field=asked, box=box, comb=comb)
        self.frames += place.teeth()
        self.places.append(place)

    def comb_head(self, asked: Field, box: Box, *, headed: bool = False) -> None:
        """Print what each cell of an amount is worth: 百十元角分."""
        comb = comb_of(asked, box.left, box.right, filling=not headed)
        if comb is None or not comb.places:
            return
        for number, worth in enumerate(self.words.amount[-comb.cells :]):
            left = comb.left + number * comb.pitch
            cell = Box(left=left, top=box.top, right=left + comb.pitch, bottom=box.bottom)
            self.texts.append(Text(box=cell, text=worth, size=_COMB_HEAD_SIZE, align="center"))

    def finish(self) -> tuple[Page, ...]:
        """Rule off the last page and return all pages."""
        self.break_page()
        return tuple(self.done)

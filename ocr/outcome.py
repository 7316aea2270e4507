"""What reading gives: pages as a clerk sees them, and what stands on them."""

from dataclasses import dataclass

from mobile_contract.extractions import (
    Flag,
    FoundLine,
    FoundPair,
    FoundTable,
    ProposedField,
)
from ocr.draw import boxed, outlined
from ocr.engine import Image
from ocr.freely import MAX_LINES, MAX_PAIRS, MAX_TABLES
from ocr.sheet import decode
from ocr.ticket import Ticket


@dataclass(frozen=True, kw_only=True)
class ReadPage:
    """One page as shown to the clerk: laid flat (or only upright, when it is no sheet of ours), and with boxes.

    It is kept as a JPEG, which takes a tenth of the memory of its pixels.
    """

    jpeg: bytes
    ticket: Ticket | None = None
    fields: tuple[ProposedField, ...] = ()
    flags: tuple[Flag, ...] = ()
    lines: tuple[FoundLine, ...] = ()
    tables: tuple[FoundTable, ...] = ()
    pairs: tuple[FoundPair, ...] = ()
    text: str = ""

    @property
    def rectified(self) -> Image:
        """The page as pixels (height × width × 3, BGR)."""
        return decode(self.jpeg)

    @property
    def with_boxes(self) -> Image:
        """The page with the boxes of what was read on it."""
        page = boxed(self.rectified, self.fields, self.flags)
        return outlined(page, self.lines, self.tables, self.pairs)


@dataclass(frozen=True, kw_only=True)
class ReadResult:
    """What was read from a scan: the parts of an ``ExtractionValues``, and the pages in the order they came.

    ``form`` is ``None`` when no page shows which form it is. ``project`` and ``serial`` come from the QR code.
    ``lines``, ``tables``, ``pairs`` and ``text`` are of the pages whose form is not known.
    """

    engine: str
    pages: tuple[ReadPage, ...]
    form: str | None = None
    form_version: int | None = None
    project: str = ""
    serial: str = ""
    fields: tuple[ProposedField, ...] = ()
    flags: tuple[Flag, ...] = ()

    @property
    def lines(self) -> tuple[FoundLine, ...]:
        """The lines that stand in no table and belong to no pair."""
        return tuple(line for page in self.pages for line in page.lines)[:MAX_LINES]

    @property
    def tables(self) -> tuple[FoundTable, ...]:
        """The tables."""
        return tuple(table for page in self.pages for table in page.tables)[:MAX_TABLES]

    @property
    def pairs(self) -> tuple[FoundPair, ...]:
        """Labels with their answers."""
        return tuple(pair for page in self.pages for pair in page.pairs)[:MAX_PAIRS]

    @property
    def text(self) -> str:
        """All text of those pages in reading order, a form feed between them."""
        return "\f".join(page.text for page in self.pages if page.text)

"""Pages of pixels in, proposed values and flags out: what the scans worker calls in a process of its own.

One page that fails never stops the others; whatever is odd about a page – blank, upside down, of another form, a QR
code that lies – becomes a flag.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

import cv2
import numpy as np

from mobile_contract.forms import FormDefinition
from mobile_contract.records import Flag, ProposedField
from ocr.draw import boxed
from ocr.engine import Engine, Image
from ocr.fields import Context, Seen, missing, propose
from ocr.flatten import Flattener
from ocr.geometry import Box, Layout
from ocr.layout import layout_of
from ocr.look import look
from ocr.meaning import Vocabularies
from ocr.page import is_blank, orientation, rectify, register, strip, turn
from ocr.sheet import blank_pages
from ocr.ticket import Ticket, find_tickets

#: Finds a published version of a form by its id and version.
Forms = Callable[[str, int], FormDefinition | None]

MAX_PAGES: Final = 40
_MAX_SIDE: Final = 3000
#: Below this share of the blank form's print found on the page, the page is not of that form.
_MIN_MATCH: Final = 0.6


@dataclass(frozen=True, kw_only=True)
class Hints:
    """What helps: the project's vocabularies by name, and the year of dates written without one.

    ``skip`` names pages that are not to be read, with the reason: those that stopped the process last time.
    """

    lists: Vocabularies = field(default_factory=dict)
    year: int | None = None
    skip: Mapping[int, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class ReadPage:
    """One page as shown to the clerk: laid flat (or only upright, when it is no sheet of ours), and with boxes."""

    rectified: Image
    with_boxes: Image
    ticket: Ticket | None = None


@dataclass(frozen=True, kw_only=True)
class ReadResult:
    """What was read from a scan: the parts of an ``ExtractionValues``, and the pages in the order they came.

    ``form`` is ``None`` when no page said which form it is. ``project`` and ``serial`` are what the QR code says.
    """

    engine: str
    pages: tuple[ReadPage, ...]
    form: str | None = None
    form_version: int | None = None
    project: str = ""
    serial: str = ""
    fields: tuple[ProposedField, ...] = ()
    flags: tuple[Flag, ...] = ()


@dataclass(kw_only=True)
class _Scan:
    """What is known while the pages of one scan are read."""

    engine: Engine
    forms: Forms
    lists: Vocabularies
    year: int | None
    layout: Layout | None = None
    ticket: Ticket | None = None
    blanks: tuple[Image, ...] = ()
    seen: list[Seen] = field(default_factory=list)
    flags: list[Flag] = field(default_factory=list)
    read: set[int] = field(default_factory=set)

    def flag(self, code: str, number: int, **params: str) -> None:
        self.flags.append(Flag(code=code, params={"page": str(number), **params}))


def read_pages(
    pages: Sequence[Image],
    forms: Forms,
    engine: Engine,
    hints: Hints | None = None,
    begin: Callable[[int], None] = lambda _number: None,
) -> ReadResult:
    """Read the pages of one scan.

    ``begin`` is told the number of each page (from 1) before it is read, so that whoever watches knows which page
    hangs. Never raises for what is on a page; pages beyond :data:`MAX_PAGES` are flagged and not read.
    """
    given = hints or Hints()
    scan = _Scan(engine=engine, forms=forms, lists=given.lists, year=given.year)
    shown = []
    for number, page in enumerate(pages[:MAX_PAGES], start=1):
        begin(number)
        shown.append(_safely(scan, page, number, given.skip.get(number)))
    for number in range(MAX_PAGES + 1, len(pages) + 1):
        scan.flag("paper.page_failed", number, reason=f"> {MAX_PAGES}")
    if scan.layout is None or scan.ticket is None:
        return ReadResult(engine=engine.name, pages=tuple(shown), flags=tuple(scan.flags))
    form = scan.layout.form
    fields, flags = propose(Context(form=form, lists=scan.lists, year=scan.year), scan.seen)
    for number in range(1, len(scan.layout.pages) + 1):
        if number not in scan.read:
            paths = tuple(path for path in missing(form, fields) if _on_page(scan.layout, number, path))
            scan.flags.append(Flag(code="paper.page_missing", paths=paths, params={"page": str(number)}))
    everything = (*scan.flags, *flags)
    drawn = tuple(
        replace(page, with_boxes=boxed(page.rectified, [f for f in fields if f.page == number], everything))
        for number, page in enumerate(shown, start=1)
    )
    return ReadResult(
        engine=engine.name,
        pages=drawn,
        form=form.id,
        form_version=form.version,
        project=scan.ticket.project,
        serial=scan.ticket.serial,
        fields=fields,
        flags=everything,
    )


def _on_page(layout: Layout, number: int, path: str) -> bool:
    return any(place.path == path for place in layout.pages[number - 1].places)


def _safely(scan: _Scan, page: Image, number: int, skipped: str | None) -> ReadPage:
    """Read one page; a failure becomes a flag, whatever it is."""
    if skipped is None:
        try:
            return _read_page(scan, _capped(page), number)
        except Exception as failure:  # noqa: BLE001 - a page is a stranger's; the others must still be read
            skipped = type(failure).__name__
    scan.flag("paper.page_failed", number, reason=skipped)
    plain = _capped(page) if page.ndim == 3 and page.size else np.full((64, 64, 3), 255, np.uint8)
    return ReadPage(rectified=plain, with_boxes=plain)


def _capped(page: Image) -> Image:
    side = max(page.shape[:2])
    if side <= _MAX_SIDE:
        return page
    scale = _MAX_SIDE / side
    return np.asarray(cv2.resize(page, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA), np.uint8)


def _read_page(scan: _Scan, photo: Image, number: int) -> ReadPage:
    registration = register(photo)
    if registration is None:
        return _no_sheet(scan, photo, number)
    page = rectify(photo, registration)
    if registration.repeated:
        scan.flag("paper.two_sheets", number)
        return ReadPage(rectified=page, with_boxes=page)
    where = Box(left=160, top=16, right=194, bottom=50)
    corner = strip(photo, registration, (where.left, where.top, where.right, where.bottom))
    tickets = find_tickets(corner) or find_tickets(photo)
    if len(tickets) != 1:
        scan.flag("paper.two_sheets" if tickets else "paper.no_sheet", number)
        return ReadPage(rectified=page, with_boxes=page)
    ticket = tickets[0]
    if not _accept(scan, ticket, number) or scan.layout is None:
        return ReadPage(rectified=page, with_boxes=page, ticket=ticket)
    blank = scan.blanks[ticket.page - 1]
    flat = Flattener(blank).flatten(page)
    if flat.matched < _MIN_MATCH:
        # The code names this form, the print says otherwise: nothing read here would stand where it belongs.
        scan.flag("paper.layout_mismatch", number, matched=str(round(100 * flat.matched)))
        return ReadPage(rectified=flat.image, with_boxes=flat.image, ticket=ticket)
    scan.read.add(ticket.page)
    places = scan.layout.pages[ticket.page - 1].places
    scan.seen += look(scan.engine, flat.image, blank, places, number)
    return ReadPage(rectified=flat.image, with_boxes=flat.image, ticket=ticket)


def _no_sheet(scan: _Scan, photo: Image, number: int) -> ReadPage:
    """Keep a page that is none of our sheets, upright, for a person to read."""
    small = _capped(photo)
    if is_blank(small):
        scan.flag("paper.blank_page", number)
        return ReadPage(rectified=small, with_boxes=small)
    scan.flag("paper.no_sheet", number)
    upright = turn(small, orientation(small, scan.engine))
    return ReadPage(rectified=upright, with_boxes=upright)


def _accept(scan: _Scan, ticket: Ticket, number: int) -> bool:
    """Decide whether a page belongs to this scan: the first page with a known form says which form it is."""
    if scan.layout is None:
        form = scan.forms(ticket.form, ticket.version)
        if form is None:
            scan.flag("paper.unknown_form", number, form=ticket.form, version=str(ticket.version))
            return False
        scan.layout = layout_of(form)
        scan.blanks = blank_pages(scan.layout)
        scan.ticket = ticket
    first = scan.ticket
    if first is None or _sheet_of(first) != _sheet_of(ticket):
        scan.flag("paper.other_form", number)
        return False
    if ticket.page > len(scan.layout.pages):
        scan.flag("paper.layout_mismatch", number, matched="0")
        return False
    if ticket.page in scan.read:
        scan.flag("paper.page_repeated", number)
        return False
    return True


def _sheet_of(ticket: Ticket) -> tuple[str, int, str, str]:
    return ticket.form, ticket.version, ticket.project, ticket.serial

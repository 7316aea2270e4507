"""Pages of pixels in, proposed values and flags out; the scans worker calls it in a separate process.

One page that fails never stops the others; whatever is odd about a page – blank, upside down, cut off, of another
form or project, with a QR code of another sheet – becomes a flag. A page that is placed by its labels, for want of
marks or of a code, is read like any other and carries a flag.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from itertools import count
from typing import Final

import cv2
import numpy as np
import numpy.typing as npt

from mobile_contract.extractions import Flag
from mobile_contract.problems import Refused
from ocr.crops import pixels
from ocr.draw import encode
from ocr.engine import Engine, Image, Line
from ocr.fields import Context, missing, propose
from ocr.flatten import Flattened, Flattener
from ocr.freely import read_freely
from ocr.geometry import Box, Layout, Place
from ocr.labels import agreement, recognise, register_by_labels, shown_twice
from ocr.look import look
from ocr.one_scan import Forms, Hints, OneScan, accept, named
from ocr.outcome import ReadPage, ReadResult
from ocr.page import (
    Registration,
    find_marks,
    is_blank,
    rectify,
    register,
    seen_part,
    shows_two_sheets,
    strip,
    turn,
    upright,
)
from ocr.sheet import texts_of
from ocr.ticket import Ticket, find_tickets

#: A page: its pixels, or what gives them when its turn has come; that may raise :class:`Refused`.
Source = Image | Callable[[], Image]

MAX_PAGES: Final = 40
_MAX_SIDE: Final = 3000
_MIN_SIDE: Final = 64  # pixels: less is not legible
#: Below this share of the blank form's print found on the page, the page is not of that form.
_MIN_MATCH: Final = 0.6
#: Below this share of its words read where they stand, it is not either: another version may have the same rulings.
_MIN_AGREEMENT: Final = 0.6
#: Less of the table than this in the photograph says too little.
_MIN_SEEN: Final = 0.25
#: A place of which more than this lies beyond the edge of the photograph is not read.
_MAX_CUT: Final = 0.02
_CODE: Final = Box(left=160, top=16, right=194, bottom=50)  # the QR code and the paper round it


def read_pages(
    pages: Iterable[Source],
    forms: Forms,
    engine: Engine,
    hints: Hints | None = None,
    begin: Callable[[int], None] = lambda _number: None,
) -> ReadResult:
    """Read the pages of one scan.

    ``begin`` is called with the number of each page (from 1) before it is asked for, decoded and read, so that the
    watching process knows which page hangs; and in the end with one more. Never raises for what is on a page;
    if there are more than :data:`MAX_PAGES`, the first that is not read is flagged.
    """
    scan = OneScan(engine=engine, forms=forms, hints=hints or Hints())
    coming = iter(pages)
    shown: list[ReadPage] = []
    for number in count(1):
        begin(number)
        page = next(coming, None)
        if page is None:
            break
        if number > MAX_PAGES:
            scan.flag("paper.page_failed", number, reason=f"> {MAX_PAGES}")
            break
        shown.append(_safely(scan, page, number))
    if scan.layout is None or scan.ticket is None:
        return ReadResult(engine=engine.name, pages=tuple(shown), flags=tuple(scan.flags))
    form = scan.layout.form
    context = Context(form=form, lists=scan.hints.lists, year=scan.hints.year, engine=engine.name, fit=scan.hints.fit)
    fields, flags = propose(context, scan.seen)
    for number in range(1, len(scan.layout.pages) + 1):
        if number not in scan.read:
            paths = tuple(path for path in missing(form, fields) if _on_page(scan.layout, number, path))
            scan.flags.append(Flag(code="paper.page_missing", paths=paths, params={"page": str(number)}))
    everything = (*scan.flags, *flags)
    return ReadResult(
        engine=engine.name,
        pages=tuple(
            replace(page, fields=tuple(one for one in fields if one.page == number), flags=everything)
            for number, page in enumerate(shown, start=1)
        ),
        form=form.id,
        form_version=form.version,
        project=scan.ticket.project,
        serial=scan.ticket.serial,
        fields=fields,
        flags=everything,
    )


def _on_page(layout: Layout, number: int, path: str) -> bool:
    return any(place.path == path for place in layout.pages[number - 1].places)


def _safely(scan: OneScan, source: Source, number: int) -> ReadPage:
    """Decode and read one page; a failure becomes a flag, whatever it is."""
    page = np.full((64, 64, 3), 255, np.uint8)
    reason = scan.hints.skip.get(number)
    if reason is None:
        try:
            page = _capped(source() if callable(source) else source)
            return _read_page(scan, page, number)
        except Refused as refusal:
            reason = refusal.code
        except Exception as failure:  # noqa: BLE001 - a page is a stranger's; the others must still be read
            reason = type(failure).__name__
    scan.flag("paper.page_failed", number, reason=reason)
    return _shown(page)


def _capped(page: Image) -> Image:
    if page.ndim != 3 or not page.size:
        raise Refused("media.undecodable", reason="no pixels")
    side = max(page.shape[:2])
    if side <= _MAX_SIDE:
        return page
    scale = _MAX_SIDE / side
    size = [max(1, round(length * scale)) for length in page.shape[1::-1]]
    return np.asarray(cv2.resize(page, size, interpolation=cv2.INTER_AREA), np.uint8)


def _shown(page: Image, ticket: Ticket | None = None) -> ReadPage:
    return ReadPage(jpeg=encode(page, "jpeg"), ticket=ticket)


def _free(
    scan: OneScan, page: Image, number: int, lines: Sequence[Line] | None = None, ticket: Ticket | None = None
) -> ReadPage:
    """Read an upright page of which it is not known what stands where."""
    found = read_freely(scan.engine, page, scan.engine.read_page(page) if lines is None else lines, number)
    shown = _shown(found.image, ticket)
    return replace(shown, lines=found.lines, tables=found.tables, pairs=found.pairs, text=found.text)


# which sheet a page is, and where it lies -----------------------------------------------------------------------------


def _read_page(scan: OneScan, photo: Image, number: int) -> ReadPage:
    if min(photo.shape[:2]) < _MIN_SIDE:
        scan.flag("paper.blank_page", number)
        return _shown(photo)
    found = find_marks(photo)
    registration = register(photo, found)
    if registration is None or shows_two_sheets(found):
        return _without_marks(scan, photo, number, two=shows_two_sheets(found))
    corner = strip(photo, registration, (_CODE.left, _CODE.top, _CODE.right, _CODE.bottom))
    tickets = find_tickets(corner) or find_tickets(photo)
    if len(tickets) > 1:
        scan.flag("paper.two_sheets", number)
        return _shown(rectify(photo, registration))
    if not tickets:
        page = rectify(photo, registration)
        return _by_labels(scan, page, scan.engine.read_page(page), number, marked=True)
    return _by_code(scan, photo, registration, tickets[0], number)


def _by_code(scan: OneScan, photo: Image, registration: Registration, ticket: Ticket, number: int) -> ReadPage:
    """Read a page that has its marks, and a code that says what it is."""
    page, seen = rectify(photo, registration), seen_part(photo, registration)
    layout = accept(scan, ticket, number)
    if layout is None:
        unknown = scan.flags[-1].code == "paper.unknown_form"
        return _free(scan, page, number, ticket=ticket) if unknown else _shown(page, ticket)
    flat = Flattener(scan.blank(layout, ticket.page)).flatten(page, seen)
    if flat.matched < _MIN_MATCH:
        # The code names this form, the print says otherwise: nothing read here would stand where it belongs.
        scan.flag("paper.layout_mismatch", number, matched=str(round(100 * flat.matched)))
        return _free(scan, page, number, ticket=ticket)
    return _answers(scan, flat.sharpened(photo, registration.to_page), seen, ticket, number)


def _without_marks(scan: OneScan, photo: Image, number: int, *, two: bool) -> ReadPage:
    if two or is_blank(photo):
        scan.flag("paper.two_sheets" if two else "paper.blank_page", number)
        return _shown(photo)
    image, lines = upright(photo, scan.engine)
    if degrees := scan.hints.turns.get(number):  # a person says that this is not upright
        image = turn(image, degrees)
        lines = scan.engine.read_page(image)
    return _by_labels(scan, image, lines, number, marked=False)


def _by_labels(scan: OneScan, image: Image, lines: Sequence[Line], number: int, *, marked: bool) -> ReadPage:
    """Read a page that lacks its marks, or (``marked``: it is laid flat already) its code, if its labels are known."""
    tickets = () if marked else find_tickets(image)
    if len(tickets) > 1:
        scan.flag("paper.two_sheets", number)
        return _shown(image)
    layouts = named(scan, tickets[0], number) if tickets else scan.known
    best: tuple[Flattened, npt.NDArray[np.bool_], Ticket] | None = None
    for candidate in recognise(lines, layouts):
        layout, texts = candidate.layout, texts_of(candidate.layout, candidate.layout.pages[candidate.page - 1])
        if shown_twice(lines, texts):
            scan.flag("paper.two_sheets", number)
            return _shown(image)
        blank = scan.blank(layout, candidate.page)
        registration = Registration(to_page=np.eye(3)) if marked else register_by_labels(image, lines, texts, blank)
        if registration is None:
            continue
        seen = seen_part(image, registration)
        flat = Flattener(blank).flatten(rectify(image, registration), seen)
        enough = flat.matched >= _MIN_MATCH and seen.mean() >= _MIN_SEEN
        if enough and (best is None or flat.matched > best[0].matched + 0.02):
            by_labels = Ticket(
                form=layout.form.id,
                version=layout.form.version,
                page=candidate.page,
                pages=len(layout.pages),
                language=layout.language,
            )
            best = flat, seen, next(iter(tickets), by_labels)
    if best is None:
        scan.flag("paper.no_sheet", number)
        return _free(scan, image, number, lines)
    flat, seen, ticket = best
    if accept(scan, ticket, number) is None:
        return _shown(flat.image, ticket)
    code = "paper.named_by_labels" if marked else "paper.placed_by_labels"
    scan.flag(code, number, form=ticket.form, version=str(ticket.version))
    return _answers(scan, flat, seen, ticket, number)


# what stands on it ----------------------------------------------------------------------------------------------------


def _answers(scan: OneScan, flat: Flattened, seen: npt.NDArray[np.bool_], ticket: Ticket, number: int) -> ReadPage:
    """Read the places of a page that lies flat; those beyond the edge of the photograph are named instead."""
    if scan.layout is None:
        raise ValueError(ticket)
    page = scan.layout.pages[ticket.page - 1]
    cut = tuple(place for place in page.places if _is_cut(seen, place))
    beyond = {place.path for place in cut}  # of a question with a check box beyond the edge nothing is known
    places = [place for place in page.places if place.path not in beyond]
    blank = scan.blank(scan.layout, ticket.page)
    looked, lines = look(scan.engine, flat.image, blank, places, number)
    agreed = agreement(lines, texts_of(scan.layout, page))
    if agreed < _MIN_AGREEMENT:
        scan.flag("paper.layout_mismatch", number, matched=str(round(100 * agreed)))
        return _free(scan, flat.image, number, lines, ticket)
    scan.read.add(ticket.page)
    scan.seen += looked
    if cut:
        scan.flag("paper.cut_off", number, tuple(sorted(beyond)))
    return _shown(flat.image, ticket)


def _is_cut(seen: npt.NDArray[np.bool_], place: Place) -> bool:
    left, top, right, bottom = pixels(place.box)
    return float(seen[top:bottom, left:right].mean()) < 1.0 - _MAX_CUT

"""Pages of pixels in, proposed values and flags out: what the scans worker calls in a process of its own.

One page that fails never stops the others; whatever is odd about a page – blank, upside down, cut off, of another
form or project, with a QR code that lies – becomes a flag. A page that is placed by its labels, for want of marks or
of a code, is read like any other and says so.
"""

import contextlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import count
from typing import Final

import cv2
import numpy as np
import numpy.typing as npt

from mobile_contract.forms import FormDefinition
from mobile_contract.problems import Refused
from mobile_contract.records import Flag
from ocr.crops import pixels
from ocr.draw import encode
from ocr.engine import Engine, Image, Line
from ocr.fields import Context, Seen, missing, propose
from ocr.flatten import Flattened, Flattener
from ocr.freely import read_freely
from ocr.geometry import EDITION, Box, Layout, Place
from ocr.labels import agreement, recognise, register_by_labels, shown_twice
from ocr.layout import layout_of
from ocr.look import look
from ocr.meaning import Vocabularies
from ocr.outcome import ReadPage, ReadResult
from ocr.page import Registration, find_marks, is_blank, rectify, register, seen_part, shows_two_sheets, strip, upright
from ocr.sheet import blank_pages, texts_of
from ocr.ticket import Ticket, find_tickets
from ocr.trust import Fit, shipped

#: Finds a published version of a form by its id and version.
Forms = Callable[[str, int], FormDefinition | None]
#: A page: its pixels, or what gives them when its turn has come; that may raise :class:`Refused`.
Source = Image | Callable[[], Image]

MAX_PAGES: Final = 40
_MAX_SIDE: Final = 3000
_MIN_SIDE: Final = 64  # pixels: nobody can read anything on less
#: Below this share of the blank form's print found on the page, the page is not of that form.
_MIN_MATCH: Final = 0.6
#: Below this share of its words read where they stand, it is not either: another version may have the same rulings.
_MIN_AGREEMENT: Final = 0.6
#: Less of the table than this in the photograph says too little.
_MIN_SEEN: Final = 0.25
#: A place of which more than this lies beyond the edge of the photograph is not read.
_MAX_CUT: Final = 0.02
_CODE: Final = Box(left=160, top=16, right=194, bottom=50)  # the QR code and the paper round it


@dataclass(frozen=True, kw_only=True)
class Hints:
    """What helps: the project's vocabularies by name, and the year of dates written without one.

    ``known`` are the forms that a page without a legible code may be of. ``projects`` are the names under which the
    QR code may know the scan's project; empty when any will do. ``skip`` names pages that are not to be read, with the
    reason: those that stopped the process last time. ``fit`` judges how far to trust a value.
    """

    lists: Vocabularies = field(default_factory=dict)
    year: int | None = None
    known: Sequence[FormDefinition] = ()
    projects: frozenset[str] = frozenset()
    skip: Mapping[int, str] = field(default_factory=dict)
    fit: Fit = field(default_factory=shipped)


@dataclass(kw_only=True)
class _Scan:
    """What is known while the pages of one scan are read."""

    engine: Engine
    forms: Forms
    hints: Hints
    layout: Layout | None = None
    ticket: Ticket | None = None
    seen: list[Seen] = field(default_factory=list)
    flags: list[Flag] = field(default_factory=list)
    read: set[int] = field(default_factory=set)
    _blanks: dict[tuple[str, int, str], tuple[Image, ...]] = field(default_factory=dict)
    _known: tuple[Layout, ...] | None = None

    def flag(self, code: str, number: int, paths: tuple[str, ...] = (), **params: str) -> None:
        self.flags.append(Flag(code=code, paths=paths, params={"page": str(number), **params}))

    def blank(self, layout: Layout, page: int) -> Image:
        """Return the empty page of a sheet; the sheets of the last form or two are kept."""
        key = (layout.form.id, layout.form.version, layout.language)
        if key not in self._blanks:
            while len(self._blanks) > 1:
                self._blanks.pop(next(iter(self._blanks)))
            self._blanks[key] = blank_pages(layout)
        return self._blanks[key][page - 1]

    @property
    def known(self) -> tuple[Layout, ...]:
        """The sheets that a page without a code may be of: that of the pages before it first."""
        if self._known is None:
            self._known = tuple(sheet for form in self.hints.known for sheet in _sheets(form))
        return self._known if self.layout is None else (self.layout, *self._known)


def read_pages(
    pages: Iterable[Source],
    forms: Forms,
    engine: Engine,
    hints: Hints | None = None,
    begin: Callable[[int], None] = lambda _number: None,
) -> ReadResult:
    """Read the pages of one scan.

    ``begin`` is told the number of each page (from 1) before it is asked for, decoded and read, so that whoever watches
    knows which page hangs; and in the end one more. Never raises for what is on a page; if there are more than
    :data:`MAX_PAGES`, the first that is not read is flagged.
    """
    scan = _Scan(engine=engine, forms=forms, hints=hints or Hints())
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


def _sheets(form: FormDefinition) -> Iterator[Layout]:
    """Lay out a form in each language it has a title in; one that no paper holds is on none."""
    with contextlib.suppress(Refused):
        yield from (layout_of(form, language) for language in form.title)


def _on_page(layout: Layout, number: int, path: str) -> bool:
    return any(place.path == path for place in layout.pages[number - 1].places)


def _safely(scan: _Scan, source: Source, number: int) -> ReadPage:
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
    scan: _Scan, page: Image, number: int, lines: Sequence[Line] | None = None, ticket: Ticket | None = None
) -> ReadPage:
    """Read an upright page of which it is not known what stands where."""
    found = read_freely(scan.engine, page, scan.engine.read_page(page) if lines is None else lines, number)
    shown = _shown(found.image, ticket)
    return replace(shown, lines=found.lines, tables=found.tables, pairs=found.pairs, text=found.text)


# which sheet a page is, and where it lies -----------------------------------------------------------------------------


def _read_page(scan: _Scan, photo: Image, number: int) -> ReadPage:
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


def _by_code(scan: _Scan, photo: Image, registration: Registration, ticket: Ticket, number: int) -> ReadPage:
    """Read a page that has its marks, and a code that says what it is."""
    page, seen = rectify(photo, registration), seen_part(photo, registration)
    layout = _accept(scan, ticket, number)
    if layout is None:
        unknown = scan.flags[-1].code == "paper.unknown_form"
        return _free(scan, page, number, ticket=ticket) if unknown else _shown(page, ticket)
    flat = Flattener(scan.blank(layout, ticket.page)).flatten(page, seen)
    if flat.matched < _MIN_MATCH:
        # The code names this form, the print says otherwise: nothing read here would stand where it belongs.
        scan.flag("paper.layout_mismatch", number, matched=str(round(100 * flat.matched)))
        return _free(scan, page, number, ticket=ticket)
    return _answers(scan, flat.sharpened(photo, registration.to_page), seen, ticket, number)


def _without_marks(scan: _Scan, photo: Image, number: int, *, two: bool) -> ReadPage:
    if two or is_blank(photo):
        scan.flag("paper.two_sheets" if two else "paper.blank_page", number)
        return _shown(photo)
    image, lines = upright(photo, scan.engine)
    return _by_labels(scan, image, lines, number, marked=False)


def _by_labels(scan: _Scan, image: Image, lines: Sequence[Line], number: int, *, marked: bool) -> ReadPage:
    """Read a page that lacks its marks, or (``marked``: it is laid flat already) its code, if its labels are known."""
    tickets = () if marked else find_tickets(image)
    if len(tickets) > 1:
        scan.flag("paper.two_sheets", number)
        return _shown(image)
    layouts = _named(scan, tickets[0], number) if tickets else scan.known
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
            named = Ticket(
                form=layout.form.id,
                version=layout.form.version,
                page=candidate.page,
                pages=len(layout.pages),
                language=layout.language,
            )
            best = flat, seen, next(iter(tickets), named)
    if best is None:
        scan.flag("paper.no_sheet", number)
        return _free(scan, image, number, lines)
    flat, seen, ticket = best
    if _accept(scan, ticket, number) is None:
        return _shown(flat.image, ticket)
    code = "paper.named_by_labels" if marked else "paper.placed_by_labels"
    scan.flag(code, number, form=ticket.form, version=str(ticket.version))
    return _answers(scan, flat, seen, ticket, number)


def _named(scan: _Scan, ticket: Ticket, number: int) -> tuple[Layout, ...]:
    """Return the one sheet that a code names, if it is known."""
    form = scan.forms(ticket.form, ticket.version)
    if form is None:
        scan.flag("paper.unknown_form", number, form=ticket.form, version=str(ticket.version))
        return ()
    layout = layout_of(form, ticket.language)
    return (replace(layout, pages=tuple(page for page in layout.pages if page.number == ticket.page)),)


def _accept(scan: _Scan, ticket: Ticket, number: int) -> Layout | None:
    """Decide whether a page belongs to this scan: the first page with a known form says which form it is."""
    if _is_strange(scan, ticket, number):
        return None
    if scan.layout is None:
        form = scan.forms(ticket.form, ticket.version)
        if form is None:
            scan.flag("paper.unknown_form", number, form=ticket.form, version=str(ticket.version))
            return None
        scan.layout = layout_of(form, ticket.language)
        scan.ticket = ticket
    first = scan.ticket
    if first is None or not _same_sheet(first, ticket):
        scan.flag("paper.other_form", number)
        return None
    if ticket.page > len(scan.layout.pages):
        scan.flag("paper.layout_mismatch", number, matched="0")
        return None
    if ticket.page in scan.read:
        scan.flag("paper.page_repeated", number)
        return None
    if first.project == first.serial == "":
        scan.ticket = ticket  # a page that was known by its labels could not say
    return scan.layout


def _is_strange(scan: _Scan, ticket: Ticket, number: int) -> bool:
    """Flag a page of another project, or one whose answers stand elsewhere."""
    if scan.hints.projects and ticket.project and ticket.project not in scan.hints.projects:
        scan.flag("paper.other_project", number, project=ticket.project)
        return True
    if ticket.edition != EDITION:
        scan.flag("paper.other_edition", number, edition=str(ticket.edition))
        return True
    return False


def _same_sheet(one: Ticket, other: Ticket) -> bool:
    """Compare what two codes say; a page known by its labels says neither project nor serial."""
    told = [(ticket.project, ticket.serial) for ticket in (one, other) if ticket.project or ticket.serial]
    same_print = (one.form, one.version, one.language) == (other.form, other.version, other.language)
    return same_print and len(set(told)) < 2


# what stands on it ----------------------------------------------------------------------------------------------------


def _answers(scan: _Scan, flat: Flattened, seen: npt.NDArray[np.bool_], ticket: Ticket, number: int) -> ReadPage:
    """Read the places of a page that lies flat; those beyond the edge of the photograph are named instead."""
    if scan.layout is None:
        raise ValueError(ticket)
    page = scan.layout.pages[ticket.page - 1]
    cut = tuple(place for place in page.places if _is_cut(seen, place))
    beyond = {place.path for place in cut}  # of a question that lost one check box nothing is known
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

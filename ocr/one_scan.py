"""Which pages belong to one scan: what is known while it is read, and the form that its first known page names."""

import contextlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from mobile_contract.extractions import Flag
from mobile_contract.forms import FormDefinition
from mobile_contract.problems import Refused
from ocr.engine import Engine, Image
from ocr.fields import Seen
from ocr.geometry import EDITION, Layout
from ocr.layout import layout_of
from ocr.meaning import Vocabularies
from ocr.sheet import blank_pages
from ocr.ticket import Ticket
from ocr.trust import Fit, shipped

#: Finds a published version of a form by its id and version.
Forms = Callable[[str, int], FormDefinition | None]


@dataclass(frozen=True, kw_only=True)
class Hints:
    """What helps: the project's vocabularies by name, and the year of dates written without one.

    ``known`` are the forms that a page without a legible code may be of. ``projects`` are the names under which the
    QR code may know the scan's project; empty when any will do. ``skip`` names pages that are not to be read, with the
    reason: those that stopped the process last time. ``fit`` judges how far to trust a value. ``turns`` are the
    degrees by which a person turned pages clockwise, from how they would be laid.
    """

    lists: Vocabularies = field(default_factory=dict)
    year: int | None = None
    known: Sequence[FormDefinition] = ()
    projects: frozenset[str] = frozenset()
    skip: Mapping[int, str] = field(default_factory=dict)
    fit: Fit = field(default_factory=shipped)
    turns: Mapping[int, int] = field(default_factory=dict)


@dataclass(kw_only=True)
class OneScan:
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
        """Note what is odd about page ``number``: a code of the contract, the fields it concerns, its parameters."""
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


def _sheets(form: FormDefinition) -> Iterator[Layout]:
    """Lay out a form in each language it has a title in; one that no paper holds is on none."""
    with contextlib.suppress(Refused):
        yield from (layout_of(form, language) for language in form.title)


def named(scan: OneScan, ticket: Ticket, number: int) -> tuple[Layout, ...]:
    """Return the one sheet that a code names, if it is known."""
    form = scan.forms(ticket.form, ticket.version)
    if form is None:
        scan.flag("paper.unknown_form", number, form=ticket.form, version=str(ticket.version))
        return ()
    layout = layout_of(form, ticket.language)
    return (replace(layout, pages=tuple(page for page in layout.pages if page.number == ticket.page)),)


def accept(scan: OneScan, ticket: Ticket, number: int) -> Layout | None:
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


def _is_strange(scan: OneScan, ticket: Ticket, number: int) -> bool:
    """Flag a page of another project, or one whose answers stand elsewhere."""
    if scan.hints.projects and ticket.project and ticket.project not in scan.hints.projects:
        scan.flag("paper.other_project", number, project=ticket.project)
        return True
    if ticket.edition != EDITION:
        scan.flag("paper.other_edition", number, edition=str(ticket.edition))
        return True
    return False


def _same_sheet(one: Ticket, other: Ticket) -> bool:
    """Return whether two codes may be of one sheet; a page known by its labels has neither project nor serial."""
    printed_for = [(ticket.project, ticket.serial) for ticket in (one, other) if ticket.project or ticket.serial]
    same_print = (one.form, one.version, one.language) == (other.form, other.version, other.language)
    return same_print and len(set(printed_for)) < 2

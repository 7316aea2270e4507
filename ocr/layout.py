"""Where everything stands on the printed sheet of a form. Pure: the printer and the reader both call this.

A sheet is a table in twelve columns between the marks: a line of questions is as many as their ``paper_width`` allows,
a repeat is a table with its head repeated on every page it reaches.
"""

from collections.abc import Iterator
from typing import Final

from mobile_contract.forms import Field, FieldType, FormDefinition, Group, Item, Note, Repeat
from mobile_contract.problems import Refused
from ocr.cells import MAX_LABEL, Cell, label_width
from ocr.flow import Flow
from ocr.geometry import LEFT, RIGHT, Box, Frame, Layout, Page, Text
from ocr.tables import table
from ocr.words import CHINESE, field_label, label_text, line_count

MAX_PAGES: Final = 40
#: Shares of their height that lines and rows may give up where that saves a page.
_TIGHT: Final = (1.0, 0.93, 0.86)
_COLUMN: Final = (RIGHT - LEFT) / 12
_WIDE: Final = 4  # columns from which on a question shares the label width of those that begin where it does
_NOTE_SIZE: Final = 8.5

#: Types that paper cannot hold.
_NOT_ON_PAPER: Final = {FieldType.PHOTO, FieldType.AUDIO, FieldType.VIDEO, FieldType.GEOPOINT}


def layout_of(form: FormDefinition, language: str = CHINESE) -> Layout:
    """Return the layout of ``form`` in a language: the same definition always gives the same sheet.

    Raises :class:`Refused` (``paper.form_too_wide``) when a line, a table or an answer cannot fit the page, or the form
    :data:`MAX_PAGES`; its parameter ``name`` is the question, or empty.
    """
    pages = min((_pages(form, language, tight) for tight in _TIGHT), key=len)  # of as many pages the roomiest
    if len(pages) > MAX_PAGES:
        raise Refused("paper.form_too_wide", name="", reason=f"{len(pages)} > {MAX_PAGES}")
    return Layout(form=form, pages=pages, language=language)


def _pages(form: FormDefinition, language: str, tight: float) -> tuple[Page, ...]:
    flow = Flow(form=form, language=language, tight=tight)
    for line in _lines(form.items):
        if isinstance(line, list):
            _share_label_widths(flow, line)
    for line in _lines(form.items):
        _draw(flow, line)
    return flow.finish()


def _lines(items: tuple[Item, ...]) -> Iterator[list[Field] | Group | Note | Repeat]:
    """Take a form apart from top to bottom: lines of questions, headings (groups), notes and tables."""
    line: list[Field] = []
    for item in items:
        if isinstance(item, Field):
            if item.type in _NOT_ON_PAPER:
                continue
            if not 1 <= item.paper_width <= 12:
                raise Refused("paper.form_too_wide", name=item.name, reason=f"{item.name}: {item.paper_width}/12")
            if sum(other.paper_width for other in line) + item.paper_width > 12:
                yield line
                line = []
            line.append(item)
            continue
        if line:
            yield line
            line = []
        yield item
        if isinstance(item, Group):
            yield from _lines(item.items)
    if line:
        yield line


def _share_label_widths(flow: Flow, line: list[Field]) -> None:
    """Make the label cells of questions that begin at the same twelfth as wide as the widest of them needs."""
    at = 0
    for field in line:
        if field.paper_width >= _WIDE:
            own = min(label_width(field_label(field, flow.language)), MAX_LABEL)
            flow.label_widths[at] = max(flow.label_widths.get(at, 0.0), own)
        at += field.paper_width


def _draw(flow: Flow, line: list[Field] | Group | Note | Repeat) -> None:
    if isinstance(line, list):
        _questions(flow, line)
    elif isinstance(line, Group):
        # A heading never stands alone at the foot of a page.
        flow.heading(label_text(line.label, flow.language), keep_with=flow.line)
    elif isinstance(line, Note):
        _note(flow, label_text(line.label, flow.language))
    elif fields := [field for field in line.fields if field.type not in _NOT_ON_PAPER]:
        table(flow, line, fields)


def _questions(flow: Flow, fields: list[Field]) -> None:
    """Draw one line of questions: each a label cell and a cell for the answer."""
    widths = [field.paper_width * _COLUMN for field in fields]
    widths[-1] += RIGHT - LEFT - sum(widths)  # the frame of a line always reaches the margin
    begins = [sum(field.paper_width for field in fields[:number]) for number in range(len(fields))]
    cells = [Cell(flow, *of) for of in zip(fields, widths, begins, strict=True)]
    height = max(cell.height for cell in cells)
    top, left = flow.take(height), LEFT
    for cell in cells:
        cell.draw(flow, left, top, height)
        left += cell.width


def _note(flow: Flow, text: str) -> None:
    height = 2.2 + 4.2 * line_count(text, _NOTE_SIZE, RIGHT - LEFT - 3)
    top = flow.take(height)
    box = Box(left=LEFT, top=top, right=RIGHT, bottom=top + height)
    flow.frames.append(Frame(box=box))
    flow.texts.append(Text(box=box.inset(1.0), text=text, size=_NOTE_SIZE))

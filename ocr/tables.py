"""A repeat on paper: a table with a head, continued on the next page, its rows side by side where they are narrow."""

from dataclasses import dataclass
from typing import Final

from mobile_contract.forms import Field, FieldType, Repeat
from mobile_contract.problems import Refused
from ocr.comb import comb_of
from ocr.flow import CHECK, COMB_HEAD, HEADING, Flow
from ocr.geometry import LEFT, RIGHT, Box, Frame, Place
from ocr.words import field_label, label_text, line_count

_NUMBER: Final = 9.0  # the 序号 column
_MIN_COLUMN: Final = 9.0
_HEAD_SIZE: Final = 8.5
_HEAD_LINE: Final = 3.9
_PARTED: Final = 0.45


@dataclass(frozen=True, kw_only=True)
class _Table:
    repeat: Repeat
    fields: list[Field]
    widths: list[float]
    across: int

    @property
    def block(self) -> float:
        """The width of a row with its number."""
        return (RIGHT - LEFT) / self.across


def table(flow: Flow, repeat: Repeat, fields: list[Field]) -> None:
    """Draw the columns of ``repeat`` that paper can hold: a heading, the names of the columns, and the rows."""
    across = max(1, repeat.paper_across)
    share = ((RIGHT - LEFT) / across - _NUMBER) / sum(field.paper_width for field in fields)
    it = _Table(repeat=repeat, fields=fields, widths=[field.paper_width * share for field in fields], across=across)
    if min(it.widths) < _MIN_COLUMN:
        narrow = fields[it.widths.index(min(it.widths))]
        reason = f"{repeat.name}/{narrow.name}: {min(it.widths):.0f} mm < {_MIN_COLUMN:.0f} mm"
        raise Refused("paper.form_too_wide", name=narrow.name, reason=reason)
    title = label_text(repeat.label, flow.language)
    head = _head_height(flow, it)
    flow.heading(title, keep_with=head + 2 * flow.row)
    _head(flow, it, head)
    done, rows = 0, max(1, repeat.paper_rows)
    while done < rows:
        lines = -(-(rows - done) // across)
        while lines > 1 and not flow.fits(lines * flow.row):
            lines -= 1
        if not flow.fits(flow.row):
            flow.break_page()
            flow.heading(flow.words.continued.format(title))
            _head(flow, it, head)
            continue
        top = flow.take(lines * flow.row)
        _part(flow, it, top, lines * flow.row)
        for block in range(across):
            for line in range(lines):
                done += 1
                _row(flow, it, done if done <= rows else None, LEFT + block * it.block, top + line * flow.row)


def _head_height(flow: Flow, it: _Table) -> float:
    lines = [
        line_count(field_label(field, flow.language), _HEAD_SIZE, width - 1.2)
        for field, width in zip(it.fields, it.widths, strict=True)
    ]
    return max(HEADING, max(lines) * _HEAD_LINE + 2.2 + (COMB_HEAD if _has_amounts(it) else 0.0))


def _has_amounts(it: _Table) -> bool:
    combs = (comb_of(field, 0.0, width, filling=True) for field, width in zip(it.fields, it.widths, strict=True))
    return any(comb is not None and comb.places for comb in combs)


def _head(flow: Flow, it: _Table, height: float) -> None:
    top = flow.take(height)
    _part(flow, it, top, height)
    for block in range(it.across):
        left = LEFT + block * it.block
        names = [flow.words.ordinal, *(field_label(field, flow.language) for field in it.fields)]
        for text, width, field in zip(names, [_NUMBER, *it.widths], [None, *it.fields], strict=True):
            box = Box(left=left, top=top, right=left + width, bottom=top + height)
            comb = None if field is None else comb_of(field, box.left, box.right, filling=True)
            if field is None or comb is None or not comb.places:
                flow.words_in(box, text, size=_HEAD_SIZE)
            else:
                foot = box.bottom - COMB_HEAD
                flow.words_in(Box(left=left, top=top, right=box.right, bottom=foot), text, size=_HEAD_SIZE)
                flow.frames.append(Frame(box=box))
                flow.comb_head(field, Box(left=left, top=foot, right=box.right, bottom=box.bottom))
            left += width


def _part(flow: Flow, it: _Table, top: float, height: float) -> None:
    """Rule off from each other the rows that stand side by side."""
    for block in range(1, it.across):
        x = LEFT + block * it.block
        flow.frames.append(Frame(box=Box(left=x, top=top, right=x, bottom=top + height), weight=_PARTED))


def _row(flow: Flow, it: _Table, ordinal: int | None, left: float, top: float) -> None:
    """Draw one row; without an ordinal it only fills up the line, crossed by nothing."""
    if ordinal is None:
        flow.frames.append(Frame(box=Box(left=left, top=top, right=left + it.block, bottom=top + flow.row)))
        return
    flow.words_in(Box(left=left, top=top, right=left + _NUMBER, bottom=top + flow.row), str(ordinal), size=9)
    left += _NUMBER
    for field, width in zip(it.fields, it.widths, strict=True):
        cell = Box(left=left, top=top, right=left + width, bottom=top + flow.row)
        flow.frames.append(Frame(box=cell))
        path = f"fields/{it.repeat.name}/{ordinal}/{field.name}"
        if field.type is FieldType.BOOLEAN:
            _check_box(flow, path, field, cell)
        else:
            flow.answer(path, field, cell, headed=False)
        left += width


def _check_box(flow: Flow, path: str, field: Field, cell: Box) -> None:
    x, y = (cell.left + cell.right - CHECK) / 2, (cell.top + cell.bottom - CHECK) / 2
    box = Box(left=x, top=y, right=x + CHECK, bottom=y + CHECK)
    flow.frames.append(Frame(box=box, weight=0.3))
    flow.places.append(Place(path=path, field=field, box=box, choice="true"))

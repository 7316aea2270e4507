"""Looking at every place of a flattened page: ink of check boxes, crops and lines of what is written."""

from collections.abc import Sequence
from typing import Final

from mobile_contract.forms import FieldType
from ocr.crops import (
    FRAME_MM,
    Ink,
    PixelBox,
    cut,
    ink_of,
    lines_of,
    pixels,
    tick_box,
    tick_share,
    without_teeth,
    written_cells,
)
from ocr.engine import Engine, Image, Line
from ocr.fields import Seen
from ocr.geometry import Place
from ocr.meaning import alphabet

_TALL_PX: Final = 118  # a box of 15 mm has room for two lines
_SAME_ROW: Final = 0.5  # of the lower line's height: lines whose middles are nearer stand in one row

_Row = tuple[PixelBox, str]


def look(
    engine: Engine, page: Image, blank: Image, places: Sequence[Place], number: int
) -> tuple[list[Seen], tuple[Line, ...]]:
    """Read every place of page ``number`` of a scan, in the order of ``places``; return them and all lines of the page.

    A page on which nothing is written has no lines: it is not read as a whole.
    """
    ink = ink_of(page, blank)
    written = [place for place in places if place.choice is None and place.field.type is not FieldType.SIGNATURE]
    page = without_teeth(page, written)
    boxes = [pixels(place.box.inset(FRAME_MM)) for place in written]
    page_lines = engine.read_page(page) if any(ink.share(box) > 0 for box in boxes) else ()
    rows = [_rows_in(box, page_lines) for box in boxes]
    lines = [_lines(ink, box, found) for box, found in zip(boxes, rows, strict=True)]
    crops, alphabets = [], []
    for place, box, found in zip(written, boxes, lines, strict=True):
        crops += [cut(page, line, box) for line in found]
        alphabets += [alphabet(place.field)] * len(found)
    readings = iter(engine.read_crops(crops, alphabets))
    seen = [
        Seen(
            place=place,
            box=box,
            number=number,
            ink=ink.share(box),
            crop=tuple(next(readings) for _ in found),
            page="\n".join(text for _, text in own) or None,
            cells=written_cells(ink, place),
        )
        for place, box, found, own in zip(written, boxes, lines, rows, strict=True)
    ]
    seen += [
        Seen(place=place, box=tick_box(place.box), number=number, ink=tick_share(ink, place.box))
        for place in places
        if place.choice is not None
    ]
    order = {place.path: index for index, place in reversed(list(enumerate(places)))}
    return sorted(seen, key=lambda one: order[one.place.path]), page_lines


def _lines(ink: Ink, box: PixelBox, rows: Sequence[_Row]) -> list[PixelBox]:
    """Return what to crop: the rows the detector saw where there are several, else all the ink of a flat box."""
    tall = box[3] - box[1] > _TALL_PX
    if len(rows) > 1 or (tall and rows):
        return [line for line, _ in rows]
    return lines_of(ink, box, several=tall)


def _rows_in(box: PixelBox, lines: Sequence[Line]) -> list[_Row]:
    """Return the lines that lie in a box, joined into rows from top to bottom.

    A line that reaches far out of the box is left out: it holds more than this answer.
    """
    inside: list[_Row] = []
    for line in lines:
        left, top = (round(float(side)) for side in line.quad.min(axis=0))
        right, bottom = (round(float(side)) for side in line.quad.max(axis=0))
        shared = min(right, box[2]) - max(left, box[0])
        if box[1] <= (top + bottom) / 2 <= box[3] and shared > 0.75 * (right - left):
            inside.append(((left, top, right, bottom), line.text))
    rows: list[list[_Row]] = []
    for one in sorted(inside, key=lambda row: row[0][1] + row[0][3]):
        if rows and _middle(one) - _middle(rows[-1][-1]) < _SAME_ROW * (one[0][3] - one[0][1]):
            rows[-1].append(one)
        else:
            rows.append([one])
    return [_joined(sorted(row)) for row in rows]


def _middle(row: _Row) -> float:
    return (row[0][1] + row[0][3]) / 2


def _joined(row: Sequence[_Row]) -> _Row:
    lefts, tops, rights, bottoms = zip(*(box for box, _ in row), strict=True)
    return (min(lefts), min(tops), max(rights), max(bottoms)), "".join(text for _, text in row)

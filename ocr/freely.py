"""Reading a page of an unknown form: its lines, its tables, and labels with their answers, by geometry alone."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from mobile_contract.extractions import (
    FoundCell,
    FoundChoice,
    FoundLine,
    FoundPair,
    FoundTable,
)
from ocr.boxes import CheckBox, check_boxes
from ocr.engine import Engine, Image, Line
from ocr.grids import Cell, Option, Pair, Piece, PixelBox, Table, understand
from ocr.loose import loose_pairs, loose_tables, rows_of
from ocr.rulings import cells, rulings
from ocr.straighten import straighten

#: What is kept of one page in the record; the whole text is a blob.
MAX_LINES: Final = 120
MAX_PAIRS: Final = 120
MAX_TABLES: Final = 6
MAX_CELLS: Final = 400
MAX_TEXT: Final = 160
_LATIN: Final = 0.7  # of the characters: lines in which words have spaces between them
_TALLER: Final = 1.75
_PLACES: Final = frozenset("亿千百十万元角分")
_BESIDE: Final = 2.5  # sides of a check box: how far its words may begin


@dataclass(frozen=True, kw_only=True)
class FreePage:
    """A page laid straight, and what stands on it; ``text`` is all of it in reading order.

    ``lines`` are those that belong to no table and no pair.
    """

    image: Image
    text: str
    lines: tuple[FoundLine, ...] = ()
    tables: tuple[FoundTable, ...] = ()
    pairs: tuple[FoundPair, ...] = ()


def read_freely(engine: Engine, image: Image, lines: Sequence[Line], number: int) -> FreePage:
    """Read page ``number`` of a scan, upright, on which ``lines`` were found."""
    image, lines = straighten(image, lines)
    ruled = cells(rulings(image))
    ticks = check_boxes(image)
    pieces = _pieces(engine, image, lines, [box for table in ruled for box in table], ticks)
    taken: set[int] = set()
    pairs: list[Pair] = []
    tables: list[Table] = []
    for boxes in ruled:
        filled = [_cell(box, pieces, ticks, taken) for box in boxes]
        content = understand(filled)
        pairs += content.pairs
        tables += content.tables
    outside = [piece for index, piece in enumerate(pieces) if index not in taken]
    aligned, rest = loose_tables(outside)
    rows = rows_of(pieces)
    found_tables = tuple(_tables([*tables, *aligned], number))
    found_pairs = tuple(_pair(pair, number) for pair in [*pairs, *loose_pairs(rest)][:MAX_PAIRS])
    used = [*(t.box for t in found_tables), *(b for p in found_pairs for b in (p.box, p.key_box))]
    others = [piece for row in rows for piece in row if not any(_within(piece.box, box) for box in used)]
    return FreePage(
        image=image,
        text="\n".join(" ".join(piece.text for piece in row) for row in rows),
        lines=tuple(_line(piece, number) for piece in others[:MAX_LINES]),
        tables=found_tables,
        pairs=found_pairs,
    )


# texts and where they belong ------------------------------------------------------------------------------------------


def _pieces(
    engine: Engine, image: Image, lines: Sequence[Line], boxes: Sequence[PixelBox], ticks: Sequence[CheckBox]
) -> list[Piece]:
    """Return the lines as pieces; what goes across walls or check boxes, or lost its spaces, is read again in parts."""
    pieces: list[Piece] = []
    again: list[PixelBox] = []
    for line in lines:
        box = _bounds(line)
        walled = list(_between_walls(box, boxes))
        parts = [part for one in (walled if len(walled) > 1 else [box]) for part in _between_ticks(one, ticks)]
        if parts != [box] or _is_latin(line.text):
            again += parts
        elif line.text.strip():
            pieces.append(Piece(text=line.text.strip(), box=box, score=line.score))
    crops = [_cut(image, box) for box in again]
    for box, reading in zip(again, engine.read_crops(crops, [None] * len(crops)), strict=True):
        if reading.text.strip():
            pieces.append(Piece(text=reading.text.strip(), box=box, score=reading.mean))
    return pieces


def _between_walls(box: PixelBox, cells_: Sequence[PixelBox]) -> Iterator[PixelBox]:
    """Yield the parts of a line between the walls of the cells that it crosses."""
    middle, high = (box[1] + box[3]) / 2, box[3] - box[1]
    for cell in cells_:
        left, right = max(box[0], cell[0]), min(box[2], cell[2])
        if cell[1] <= middle <= cell[3] and right - left > 0.5 * high:
            yield left, box[1], right, box[3]


def _between_ticks(box: PixelBox, ticks: Sequence[CheckBox]) -> Iterator[PixelBox]:
    """Cut a line at the check boxes in it, leaving them out: as characters they are read one way or the other."""
    left, middle, high = box[0], (box[1] + box[3]) / 2, box[3] - box[1]
    for tick in sorted(ticks, key=lambda tick: tick.box[0]):
        inside = tick.box[1] <= middle <= tick.box[3] and left - tick.side < tick.box[0] < box[2]
        if inside and high < _TALLER * tick.side:  # in larger type it is a part of a character
            if tick.box[0] - left > tick.side:
                yield left, box[1], tick.box[0] - tick.side // 6, box[3]
            left = tick.box[2] + tick.side // 5
    if box[2] - left > 0.3 * high:
        yield left, box[1], box[2], box[3]


def _is_latin(text: str) -> bool:
    letters = sum(char.isalpha() and ord(char) < 0x250 for char in text)
    return len(text) > 4 and " " not in text and letters > _LATIN * len(text)


def _bounds(line: Line) -> PixelBox:
    left, top = (max(0, round(float(side))) for side in line.quad.min(axis=0))
    right, bottom = (round(float(side)) for side in line.quad.max(axis=0))
    return left, top, max(left + 1, right), max(top + 1, bottom)


def _cut(image: Image, box: PixelBox) -> Image:
    return np.ascontiguousarray(image[box[1] : box[3], box[0] : box[2]])


def _cell(box: PixelBox, pieces: Sequence[Piece], ticks: Sequence[CheckBox], taken: set[int]) -> Cell:
    """Return what stands in a cell; a check box takes the words at its right."""
    inside = [index for index, piece in enumerate(pieces) if _within(piece.box, box)]
    taken.update(inside)
    marks = [tick for tick in ticks if _within(tick.box, box)]
    words = _without_places([pieces[index] for index in inside])
    options = []
    for tick in _in_order(marks):
        beside = min((piece for piece in words if _beside(piece, tick)), key=lambda p: p.box[0], default=None)
        options.append(Option(text=beside.text if beside else "", checked=tick.checked))
        words = [piece for piece in words if piece is not beside]
    ordered = [piece for row in rows_of(words) for piece in row]
    return Cell(box=box, pieces=tuple(ordered), options=tuple(options))


def _without_places(words: Sequence[Piece]) -> list[Piece]:
    """Return the words without the names of places of digits (千百十元角分) printed over an amount to be written."""
    places = [piece for piece in words if set(piece.text) <= _PLACES]
    return [piece for piece in words if piece not in places] if sum(len(p.text) for p in places) > 2 else list(words)


def _in_order(ticks: Sequence[CheckBox]) -> list[CheckBox]:
    by_box = {tick.box: tick for tick in ticks}
    return [by_box[piece.box] for row in rows_of([Piece(text="", box=tick.box) for tick in ticks]) for piece in row]


def _within(inner: PixelBox, outer: PixelBox) -> bool:
    x, y = (inner[0] + inner[2]) / 2, (inner[1] + inner[3]) / 2
    return outer[0] <= x <= outer[2] and outer[1] <= y <= outer[3]


def _beside(piece: Piece, tick: CheckBox) -> bool:
    middle = (tick.box[1] + tick.box[3]) / 2
    gap = piece.box[0] - tick.box[2]
    return piece.box[1] <= middle <= piece.box[3] and -0.5 * tick.side <= gap <= _BESIDE * tick.side


# for the wire ---------------------------------------------------------------------------------------------------------


def _line(piece: Piece, number: int) -> FoundLine:
    return FoundLine(text=piece.text[:MAX_TEXT], page=number, box=piece.box, confidence=_thousandths(piece.score))


def _pair(pair: Pair, number: int) -> FoundPair:
    options = pair.value.options
    value = ", ".join(option.text for option in options if option.checked) if options else pair.value.text
    return FoundPair(
        key=pair.key.text[:MAX_TEXT],
        value=value[:MAX_TEXT],
        page=number,
        box=pair.value.box,
        key_box=pair.key.box,
        confidence=_thousandths(min(pair.key.score, pair.value.score)),
        choices=tuple(FoundChoice(text=option.text[:MAX_TEXT], checked=option.checked) for option in options[:40]),
        group=pair.group[:MAX_TEXT],
    )


def _tables(tables: Sequence[Table], number: int) -> Iterator[FoundTable]:
    left = MAX_CELLS
    for table in tables[:MAX_TABLES]:
        found = [
            FoundCell(
                row=row,
                column=column,
                text=_as_text(cell)[:MAX_TEXT],
                box=cell.box,
                confidence=_thousandths(cell.score),
            )
            for row, cells_ in enumerate(table.rows)
            for column, cell in enumerate(cells_)
        ][:left]
        left -= len(found)
        lefts, tops, rights, bottoms = zip(*(cell.box for row in table.rows for cell in row), strict=True)
        yield FoundTable(
            page=number,
            box=(min(lefts), min(tops), max(rights), max(bottoms)),
            rows=len(table.rows),
            columns=max(len(row) for row in table.rows),
            cells=tuple(found),
            label=table.label[:MAX_TEXT],
            ruled=table.ruled,
        )


def _as_text(cell: Cell) -> str:
    """Return a cell as text: ``☑`` or ``□`` for a check box alone."""
    marks = " ".join(("☑" if option.checked else "□") + option.text for option in cell.options)
    return " ".join(part for part in (cell.text, marks) if part)


def _thousandths(share: float) -> int:
    return max(0, min(1000, round(1000 * share)))

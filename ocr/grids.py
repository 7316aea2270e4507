"""What the cells of a ruled form mean: which of them are tables, and which are labels with their answers. Pure.

A form of the trade is one grid. Rows that are divided alike, under a row of names, are a table; in the others a label
is followed by its answer; a row of one short text is a heading.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

PixelBox = tuple[int, int, int, int]

_MAX_LABEL: Final = 24
_COLONS: Final = ":\uff1a"
_ORDINAL_HEADS: Final = frozenset({"序号", "编号", "序", "no", "no.", "#", "item", "s/n", "sn"})
_VALUE: Final = re.compile(r"[\d\s.,:/\-+~%¥年月日时分]*\d[\d\s.,:/\-+~%¥年月日时分]*\S{0,3}")


@dataclass(frozen=True, kw_only=True)
class Piece:
    """A text with its place, and how sure the reader was (0…1)."""

    text: str
    box: PixelBox
    score: float = 1.0


@dataclass(frozen=True, kw_only=True)
class Option:
    """A check box, the words at it, and whether there is ink in it."""

    text: str
    checked: bool


@dataclass(frozen=True, kw_only=True)
class Cell:
    """A cell with the lines in it, from top to bottom, and its check boxes."""

    box: PixelBox
    pieces: tuple[Piece, ...] = ()
    options: tuple[Option, ...] = ()

    @property
    def text(self) -> str:
        """All that stands in it, a line each."""
        return "\n".join(piece.text for piece in self.pieces)

    @property
    def score(self) -> float:
        """How sure the least sure of its lines is; 1 of an empty cell."""
        return min((piece.score for piece in self.pieces), default=1.0)


@dataclass(frozen=True, kw_only=True)
class Pair:
    """A label and its answer, under a heading."""

    key: Piece
    value: Cell
    group: str = ""


@dataclass(frozen=True, kw_only=True)
class Table:
    """Rows of cells, the first of which names the columns."""

    rows: tuple[tuple[Cell, ...], ...]
    label: str = ""
    ruled: bool = True


@dataclass(kw_only=True)
class Content:
    """What a grid holds."""

    pairs: list[Pair] = field(default_factory=list)
    tables: list[Table] = field(default_factory=list)


def understand(cells: Sequence[Cell]) -> Content:
    """Return the labels, answers and tables of one grid."""
    content = Content()
    bands = list(_bands(cells))
    heading, at = "", 0
    while at < len(bands):
        rows = _table_at(bands[at:])
        if rows:
            content.tables.append(Table(rows=rows, label=heading))
            heading = ""
        else:
            heading = _single(bands[at]) or heading
            content.pairs += _pairs(bands[at], heading)
        at += max(1, len(rows))
    return content


def is_label(text: str) -> bool:
    """Return whether a text could name what stands beside it."""
    plain = text.strip().rstrip(_COLONS)
    return 0 < len(plain) <= _MAX_LABEL and "\n" not in plain.strip() and not is_value(plain)


def is_value(text: str) -> bool:
    """Return whether a text is a number, an amount, a date or a time, with a unit or without."""
    return _VALUE.fullmatch(text.strip()) is not None


def _bands(cells: Iterable[Cell]) -> Iterator[tuple[Cell, ...]]:
    """Return the cells that begin at about the same height, from left to right, from top to bottom."""
    band: list[Cell] = []
    for cell in sorted(cells, key=lambda cell: cell.box[1]):
        if band and cell.box[1] - band[0].box[1] > 0.4 * min(one.box[3] - one.box[1] for one in (*band, cell)):
            yield tuple(sorted(band, key=lambda one: one.box[0]))
            band = []
        band.append(cell)
    if band:
        yield tuple(sorted(band, key=lambda one: one.box[0]))


def _table_at(bands: Sequence[tuple[Cell, ...]]) -> tuple[tuple[Cell, ...], ...]:
    """Return the table that the first of these bands is the head of, a row of cells each; none when it is no head."""
    head = bands[0]
    rows: list[tuple[Cell, ...]] = []
    for band in bands[1:] if len(head) > 1 else ():
        row = _beneath(head, band) if _alike(band, bands[1]) else None
        if row is None:
            break
        rows.append(row)
    return (head, *rows) if rows and _is_head(head, rows) else ()


def _alike(one: Sequence[Cell], other: Sequence[Cell]) -> bool:
    """Return whether two bands are divided at nearly the same places."""
    slack = _slack(one)
    return len(one) == len(other) and all(
        abs(a.box[side] - b.box[side]) <= slack for a, b in zip(one, other, strict=True) for side in (0, 2)
    )


def _beneath(head: Sequence[Cell], band: Sequence[Cell]) -> tuple[Cell, ...] | None:
    """Put the cells of a band together that stand under one cell of the head (元 角 分); ``None`` if some do not."""
    slack = _slack(head)
    row: list[Cell] = []
    for top in head:
        under = [one for one in band if top.box[0] - slack <= one.box[0] and one.box[2] <= top.box[2] + slack]
        if not under:
            return None
        row.append(
            Cell(
                box=_bounding_box(under),
                pieces=tuple(piece for one in under for piece in one.pieces),
                options=tuple(option for one in under for option in one.options),
            )
        )
    return tuple(row) if len(band) == sum(_inside(one, head, slack) for one in band) else None


def _inside(cell: Cell, head: Sequence[Cell], slack: float) -> int:
    return sum(top.box[0] - slack <= cell.box[0] and cell.box[2] <= top.box[2] + slack for top in head)


def _slack(band: Sequence[Cell]) -> float:
    return 0.012 * max(1, band[-1].box[2] - band[0].box[0]) + 4


def _is_head(head: Sequence[Cell], rows: Sequence[Sequence[Cell]]) -> bool:
    names = [cell.text for cell in head]
    if not all(is_label(name.replace("\n", "")) for name in names[1:]) or any(cell.options for cell in head):
        return False
    first = [row[0].text.strip() for row in rows]
    if names[0].strip().lower() in _ORDINAL_HEADS or _counts(first):
        return True
    if not is_label(names[0]) or len(rows) < 2:
        return False
    # Without numbers in front: a table if what stands below the names of the second, fourth … column are no names.
    below = [cell for row in rows for cell in row[1::2]]
    values = sum(not cell.text or is_value(cell.text) or bool(cell.options) for cell in below)
    blank = sum(not cell.text for row in rows for cell in row[0::2])
    return values > 0.6 * len(below) and (blank > 0 or any(is_value(cell.text) for cell in below) or len(head) % 2 == 1)


def _counts(texts: Sequence[str]) -> bool:
    """Return whether a column counts from one, some of it perhaps misread."""
    right = sum(text.rstrip(".、") == str(number) for number, text in enumerate(texts, start=1))
    return len(texts) > 1 and right > 0.6 * len(texts)


def _single(band: Sequence[Cell]) -> str:
    """Return the heading that a band is: one cell with one short text that is no question of its own."""
    text = band[0].text.strip()
    is_single = len(band) == 1 and not band[0].options and is_label(text) and not re.search(rf"[{_COLONS}].", text)
    return text.rstrip(_COLONS) if is_single else ""


def _pairs(band: Sequence[Cell], heading: str) -> Iterator[Pair]:
    """Return the questions of a band: a label cell and the cell at its right, or all within one cell."""
    cells = list(band)
    while cells:
        cell = cells.pop(0)
        inside = list(inline_pairs(cell.pieces, heading)) if not cell.options else []
        if inside:
            yield from inside
        elif is_label(cell.text.replace("\n", "")) and not cell.options and cells:
            key = Piece(
                text=cell.text.replace("\n", "").strip().rstrip(_COLONS),
                box=_bounding_box(cell.pieces),
                score=cell.score,
            )
            yield Pair(key=key, value=cells.pop(0), group=heading)


def inline_pairs(pieces: Sequence[Piece], group: str = "") -> Iterator[Pair]:
    """Return the pairs that stand in lines of their own, a colon between label and answer."""
    for piece in pieces:
        parts = re.split(rf"\s+(?=[^\s{_COLONS}]{{2,12}}[{_COLONS}])", piece.text)
        for part in parts:
            found = re.fullmatch(rf"\s*([^{_COLONS}]{{1,24}}?)\s*[{_COLONS}]\s*(.*)", part, re.DOTALL)
            if found is None or not is_label(found[1]) or found[1][-1:].isdigit():
                continue
            value = found[2].strip(" _")
            written = (Piece(text=value, box=piece.box, score=piece.score),) if value else ()
            key = Piece(text=found[1].strip(), box=piece.box, score=piece.score)
            yield Pair(key=key, value=Cell(box=piece.box, pieces=written), group=group)


def _bounding_box(things: Sequence[Piece] | Sequence[Cell]) -> PixelBox:
    lefts, tops, rights, bottoms = zip(*(thing.box for thing in things), strict=True)
    return min(lefts), min(tops), max(rights), max(bottoms)

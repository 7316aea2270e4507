"""What stands outside ruled cells: rows of text, labels with a colon, and columns made by their place alone. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Final

from ocr.grids import Cell, Pair, Piece, Table, inline_pairs, is_label, is_value

_MIN_COLUMNS: Final = 3
_MIN_ROWS: Final = 3  # with the names of the columns
_MAX_GAP: Final = 2.5  # heights of a line between two rows of a table


def rows_of(pieces: Sequence[Piece]) -> list[list[Piece]]:
    """Return the pieces in reading order: rows from top to bottom, each from left to right."""
    rows: list[list[Piece]] = []
    for piece in sorted(pieces, key=_middle):
        last = rows[-1][-1] if rows else None
        if last is not None and _middle(piece) - _middle(last) < 0.5 * min(_height(piece), _height(last)):
            rows[-1].append(piece)
        else:
            rows.append([piece])
    return [sorted(row, key=lambda piece: piece.box[0]) for row in rows]


def loose_pairs(pieces: Sequence[Piece]) -> Iterator[Pair]:
    """Return labels that end in a colon with what stands behind them, in their own line or in the next of the row."""
    for row in rows_of(pieces):
        for index, piece in enumerate(row):
            found = list(inline_pairs([piece]))
            yield from found[:-1]
            if not found:
                continue
            last, following = found[-1], row[index + 1] if index + 1 < len(row) else None
            if not last.value.pieces and following is not None and not list(inline_pairs([following])):
                last = replace(last, value=Cell(box=following.box, pieces=(following,)))
            yield last


def loose_tables(pieces: Sequence[Piece]) -> tuple[list[Table], list[Piece]]:
    """Find tables without rulings: rows that follow each other with as many pieces, each below the one above.

    Return them, and the pieces that are in none.
    """
    tables: list[Table] = []
    rest: list[Piece] = []
    run: list[list[Piece]] = []
    for row in [*rows_of(pieces), []]:
        if run and row and _continues(run, row):
            run.append(row)
            continue
        if len(run) >= _MIN_ROWS and all(is_label(piece.text) for piece in run[0]) and _has_values(run[1:]):
            cells = tuple(tuple(Cell(box=piece.box, pieces=(piece,)) for piece in one) for one in run)
            tables.append(Table(rows=cells, ruled=False))
        else:
            rest += [piece for one in run for piece in one]
        run = [row] if row else []
    return tables, rest


def _continues(run: Sequence[Sequence[Piece]], row: Sequence[Piece]) -> bool:
    above = run[-1]
    near = row[0].box[1] - above[0].box[3] < _MAX_GAP * _height(above[0])
    return near and len(row) == len(above) >= _MIN_COLUMNS and all(map(_shares_column, above, row))


def _shares_column(above: Piece, below: Piece) -> bool:
    return min(above.box[2], below.box[2]) > max(above.box[0], below.box[0])


def _has_values(rows: Sequence[Sequence[Piece]]) -> bool:
    return any(sum(is_value(row[n].text) for row in rows) > 0.6 * len(rows) for n in range(len(rows[0])))


def _middle(piece: Piece) -> float:
    return (piece.box[1] + piece.box[3]) / 2


def _height(piece: Piece) -> int:
    return max(1, piece.box[3] - piece.box[1])

"""What a measurement gives: a table that is Markdown as it stands, and a sentence on how it was made."""

from collections.abc import Iterable
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Table:
    """``rows`` are cells as they are printed: the first column names what was measured, the others are figures.

    ``note`` says how: what was sent, how often, and which middle is shown.
    """

    columns: tuple[str, ...]
    rows: list[tuple[str, ...]] = field(default_factory=list)
    note: str = ""

    def add(self, *cells: object) -> None:
        """Append a row."""
        self.rows.append(tuple(str(cell) for cell in cells))

    def markdown(self) -> str:
        """Write it down, columns aligned so that it also reads well on a terminal."""
        widths = [max(map(len, column)) for column in zip(self.columns, *self.rows, strict=True)]
        lines = [_line(self.columns, widths), "|" + "|".join(_rule(width, at) for at, width in enumerate(widths)) + "|"]
        lines += [_line(row, widths) for row in self.rows]
        return "\n".join([*lines, "", self.note] if self.note else lines)


def _line(cells: Iterable[str], widths: list[int]) -> str:
    padded = (
        cell.ljust(width) if at == 0 else cell.rjust(width)
        for at, (cell, width) in enumerate(zip(cells, widths, strict=True))
    )
    return f"| {' | '.join(padded)} |"


def _rule(width: int, at: int) -> str:
    return "-" * (width + 2) if at == 0 else "-" * (width + 1) + ":"

"""Tables as files, row by row: a workbook, or CSV. The same rows make the same bytes; nothing in them is a formula."""

import csv
import zipfile
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import IO, Any, Final, Protocol

from server.insight.columns import Cell, Table

#: What a spreadsheet's sheet and cell hold.
SHEET_ROWS: Final = 1_048_576
CELL_CHARACTERS: Final = 32_767
#: When every file of ours says it was made: what it holds says when that was.
MADE: Final = datetime(2000, 1, 1, tzinfo=UTC)
#: What a spreadsheet would take for a formula, or for the end of a row.
_DANGEROUS: Final = ("=", "+", "-", "@", "\t", "\r")


class Sheets(Protocol):
    """Takes rows of some tables, by the table's name, and is a file when it is closed."""

    def add(self, rows: Iterable[tuple[str, Sequence[Cell]]]) -> None:
        """Append rows, in order."""
        ...

    def close(self) -> None:
        """Write what is left."""
        ...


class Workbook:
    """An XLSX in constant memory: a sheet for each table, more than one where a sheet is full."""

    def __init__(self, path: Path, tables: Sequence[Table], folder: Path) -> None:
        import xlsxwriter

        self._book = xlsxwriter.Workbook(
            str(path),
            {
                "constant_memory": True,
                "strings_to_formulas": False,
                "strings_to_urls": False,
                "strings_to_numbers": False,
                "nan_inf_to_errors": False,
                "tmpdir": str(folder),
            },
        )
        self._book.set_properties({"created": MADE.replace(tzinfo=None)})
        self._bold = self._book.add_format({"bold": True})
        self._tables = {table.name: table for table in tables}
        self._sheets: dict[str, tuple[Any, int]] = {}
        self._titles: set[str] = set()
        for table in tables:
            self._begin(table)

    def add(self, rows: Iterable[tuple[str, Sequence[Cell]]]) -> None:
        """Append rows, in order."""
        for name, cells in rows:
            sheet, at = self._sheets[name]
            if at >= SHEET_ROWS:
                self._begin(self._tables[name])
                sheet, at = self._sheets[name]
            for column, cell in enumerate(cells):
                if isinstance(cell, str):
                    sheet.write_string(at, column, cell[:CELL_CHARACTERS])
                elif cell is not None:
                    sheet.write_number(at, column, cell)
            self._sheets[name] = (sheet, at + 1)

    def close(self) -> None:
        """Write what is left."""
        self._book.close()

    def _begin(self, table: Table) -> None:
        sheet = self._book.add_worksheet(self._title(table))
        sheet.freeze_panes(1, 0)
        for column, head in enumerate(table.head):
            sheet.write_string(0, column, head, self._bold)
        self._sheets[table.name] = (sheet, 1)

    def _title(self, table: Table) -> str:
        plain = "".join(each for each in table.title if each not in "[]:*?/\\'").strip() or table.name
        for number in range(1, 1000):
            title = plain[:31] if number == 1 else f"{plain[:25]} ({number})"
            if title.lower() not in self._titles:
                self._titles.add(title.lower())
                return title
        raise ValueError(f"too many sheets {plain}")


class CommaSeparated:
    """CSV with a byte order mark, as Excel wants it; a zip of several where there are several tables."""

    def __init__(self, path: Path, tables: Sequence[Table], folder: Path) -> None:
        self._path = path
        self._files = [(table, folder / f"{number}.csv") for number, table in enumerate(tables)]
        self._open: dict[str, IO[str]] = {}
        self._writers: dict[str, Any] = {}
        for table, file in self._files:
            opened = file.open("w", encoding="utf-8-sig", newline="")
            self._open[table.name] = opened
            self._writers[table.name] = csv.writer(opened)
            self._writers[table.name].writerow(map(harmless, table.head))

    def add(self, rows: Iterable[tuple[str, Sequence[Cell]]]) -> None:
        """Append rows, in order."""
        for name, cells in rows:
            self._writers[name].writerow(map(harmless, cells))

    def close(self) -> None:
        """Write what is left."""
        for opened in self._open.values():
            opened.close()
        if len(self._files) == 1:
            self._files[0][1].replace(self._path)
            return
        with zipfile.ZipFile(self._path, "w", zipfile.ZIP_DEFLATED) as packed:
            for number, (table, file) in enumerate(self._files, 1):
                pack(packed, f"{number:02} {table.title}.csv".replace("/", "-"), file)


def pack(packed: zipfile.ZipFile, name: str, source: Path | bytes) -> None:
    """Put a file into a zip under a name, with a date that is always the same."""
    entry = zipfile.ZipInfo(name, date_time=MADE.timetuple()[:6])
    entry.compress_type, entry.external_attr = zipfile.ZIP_DEFLATED, 0o644 << 16
    if isinstance(source, bytes):
        packed.writestr(entry, source)
        return
    with source.open("rb") as read, packed.open(entry, "w", force_zip64=True) as written:
        while piece := read.read(1 << 20):
            written.write(piece)


def harmless(cell: Cell) -> str:
    """Return a cell as CSV has it: a text that a spreadsheet would take for a formula begins with an apostrophe."""
    if cell is None:
        return ""
    if isinstance(cell, Decimal):
        return f"{cell:f}"
    if isinstance(cell, int):
        return str(cell)
    return f"'{cell}" if cell.startswith(_DANGEROUS) else cell

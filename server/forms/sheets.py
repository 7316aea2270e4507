"""Reads the sheets of an XLSForm: a workbook (.xlsx), or the text form that git can compare.

The text form is pyxform's own convention (``pyxform.xls2json_backends.md_to_dict``): Markdown tables whose first
column names the sheet. It is read here, not by pyxform, so that a finding names the line of the
file.
"""

import io
import re
import zipfile
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from mobile_contract.problems import Refused

if TYPE_CHECKING:
    from pyxform.xls2json_backends import DefinitionData

SHEETS: Final = ("survey", "choices", "settings")

MAX_BYTES: Final = 2 << 20
#: Of a workbook, unpacked: zipfile never reads more of a member than its directory promises.
MAX_UNPACKED: Final = 32 << 20
MAX_ROWS: Final = 5_000

_CELL_END: Final = re.compile(r"(?<!\\)\|")
_RULE: Final = re.compile(r"[|:\s-]+")
#: What XML, and so an XForm, cannot hold.
_CONTROL: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")


#: How the compound files of Excel 97–2003 begin.
_OLD_EXCEL: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
#: The full-width forms of ASCII, and the space that goes with them, that an input method for Chinese types.
HALF_WIDTH: Final = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {0x3000: 0x20}
#: Invisible characters that are copied along with text from web pages and chats.
_INVISIBLE: Final = re.compile("[\u200b-\u200f\u2060\ufeff]")
#: Columns that hold names of the form's own, no sentences.
_NAMES: Final = frozenset({"type", "name", "list_name", "list name", "form_id"})


@dataclass(frozen=True, slots=True)
class Row:
    """The filled cells of a row by column name; ``number`` is the row of the sheet, or the line of a text file."""

    number: int
    cells: dict[str, str]


@dataclass(frozen=True, slots=True)
class Sheet:
    """A sheet: its column names (in ``number``) and the rows below that are not empty."""

    number: int
    columns: tuple[str, ...]
    rows: tuple[Row, ...]


Workbook = dict[str, Sheet]


def read(source: bytes) -> Workbook:
    """Read the sheets there are. Raises ``forms.unreadable`` or ``forms.too_large``."""
    if len(source) > MAX_BYTES:
        raise Refused("forms.too_large", limit=f"{MAX_BYTES} bytes")
    if source.startswith(_OLD_EXCEL):
        raise Refused("forms.old_workbook")
    workbook = _tidy(_read_xlsx(source) if source[:2] == b"PK" else _read_text(source))
    if sum(len(sheet.rows) for sheet in workbook.values()) > MAX_ROWS:
        raise Refused("forms.too_large", limit=f"{MAX_ROWS} rows")
    return workbook


def _tidy(workbook: Workbook) -> Workbook:
    """Return names, types and headings with full-width letters, as an input method leaves them, in their usual width.

    Sentences for people, and formulas, are left as they are.
    """
    return {
        name: Sheet(
            sheet.number,
            tuple(_narrow(column) for column in sheet.columns),
            tuple(
                Row(
                    row.number,
                    {
                        (key := _narrow(column)): _narrow(cell) if key in _NAMES else cell
                        for column, cell in row.cells.items()
                    },
                )
                for row in sheet.rows
            ),
        )
        for name, sheet in workbook.items()
    }


def _narrow(text: str) -> str:
    return _INVISIBLE.sub("", text.translate(HALF_WIDTH)).strip()


def _read_xlsx(source: bytes) -> Workbook:
    from pyxform.errors import PyXFormError  # a second of starting, for those who read a workbook
    from pyxform.xls2json_backends import get_xlsform

    try:
        with zipfile.ZipFile(io.BytesIO(source)) as archive:
            unpacked = sum(member.file_size for member in archive.infolist())
        if unpacked > MAX_UNPACKED:
            raise Refused("forms.too_large", limit=f"{MAX_UNPACKED} bytes")
        data = get_xlsform(source, file_type=".xlsx")
    except Refused:
        raise
    except PyXFormError as error:
        raise Refused("forms.unreadable", reason=str(error)) from error
    except Exception as error:  # openpyxl raises whatever it stumbles over in a damaged file
        raise Refused("forms.unreadable", reason=f"{type(error).__name__}: {error}"[:200]) from error
    sheets = {name: _sheet_of(data, name) for name in SHEETS}
    return {name: sheet for name, sheet in sheets.items() if sheet is not None}


def _sheet_of(data: "DefinitionData", name: str) -> Sheet | None:
    header, rows = getattr(data, f"{name}_header"), getattr(data, name)
    if not header:
        return None
    filled = (Row(number, dict(cells)) for number, cells in enumerate(rows or (), start=2) if cells)
    return Sheet(1, tuple(header[0]), tuple(filled))


def _read_text(source: bytes) -> Workbook:
    try:
        text = source.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Refused("forms.unreadable", reason="no UTF-8 text") from error
    if control := _CONTROL.search(text):
        raise Refused("forms.unreadable", reason=f"control character U+{ord(control[0]):04X}")
    sheets: dict[str, list[tuple[int, list[str]]]] = {}
    name = ""
    for number, untrimmed in enumerate(text.split("\n"), start=1):
        line = untrimmed.strip()
        if not line.startswith("|") or _RULE.fullmatch(line):
            continue  # prose, headings, and the rules under a table's head
        first, *cells = (cell.strip().replace(r"\|", "|") for cell in _CELL_END.split(line.removesuffix("|"))[1:])
        name = first.lower() or name
        if any(cells):
            sheets.setdefault(name, []).append((number, cells))
    if not sheets:
        raise Refused("forms.unreadable", reason="no table with | between cells")
    return {name: _table(rows) for name, rows in sheets.items() if name in SHEETS}


def _table(rows: list[tuple[int, list[str]]]) -> Sheet:
    (number, columns), *others = rows
    names = [column for column in columns if column]
    if len(set(names)) < len(names):
        raise Refused("forms.unreadable", reason=f"line {number} names a column twice")
    for line, cells in others:
        if any(cells[len(columns) :]):
            raise Refused("forms.unreadable", reason=f"line {line} has {len(cells)} cells for {len(columns)} columns")
    return Sheet(
        number,
        tuple(names),
        tuple(
            Row(line, {column: cell for column, cell in zip(columns, cells, strict=False) if column and cell})
            for line, cells in others
        ),
    )

# What the tests of server/ use of openpyxl 3 to write and read workbooks; the library ships no types.
from collections.abc import Iterable, Iterator
from io import BytesIO

class Cell:
    value: str | int | float | None
    data_type: str
    hyperlink: object

class Worksheet:
    title: str
    max_row: int
    def append(self, row: Iterable[object]) -> None: ...
    def iter_rows(self, min_row: int = 1) -> Iterator[tuple[Cell, ...]]: ...

class Workbook:
    active: Worksheet
    worksheets: list[Worksheet]
    def remove(self, worksheet: Worksheet) -> None: ...
    def create_sheet(self, title: str) -> Worksheet: ...
    def save(self, filename: BytesIO) -> None: ...

def load_workbook(filename: BytesIO) -> Workbook: ...

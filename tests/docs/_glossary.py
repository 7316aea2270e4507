"""``docs/glossary.md``: what its terms are called in the code, and which words and names were retired."""

import re
from typing import Final

from tests.architecture._reader import ROOT

PAGE: Final = (ROOT / "docs" / "glossary.md").read_text("utf-8")


def rows(first: str) -> list[list[str]]:
    """Return the rows of all tables whose first column has this title, as their cells."""
    found = re.findall(rf"^\| {first} \|.*\n\|[-|]+\|\n((?:\|.*\n?)+)", PAGE, re.MULTILINE)
    return [
        [cell.strip() for cell in line.strip().strip("|").split(" | ")]
        for table in found
        for line in table.splitlines()
    ]


def quoted(cell: str) -> list[str]:
    """Return what stands in backticks."""
    return re.findall(r"`([^`]+)`", cell)


#: Words that no name, docstring or comment of the shipped code contains, and names that nothing bears.
WORDS: Final = frozenset(word for row in rows("retired word") for word in quoted(row[0]))
NAMES: Final = frozenset(name for row in rows("retired name") for name in quoted(row[0]))

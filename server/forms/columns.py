"""The columns of an XLSForm: the field's own, their aliases and languages, and ours under ``plumbline::``."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any, Final

from mobile_contract.forms import Label, Merge
from server.forms.findings import Findings
from server.forms.sheets import Row, Sheet

CHINESE: Final = "zh-CN"
OWN: Final = "plumbline::"

#: Columns of the same meaning (https://xlsform.org/en/ref-table/, pyxform.aliases).
_ALIASES: Final = {
    "relevance": "relevant",
    "calculate": "calculation",
    "readonly": "read_only",
    "caption": "label",
    "list name": "list_name",
    "value": "name",
    "constraining message": "constraint_message",
    "id_string": "form_id",
    "title": "form_title",
}
_WORDS: Final = re.compile(r"[\s,]+")


def words(cell: str) -> tuple[str, ...]:
    """Return the names of a list that is separated by spaces and commas."""
    return tuple(word for word in _WORDS.split(cell) if word)


#: XLSForm's own columns (https://xlsform.org/en/ref-table/). Others are kept apart; one that is nearly one of these is
#: a slip, which would otherwise be passed over in silence.
_KNOWN: Final = {
    "survey": words(
        "type name label hint guidance_hint required required_message relevant constraint constraint_message "
        "calculation read_only default appearance choice_filter repeat_count parameters trigger image audio video media"
    ),
    "choices": words("list_name name label image audio video media"),
    "settings": words("form_id form_title default_language version style instance_name public_key submission_url"),
}
_NEARLY: Final = 0.8
_TRANSLATED: Final = frozenset({"label", "hint", "constraint_message", "plumbline::title"})
_TAG: Final = re.compile(r"\(([A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8})*)\)\s*$")
_MEANING: Final = re.compile(r"[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)*")
NAME: Final = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,63}")

YES: Final = frozenset({"yes", "true", "true()", "1"})
NO: Final = frozenset({"no", "false", "false()", "0"})


@dataclass(frozen=True, slots=True)
class Cells:
    """One row under normalised column names; translated columns hold their text by language tag."""

    sheet: str
    number: int
    plain: dict[str, str] = field(default_factory=dict)
    labels: dict[str, Label] = field(default_factory=dict)

    def get(self, column: str) -> str:
        """Return the cell of a column, or the empty text."""
        return self.plain.get(column, "")

    def label(self, column: str = "label") -> Label:
        """Return the texts of a translated column."""
        return self.labels.get(column, {})


@dataclass(frozen=True, slots=True)
class OwnColumn:
    """A column of ours: the attribute it sets, on what kinds of row, how its cell is read and what it takes."""

    attribute: str
    kinds: tuple[str, ...]
    read: Callable[[str], Any]
    expected: str


def _whole(low: int, high: int) -> Callable[[str], int]:
    def read(cell: str) -> int:
        if not cell.isascii() or not cell.isdigit() or not low <= int(cell[:6]) <= high:
            raise ValueError
        return int(cell)

    return read


def _truth(cell: str) -> bool:
    if cell.lower() not in YES | NO:
        raise ValueError
    return cell.lower() in YES


def _matching(pattern: re.Pattern[str]) -> Callable[[str], str]:
    def read(cell: str) -> str:
        if not pattern.fullmatch(cell):
            raise ValueError
        return cell

    return read


#: Our columns of the sheet ``survey``.
OWN_COLUMNS: Final = {
    "plumbline::unit": OwnColumn("unit", ("field",), _matching(re.compile(r"\S{1,32}")), "CNY_FEN, m, m3, Cel …"),
    "plumbline::scale": OwnColumn("scale", ("field",), _whole(0, 20), "0–20"),
    "plumbline::means": OwnColumn("means", ("field",), _matching(_MEANING), "labour.count, amount.words …"),
    "plumbline::vocabulary": OwnColumn("vocabulary", ("field",), _matching(_MEANING), "people, materials, sections …"),
    "plumbline::merge": OwnColumn("merge", ("field",), Merge, "conflict | union"),
    "plumbline::carry": OwnColumn("carry", ("field",), _truth, "yes | no"),
    "plumbline::paper_width": OwnColumn("paper_width", ("field",), _whole(1, 12), "1–12"),
    "plumbline::paper_lines": OwnColumn("paper_lines", ("field",), _whole(1, 24), "1–24"),
    "plumbline::paper_cells": OwnColumn("paper_cells", ("field",), _whole(0, 40), "0–40"),
    "plumbline::paper_rows": OwnColumn("paper_rows", ("repeat",), _whole(1, 99), "1–99"),
    "plumbline::paper_across": OwnColumn("paper_across", ("repeat",), _whole(1, 3), "1–3"),
    "plumbline::row_key": OwnColumn("row_key", ("repeat",), words, "names of columns of this repeat"),
}
#: Our columns of the sheet ``settings``.
OWN_SETTINGS: Final = ("plumbline::unique_by", "plumbline::title")


#: Columns without which a sheet means nothing, and how its first row may look.
_NEEDED: Final = {
    "survey": (("type", "name"), "type | name | label::中文 (zh-CN)"),
    "choices": (("list_name", "name"), "list_name | name | label::中文 (zh-CN)"),
    "settings": (("form_id",), "form_id | form_title"),
}


def check_head(name: str, sheet: Sheet, language: str, findings: Findings) -> None:
    """Note the first column that a sheet needs and lacks: then its first row names none, and nothing else holds."""
    needed, example = _NEEDED[name]
    there = {_split(column, language)[0] for column in sheet.columns}
    for column in needed:
        if sheet.rows and column not in there:
            findings.add("forms.column_missing", sheet=name, row=sheet.number, column=column, example=example)
            return


def normalised(name: str, sheet: Sheet, language: str, findings: Findings) -> list[Cells]:
    """Return the rows of a sheet under normalised names; an unknown column of ours is a finding."""
    known = OWN_COLUMNS if name == "survey" else OWN_SETTINGS if name == "settings" else ()
    columns = {column: _split(column, language) for column in sheet.columns}
    for column, (base, _) in columns.items():
        if base.startswith(OWN) and base not in known:
            findings.add("forms.unknown_column", sheet=name, row=sheet.number, column=column, known=", ".join(known))
        elif slip := _nearly(base.partition("::")[0], _KNOWN.get(name, ())):
            findings.add("forms.unknown_column", sheet=name, row=sheet.number, column=column, known=slip)
    return [_cells(name, row, columns) for row in sheet.rows]


def _nearly(base: str, known: tuple[str, ...]) -> str:
    """Return the column that ``base`` was meant to be; empty when it is one, or like none."""
    if base in known or base in _ALIASES.values():
        return ""
    return next(iter(get_close_matches(base, known, n=1, cutoff=_NEARLY)), "")


def _split(column: str, language: str) -> tuple[str, str]:
    base, _, rest = column.strip().partition("::")
    base = base.strip().lower()
    if base == "plumbline":
        own, _, rest = rest.partition("::")
        base = f"{OWN}{own.strip().lower()}"
    base = _ALIASES.get(base, base)
    if base not in _TRANSLATED:
        return (base, "") if base.startswith(OWN) or not rest else (f"{base}::{rest.strip()}", "")
    return base, language_tag(rest) if rest else language


def language_tag(language: str) -> str:
    """Return ``zh-CN`` of ``中文 (zh-CN)``; a language without a tag is its own."""
    found = _TAG.search(language)
    return found[1] if found else language.strip()


def _cells(sheet: str, row: Row, columns: dict[str, tuple[str, str]]) -> Cells:
    cells = Cells(sheet, row.number)
    for column, text in row.cells.items():
        base, tag = columns[column]
        if base in _TRANSLATED:
            cells.labels.setdefault(base, {})[tag] = text
        else:
            cells.plain[base] = text
    return cells

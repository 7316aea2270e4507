"""A form drafted from a sample of paper: what stands on it, as an XLSForm in its text form, for a person to edit.

Names and meanings come from the shipped forms where they have a question of that label; types are guessed from the
label, the check boxes and what is written. A guess is a beginning: nothing here publishes anything.
"""

import functools
import re
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

import msgspec

from mobile_contract.extractions import FoundLine, FoundPair, FoundTable
from mobile_contract.forms import Field, FieldType, fields_of, repeats_of
from ocr import money, normalise
from server.forms.service import library
from server.forms.xlsform import define

_COLUMNS: Final = (
    "type",
    "name",
    "label::中文 (zh-CN)",
    "required",
    "appearance",
    "plumbline::unit",
    "plumbline::means",
    "plumbline::vocabulary",
    "plumbline::paper_lines",
    "plumbline::paper_rows",
)
_ORDINALS: Final = frozenset({"序号", "序", "no", "no.", "#", "item no.", "s/n"})
_UNIT: Final = re.compile(r"[(（]\s*([^()（）\s]{1,12})\s*[)）]$")
_NAME: Final = re.compile(r"[A-Za-z][A-Za-z0-9]*")
_TAKEN: Final = frozenset({"meta", "data", "instance", "end", "start", "today"})  # by XForms, or nearly
_MAX_LABEL: Final = 120
_LINE_PX: Final = 80  # a line of writing, on a page at about 200 dpi
#: The type guessed from a label, the first that fits.
_KINDS: Final = (
    (re.compile(r"签名|签字|盖章|signature|signed", re.IGNORECASE), "image"),
    (re.compile(r"日期|年月日|期限|date", re.IGNORECASE), "date"),
    (re.compile(r"时间|时刻|time", re.IGNORECASE), "time"),
    (re.compile(r"大写"), "text"),
    (re.compile(r"金额|单价|合价|总价|[(（]元[)）]|amount|price", re.IGNORECASE), "money"),
    (re.compile(r"人数|次数|份数|个数|headcount", re.IGNORECASE), "integer"),
    (re.compile(r"数量|工程量|气温|重量|长度|面积|体积|台班|quantity|qty", re.IGNORECASE), "decimal"),
)
#: The type guessed from what is written, where the label suggests none.
_WRITTEN: Final[tuple[tuple[str, Callable[[str], object]], ...]] = (
    ("date", lambda text: normalise.read_date(text, 2000)),
    ("money", lambda text: "¥" in text and money.figures_to_fen(text) is not None),
    ("integer", re.compile(r"\s*\d{1,6}\s*").fullmatch),
    ("decimal", re.compile(r"\s*\d{1,6}\.\d{1,3}\s*").fullmatch),
)
_TYPES: Final = {FieldType.DECIMAL: "decimal", FieldType.INTEGER: "integer", FieldType.DATE: "date",
                 FieldType.TIME: "time", FieldType.DATE_TIME: "dateTime", FieldType.SIGNATURE: "image"}  # fmt: skip


class Sample(msgspec.Struct, frozen=True, kw_only=True):
    """What was found on the pages of a sample; boxes are in pixels of its pages."""

    pairs: Sequence[FoundPair] = ()
    tables: Sequence[FoundTable] = ()
    lines: Sequence[FoundLine] = ()


def draft(sample: Sample, form_id: str = "draft_form") -> str:
    """Return a form (XLSForm text) that asks what a sample asks: groups, questions, tables in the paper's order.

    ``form_id`` is its id. The text compiles as it is; what it asks may be nonsense where the reader erred.
    """
    book = _Book()
    for item in _placed(sample):
        if isinstance(item, FoundTable):
            book.table(item)
        else:
            book.question(item)
    book.close()
    if not book.rows:
        book.row("note", "nothing_found", "样张上没有找到可填写的内容")
    title = _title(sample)
    parts = (
        f"{title} – drafted from a sample: check names, types and tables before it is published.",
        _table("settings", ("form_id", "form_title", "default_language"), [(form_id, title, "中文 (zh-CN)")]),
        _table("survey", _COLUMNS, book.rows),
        _table("choices", ("list_name", "name", "label::中文 (zh-CN)"), book.choices) if book.choices else "",
    )
    return "\n\n".join(part for part in parts if part) + "\n"


def _placed(sample: Sample) -> list[FoundPair | FoundTable]:
    """Return pairs and tables in reading order: a row takes what begins within half a line of its first."""
    placed = [(one.page, *one.key_box, one) for one in sample.pairs]
    found: list[tuple[int, int, int, int, int, FoundPair | FoundTable]] = [
        *placed,
        *((one.page, *one.box, one) for one in sample.tables),
    ]
    rows: list[list[tuple[int, int, int, int, int, FoundPair | FoundTable]]] = []
    for one in sorted(found, key=lambda one: (one[0], one[2], one[1])):
        first = rows[-1][0] if rows else None
        if first is not None and first[0] == one[0] and one[2] - first[2] < (first[4] - first[2]) / 2:
            rows[-1].append(one)
        else:
            rows.append([one])
    return [one[-1] for row in rows for one in sorted(row, key=lambda one: one[1])]


def _title(sample: Sample) -> str:
    """Return the tallest of the lines above everything else, which is taken for the title."""
    tops = [item.key_box[1] if isinstance(item, FoundPair) else item.box[1] for item in _placed(sample)]
    first = [line for line in sample.lines if line.page == 1 and line.box[1] < min(tops, default=1 << 30)]
    tallest = max(first, key=lambda line: line.box[3] - line.box[1], default=None)
    return (_clean(tallest.text) if tallest else "") or "未命名表单"


@dataclass
class _Book:
    """The sheets being written: rows of the survey in the order of its columns, and rows of the choices."""

    rows: list[tuple[str, ...]] = field(default_factory=list)
    choices: list[tuple[str, ...]] = field(default_factory=list)
    _names: set[str] = field(default_factory=set)
    _group: str = ""

    def row(self, kind: str, name: str, label: str = "", **more: str) -> None:
        """Write a row; ``more`` are other columns by the last part of their names."""
        cells = {"type": kind, "name": name, "label": label, **more}
        self.rows.append(tuple(cells.get(re.sub(r"^plumbline::|::中文.*$", "", column), "") for column in _COLUMNS))

    def question(self, pair: FoundPair) -> None:
        """Write a question, in the group of its heading."""
        group = _clean(pair.group)
        if group != self._group:
            self.close()
            if group:
                self.row("begin_group", self._name(group, "group"), group)
                self._group = group
        lines = max(1, min(24, round((pair.box[3] - pair.box[1]) / _LINE_PX)))
        options = [_clean(choice.text) for choice in pair.choices if _clean(choice.text)]
        several = sum(choice.checked for choice in pair.choices) > 1
        more = {"paper_lines": str(lines)} if lines > 1 and not options else {}
        self._field(pair.key, [pair.value], options, several=several, **more)

    def table(self, table: FoundTable) -> None:
        """Write a repeat: its columns by the names in row 0, but for the one that counts the rows."""
        self.close()
        heads = [cell for cell in table.cells if cell.row == 0]
        names = [_clean(cell.text) for cell in heads]
        beside = next((n for n in (3, 2) if len(names) % n == 0 and names == names[: len(names) // n] * n), 1)
        label = _clean(table.label)
        columns = [
            (cell.column, name)
            for cell, name in zip(heads[: len(heads) // beside], names, strict=False)
            if name and name.lower() not in _ORDINALS
        ]
        if not columns:
            return
        rows = str(max(1, min(99, (table.rows - 1) * beside)))
        self.row("begin_repeat", self._name(label, "table"), label or "明细", paper_rows=rows)
        for column, name in columns:
            written = [cell.text for cell in table.cells if cell.row > 0 and cell.column == column]
            ticks = bool(written) and all(text in ("", "☑", "□") for text in written) and any(written)
            self._field(name, written, ["是", "否"] if ticks else [], several=False)
        self.row("end_repeat", "")

    def close(self) -> None:
        """End the group, if there is one."""
        if self._group:
            self.row("end_group", "")
            self._group = ""

    def _field(self, label: str, written: Sequence[str], options: Sequence[str], *, several: bool, **more: str) -> None:
        required = label.rstrip().endswith(("*", "＊"))
        label = _clean(label).rstrip("*").strip() or "未命名"
        known = _shipped().get(_plain(label))
        name = self._name(label, "field", known.name if known else "")
        if required:
            more["required"] = "yes"
        if known is not None:
            shipped = {"means": known.means, "vocabulary": known.vocabulary}
            more |= {column: value for column, value in shipped.items() if value}
        if options:
            kind = "select_multiple" if several else "select_one"
            self.row(f"{kind} {self._options(name, options)}", name, label, **more)
            return
        kind = _kind(label, written, known)
        unit = _UNIT.search(label)
        if kind == "money":
            kind, more["unit"] = "integer", "CNY_FEN"
        elif kind in ("integer", "decimal") and ((known is not None and known.unit) or unit):
            more["unit"] = known.unit if known is not None and known.unit else unit[1] if unit else ""
        elif kind == "image":
            more["appearance"] = "signature"
        self.row(kind, name, label, **more)

    def _options(self, name: str, options: Sequence[str]) -> str:
        if set(options) == {"是", "否"}:
            named = [("yes", "是"), ("no", "否")]
        else:
            named = [(f"c{number}", option) for number, option in enumerate(options, start=1)]
        self.choices += [(f"{name}_list", choice, label) for choice, label in named]
        return f"{name}_list"

    def _name(self, label: str, kind: str, known: str = "") -> str:
        """Return a name that no other row has: the shipped one, one of the label's own letters, or a number."""
        words = "_".join(_NAME.findall(label)).lower()[:40] if label.isascii() else ""
        words = f"{words}_{kind}" if words in _TAKEN else words
        base = known or words or f"{kind}_{1 + sum(name.startswith(kind) for name in self._names)}"
        name, count = base, 1
        while name in self._names:
            count += 1
            name = f"{base}_{count}"
        self._names.add(name)
        return name


def _kind(label: str, written: Iterable[str], known: Field | None) -> str:
    """Return a guess of the type: the shipped form's, the label's, or one that all that is written can be read as."""
    if known is not None:
        return "money" if known.unit == "CNY_FEN" else _TYPES.get(known.type, "text")
    for pattern, kind in _KINDS:
        if pattern.search(label):
            return kind
    texts = [text for text in written if text.strip()]
    return next((kind for kind, fits in _WRITTEN if texts and all(map(fits, texts))), "text")


@functools.cache
def _shipped() -> dict[str, Field]:
    """Return the questions of the shipped forms by their labels, in either language; the first form wins."""
    found: dict[str, Field] = {}
    for source in library().values():
        form = define(source).form
        columns = (column for repeat in repeats_of(form) for column in repeat.fields)
        for asked in (*fields_of(form), *columns):
            if asked.computed is None:
                for label in asked.label.values():
                    found.setdefault(_plain(label), asked)
    return found


def _plain(label: str) -> str:
    return re.sub(r"[\s*]+|[(（][^()（）]*[)）]$", "", unicodedata.normalize("NFKC", label)).lower()


def _clean(text: str) -> str:
    """Return a text that a cell can hold: one line, without what XML or the text form mean something by."""
    plain = "".join(" " if unicodedata.category(char)[0] in "CZ" else char for char in text)
    return " ".join(re.sub(r"[|\\<>{}$]", " ", plain).split())[:_MAX_LABEL].strip()


def _table(sheet: str, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [f"| {sheet} |", f"| | {' | '.join(columns)} |", *(f"| | {' | '.join(row)} |" for row in rows)]
    return "\n".join(lines)

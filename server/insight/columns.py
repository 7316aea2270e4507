"""The columns of a form: its fourth face. One table of its reports, and one for each of its tables.

A form's versions are laid over each other: the newest says how a column is called and where it stands; what only older
ones had follows. A name never changes its type between versions, so one column holds one type.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any, Final, NamedTuple

from mobile_contract.forms import Choice, Field, FieldType, FormDefinition, Label, fields_of, repeats_of
from mobile_contract.reports import ReportRow, ReportState, Signature
from mobile_contract.values import Values

#: What stands in a cell: text, a number that is exact, or nothing.
Cell = str | int | Decimal | None
#: Digits that a spreadsheet's number keeps; a longer one is text.
_DIGITS: Final = 15
_FEN: Final = "CNY_FEN"

_WORDS: Final[Mapping[str, Label]] = {
    "id": {"zh-CN": "记录编号", "en": "record"},
    "project": {"zh-CN": "工程", "en": "project"},
    "section": {"zh-CN": "标段", "en": "section"},
    "day": {"zh-CN": "日期", "en": "day"},
    "author": {"zh-CN": "填报人", "en": "filed by"},
    "received": {"zh-CN": "收到时间", "en": "received at"},
    "state": {"zh-CN": "审核", "en": "review"},
    "signature": {"zh-CN": "签署", "en": "signature"},
    "late": {"zh-CN": "补录(分钟)", "en": "late (minutes)"},
    "row": {"zh-CN": "行编号", "en": "row"},
    "yes": {"zh-CN": "是", "en": "yes"},
    "no": {"zh-CN": "否", "en": "no"},
    "yuan": {"zh-CN": "元", "en": "CNY"},
    **{
        f"state.{state}": {"zh-CN": zh, "en": state.value}
        for state, zh in zip(ReportState, ("待审核", "已审核", "已退回", "已通过"), strict=True)
    },
    **{
        f"signature.{state}": {"zh-CN": zh, "en": state.value}
        for state, zh in zip(Signature, ("未签署", "已签署", "修订中"), strict=True)
    },
}


class Named(NamedTuple):
    """How what a row mentions is called."""

    project: str = ""
    section: str = ""
    author: str = ""


class Report(NamedTuple):
    """A report with what stands around it."""

    row: ReportRow
    named: Named
    fields: Values


class Table(NamedTuple):
    """A table: what it is called, its columns, and the rows that a report has in it."""

    name: str
    title: str
    head: tuple[str, ...]
    rows: Callable[[Report], Iterator[tuple[Cell, ...]]]


def tables_of(versions: Sequence[FormDefinition], language: str) -> tuple[Table, ...]:
    """Return the table of a form's reports and those of its repeats; ``versions`` with the newest first."""
    choices = {name: found for form in reversed(versions) for name, found in form.choices.items()}
    fields = _laid_over(fields_of(form) for form in versions)
    said = Words(language, choices)
    tables = [_main(versions[0], fields, said)]
    repeats = {repeat.name: repeat.label for form in reversed(versions) for repeat in repeats_of(form)}
    for name, label in repeats.items():
        columns = _laid_over(
            tuple(field for repeat in repeats_of(form) if repeat.name == name for field in repeat.fields)
            for form in versions
        )
        tables.append(_repeat(name, said.of(label), columns, said))
    return tuple(tables)


def _laid_over(versions: Any) -> tuple[Field, ...]:
    found: dict[str, Field] = {}
    for fields in versions:
        for field in fields:
            found.setdefault(field.name, field)
    return tuple(found.values())


class Words:
    """Words in one language, with a form's choices."""

    def __init__(self, language: str, choices: Mapping[str, tuple[Choice, ...]]) -> None:
        self._language = language
        self._choices = {
            name: {choice.name: self.of(choice.label) for choice in found} for name, found in choices.items()
        }

    def of(self, label: Label) -> str:
        """Return a label in this language, else in the first it has."""
        return label.get(self._language) or next(iter(label.values()), "")

    def word(self, key: str) -> str:
        """Return a word of ours."""
        return self.of(_WORDS[key])

    def head(self, field: Field) -> str:
        """Return the head of a field's column: its label, with its unit."""
        unit = self.word("yuan") if field.unit == _FEN else field.unit
        label = self.of(field.label)
        return f"{label}({unit})" if unit and unit not in label else label

    def cell(self, field: Field, value: Any) -> Cell:
        """Return what a column shows of a value; one that is not of the field's type as it came."""
        words = self._choices.get(field.choices or "", {})
        shown: Cell
        match value:
            case None:
                shown = None
            case bool():
                shown = words.get("yes" if value else "no") or self.word("yes" if value else "no")
            case int():
                shown = Decimal(value) / 100 if field.unit == _FEN else value
            case str():
                shown = _number(value) if field.type is FieldType.DECIMAL else words.get(value, value)
            case list():
                shown = "、".join(words.get(each, each) for each in value if isinstance(each, str))
            case {"lat": int(lat), "lon": int(lon)}:
                shown = f"{Decimal(lat).scaleb(-7)},{Decimal(lon).scaleb(-7)} {value.get('datum', 'WGS84')}"
            case _:
                shown = str(value)
        return shown


def _number(text: str) -> Cell:
    try:
        number = Decimal(text)
    except InvalidOperation:
        return text
    return number if number.is_finite() and len(number.as_tuple().digits) <= _DIGITS else text


def _main(form: FormDefinition, fields: tuple[Field, ...], said: Words) -> Table:
    around = ("id", "project", "section", "day", "author", "received", "state", "signature", "late")

    def rows(report: Report) -> Iterator[tuple[Cell, ...]]:
        row, named = report.row, report.named
        yield (
            row.id,
            named.project,
            named.section,
            row.day,
            named.author,
            row.received_at,
            said.word(f"state.{row.state}"),
            said.word(f"signature.{row.signature}"),
            row.late,
            *(said.cell(field, report.fields.get(field.name)) for field in fields),
        )

    head = _distinct([*map(said.word, around), *map(said.head, fields)], [*around, *(field.name for field in fields)])
    return Table(form.id, said.of(form.title), head, rows)


def _repeat(name: str, title: str, fields: tuple[Field, ...], said: Words) -> Table:
    around = ("id", "day", "section", "row")

    def rows(report: Report) -> Iterator[tuple[Cell, ...]]:
        there = report.fields.get(name)
        for key, row in there.items() if isinstance(there, dict) else ():
            if isinstance(row, dict):
                cells = (said.cell(field, row.get(field.name)) for field in fields)
                yield (report.row.id, report.row.day, report.named.section, key, *cells)

    head = _distinct([*map(said.word, around), *map(said.head, fields)], [*around, *(field.name for field in fields)])
    return Table(name, title, head, rows)


def _distinct(heads: Sequence[str], names: Sequence[str]) -> tuple[str, ...]:
    """Return heads of which no two are equal: a second one bears its name."""
    return tuple(
        f"{head} [{name}]" if head in heads[:at] else head
        for at, (head, name) in enumerate(zip(heads, names, strict=True))
    )

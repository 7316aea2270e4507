"""Compiles an XLSForm into the one definition all faces are drawn from, and into the XForm that ODK Collect reads.

The sheets are those of https://xlsform.org; our own columns begin with ``plumbline::`` and are taken out before
pyxform makes the XForm. A ``select_one`` whose choices are ``yes`` and ``no`` is a boolean; an ``image`` with the
appearance ``signature`` is a signature; a question with a ``calculation`` is computed and never typed in.
"""

from dataclasses import dataclass
from typing import Any, Final

from mobile_contract.forms import (
    Choice,
    Field,
    FieldType,
    FormDefinition,
    Group,
    Item,
    Label,
    Logic,
    Merge,
    Note,
    PhoneOnly,
    Repeat,
    Rule,
)
from mobile_contract.problems import Refused
from ocr.layout import layout_of
from server.forms.calculations import Calculations, calculations
from server.forms.columns import (
    CHINESE,
    NAME,
    OWN_COLUMNS,
    YES,
    Cells,
    check_head,
    language_tag,
    normalised,
    words,
)
from server.forms.findings import Findings
from server.forms.outline import Choices, Entry, Outline, outline
from server.forms.sheets import Sheet, Workbook, read
from server.forms.versions import content_digest
from server.forms.xform import xform_of

#: What ``row_key`` and ``unique_by`` may name: values that are short texts or numbers.
_KEYS: Final = frozenset(
    {FieldType.TEXT, FieldType.INTEGER, FieldType.DATE, FieldType.TIME, FieldType.SELECT_ONE, FieldType.BARCODE}
)


@dataclass(frozen=True, slots=True)
class Defined:
    """A form that was read: its definition (version 0 until it is published), and what only the phone computes.

    ``content`` is equal for two sources exactly when their forms are (:func:`content_digest`).
    """

    form: FormDefinition
    phone_only: tuple[PhoneOnly, ...]
    content: str


@dataclass(frozen=True, slots=True)
class Compiled(Defined):
    """A form that can be published: with its XForm."""

    xform: str


def compile_form(source: bytes, *, version: int = 0) -> Compiled:
    """Return an XLSForm compiled: the bytes of an .xlsx, or of the text form in UTF-8.

    ``version`` goes into the definition and the XForm; a version in the sheet ``settings`` is not looked at, the
    server counts. Raises ``forms.unreadable``, ``forms.too_large``, or :class:`NotAForm` with every finding.
    """
    defined, workbook = _defined(source, version)
    findings = Findings()
    xform = xform_of(workbook, defined.form, findings)
    findings.raise_if_any()
    return Compiled(defined.form, defined.phone_only, defined.content, xform)


def define(source: bytes) -> Defined:
    """Read a form without making its XForm: for shipped ones, which pyxform is known to accept.

    Raises as :func:`compile_form` does.
    """
    return _defined(source, 0)[0]


def _defined(source: bytes, version: int) -> tuple[Defined, Workbook]:
    workbook = read(source)
    findings = Findings()
    for name in ("survey", "settings"):
        if name not in workbook or not workbook[name].rows:
            findings.add("forms.sheet_missing", sheet=name)
    findings.raise_if_any()
    form, results = _definition(workbook, version, findings)
    findings.raise_if_any()
    _refuse_unprintable(form, results.outline, findings)
    findings.raise_if_any()
    left = tuple(sorted(results.phone_only, key=lambda each: each.row))
    return Defined(form, left, content_digest(form, workbook)), workbook


def _definition(workbook: Workbook, version: int, findings: Findings) -> tuple[FormDefinition, Calculations]:
    language = _language(workbook["settings"])
    for name, sheet in workbook.items():
        check_head(name, sheet, language, findings)
    findings.raise_if_any()
    settings = normalised("settings", workbook["settings"], language, findings)[0]
    survey = normalised("survey", workbook["survey"], language, findings)
    sheet = workbook.get("choices", Sheet(1, (), ()))
    choices = _choices(normalised("choices", sheet, language, findings), findings)
    rows = outline(survey, choices, findings)
    results = calculations(rows, findings)
    builder = _Builder(results, findings)
    form = FormDefinition(
        id=_form_id(settings, findings),
        version=version,
        title=_title(settings, findings),
        items=builder.items(rows.items),
        choices=choices,
        unique_by=_unique_by(settings, rows, findings),
    )
    return form, results


def _refuse_unprintable(form: FormDefinition, rows: Outline, findings: Findings) -> None:
    """Note what would not fit on paper at publication, not at printing."""
    for language in dict.fromkeys((CHINESE, *form.title)):
        try:
            layout_of(form, language)
        except Refused as refused:
            entry = rows.by_name.get(refused.params["name"])
            row = entry.cells.number if entry else "-"
            findings.add("forms.not_printable", sheet="survey", row=row, reason=refused.params["reason"])
            return


def _language(sheet: Sheet) -> str:
    """Return in which language texts are whose column names none."""
    named = sheet.rows[0].cells.get("default_language")
    return language_tag(named) if named else CHINESE


def _form_id(settings: Cells, findings: Findings) -> str:
    form_id = settings.get("form_id")
    if not form_id:
        findings.add("forms.cell_missing", sheet="settings", row=settings.number, column="form_id")
    elif not NAME.fullmatch(form_id):
        findings.add("forms.bad_name", sheet="settings", row=settings.number, name=form_id)
    return form_id


def _title(settings: Cells, findings: Findings) -> Label:
    title = settings.get("form_title")
    if not title:
        findings.add("forms.cell_missing", sheet="settings", row=settings.number, column="form_title")
    return {CHINESE: title} | settings.label("plumbline::title")


def _unique_by(settings: Cells, rows: Outline, findings: Findings) -> tuple[str, ...]:
    cell = settings.get("plumbline::unique_by")
    for name in words(cell):
        entry = rows.by_name.get(name)
        if entry is None or entry.repeat is not None or not _is_key(entry):
            findings.add(
                "forms.bad_cell",
                sheet="settings",
                row=settings.number,
                column="plumbline::unique_by",
                value=name,
                expected="text | integer | date | select_one, outside repeats, not calculated",
            )
    return words(cell)


def _is_key(entry: Entry) -> bool:
    return entry.type in _KEYS and not entry.cells.get("calculation")


def _choices(rows: list[Cells], findings: Findings) -> Choices:
    lists: dict[str, dict[str, Choice]] = {}
    first: dict[tuple[str, str], int] = {}
    for cells in rows:
        list_name, name, label = cells.get("list_name"), cells.get("name"), cells.label()
        for column in ("list_name", "name"):
            if not cells.get(column):
                findings.add("forms.cell_missing", sheet="choices", row=cells.number, column=column)
        if not list_name or not name:
            continue
        if name.split() != [name]:
            findings.add("forms.bad_name", sheet="choices", row=cells.number, name=name)
        if (list_name, name) in first:
            findings.add(
                "forms.duplicate_name",
                sheet="choices",
                row=cells.number,
                name=name,
                first=first[list_name, name],
            )
        first.setdefault((list_name, name), cells.number)
        _require_chinese("choices", cells, name, findings)
        lists.setdefault(list_name, {})[name] = Choice(name=name, label=label)
    return {list_name: tuple(offered.values()) for list_name, offered in lists.items()}


def _require_chinese(sheet: str, cells: Cells, name: str, findings: Findings) -> None:
    if not cells.label().get(CHINESE):
        findings.add("forms.label_missing", sheet=sheet, row=cells.number, name=name)


class _Builder:
    """Turns the outline into items."""

    def __init__(self, results: Calculations, findings: Findings) -> None:
        self._results = results
        self._findings = findings

    def items(self, entries: list[Entry]) -> tuple[Item, ...]:
        """Return the items of the form or of a group; a group without any words is layout for the phone alone."""
        items: list[Item] = []
        for entry in entries:
            if entry.kind == "group" and not entry.cells.label():
                items.extend(self.items(entry.items))
            else:
                items.append(self._item(entry))
        return tuple(items)

    def _item(self, entry: Entry) -> Item:
        _require_chinese("survey", entry.cells, entry.name, self._findings)
        own = self._own(entry)
        if entry.kind == "field":
            return self._field(entry, own)
        if entry.kind == "note":
            return Note(name=entry.name, label=entry.cells.label())
        if entry.kind == "group":
            return Group(name=entry.name, label=entry.cells.label(), items=self.items(entry.items))
        self._check_row_key(entry, own.get("row_key", ()))
        return Repeat(
            name=entry.name,
            label=entry.cells.label(),
            fields=tuple(item for item in self.items(entry.items) if isinstance(item, Field)),
            relevant=self._relevant(entry),
            **own,
        )

    def _field(self, entry: Entry, own: dict[str, Any]) -> Field:
        cells = entry.cells
        typed = self._results.computed.get(entry.name)
        calculation = cells.get("calculation")
        type_ = typed.type if typed else entry.type or FieldType.TEXT
        if "scale" in own and type_ is not FieldType.DECIMAL:
            self._refuse(entry, "plumbline::scale", f"decimal; {type_}")
        if own.get("merge") is Merge.UNION and type_ is not FieldType.SELECT_MULTIPLE:
            self._refuse(entry, "plumbline::merge", f"conflict; union: select_multiple, {type_}")
        return Field(
            name=entry.name,
            type=type_,
            label=cells.label(),
            hint=cells.label("hint"),
            required=cells.get("required").lower() in YES,
            choices=entry.choices,
            computed=typed.expression if typed else None,
            phone_only=calculation if calculation and not typed else None,
            relevant=self._relevant(entry),
            constraint=self._constraint(entry),
            **own,
        )

    def _relevant(self, entry: Entry) -> Rule | None:
        if not entry.relevant:
            return None
        parts = [self._results.condition(entry, "relevant", xpath) for xpath in entry.relevant]
        known = tuple(part for part in parts if part is not None)
        if len(entry.relevant) == 1:
            return Rule(xpath=entry.relevant[0], expression=parts[0])
        return Rule(
            xpath=" and ".join(f"({xpath})" for xpath in entry.relevant),
            expression=Logic(operator="and", operands=known) if len(known) == len(parts) else None,
        )

    def _constraint(self, entry: Entry) -> Rule | None:
        xpath = entry.cells.get("constraint")
        if not xpath:
            return None
        expression = self._results.condition(entry, "constraint", xpath)
        return Rule(xpath=xpath, expression=expression, message=entry.cells.label("constraint_message"))

    def _own(self, entry: Entry) -> dict[str, Any]:
        """Return the attributes that our columns of a row set."""
        values: dict[str, Any] = {}
        for column, own in OWN_COLUMNS.items():
            cell = entry.cells.get(column)
            if not cell:
                continue
            if entry.kind not in own.kinds:
                self._refuse(entry, column, f"{own.expected} @ {', '.join(own.kinds)}")
                continue
            try:
                values[own.attribute] = own.read(cell)
            except ValueError:
                self._refuse(entry, column, own.expected)
        return values

    def _check_row_key(self, entry: Entry, names: tuple[str, ...]) -> None:
        keys = {column.name for column in entry.items if _is_key(column)}
        if not keys.issuperset(names):
            self._refuse(entry, "plumbline::row_key", ", ".join(sorted(keys)) or "-")

    def _refuse(self, entry: Entry, column: str, expected: str) -> None:
        self._findings.add(
            "forms.bad_cell",
            sheet="survey",
            row=entry.cells.number,
            column=column,
            value=entry.cells.get(column),
            expected=expected,
        )

"""The first look at the sheet ``survey``: what each row is, where it stands, and what the names stand for."""

from dataclasses import dataclass, field
from typing import Final, Literal

from mobile_contract.forms import Choice, FieldType
from server.forms.columns import NAME, Cells
from server.forms.findings import Findings

Kind = Literal["field", "note", "group", "repeat"]

#: XLSForm's types of question (https://xlsform.org/en/#question-types) and ours.
TYPES: Final = {
    "text": FieldType.TEXT,
    "string": FieldType.TEXT,
    "integer": FieldType.INTEGER,
    "int": FieldType.INTEGER,
    "decimal": FieldType.DECIMAL,
    "date": FieldType.DATE,
    "time": FieldType.TIME,
    "datetime": FieldType.DATE_TIME,
    "geopoint": FieldType.GEOPOINT,
    "image": FieldType.PHOTO,
    "photo": FieldType.PHOTO,
    "audio": FieldType.AUDIO,
    "video": FieldType.VIDEO,
    "barcode": FieldType.BARCODE,
}
_SELECTS: Final = {"select_one": FieldType.SELECT_ONE, "select_multiple": FieldType.SELECT_MULTIPLE}
#: What every record carries anyway; such rows stay in the XForm and are no fields.
METADATA: Final = frozenset({"start", "end", "today", "deviceid", "username", "email", "phonenumber"})
KNOWN_TYPES: Final = (
    "text, note, integer, decimal, date, time, dateTime, select_one <list>, select_multiple <list>, geopoint, image, "
    "audio, video, barcode, calculate, begin_group, begin_repeat"
)

Choices = dict[str, tuple[Choice, ...]]


@dataclass(slots=True)
class Entry:
    """A row of the survey. ``type`` of a ``calculate`` is None: it follows from the calculation."""

    kind: Kind
    name: str
    cells: Cells
    type: FieldType | None = None
    choices: str | None = None
    repeat: str | None = None
    relevant: tuple[str, ...] = ()
    items: list["Entry"] = field(default_factory=list)


@dataclass(slots=True)
class Outline:
    """The rows as a tree, every one by its name, and the names only the phone knows."""

    items: list[Entry] = field(default_factory=list)
    by_name: dict[str, Entry] = field(default_factory=dict)
    phone_names: set[str] = field(default_factory=set)


def outline(rows: list[Cells], choices: Choices, findings: Findings) -> Outline:
    """Return the rows as a tree; each that has no place is a finding."""
    reader = _Reader(choices, findings)
    for cells in rows:
        reader.take(cells)
    reader.finish()
    return reader.outline


class _Reader:
    """A stack of open groups and repeats over the rows."""

    def __init__(self, choices: Choices, findings: Findings) -> None:
        self.outline = Outline()
        self._choices = choices
        self._findings = findings
        self._open: list[Entry] = []
        self._rows: dict[str, int] = {}

    def take(self, cells: Cells) -> None:
        """Place one row."""
        words = cells.get("type").replace("begin ", "begin_").replace("end ", "end_").split()
        if not words:
            self._findings.add("forms.cell_missing", sheet="survey", row=cells.number, column="type")
            return
        type_ = words[0].lower()
        if type_ in ("end_group", "end_repeat"):
            self._close(type_.removeprefix("end_"), cells)
        elif type_ in METADATA and len(words) == 1:
            self.outline.phone_names.add(cells.get("name") or type_)
        elif self._named(cells):
            self._place(words, cells)

    def _place(self, words: list[str], cells: Cells) -> None:
        type_, name = words[0].lower(), cells.get("name")
        if type_ in ("begin_group", "begin_repeat") and len(words) == 1:
            self._begin(Entry("group" if type_ == "begin_group" else "repeat", name, cells))
        elif type_ == "note" and len(words) == 1:
            self._add(Entry("note", name, cells))
        elif type_ == "calculate" and len(words) == 1:
            self._add(Entry("field", name, cells))
        elif type_ in TYPES and len(words) == 1:
            signed = TYPES[type_] is FieldType.PHOTO and "signature" in cells.get("appearance").split()
            self._add(Entry("field", name, cells, FieldType.SIGNATURE if signed else TYPES[type_]))
        elif type_ in _SELECTS and len(words) == 2:
            self._select(_SELECTS[type_], words[1], cells)
        else:
            self._findings.add(
                "forms.unknown_type", sheet="survey", row=cells.number, type=" ".join(words), known=KNOWN_TYPES
            )
            self.outline.phone_names.add(name)  # one finding; references to it are not a second mistake

    def _select(self, type_: FieldType, choices: str, cells: Cells) -> None:
        offered = self._choices.get(choices)
        if offered is None:
            known = ", ".join(self._choices) or "-"
            self._findings.add("forms.unknown_list", sheet="survey", row=cells.number, list=choices, known=known)
        elif type_ is FieldType.SELECT_ONE and {choice.name for choice in offered} == {"yes", "no"}:
            type_ = FieldType.BOOLEAN
        self._add(Entry("field", cells.get("name"), cells, type_, choices))

    def _named(self, cells: Cells) -> bool:
        """Return whether the name is right; a row under a wrong one is still read, for its own mistakes."""
        name = cells.get("name")
        if not name:
            self._findings.add("forms.cell_missing", sheet="survey", row=cells.number, column="name")
            return False
        if not NAME.fullmatch(name):
            self._findings.add("forms.bad_name", sheet="survey", row=cells.number, name=name)
        elif name in self._rows:
            self._findings.add(
                "forms.duplicate_name", sheet="survey", row=cells.number, name=name, first=self._rows[name]
            )
        self._rows.setdefault(name, cells.number)
        return True

    def _add(self, entry: Entry) -> None:
        table = next((outer for outer in self._open if outer.kind == "repeat"), None)
        entry.repeat = table.name if table else None
        if table is not None and entry.kind != "field":
            self._findings.add(
                "forms.nested_repeat", sheet="survey", row=entry.cells.number, outer=table.name, name=entry.name
            )
        own = entry.cells.get("relevant")
        groups = (outer.cells.get("relevant") for outer in self._open if table is None)
        entry.relevant = tuple(xpath for xpath in (*groups, own) if xpath)
        (self._open[-1].items if self._open else self.outline.items).append(entry)
        self.outline.by_name.setdefault(entry.name, entry)

    def _begin(self, entry: Entry) -> None:
        self._add(entry)
        self._open.append(entry)

    def _close(self, kind: str, cells: Cells) -> None:
        if self._open and self._open[-1].kind == kind:
            self._open.pop()
        else:
            self._findings.add("forms.unbalanced", sheet="survey", row=cells.number, type=cells.get("type"))

    def finish(self) -> None:
        """Add a finding for each group or repeat that was never closed."""
        for entry in self._open:
            self._findings.add(
                "forms.unbalanced", sheet="survey", row=entry.cells.number, type=f"begin_{entry.kind} {entry.name}"
            )

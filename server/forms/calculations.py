"""The second look: every calculation and condition of a form, in the order in which they feed each other."""

import re
from dataclasses import dataclass, field, replace
from graphlib import CycleError, TopologicalSorter
from typing import Final

from mobile_contract.forms import Expression, FieldType, PhoneOnly
from server.forms.columns import NO, YES, Cells
from server.forms.expression import MAX_CHAIN, Name, condition, parse, references
from server.forms.findings import Findings
from server.forms.outline import Entry, Outline
from server.forms.sheets import HALF_WIDTH
from server.forms.typed import NUMBERS, Outside, Typed, Unfinished

#: Columns whose ``${names}`` must exist.
_CITING: Final = ("calculation", "relevant", "constraint", "required", "choice_filter", "repeat_count", "default")
#: Columns that stay in the XForm and that the definition does not carry.
_NOT_CARRIED: Final = ("default", "choice_filter", "repeat_count", "trigger")
#: Columns that hold XPath.
_FORMULAS: Final = ("calculation", "relevant", "constraint", "required", "choice_filter", "repeat_count")
_QUOTED: Final = re.compile(r"'[^']*'|\"[^\"]*\"")
_FULL_WIDTH: Final = re.compile(
    "[\uff01-\uff5e\u2018\u2019\u201c\u201d\u3002\u3001\u2264\u2265\u2260\u00d7\u00f7\u2013\u2014]"
)
_QUOTES_AND_DOTS: Final = str.maketrans("‘’“”。、≤≥≠×÷–—", "''\"\".,<>!*/--")
_DATE: Final = re.compile(r"\d{4}-\d{2}-\d{2}")
_TEXTS: Final = frozenset({FieldType.TEXT, FieldType.BARCODE})


@dataclass(slots=True)
class Calculations:
    """The results: an expression and its type per name, and the list of what only the phone works out."""

    outline: Outline
    findings: Findings
    computed: dict[str, Typed] = field(default_factory=dict)
    phone_only: list[PhoneOnly] = field(default_factory=list)

    def lookup(self, name: str) -> Name:
        """Return what a name stands for, for the parser. Raises :class:`Outside` for what the server does not know."""
        entry = self.outline.by_name.get(name)
        if entry is None or entry.kind in ("note", "group"):
            raise Outside(f"${{{name}}}")
        if entry.kind == "repeat":
            return Name(None)
        if entry.cells.get("calculation"):
            if name not in self.computed:
                raise Outside(f"${{{name}}}, which the phone works out")
            return Name(self.computed[name].type, entry.repeat)
        if entry.type is None:
            raise Outside(f"${{{name}}}")
        return Name(entry.type, entry.repeat)

    def condition(self, entry: Entry, column: str, xpath: str) -> Expression | None:
        """Return a condition compiled; None, and a line in the list, when it lies outside the closed set."""
        try:
            return condition(xpath, self.lookup, row_of=entry.repeat, itself=entry.name)
        except Outside as outside:
            self.put_outside(entry, column, xpath, outside)
            return None

    def put_outside(self, entry: Entry, column: str, xpath: str, outside: Outside) -> None:
        """Leave XPath to the phone, unless no phone can read it either."""
        if isinstance(outside, Unfinished):
            row = entry.cells.number
            self.findings.add("forms.unfinished", sheet="survey", row=row, column=column, text=xpath[:200])
        else:
            self.leave(entry.cells, entry.name, column, xpath, str(outside))

    def leave(self, cells: Cells, name: str, column: str, text: str, reason: str) -> None:
        """Leave something to the phone, and list it."""
        self.phone_only.append(PhoneOnly(row=cells.number, name=name, column=column, text=text, reason=reason))


def calculations(outline: Outline, findings: Findings) -> Calculations:
    """Return every ``calculation`` compiled. Names that nothing bears, and circles, are findings."""
    result = Calculations(outline, findings)
    for entry in outline.by_name.values():
        _check_references(entry, outline, findings)
        _check_width(entry, findings)
        _check_plain(entry, findings)
        _list_not_carried(entry, result)
    feeds = _feeds(outline)
    try:
        order = list(TopologicalSorter(feeds).static_order())
    except CycleError as error:
        names = error.args[1]
        row = outline.by_name[names[0]].cells.number
        findings.add("forms.cycle", sheet="survey", row=row, names=" → ".join(reversed(names)))
        return result
    chain: dict[str, int] = {}
    for name in order:
        chain[name] = 1 + max((chain[fed] for fed in feeds[name]), default=0)
        _calculate(outline.by_name[name], chain[name], result)
    return result


def _feeds(outline: Outline) -> dict[str, set[str]]:
    """Return, by calculated name, the calculated names it cites."""
    cited = {
        name: references(entry.cells.get("calculation"))
        for name, entry in outline.by_name.items()
        if entry.kind == "field" and entry.cells.get("calculation")
    }
    return {name: {other for other in others if other in cited} for name, others in cited.items()}


def _calculate(entry: Entry, chain: int, result: Calculations) -> None:
    xpath = entry.cells.get("calculation")
    try:
        if chain > MAX_CHAIN:
            raise Outside(f"more than {MAX_CHAIN} calculations that feed each other")
        typed = parse(xpath, result.lookup, row_of=entry.repeat)
        result.computed[entry.name] = _as_declared(typed, entry)
    except Outside as outside:
        result.put_outside(entry, "calculation", xpath, outside)


def _as_declared(typed: Typed, entry: Entry) -> Typed:
    """Return ``typed`` under the type that the row declares; a ``calculate`` declares none and keeps its result's."""
    if entry.type is None:
        return replace(typed, type=FieldType.TEXT) if typed.type is FieldType.SELECT_ONE else typed
    same = typed.type is entry.type or {typed.type, entry.type} <= NUMBERS
    if same or (entry.type in _TEXTS and typed.type in _TEXTS | {FieldType.SELECT_ONE}):
        return replace(typed, type=entry.type)
    raise Outside(f"{typed.type} in a field of {entry.type}")


def _check_references(entry: Entry, outline: Outline, findings: Findings) -> None:
    for column in _CITING:
        for name in references(entry.cells.get(column)):
            if name not in outline.by_name and name not in outline.phone_names:
                findings.add(
                    "forms.unknown_reference", sheet="survey", row=entry.cells.number, column=column, name=name
                )


def _check_width(entry: Entry, findings: Findings) -> None:
    """Note full-width punctuation and digits in formulas, outside quoted words: no phone reads them as operators."""
    for column in _FORMULAS:
        bare = _QUOTED.sub("", entry.cells.get(column))
        found = "".join(dict.fromkeys(_FULL_WIDTH.findall(bare)))
        if found:
            instead = "".join(dict.fromkeys(found.translate(_QUOTES_AND_DOTS).translate(HALF_WIDTH)))
            row = entry.cells.number
            findings.add("forms.full_width", sheet="survey", row=row, column=column, found=found, instead=instead)


def _check_plain(entry: Entry, findings: Findings) -> None:
    """Note a ``required`` that is neither yes nor no nor a formula, and the ``default`` of a date that is none.

    A cell that Excel takes for a date comes as the number of a day, or with a time of day.
    """
    required, default = entry.cells.get("required"), entry.cells.get("default")
    wrong: list[tuple[str, str, str]] = []
    if required and required.lower() not in YES | NO and not set("$(=") & set(required):
        wrong.append(("required", required, "yes | no"))
    if entry.type is FieldType.DATE and default and not set("$(") & set(default) and not _DATE.fullmatch(default):
        wrong.append(("default", default, "2026-11-18 (文本格式 / as text), today()"))
    for column, value, expected in wrong:
        row = entry.cells.number
        findings.add("forms.bad_cell", sheet="survey", row=row, column=column, value=value[:50], expected=expected)


def _list_not_carried(entry: Entry, result: Calculations) -> None:
    for column in _NOT_CARRIED:
        if text := entry.cells.get(column):
            result.leave(entry.cells, entry.name, column, text, "kept in the XForm only")
    required = entry.cells.get("required")
    if required and required.lower() not in YES | NO:
        result.leave(entry.cells, entry.name, "required", required, "required under a condition")

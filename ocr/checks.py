"""Checks across what was read: amounts in words against figures, totals against their rows, identifiers. Pure.

A check flags, or bears out; it never changes a value. A correction that would make an identifier valid is a suggestion.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Final, NamedTuple

from mobile_contract.extractions import Flag, ProposedField
from mobile_contract.forms import Field, FormDefinition, Ref, Sum, fields_of, repeats_of
from ocr import identifiers, money
from ocr.meaning import is_money, role

#: How identifiers are judged, by the last part of what their field means.
_JUDGES: Final[Mapping[str, Callable[[str], bool]]] = {
    "usci": identifiers.is_usci,
    "citizenId": identifiers.is_citizen_id,
}


class Checked(NamedTuple):
    """The result of one check on ``paths``: the flag it raises; ``None`` bears the values out."""

    paths: tuple[str, ...]
    flag: Flag | None = None


def check_values(
    form: FormDefinition, proposed: Sequence[ProposedField], computed: Mapping[str, ProposedField]
) -> list[Checked]:
    """Return the checks of a form's values; ``computed`` holds what was written where the server computes, by path."""
    by_path = {item.path: item for item in proposed} | dict(computed)
    return [*_amounts(form, by_path), *_totals(form, proposed, computed), *_identifiers(form, proposed)]


def _flagged(code: str, paths: tuple[str, ...], params: dict[str, str], suggestion: str | None = None) -> Checked:
    return Checked(paths, Flag(code=code, paths=paths, params=params, suggestion=suggestion))


def _amounts(form: FormDefinition, by_path: Mapping[str, ProposedField]) -> Iterator[Checked]:
    """Yield a check of each amount in words (``X.words``) with its figures (``X`` or ``X.figures``): 大写 and 小写."""
    means = {item.means: item for item in fields_of(form) if item.means}
    for meaning, words in means.items():
        if not meaning.endswith(".words"):
            continue
        base = meaning.removesuffix(".words")
        figures = means.get(base) or means.get(f"{base}.figures")
        if figures is None or not is_money(figures):
            continue
        paths = (f"fields/{words.name}", f"fields/{figures.name}")
        written, number = (by_path[path].value if path in by_path else None for path in paths)
        if not isinstance(written, str):
            continue
        amount = money.words_to_fen(written)
        if amount is None:
            yield _flagged("paper.not_a_value", paths[:1], {"text": written, "type": "大写金额"})
        elif isinstance(number, int) and amount != number:
            params = {
                "words": f"{written}({money.fen_to_figures(amount)})",
                "figures": money.fen_to_figures(number),
            }
            yield _flagged("paper.amount_mismatch", paths, params)
        elif amount == number:
            yield Checked(paths)


def _totals(
    form: FormDefinition, proposed: Iterable[ProposedField], computed: Mapping[str, ProposedField]
) -> Iterator[Checked]:
    """Yield a check of each written total against the sum of its column."""
    rows = [*proposed, *computed.values()]  # a column may be computed too; on paper it is written all the same
    for item in fields_of(form):
        total = computed.get(f"fields/{item.name}")
        if total is None or not isinstance(total.value, int) or not isinstance(item.computed, Sum):
            continue
        if not isinstance(item.computed.item, Ref):
            continue
        column = [row for row in rows if _is_cell(row.path, item.computed.repeat, item.computed.item.name)]
        values = [row.value for row in column if isinstance(row.value, int)]
        paths = (total.path, *(row.path for row in column))
        if sum(values) != total.value:
            params = {"written": _shown(item, total.value), "computed": _shown(item, sum(values))}
            yield _flagged("paper.total_mismatch", paths, params)
        elif values:
            yield Checked(paths)


def _is_cell(path: str, repeat: str, name: str) -> bool:
    parts = path.split("/")
    return len(parts) == 4 and parts[1] == repeat and parts[3] == name


def _shown(item: Field, value: int) -> str:
    return money.fen_to_figures(value) if is_money(item) else str(value)


def _identifiers(form: FormDefinition, proposed: Iterable[ProposedField]) -> Iterator[Checked]:
    fields = {f"fields/{item.name}": item for item in fields_of(form)}
    columns = {(repeat.name, item.name): item for repeat in repeats_of(form) for item in repeat.fields}
    for item in proposed:
        parts = item.path.split("/")
        asked = columns.get((parts[1], parts[-1])) if len(parts) == 4 else fields.get(item.path)
        if asked is None or not isinstance(item.value, str):
            continue
        if asked.means == "project.code":
            if not identifiers.is_project_code(item.value):
                yield _flagged("paper.identifier_invalid", (item.path,), {"value": item.value})
        elif valid := _JUDGES.get(role(asked)):
            yield Checked((item.path,)) if valid(item.value) else _invalid(item, valid)


def _invalid(item: ProposedField, valid: Callable[[str], bool]) -> Checked:
    correction = identifiers.suggest(item.value, valid)
    if correction is None:
        return _flagged("paper.identifier_invalid", (item.path,), {"value": item.value})
    params = {"value": item.value, "suggestion": correction}
    return _flagged("paper.identifier_confusable", (item.path,), params, correction)

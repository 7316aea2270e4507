"""What else may stand where a value was proposed, and what speaks for it: for a person to choose from. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from mobile_contract.extractions import ExtractionValues, Flag, ProposedField
from mobile_contract.forms import Field, FormDefinition, fields_of, repeats_of
from mobile_contract.scans import Alternative
from ocr import money
from ocr.meaning import Vocabularies, understand

#: The sources that read text; ink is none.
_READINGS: Final = ("crop", "page")


def alternatives(
    form: FormDefinition, read: ExtractionValues, lists: Vocabularies, year: int | None
) -> dict[str, tuple[Alternative, ...]]:
    """Return other values by path, each with the code of ``problems`` that says why; none that is proposed already.

    They are what a check suggests (a code that passes with another letter), what the other of two amounts says, and
    what each reading says by itself.
    """
    asked = _fields(form)
    values = {field.path: field.value for field in read.fields}
    found: dict[str, tuple[Alternative, ...]] = {}
    for proposed in read.fields:
        field = asked.get(_column(proposed.path))
        if field is None:
            continue
        said = [
            *_suggested(proposed.path, read.flags, values),
            *_read(field, form, proposed, lists, year),
        ]
        others: dict[str, Alternative] = {}
        for one in said:
            if one.value != proposed.value:
                others.setdefault(repr(one.value), one)
        if others:
            found[proposed.path] = tuple(others.values())
    return found


def _suggested(path: str, flags: Sequence[Flag], values: Mapping[str, Any]) -> Iterator[Alternative]:
    """Yield what the flags of a path suggest; of amounts that differ, each is told what the other says."""
    for flag in flags:
        if path not in flag.paths:
            continue
        if flag.suggestion is not None:
            yield Alternative(value=flag.suggestion, code=flag.code, params=flag.params)
        elif flag.code == "paper.amount_mismatch":
            words, figures = flag.paths
            other = _as_figures(values.get(words)) if path == figures else _as_words(values.get(figures))
            if other is not None:
                yield Alternative(value=other, code=flag.code, params=flag.params)


def _as_figures(words: object) -> int | None:
    return money.words_to_fen(words) if isinstance(words, str) else None


def _as_words(figures: object) -> str | None:
    return money.fen_to_words(figures) if isinstance(figures, int) and figures >= 0 else None


def _read(
    field: Field, form: FormDefinition, proposed: ProposedField, lists: Vocabularies, year: int | None
) -> Iterator[Alternative]:
    """Yield what each reading says as a value of the field: of the crop, and of the page as a whole."""
    readings = {source: text for source, text in proposed.readings.items() if source in _READINGS}
    for text in readings.values():
        meant = understand(field, form, text, lists, year)
        if meant.value is not None:
            yield Alternative(value=meant.value, code="paper.readings_differ", params=readings)


def _fields(form: FormDefinition) -> dict[str, Field]:
    """Return the fields of a form by their paths, without rows."""
    single = {f"fields/{field.name}": field for field in fields_of(form)}
    cells = {f"fields/{repeat.name}//{field.name}": field for repeat in repeats_of(form) for field in repeat.fields}
    return single | cells


def _column(path: str) -> str:
    parts = path.split("/")
    return path if len(parts) == 2 else "/".join((*parts[:2], "", *parts[3:]))

"""What a filled form leaves open: blanks, values of another type, unknown choices, broken constraints.

These are flags for people. Field data is never refused for them.
"""

import sys
from collections.abc import Callable, Iterator
from typing import Any, Final

from mobile_contract.forms import Field, FieldType, FormDefinition, Repeat, fields_of, repeats_of
from mobile_contract.ids import is_sha256
from mobile_contract.media import Datum
from mobile_contract.values import MAX_INTEGER, Value, Values
from server.forms.compute import Evaluation, Place
from server.forms.exact import BadOperand, day, instant, missing, number, wall_time

#: A flag: the path of the field, and a code of ``mobile_contract.problems`` that begins with ``field.``.
Flag = tuple[str, str]

_MAX_LAT: Final = 90 * 10**7
_MAX_LON: Final = 180 * 10**7


def check(form: FormDefinition, fields: Values) -> list[Flag]:
    """Return the flags of a report's ``fields`` in the order of the form, rows by their ids."""
    checker = _Checker(form, fields)
    flags = [flag for field in fields_of(form) for flag in checker.field(field, fields.get(field.name), None)]
    for repeat in repeats_of(form):
        flags += checker.repeat(repeat, fields.get(repeat.name))
    return flags


def misfits(form: FormDefinition, fields: Values) -> list[Flag]:
    """Return flags of the values that are not of the type of their field, or no choice of it, asked or not.

    That is the part of :func:`check` that is stored with a report: it depends on what was sent, not on what is to do.
    """
    checker = _Checker(form, fields)
    flags = [flag for field in fields_of(form) for flag in checker.misfit(field, fields.get(field.name), None)]
    for repeat in repeats_of(form):
        flags += checker.misfits(repeat, fields.get(repeat.name))
    return flags


class _Checker:
    """The checks of one report."""

    def __init__(self, form: FormDefinition, fields: Values) -> None:
        self._choices = {name: {choice.name for choice in offered} for name, offered in form.choices.items()}
        self._run = Evaluation(form, fields, sys.maxsize)

    def repeat(self, repeat: Repeat, rows: Value) -> Iterator[Flag]:
        """Yield the flags of each row of a table."""
        if rows is None or not self._relevant(repeat, None):
            return
        yield from self._each(repeat, rows, self.field)

    def misfits(self, repeat: Repeat, rows: Value) -> Iterator[Flag]:
        """Yield the flags of each row of a table, of types alone."""
        if rows is not None:
            yield from self._each(repeat, rows, self.misfit)

    def _each(
        self, repeat: Repeat, rows: Value, ask: Callable[[Field, Value, Place], Iterator[Flag]]
    ) -> Iterator[Flag]:
        if not isinstance(rows, dict):
            yield f"fields/{repeat.name}", "field.not_a_value"
            return
        for key, row in sorted(rows.items()):
            if not isinstance(row, dict):
                yield f"fields/{repeat.name}/{key}", "field.not_a_value"
                continue
            for field in repeat.fields:
                yield from ask(field, row.get(field.name), (repeat, key))

    def misfit(self, field: Field, value: Value, place: Place) -> Iterator[Flag]:
        """Yield the flag of one value's type, if any; what is computed is not checked."""
        if field.computed is None and not missing(value) and (code := self._wrong(field, value)):
            yield _path(field, place), code

    def field(self, field: Field, value: Value, place: Place) -> Iterator[Flag]:
        """Yield the flag of one value, if any; what is computed or not asked is not checked."""
        if field.computed is not None or not self._relevant(field, place):
            return
        path = _path(field, place)
        if missing(value):
            # Whether a question under phone-only relevance was asked is not known here.
            if field.required and (field.relevant is None or field.relevant.expression is not None):
                yield path, "field.blank"
        elif code := self._wrong(field, value):
            yield path, code
        elif (
            field.constraint and field.constraint.expression and not self._run.holds(field.constraint.expression, place)
        ):
            yield path, "field.out_of_range"

    def _relevant(self, item: Field | Repeat, place: Place) -> bool:
        rule = item.relevant
        return rule is None or rule.expression is None or self._run.holds(rule.expression, place)

    def _wrong(self, field: Field, value: Value) -> str | None:
        if field.type in (FieldType.SELECT_ONE, FieldType.SELECT_MULTIPLE):
            chosen = value if field.type is FieldType.SELECT_MULTIPLE else [value]
            if not isinstance(chosen, list) or not all(isinstance(name, str) for name in chosen):
                return "field.not_a_value"
            return None if self._choices.get(field.choices or "", set()).issuperset(chosen) else "field.not_a_choice"
        try:
            return None if _IS_VALUE[field.type](field, value) else "field.not_a_value"
        except BadOperand:
            return "field.not_a_value"


def _path(field: Field, place: Place) -> str:
    return "/".join(["fields", *((place[0].name, place[1]) if place else ()), field.name])


def _is_decimal(field: Field, value: Value) -> bool:
    places = value.partition(".")[2] if isinstance(value, str) else ""
    return (
        isinstance(value, str)
        and number(value) is not None
        and len(places) <= (20 if field.scale is None else field.scale)
    )


def _is_position(_field: Field, value: Value) -> bool:
    if not isinstance(value, dict):
        return False
    lat, lon = value.get("lat"), value.get("lon")
    on_earth = type(lat) is int and type(lon) is int and abs(lat) <= _MAX_LAT and abs(lon) <= _MAX_LON
    return on_earth and value.get("datum") in set(Datum)


def _is_text(_field: Field, value: Value) -> bool:
    return isinstance(value, str)


def _is_file(_field: Field, value: Value) -> bool:
    return isinstance(value, str) and is_sha256(value)


_IS_VALUE: Final[dict[FieldType, Callable[[Field, Any], bool]]] = {
    FieldType.TEXT: _is_text,
    FieldType.BARCODE: _is_text,
    FieldType.INTEGER: lambda _field, value: type(value) is int and abs(value) <= MAX_INTEGER,
    FieldType.DECIMAL: _is_decimal,
    FieldType.BOOLEAN: lambda _field, value: type(value) is bool,
    FieldType.DATE: lambda _field, value: day(value) is not None,
    FieldType.TIME: lambda _field, value: wall_time(value) is not None,
    FieldType.DATE_TIME: lambda _field, value: instant(value) is not None,
    FieldType.GEOPOINT: _is_position,
    FieldType.PHOTO: _is_file,
    FieldType.AUDIO: _is_file,
    FieldType.VIDEO: _is_file,
    FieldType.SIGNATURE: _is_file,
}

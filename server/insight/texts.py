"""What of a record is searched, and by what else it is found."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

import msgspec
import sqlalchemy as sa

from mobile_contract.extractions import ExtractionServer, ExtractionValues
from mobile_contract.forms import Field, FieldType, FormDefinition, fields_of, repeats_of
from mobile_contract.records import (
    Kind,
    PhotoServer,
    PhotoValues,
    ReportServer,
    ReportValues,
    ScanServer,
    ScanValues,
)
from mobile_contract.values import Values
from server import forms, identity
from server.insight.words import normal
from server.replication import server_of, values_of
from sync.state import Record

#: Characters of one record that are searched.
TEXT_CHARACTERS: Final = 20_000
#: Fields whose value says nothing to a reader.
_SILENT: Final = frozenset({FieldType.PHOTO, FieldType.AUDIO, FieldType.VIDEO, FieldType.SIGNATURE, FieldType.GEOPOINT})


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """What is put down of a record, beside the names of its files."""

    at: str
    texts: Sequence[str]
    form: str | None = None
    day: str | None = None
    number: str | None = None
    person: str | None = None
    by: str | None = None
    about: str | None = None

    def text(self, names: Iterable[str] = ()) -> str:
        """Return the text, with the names of files, one line each, as far as it is searched."""
        return "\n".join(filter(None, map(normal, (*names, *self.texts))))[:TEXT_CHARACTERS]


def entry_of(tx: sa.Connection, record: Record) -> Entry | None:
    """Return what is put down of a live record; None for a kind that is not searched."""
    make = _ENTRIES.get(record.kind)
    return make(tx, record) if make is not None else None


def _report(tx: sa.Connection, record: Record) -> Entry:
    values, server = values_of(record, ReportValues), server_of(record, ReportServer)
    definition = forms.definition(tx, values.form, values.form_version)
    meant = _meant(definition, values.fields) if definition is not None else {}
    day = meant.get("document.date", "")
    return Entry(
        at=server.received_at,
        texts=list(_spoken(definition, values.fields)),
        form=values.form[:64],
        day=day if forms.is_day(day) else None,
        number=meant.get("document.number"),
        person=meant.get("document.person"),
    )


def _photo(tx: sa.Connection, record: Record) -> Entry:
    values, server = values_of(record, PhotoValues), server_of(record, PhotoServer)
    return Entry(
        at=server.received_at,
        texts=(values.file_name, values.place, values.note),
        day=server.business_date,
        person=_name(tx, server.by),
        by=server.by,
        about=values.report,
    )


def _scan(tx: sa.Connection, record: Record) -> Entry:
    values, server = values_of(record, ScanValues), server_of(record, ScanServer)
    return Entry(
        at=server.received_at,
        texts=(values.note,),
        day=values.captured.at[:10] if forms.is_day(values.captured.at[:10]) else None,
        person=_name(tx, server.by),
        by=server.by,
    )


def _extraction(_tx: sa.Connection, record: Record) -> Entry:
    values, server = values_of(record, ExtractionValues), server_of(record, ExtractionServer)
    found: list[Any] = [values.serial, *(field.value for field in values.fields)]
    found += [line.text for line in values.lines]
    found += [text for pair in values.pairs for text in (pair.key, pair.value)]
    found += [cell.text for table in values.tables for cell in table.cells]
    texts = dict.fromkeys(str(each) for each in found if isinstance(each, str | int))
    return Entry(at=server.received_at, texts=list(texts), form=values.form, about=values.scan)


_ENTRIES: Final[Mapping[str, Callable[[sa.Connection, Record], Entry]]] = {
    Kind.REPORT: _report,
    Kind.PHOTO: _photo,
    Kind.SCAN: _scan,
    Kind.EXTRACTION: _extraction,
}


def _name(tx: sa.Connection, person: str | None) -> str | None:
    return identity.name_of(tx, person) if person else None


def _meant(definition: FormDefinition, fields: Values) -> dict[str, str]:
    """Return the values by which a report is found, by what they mean."""
    found = ((field.means, fields.get(field.name)) for field in fields_of(definition))
    return {means: value[:128] for means, value in found if means and isinstance(value, str)}


def _spoken(definition: FormDefinition | None, fields: Values) -> Iterator[str]:
    """Yield what a report says: its texts and numbers, and what was chosen as its form words it."""
    if definition is None:
        yield from _all_of(fields)
        return
    columns: list[tuple[tuple[Values, ...], tuple[Field, ...]]] = [((fields,), fields_of(definition))]
    columns += [(_rows(fields.get(repeat.name)), repeat.fields) for repeat in repeats_of(definition)]
    for rows, asked in columns:
        for row in rows:
            for field in asked:
                if field.type not in _SILENT:
                    words = {each.name: each.label for each in definition.choices.get(field.choices or "", ())}
                    for each in _all_of(row.get(field.name)):
                        yield from words[each].values() if each in words else (each,)


def _rows(rows: Any) -> tuple[Values, ...]:
    return tuple(row for row in rows.values() if isinstance(row, dict)) if isinstance(rows, dict) else ()


def _all_of(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, int) and not isinstance(value, bool):
        yield str(value)
    elif isinstance(value, list | dict):
        for each in value.values() if isinstance(value, dict) else value:
            yield from _all_of(each)

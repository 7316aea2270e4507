"""The synced kind of filled forms, and what runs inside the push for it: computed fields, columns, its files."""

import functools
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, TypeVar

import msgspec
import sqlalchemy as sa
from msgspec.structs import replace

from mobile_contract.forms import FieldType, FormDefinition, Merge, fields_of, repeats_of
from mobile_contract.ids import record_id
from mobile_contract.records import Kind, Late, ReportServer, ReportValues
from mobile_contract.sync import FieldFlag
from mobile_contract.values import Values
from server import forms, projects
from server.identity import enrolled_since
from server.kernel.clock import instant, rfc3339
from server.kernel.database import upsert
from server.replication import SyncedKind, Written, digests, form_named_by, server_of, values_of
from server.reports import model, store
from server.reports.tables import reports
from sync.state import Derivation, Overrun, Record

T = TypeVar("T")

#: The fields of a form whose value is the SHA-256 of a blob.
FILES = frozenset({FieldType.PHOTO, FieldType.AUDIO, FieldType.VIDEO, FieldType.SIGNATURE})


MAX_ANSWERS = 1024
_ANSWERS: dict[tuple[str, str, int, str], Any] = {}


class Projections:
    """The projections. ``time_zone`` is for scopes that belong to no site."""

    def __init__(self, time_zone: str) -> None:
        self._time_zone = time_zone

    def kinds(self) -> tuple[SyncedKind, ...]:
        """Return the registry rows of this domain."""
        return (
            SyncedKind(
                policy=model.REPORT,
                values=ReportValues,
                server=ReportServer,
                natural=natural,
                derive=derive,
                project=self.report,
                forget=store.forget,
                cites=named_files,
            ),
        )

    def report(self, tx: sa.Connection, written: Sequence[Written]) -> Mapping[str, model.ReportAnnotation]:
        """Write the index rows of reports; return, by record id, which were written late."""
        known = store.authors(tx, [item.record.id for item in written if item.before is not None])
        rows: list[dict[str, Any]] = []
        server: dict[str, model.ReportAnnotation] = {}
        sites = functools.cache(lambda scope: projects.site_of(tx, scope) or projects.Site(self._time_zone))
        enrolled = functools.cache(functools.partial(enrolled_since, tx))  # a push mostly has one replica
        for item in written:
            values = values_of(item.record, ReportValues)
            definition = forms.definition(tx, values.form, values.form_version)
            found = _indexed(definition, values.fields) if definition is not None else {}
            day = _once(kept_by_day, definition) if definition is not None else None
            if day is not None and (lateness := late(_enrolled(item, enrolled), day, sites)) is not None:
                server[item.record.id] = lateness
            author = known.get(item.record.id, item.person)
            rows.append(_row(item, values, author, found, server.get(item.record.id), sites))
        upsert(tx, reports, rows, key=("id",))
        return server


def named_files(tx: sa.Connection, record: Record) -> Iterable[str] | None:
    """Return the digests of a report's files, as it is and as it was signed; None for a form that asks for none."""
    values = values_of(record, ReportValues)
    definition = forms.definition(tx, values.form, values.form_version)
    if definition is None:  # a form that is not known here may have fields for files
        return digests(record.values)
    if not _once(cites, definition):
        return None
    versions = server_of(record, ReportServer).signed
    signed = [msgspec.convert(version.values, ReportValues).fields for version in versions]
    return [sha256 for fields in (values.fields, *signed) for sha256 in cited(definition, fields)]


def _row(
    written: Written,
    values: ReportValues,
    author: str,
    found: Mapping[str, str],
    lateness: model.ReportAnnotation | None,
    sites: Callable[[str], projects.Site],
) -> dict[str, Any]:
    record, server = written.record, server_of(written.record, ReportServer)
    minutes = server.late if lateness is None else lateness.late or None
    came = instant(server.received_at)
    return {
        "id": record.id,
        "scope": record.scope,
        "form": values.form[:64],
        "form_version": values.form_version,
        "author": author,
        "received_at": server.received_at,
        "deleted": record.deleted,
        **{column: found.get(column) for column in model.INDEXED.values()},
        "day": found.get("business_date") or (sites(record.scope).day(came) if came else ""),
        "state": model.state_of(server.review, record.digest),
        "signature": model.signature_of(server.signed, record.digest),
        "late": minutes.minutes if minutes else None,
        "conflicts": len(server.open_conflicts),
        "flags": len(server.field_flags),
        "is_late": bool(minutes),
        "is_disputed": bool(server.open_conflicts),
        "is_flagged": bool(server.field_flags),
        "rev": record.rev,
        "digest": record.digest,
        "changed_at": written.at,
    }


def derive(tx: sa.Connection, values: Values) -> Derivation | None:
    """Return what a report's form derives from its values; None for a form that is not known here.

    What a form is ``unique_by`` makes the report's id, so it is set with the report and never after.
    """
    definition = _definition(tx, values)
    if definition is None:
        return None
    paths = _once(computed_paths, definition)

    def recompute(values: Values) -> Values:
        fields = values.get("fields")
        if not isinstance(fields, dict):
            return values
        try:
            return {**values, "fields": forms.recompute(definition, fields)}
        except forms.TooManySteps as error:
            raise Overrun(error.limit) from error

    def flags(values: Values) -> tuple[FieldFlag, ...]:
        fields = values.get("fields")
        found = forms.misfits(definition, fields) if isinstance(fields, dict) else []
        return tuple(FieldFlag(path=path, code=code) for path, code in found[: model.MAX_FLAGS])

    return Derivation(
        computed=lambda _values: paths,
        recompute=recompute,
        fixed=_once(key_paths, definition),
        unions=_once(unions, definition),
        flags=flags,
    )


def key_paths(definition: FormDefinition) -> frozenset[str]:
    """Return the paths of the fields that a form is ``unique_by``."""
    return frozenset(f"fields/{name}" for name in definition.unique_by)


def computed_paths(definition: FormDefinition) -> frozenset[str]:
    """Return the computed paths of a form, with ``*`` in place of a row id."""
    top = {f"fields/{field.name}" for field in fields_of(definition) if field.computed}
    cells = {
        f"fields/{repeat.name}/*/{field.name}"
        for repeat in repeats_of(definition)
        for field in repeat.fields
        if field.computed
    }
    return frozenset(top | cells)


def unions(definition: FormDefinition) -> dict[str, tuple[str, ...]]:
    """Return, by path, the names to choose from of each question of a form whose choices merge one by one."""
    top = [("", field) for field in fields_of(definition)]
    cells = [(f"{repeat.name}/*/", field) for repeat in repeats_of(definition) for field in repeat.fields]
    return {
        f"fields/{where}{field.name}": tuple(choice.name for choice in definition.choices.get(field.choices or "", ()))
        for where, field in (*top, *cells)
        if field.merge is Merge.UNION
    }


def cites(definition: FormDefinition) -> bool:
    """Return whether a form has any field that names a file."""
    fields = [*fields_of(definition), *(field for repeat in repeats_of(definition) for field in repeat.fields)]
    return any(field.type in FILES for field in fields)


def cited(definition: FormDefinition, fields: Values) -> list[str]:
    """Return the SHA-256 of every file a report's fields name."""
    found = [fields.get(field.name) for field in fields_of(definition) if field.type in FILES]
    for repeat in repeats_of(definition):
        names = [field.name for field in repeat.fields if field.type in FILES]
        rows = fields.get(repeat.name)
        if names and isinstance(rows, dict):
            found += [row.get(name) for row in rows.values() if isinstance(row, dict) for name in names]
    return [value for value in found if isinstance(value, str)]


def indexed(definition: FormDefinition) -> tuple[tuple[str, str], ...]:
    """Return (field, column) of the fields by which a report of this form is found."""
    return tuple(
        (field.name, model.INDEXED[field.means]) for field in fields_of(definition) if field.means in model.INDEXED
    )


def kept_by_day(definition: FormDefinition) -> str | None:
    """Return the day field of a form with one report a day, as a log; None for other forms."""
    days = (field.name for field in fields_of(definition) if field.means == "document.date")
    return next((name for name in days if name in definition.unique_by), None)


def late(written: Written, field: str, sites: Callable[[str], projects.Site]) -> model.ReportAnnotation | None:
    """Return whether a report was written after its day was over (补录), by its writer's corrected clock.

    It is judged when the report comes or its day changes. How long it took to get here is no matter; and one of which
    anything was written in time – on another phone, that came later – was not late.
    """
    record, before = written.record, written.before
    day = _day_of(record, field)
    over = sites(record.scope).end_of(day) if day else None
    if over is None or written.written_at is None:
        return None
    if written.written_at < over:
        return model.ReportAnnotation(late=None)
    if before is not None and _day_of(before, field) == day:
        return None
    minutes = int((written.written_at - over).total_seconds()) // 60
    return model.ReportAnnotation(late=Late(written_at=rfc3339(written.written_at), minutes=minutes))


def _enrolled(written: Written, enrolled_since: Callable[[str], datetime | None]) -> Written:
    """Return what was written with the time at which it can have been: no phone writes before it is enrolled."""
    enrolled = enrolled_since(written.replica) if written.written_at is not None else None
    if enrolled is None or written.written_at is None or written.written_at >= enrolled:
        return written
    return replace(written, written_at=min(enrolled, datetime.fromisoformat(written.at)))


def _day_of(record: Record, field: str) -> str:
    day = values_of(record, ReportValues).fields.get(field)
    return day if isinstance(day, str) else ""


def _once(ask: Callable[[FormDefinition], T], definition: FormDefinition) -> T:
    """Return ``ask(definition)``, asked once: a published version never changes, and a push asks for each record."""
    key = (ask.__name__, definition.id, definition.version, definition.sha256)
    if key not in _ANSWERS:
        if len(_ANSWERS) >= MAX_ANSWERS:
            _ANSWERS.clear()
        _ANSWERS[key] = ask(definition)
    answer: T = _ANSWERS[key]
    return answer


def natural(tx: sa.Connection, scope: str, values: Values) -> str | None:
    """Return the id that a report of a ``unique_by`` form must have; None while one of the fields is blank."""
    definition, fields = _definition(tx, values), values.get("fields")
    if definition is None or not definition.unique_by or not isinstance(fields, dict):
        return None
    key = [fields.get(name) for name in definition.unique_by]
    if not all(isinstance(part, str | int) for part in key):
        return None
    return record_id(Kind.REPORT, scope, definition.id, *map(str, key))


def _definition(tx: sa.Connection, values: Values) -> FormDefinition | None:
    named = form_named_by(values)
    return forms.definition(tx, *named) if named is not None else None


def _indexed(definition: FormDefinition, fields: Values) -> dict[str, str]:
    found = {}
    for name, column in _once(indexed, definition):
        value = fields.get(name)
        if isinstance(value, str):
            found[column] = value[:128]
    if not forms.is_day(found.get("business_date")):
        found.pop("business_date", None)  # it stays among the values, flagged, and is no day to be found by
    return found

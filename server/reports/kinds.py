"""The synced kinds of field work, and what runs inside the push for each: computed fields, fences, file receipts."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec
import sqlalchemy as sa

from media import geo
from mobile_contract.forms import FieldType, FormDefinition, fields_of, repeats_of
from mobile_contract.media import FenceReading, Verdict
from mobile_contract.problems import Refused
from mobile_contract.records import CheckInValues, PhotoValues, ReportValues
from mobile_contract.values import Values
from server import forms, projects, uploads
from server.kernel.database import upsert
from server.replication import SyncedKind, Written
from server.reports import model
from server.reports.tables import reports
from sync.state import Derivation

#: The fields of a form whose value is the SHA-256 of a blob.
FILES = frozenset({FieldType.PHOTO, FieldType.AUDIO, FieldType.VIDEO, FieldType.SIGNATURE})


class Projections:
    """The projections, with the lower floors they read. ``time_zone`` is for scopes that belong to no site."""

    def __init__(self, uploaded: uploads.Uploads, time_zone: str) -> None:
        self._uploads = uploaded
        self._time_zone = time_zone

    def kinds(self) -> tuple[SyncedKind, ...]:
        """Give the registry rows of this domain."""
        return (
            SyncedKind(policy=model.REPORT, shape=ReportValues, derive=derive, project=self.report),
            SyncedKind(policy=model.PHOTO, shape=PhotoValues, project=self.photo),
            SyncedKind(policy=model.CHECK_IN, shape=CheckInValues, project=self.check_in),
            SyncedKind(policy=model.FORM),
        )

    def report(self, tx: sa.Connection, written: Written) -> Mapping[str, Any]:
        """Keep the index row of a report and its citations; gives the receipts of the files it cites."""
        record, before = written.record, written.before
        definition = _definition(tx, record.values)
        fields = record.values.get("fields") or {}
        found = _indexed(definition, fields) if definition else {}
        row = {
            "id": record.id,
            "scope": record.scope,
            "form": str(record.values.get("form"))[:64],
            "form_version": record.values.get("formVersion") or 0,
            "author": written.person if before is None else _author(tx, record.id, written.person),
            "received_at": record.server.get("receivedAt", written.at),
            "deleted": record.deleted,
            **{column: found.get(column) for column in model.INDEXED.values()},
        }
        upsert(tx, reports, [row], key=("id",))
        if definition is None:
            return {}
        return self._files(tx, written, cited(definition, fields))

    def photo(self, tx: sa.Connection, written: Written) -> Mapping[str, Any]:
        """Cite the photo's bytes; gives its day and the receipt of the file."""
        files = self._files(tx, written, [written.record.values["blob"]])
        return {"businessDate": self._day(tx, written), **files}

    def check_in(self, tx: sa.Connection, written: Written) -> Mapping[str, Any]:
        """Judge the position against the fence of that moment: the nearest one, if a scope has several."""
        values = msgspec.convert(written.record.values, CheckInValues)
        readings = []
        scope, moment = written.record.scope, _moment(values.captured.at)
        # A fence drawn after the fact still says where the site is: the one in force now, if there was none then.
        for fence in projects.fences_of(tx, scope, moment) or projects.fences_of(tx, scope):
            try:
                readings.append(geo.judge(values.position, fence))
            except Refused:  # a position that is not on Earth proves nothing, and is kept as it came
                continue
        day = {"businessDate": self._day(tx, written)}
        if not readings:
            return day
        return {**day, "fence": msgspec.to_builtins(min(readings, key=_closeness))}

    def _files(self, tx: sa.Connection, written: Written, shas: list[str]) -> Mapping[str, Any]:
        record = written.record
        self._uploads.cite(tx, record.scope, record.id, shas, written.person)
        receipts = self._uploads.receipts(tx, record.scope, record.id)
        return {"files": msgspec.to_builtins(receipts)} if receipts else {}

    def _day(self, tx: sa.Connection, written: Written) -> str:
        captured = written.record.values["captured"]["at"]
        zone = projects.zone_of(tx, written.record.scope) or self._time_zone
        return projects.business_date(captured, zone, otherwise=written.at)


def derive(tx: sa.Connection, values: Values) -> Derivation | None:
    """Give the computed fields of a report by its form; None for a form or version that is not known here."""
    definition = _definition(tx, values)
    if definition is None:
        return None
    paths = computed_paths(definition)
    if not paths:
        return None

    def recompute(values: Values) -> Values:
        fields = values.get("fields")
        return {**values, "fields": forms.recompute(definition, fields)} if isinstance(fields, dict) else values

    return Derivation(computed=lambda _values: paths, recompute=recompute)


def computed_paths(definition: FormDefinition) -> frozenset[str]:
    """Name the computed paths of a form, with ``*`` in place of a row id."""
    top = {f"fields/{field.name}" for field in fields_of(definition) if field.computed}
    cells = {
        f"fields/{repeat.name}/*/{field.name}"
        for repeat in repeats_of(definition)
        for field in repeat.fields
        if field.computed
    }
    return frozenset(top | cells)


def cited(definition: FormDefinition, fields: Values) -> list[str]:
    """Give the SHA-256 of every file a report's fields name."""
    found = [fields.get(field.name) for field in fields_of(definition) if field.type in FILES]
    for repeat in repeats_of(definition):
        names = [field.name for field in repeat.fields if field.type in FILES]
        rows = fields.get(repeat.name)
        if names and isinstance(rows, dict):
            found += [row.get(name) for row in rows.values() if isinstance(row, dict) for name in names]
    return [value for value in found if isinstance(value, str)]


def _definition(tx: sa.Connection, values: Values) -> FormDefinition | None:
    form, version = values.get("form"), values.get("formVersion")
    if not isinstance(form, str) or not isinstance(version, int):
        return None
    return forms.definition(tx, form, version)


def _indexed(definition: FormDefinition, fields: Values) -> dict[str, str]:
    found = {}
    for field in fields_of(definition):
        value = fields.get(field.name)
        if field.means in model.INDEXED and isinstance(value, str):
            found[model.INDEXED[field.means]] = value[:128]
    if len(found.get("business_date", "")) > 10:
        del found["business_date"]
    return found


def _author(tx: sa.Connection, report: str, otherwise: str) -> str:
    return tx.scalar(sa.select(reports.c.author).where(reports.c.id == report)) or otherwise


def _moment(text: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo else None


def _closeness(reading: FenceReading) -> tuple[bool, int]:
    return reading.verdict is not Verdict.INSIDE, reading.distance_cm

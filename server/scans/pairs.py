"""Finding pairs that may be one: the same page scanned twice, or a paper beside a log that is filed already."""

from collections.abc import Mapping
from typing import Any

import msgspec
import sqlalchemy as sa

from mobile_contract.extractions import ExtractionValues
from mobile_contract.forms import FormDefinition
from mobile_contract.ids import natural_id
from mobile_contract.records import Kind, ScanServer, ScanValues
from mobile_contract.scans import Duplicate, DuplicateState
from mobile_contract.states import ExtractionState
from server.identity import WORKER
from server.kernel.journal import Journal
from server.replication import Replication, server_of, values_of
from server.scans import likeness, model, queue_store, store, waiting
from server.scans.events import DuplicateFound
from server.uploads import Uploads
from sync.state import Record


class Pairs:
    """Finds and stores pairs; people decide about them."""

    def __init__(self, journal: Journal, replication: Replication, uploaded: Uploads) -> None:
        self._journal = journal
        self._replication = replication
        self._uploads = uploaded

    def look(self, tx: sa.Connection, scan: Record, values: ExtractionValues, form: FormDefinition | None) -> None:
        """Store what was read from a scan, and its pairs with what was read or filed before."""
        extraction, received_at = model.extraction_id(scan.id), server_of(scan, ScanServer).received_at
        found: dict[str, set[str]] = {}
        for other in self._of_the_same_files(tx, scan):
            found.setdefault(other, set()).add("sameFile")
        if form is not None:
            answers = likeness.answers(values)
            report = _report_of(form, scan.scope, values)
            for row, others in store.readings_of(tx, scan.scope, form.id, extraction):
                same_key = report is None or row.report is None or report == row.report
                if values.serial and row.serial == values.serial and answers.keys() & others.keys():
                    found.setdefault(row.extraction, set()).add("sameSheet")
                if likeness.alike(answers, others, same_key=same_key):
                    found.setdefault(row.extraction, set()).add("sameAnswers")
            row = {
                "extraction": extraction,
                "scope": scan.scope,
                "form": form.id,
                "serial": values.serial[:64],
                "report": report,
                "at": received_at,
            }
            store.keep_reading(tx, row, answers)
            found = self._named_by_their_reports(tx, found)
            if report is not None and self._is_filed(tx, report):
                found.setdefault(report, set()).add("sameKey")
        self._put(tx, scan.scope, extraction, found, received_at)

    def filed_already(self, tx: sa.Connection, extraction: Record, report: str, at: str) -> Duplicate | None:
        """Return the undecided pair of an extraction with the report that it would merge with, or None."""
        if not self._is_filed(tx, report):
            return None
        self._put(tx, extraction.scope, extraction.id, {report: {"sameKey"}}, at)
        pair = store.one(tx, _key(extraction.id, report))
        return pair if pair is not None and pair.state is DuplicateState.OPEN else None

    def show(self, tx: sa.Connection, actor: str, extraction: str) -> None:
        """Bring the open pairs on an extraction's record up to date."""
        still = tuple(pair.id for pair in store.open_of(tx, extraction))
        self._replication.annotate(tx, actor, {extraction: model.ExtractionAnnotation(duplicates=still or None)})
        record = self._replication.record(tx, extraction)
        read = values_of(record, ExtractionValues) if record is not None else None
        if read is not None and read.state is ExtractionState.PROPOSED:
            queue_store.change(tx, read.scan, {"state": waiting.state_of(read, paired=bool(still)).value})

    def report_of(self, tx: sa.Connection, other: str) -> str | None:
        """Return the filed report that the older side of a pair is, or became."""
        record = self._replication.record(tx, other)
        if record is not None and record.kind == Kind.EXTRACTION:
            read = values_of(record, ExtractionValues)
            return read.report if read.state is ExtractionState.CONFIRMED else None
        return None if record is None or record.deleted else record.id

    def _put(self, tx: sa.Connection, scope: str, extraction: str, found: Mapping[str, set[str]], at: str) -> None:
        rows: list[dict[str, Any]] = [
            {
                "id": _key(extraction, other),
                "scope": scope,
                "extraction": extraction,
                "other": other,
                "reasons": msgspec.json.encode(sorted(reasons)).decode(),
                "state": DuplicateState.OPEN.value,
                "found_at": at,
            }
            for other, reasons in sorted(found.items())
        ]
        fresh = store.find(tx, rows) if rows else []
        for row in rows:
            if row["id"] in fresh:
                other = row["other"]
                event = DuplicateFound(
                    actor=WORKER.person,
                    subject=row["id"],
                    extraction=extraction,
                    other=other,
                    reasons=sorted(found[other]),
                )
                self._journal.record(tx, scope, event, at)
        if fresh:
            self.show(tx, WORKER.person, extraction)

    def _of_the_same_files(self, tx: sa.Connection, scan: Record) -> set[str]:
        """Return the ids of extractions of other scans of the scope that have a page of the same bytes."""
        pages = set(values_of(scan, ScanValues).pages)
        scans = {record for page in pages for _, record in self._uploads.citing(tx, page, scan.scope)} - {scan.id}
        read = (self._replication.record(tx, other) for other in sorted(scans))
        there = (record for record in read if record is not None and record.kind == Kind.SCAN)
        return {name for record in there if (name := server_of(record, ScanServer).extraction)}

    def _named_by_their_reports(self, tx: sa.Connection, found: Mapping[str, set[str]]) -> dict[str, set[str]]:
        """Return ``found`` without what was discarded, and with a filed extraction replaced by its report."""
        named: dict[str, set[str]] = {}
        for other, reasons in found.items():
            record = self._replication.record(tx, other)
            if record is not None and not _is_discarded(record):
                named.setdefault(self.report_of(tx, other) or other, set()).update(reasons)
        return named

    def _is_filed(self, tx: sa.Connection, report: str) -> bool:
        record = self._replication.record(tx, report)
        return record is not None and not record.deleted and record.kind == Kind.REPORT


def _is_discarded(record: Record) -> bool:
    """Return whether a record is an extraction that was discarded; a report is none."""
    if record.kind != Kind.EXTRACTION:
        return False
    return values_of(record, ExtractionValues).state is ExtractionState.DISCARDED


def _key(extraction: str, other: str) -> str:
    return natural_id("duplicate", extraction, other)


def _report_of(form: FormDefinition, scope: str, values: ExtractionValues) -> str | None:
    """Return the id of the report that a reading would become, if it is that of a natural key."""
    fields = model.report_fields(form, values, {})
    key = [fields.get(name) for name in form.unique_by]
    return model.report_id(form, scope, "", fields) if key and None not in key else None

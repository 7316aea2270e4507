"""The synced kinds of paper, and what runs inside the push for each: which files they need, the job that reads."""

from collections.abc import Iterable, Mapping, Sequence
from typing import ClassVar

import sqlalchemy as sa
from msgspec import UNSET

from mobile_contract.extractions import ExtractionServer, ExtractionValues
from mobile_contract.media import FileReceipt, FileState
from mobile_contract.records import ScanServer, ScanValues
from mobile_contract.states import ExtractionState, ScanState
from server.jobs import Jobs, Lane, Task
from server.replication import SyncedKind, Written, values_of
from server.scans import model, queue_store, waiting
from sync.state import Record


class ReadScan(Task, frozen=True, kw_only=True):
    """Read a scan."""

    kind: ClassVar[str] = "scans.read"
    lane: ClassVar[Lane] = Lane.READING

    scan: str


class Projections:
    """The projections, with the lower floors they use."""

    def __init__(self, jobs: Jobs) -> None:
        self._jobs = jobs

    def kinds(self) -> tuple[SyncedKind, ...]:
        """Return the registry rows of this domain."""
        return (
            SyncedKind(
                policy=model.SCAN,
                values=ScanValues,
                server=ScanServer,
                project=self.scan,
                forget=queue_store.leave,
                cites=pages,
            ),
            SyncedKind(
                policy=model.EXTRACTION,
                values=ExtractionValues,
                server=ExtractionServer,
                project=self.extraction,
                cites=pictures,
            ),
        )

    def scan(self, tx: sa.Connection, written: Sequence[Written]) -> Mapping[str, model.ScanAnnotation]:
        """Enqueue the reading of scans whose pages are all stored; return what is set of each scan, by record id.

        New ones enter the queue of what waits for a clerk.
        """
        fresh = [waiting.unread(item.record, item.at) for item in written if item.before is None]
        if fresh:
            queue_store.enter(tx, fresh)
        for item in written:
            if item.before is not None:
                queue_store.change(tx, item.record.id, {"scope": item.record.scope})
        return {item.record.id: self._scan(tx, item) for item in written}

    def extraction(self, tx: sa.Connection, written: Sequence[Written]) -> Mapping[str, model.ExtractionAnnotation]:
        """Bring the queue up to date: what was read is in it until it is decided. Nothing is set of the record."""
        for item in written:
            values = values_of(item.record, ExtractionValues)
            if values.state is not ExtractionState.PROPOSED:
                queue_store.leave(tx, [values.scan])
            elif item.before is None:
                queue_store.change(tx, values.scan, waiting.as_read(item.record.id, values))
        return {}

    def _scan(self, tx: sa.Connection, written: Written) -> model.ScanAnnotation:
        record = written.record
        state = ScanState.WAITING
        if complete(values_of(record, ScanValues), written.files):
            state = model.SCANS.step(state, model.ScanAct.ARRIVE)
            queue(self._jobs, tx, record.id, written.person)
        return model.ScanAnnotation(state=state, by=written.person if written.before is None else UNSET)


def pages(_tx: sa.Connection, record: Record) -> Iterable[str]:
    """Return the digests of a scan's pages."""
    return values_of(record, ScanValues).pages


def pictures(_tx: sa.Connection, record: Record) -> Iterable[str]:
    """Return the digests of the pictures and the text that reading made, for the readers of the scan's scope."""
    read = values_of(record, ExtractionValues)
    return [*read.rectified, *read.boxed, *([read.text] if read.text is not None else [])]


def complete(scan: ScanValues, files: Iterable[FileReceipt]) -> bool:
    """Return whether every page of a scan is stored; a scan without pages never is."""
    stored = {file.sha256 for file in files if file.state is FileState.STORED}
    return bool(scan.pages) and stored.issuperset(scan.pages)


def queue(jobs: Jobs, tx: sa.Connection, scan: str, person: str = "") -> None:
    """Enqueue the reading of a scan, for ``person``; while it waits it is queued once."""
    jobs.enqueue(tx, ReadScan(scan=scan), dedupe=scan, person=person)

"""The synced kinds of paper, and what runs inside the push for each: citations, file receipts, the job that reads."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec
import sqlalchemy as sa

from mobile_contract.media import FileReceipt, FileState
from mobile_contract.records import ExtractionValues, ScanValues
from mobile_contract.states import ScanState
from server.jobs import Jobs
from server.replication import SyncedKind, Written
from server.scans import model
from server.uploads import Uploads

READ = "scans.read"


class Projections:
    """The projections, with the lower floors they use."""

    def __init__(self, uploaded: Uploads, jobs: Jobs) -> None:
        self._uploads = uploaded
        self._jobs = jobs

    def kinds(self) -> tuple[SyncedKind, ...]:
        """Return the registry rows of this domain."""
        return (
            SyncedKind(policy=model.SCAN, shape=ScanValues, project=self.scan),
            SyncedKind(policy=model.EXTRACTION, shape=ExtractionValues, project=self.extraction),
        )

    def scan(self, tx: sa.Connection, written: Sequence[Written]) -> Mapping[str, Mapping[str, Any]]:
        """Cite the pages; have those scans read whose pages are all here already."""
        return {item.record.id: self._scan(tx, item) for item in written}

    def _scan(self, tx: sa.Connection, written: Written) -> Mapping[str, Any]:
        record = written.record
        self._uploads.cite(tx, record.scope, record.id, _digests(record.values.get("pages")), written.person)
        files = self._uploads.receipts(tx, record.scope, record.id)
        state = ScanState.WAITING
        if complete(record.values, files):
            state = model.SCANS.step(state, model.ScanAct.ARRIVE)
            queue(self._jobs, tx, record.id)
        brought = {"by": written.person} if written.before is None else {}
        return {"state": state.value, "files": msgspec.to_builtins(files), **brought}

    def extraction(self, tx: sa.Connection, written: Sequence[Written]) -> Mapping[str, Mapping[str, Any]]:
        """Cite the pictures of the pages, so that those who read the scan's scope see them."""
        for item in written:
            if item.before is None:  # later writes are decisions; the pictures stay as they were cited
                record = item.record
                named = (record.values.get(name) for name in ("rectified", "boxed"))
                blobs = [
                    *(digest for value in named for digest in _digests(value)),
                    *_digests([record.values.get("text")]),
                ]
                self._uploads.cite(tx, record.scope, record.id, blobs, item.person)
        return {}


def complete(values: Mapping[str, Any], files: Iterable[FileReceipt]) -> bool:
    """Return whether every page of a scan is stored; a scan without pages never is."""
    pages = values.get("pages")
    stored = {file.sha256 for file in files if file.state is FileState.STORED}
    return isinstance(pages, list) and bool(pages) and stored.issuperset(map(str, pages))


def queue(jobs: Jobs, tx: sa.Connection, scan: str) -> None:
    """Have a scan read; while it waits it is queued once."""
    jobs.enqueue(tx, READ, {"scan": scan}, dedupe=scan)


def _digests(value: object) -> list[str]:
    return [item for item in value if isinstance(item, str)] if isinstance(value, list | tuple) else []

"""The files that records need: named by the kind, kept by the uploads, shown as receipts on the record itself."""

from collections.abc import Mapping, Sequence

import sqlalchemy as sa
from msgspec.structs import replace

from mobile_contract.conflicts import ConflictServer
from mobile_contract.media import FileReceipt
from mobile_contract.records import ParkedServer, PhotoServer, ReportServer, ScanServer
from server.replication import store
from server.replication.model import Files, SyncedKind, Written
from sync.typed import Annotation


class FilesAnnotation(Annotation, frozen=True, kw_only=True):
    """The receipts of a record's files, for each kind that shows them."""

    of = (PhotoServer, ReportServer, ScanServer, ConflictServer, ParkedServer)

    files: tuple[FileReceipt, ...] | None


class Citations:
    """Has the files of records cited as they are written. Without ``files`` nothing is."""

    def __init__(self, files: Files | None) -> None:
        self._files = files

    def cite(
        self, tx: sa.Connection, synced: SyncedKind, written: Sequence[Written]
    ) -> tuple[list[Written], dict[str, FilesAnnotation]]:
        """Cite what records of one kind need. Return them with their receipts, and what the server says of it by id."""
        if self._files is None or synced.cites is None:
            return list(written), {}
        found: list[Written] = []
        server: dict[str, FilesAnnotation] = {}
        for item in written:
            record, named = item.record, synced.cites(tx, item.record)
            shas = set() if named is None else set(named)
            if named is None or (not shas and item.before is None):
                found.append(item)
                continue
            self._files.cite(tx, record.scope, record.id, shas, item.person)
            receipts = self._files.receipts(tx, record.scope, record.id)
            found.append(replace(item, files=receipts))
            if synced.shows_files:
                server[record.id] = FilesAnnotation(files=receipts or None)
        return found, server

    def forget(self, tx: sa.Connection, records: Sequence[str]) -> None:
        """Drop what records needed, by their ids: the feed forgets them."""
        if self._files is not None:
            self._files.uncite(tx, records)

    def changes(
        self, tx: sa.Connection, kinds: Mapping[str, SyncedKind], sha256: str, scope: str | None
    ) -> dict[str, FilesAnnotation]:
        """Return by record the receipts to be shown now that something has become of a file."""
        if self._files is None:
            return {}
        scopes = {key: where for where, key in self._files.citing(tx, sha256, scope)}
        there = store.Records(tx, scopes)
        return {
            key: FilesAnnotation(files=self._files.receipts(tx, scopes[key], key))
            for key, record in there.items()
            if record.kind in kinds and kinds[record.kind].shows_files
        }

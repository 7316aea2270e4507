"""Saving records: let each kind project what is written, put it down in bulk, and tell the feed.

Everything here takes a connection; the caller decides on the transaction around it.
"""

from collections.abc import Callable, Collection, Container, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager

import sqlalchemy as sa
from msgspec.structs import replace

from mobile_contract.conflicts import ConflictValues
from mobile_contract.ids import live_scope
from server.kernel.clock import Clock, rfc3339
from server.kernel.journal import Book, Journal
from server.replication import conflicting, store, waiting
from server.replication.citing import Citations
from server.replication.events import RecordAnnotated, RecordLeft, RecordMoved
from server.replication.model import Files, Known, SyncedKind, Written
from server.replication.undecided import UNDECIDED
from server.replication.writing_times import Writing
from sync.policy import CONFLICT, PROTOCOL_KINDS
from sync.state import Author, Record
from sync.typed import Annotation, values_of

#: Is told within a transaction which scopes it writes to, with their new heads, and under which replica.
Committed = Callable[[sa.Connection, Mapping[str, int], str], None]


class RecordWriter:
    """Saves, moves and annotates records. It knows kinds only as rows of the registry it is given."""

    def __init__(
        self,
        journal: Journal,
        kinds: Iterable[SyncedKind],
        clock: Clock,
        committed: Committed,
        files: Files | None = None,
        known: Known = lambda _tx, _person, _scope: True,
    ) -> None:
        self._known = known
        self.kinds = {kind.policy.kind: kind for kind in (*kinds, *UNDECIDED)}
        self._journal = journal
        self._clock = clock
        self._committed = committed
        self._citations = Citations(files)

    def write(
        self,
        tx: sa.Connection,
        book: Book,
        before: Mapping[str, Record],
        changed: Iterable[Record],
        author: Author,
        writers: Mapping[str, str] | None = None,
        when: Mapping[str, Writing] | None = None,
    ) -> None:
        """Let each kind project its records, then save them; ``writers`` says who wrote what, if not the author."""
        final = {record.id: record for record in changed}
        for kind, synced in self.kinds.items():
            written = [
                Written(
                    record=record,
                    before=before.get(record.id),
                    person=(writers or {}).get(record.id, author.person),
                    at=book.at,
                    written_at=writing.at,
                    offset_ms=writing.offset_ms,
                    replica=writing.replica,
                    online=writing.online,
                    previous=writing.previous,
                )
                for record in final.values()
                if record.kind == kind and not _archived(before.get(record.id), record)
                for writing in [(when or {}).get(record.id, Writing(None, 0))]
            ]
            if not written:
                continue
            written, files = self._citations.cite(tx, synced, written)
            projected = synced.project(tx, written) if synced.project is not None else {}
            for key in files.keys() | projected.keys():
                server = final[key].server
                for annotation in (projected.get(key), files.get(key)):
                    server = annotation.over(server) if annotation is not None else server
                final[key] = replace(final[key], server=server)
        self._save(tx, book, before, final.values(), author.replica)

    def _save(
        self,
        tx: sa.Connection,
        book: Book,
        before: Mapping[str, Record],
        changed: Iterable[Record],
        replica: str = "",
    ) -> None:
        saved = store.save(tx, book, before, changed)
        waiting.save(tx, saved, self._known)
        conflicting.save(tx, saved)
        touched = {scope for record in saved for scope in (record.scope, before.get(record.id, record).scope)}
        self._committed(tx, {scope: book.streams[scope].seq for scope in touched}, replica)

    def move(self, tx: sa.Connection, actor: str, ids: Iterable[str], scope: str) -> int:
        """Move living records to another scope, with the conflicts about them. Return how many records moved.

        Who reads only the old scope sees them leave; who reads both sees them change place. Into an archive go only
        records of its own scope. They stay with the same readers, so nothing that a kind projects changes.
        """
        wanted = list(ids)
        with self.open_for(tx, lambda: wanted, [scope]) as (book, there):
            moving = {
                record.id: record.scope
                for record in there.values()
                if record.scope != scope and not record.deleted and record.kind not in PROTOCOL_KINDS
                if live_scope(scope) in (scope, record.scope)
            }
            for old in sorted(set(moving.values())):
                there.prefetch(store.conflicts_about(tx, old, moving))
            moved = [
                replace(record, scope=scope)
                for record in there.values()
                if record.id in moving or _is_about(record, moving)
            ]
            mover = Author(replica="", person=actor, own_scope="", roles={})
            self.write(tx, book, there, moved, mover)
            for key, old in moving.items():
                book.write(old, RecordLeft(actor=actor, subject=key, to=scope))
                book.write(scope, RecordMoved(actor=actor, subject=key, origin=old))
        return len(moving)

    def hold(self, tx: sa.Connection, scope: str) -> None:
        """Lock a scope until commit."""
        self._journal.lock(tx, [scope])

    def hold_for(self, tx: sa.Connection, read: Callable[[], Record]) -> Record:
        """Return a record, its scope locked until commit. Raise what ``read`` raises, and ``server.busy``."""
        return self._journal.lock_for(tx, read, lambda record: [record.scope])

    def open_for(
        self, tx: sa.Connection, read: Callable[[], Iterable[str]], extra_scopes: Collection[str] = ()
    ) -> AbstractContextManager[tuple[Book, store.Records]]:
        """Open a book of the scopes that records are in; ``read`` returns their ids. Raise ``server.busy``.

        Yield the book, and the records as they are now that their scopes are locked.
        """
        now = rfc3339(self._clock.now())
        return self._journal.open_for(tx, lambda: store.Records(tx, read()), store.scopes_of, now, extra_scopes)

    def annotate(self, tx: sa.Connection, actor: str, changes: Mapping[str, Annotation]) -> int:
        """Set server values of records by id, in the caller's transaction. Return how many changed.

        Records that do not exist are passed over. What changes takes a new place in its scope's feed. Raise
        ``server.busy`` where one is being moved by another transaction.
        """
        with self.open_for(tx, lambda: changes) as (book, there):
            changed = []
            for key, record in there.items():
                server = changes[key].over(record.server)
                if server != record.server:
                    changed.append(replace(record, server=server))
                    members = changes[key].members()
                    event = RecordAnnotated(actor=actor, subject=key, kind=record.kind, changes=members)
                    book.write(record.scope, event)
            self._save(tx, book, there, changed)
        return len(changed)

    def forget(self, tx: sa.Connection, forgotten: Mapping[str, Sequence[str]]) -> None:
        """Drop what stands beside records that the feed forgets, given as ids by kind: projections and citations."""
        for kind, ids in forgotten.items():
            synced = self.kinds.get(kind)
            if synced is not None and synced.forget is not None:
                synced.forget(tx, ids)
            self._citations.forget(tx, ids)

    def tell_of_file(self, tx: sa.Connection, actor: str, sha256: str, scope: str | None = None) -> None:
        """Put what has become of a file on the records that need it, or only on those of ``scope``."""
        self.annotate(tx, actor, self._citations.changes(tx, self.kinds, sha256, scope))


def _is_about(record: Record, records: Container[str]) -> bool:
    return record.kind == CONFLICT.kind and values_of(record, ConflictValues).record in records


def _archived(before: Record | None, after: Record) -> bool:
    """Return whether a record only went to the archive of its scope, or came from there."""
    moved = before is not None and before.scope != after.scope
    return moved and before is not None and live_scope(before.scope) == live_scope(after.scope)

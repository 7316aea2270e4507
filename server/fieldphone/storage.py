"""The reference phone's storage on SQLite: one file, WAL, durable at the end of each transaction."""

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec

from mobile_contract.sync import Receipt
from sync.ports import Copy, Memory, PendingOp

_SCHEMA = """
CREATE TABLE IF NOT EXISTS memory (only INTEGER PRIMARY KEY CHECK (only = 1), body TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS ops (
    op_id TEXT PRIMARY KEY, n INTEGER NOT NULL UNIQUE, record TEXT NOT NULL, unit TEXT, raw BLOB NOT NULL,
    receipt TEXT, settled INTEGER, held TEXT
);
CREATE INDEX IF NOT EXISTS ops_open ON ops (n) WHERE receipt IS NULL AND held IS NULL;
CREATE INDEX IF NOT EXISTS ops_settled ON ops (settled) WHERE receipt IS NOT NULL;
CREATE INDEX IF NOT EXISTS ops_record ON ops (record) WHERE receipt IS NULL;
CREATE TABLE IF NOT EXISTS copies (
    id TEXT PRIMARY KEY, kind TEXT NOT NULL, scope TEXT NOT NULL, sweep INTEGER NOT NULL, body BLOB NOT NULL
);
CREATE INDEX IF NOT EXISTS copies_scope ON copies (scope);
CREATE TABLE IF NOT EXISTS files (
    sha256 TEXT PRIMARY KEY, path TEXT NOT NULL, name TEXT NOT NULL, media_type TEXT NOT NULL, upload TEXT, sent TEXT,
    safe TEXT, freed TEXT
);
"""
_OP_COLUMNS = "n, op_id, record, unit, raw"


class SqliteStorage:
    """Implements ``sync.ports.Storage``; ``path`` is a file, or ``:memory:`` for a phone that forgets."""

    def __init__(self, path: Path | str) -> None:
        self._db = sqlite3.connect(path, isolation_level=None)
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.execute("PRAGMA synchronous=FULL")
        self._db.execute("PRAGMA secure_delete=ON")
        self._wiped = False
        self._db.executescript(_SCHEMA)

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Open a transaction: committed when left, rolled back when left by an exception."""
        self._db.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._db.execute("ROLLBACK")
            raise
        self._db.execute("COMMIT")
        if self._wiped:  # the log still has what the pages no longer have
            self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def memory(self) -> Memory:
        """Return what was last remembered."""
        row = self._db.execute("SELECT body FROM memory").fetchone()
        return msgspec.json.decode(row[0], type=Memory) if row else Memory()

    def remember(self, memory: Memory) -> None:
        """Keep this from now on."""
        body = msgspec.json.encode(memory)
        self._db.execute("INSERT INTO memory VALUES (1, ?) ON CONFLICT DO UPDATE SET body = excluded.body", (body,))

    def enqueue(self, op: PendingOp) -> None:
        """Append an op to the queue."""
        self._db.execute(
            "INSERT INTO ops (op_id, n, record, unit, raw) VALUES (?, ?, ?, ?, ?)",
            (op.op_id, op.n, op.record, op.unit, op.raw),
        )

    def pending(self, limit: int) -> Sequence[PendingOp]:
        """Return the oldest ops without a receipt that are not held."""
        return self._ops("WHERE receipt IS NULL AND held IS NULL ORDER BY n LIMIT ?", limit)

    def pending_of(self, record: str) -> Sequence[PendingOp]:
        """Return the ops without a receipt on one record."""
        return self._ops("WHERE receipt IS NULL AND record = ? ORDER BY n", record)

    def settle(self, op_id: str, receipt: Receipt, at: int) -> None:
        """Keep the receipt of an op, and when it was given."""
        body = msgspec.json.encode(receipt)
        self._db.execute("UPDATE ops SET receipt = ?, settled = ? WHERE op_id = ?", (body, at, op_id))

    def prune(self, before: int) -> None:
        """Forget ops that were answered before that."""
        self._db.execute("DELETE FROM ops WHERE receipt IS NOT NULL AND settled < ?", (before,))

    def receipts(self) -> Sequence[Receipt]:
        """Return all receipts by ``n``."""
        rows = self._db.execute("SELECT receipt FROM ops WHERE receipt IS NOT NULL ORDER BY n")
        return [msgspec.json.decode(row[0], type=Receipt) for row in rows]

    def hold(self, op_id: str, why: str) -> None:
        """Take an op out of the queue without losing it."""
        self._db.execute("UPDATE ops SET held = ? WHERE op_id = ?", (why, op_id))

    def requeue(self) -> int:
        """Put every acknowledged op back into the queue."""
        return self._db.execute("UPDATE ops SET receipt = NULL WHERE receipt IS NOT NULL").rowcount

    def copy(self, record: str) -> Copy | None:
        """Return the server's copy of a record."""
        row = self._db.execute("SELECT body FROM copies WHERE id = ?", (record,)).fetchone()
        return msgspec.json.decode(row[0], type=Copy) if row else None

    def put_copy(self, copy: Copy) -> None:
        """Keep a copy in place of the one before."""
        self._db.execute(
            "INSERT OR REPLACE INTO copies (id, kind, scope, sweep, body) VALUES (?, ?, ?, ?, ?)",
            (copy.id, copy.kind, copy.scope, copy.sweep, msgspec.json.encode(copy)),
        )

    def drop_copies(self, records: Iterable[str]) -> None:
        """Forget copies."""
        self._db.executemany("DELETE FROM copies WHERE id = ?", [(record,) for record in records])

    def wipe(self) -> None:
        """Forget everything, and overwrite its pages. Files are unlisted; they are whose they were."""
        for table in ("memory", "ops", "copies", "files"):
            self._db.execute(f"DELETE FROM {table}")  # noqa: S608 - constant text
        self._wiped = True

    def copies(self, *, scope: str | None = None, kind: str | None = None) -> Sequence[Copy]:
        """Return copies by id."""
        rows = self._db.execute(
            "SELECT body FROM copies WHERE (?1 IS NULL OR scope = ?1) AND (?2 IS NULL OR kind = ?2) ORDER BY id",
            (scope, kind),
        )
        return [msgspec.json.decode(row[0], type=Copy) for row in rows]

    # -- files on their way -------------------------------------------------------------------------------------------

    def keep_file(self, sha256: str, path: Path, name: str, media_type: str) -> None:
        """Remember a file that a queued record cites, until the server has it."""
        self._db.execute(
            "INSERT OR IGNORE INTO files (sha256, path, name, media_type) VALUES (?, ?, ?, ?)",
            (sha256, str(path), name, media_type),
        )

    def files_to_send(self) -> list[tuple[str, Path, str, str, str | None]]:
        """Return the files that the server does not have yet: digest, path, name, media type, upload address."""
        rows = self._db.execute(
            "SELECT sha256, path, name, media_type, upload FROM files WHERE sent IS NULL AND freed IS NULL"
        )
        return [(row[0], Path(row[1]), row[2], row[3], row[4]) for row in rows]

    def uploading(self, sha256: str, upload: str | None) -> None:
        """Remember where an upload goes on, or that it has to begin again."""
        self._db.execute("UPDATE files SET upload = ? WHERE sha256 = ?", (upload, sha256))

    def file_sent(self, sha256: str, at: str) -> None:
        """Remember that every byte of a file arrived; the copy on the phone stays until the record's receipt."""
        self._db.execute("UPDATE files SET sent = ? WHERE sha256 = ?", (at, sha256))

    def file_safe(self, sha256: str, at: str) -> None:
        """Remember since when the receipts of a file say that it is stored."""
        self._db.execute(
            "UPDATE files SET sent = coalesce(sent, ?1), safe = coalesce(safe, ?1) WHERE sha256 = ?2", (at, sha256)
        )

    def file_wanted(self, sha256: str) -> None:
        """Remember that a file must be sent again: what was said to be stored is not, or by another history only."""
        self._db.execute("UPDATE files SET sent = NULL, upload = NULL, safe = NULL WHERE sha256 = ?", (sha256,))

    def file_freed(self, sha256: str, at: str) -> None:
        """Remember that the copy of a file is no longer kept."""
        self._db.execute("UPDATE files SET freed = ? WHERE sha256 = ?", (at, sha256))

    def kept_files(self) -> list[tuple[str, Path, str | None, str | None, bool]]:
        """Return the files that are kept: digest, path, when sent, since when safe, told not to send."""
        rows = self._db.execute(
            "SELECT sha256, path, sent, safe, upload IS NULL FROM files WHERE freed IS NULL ORDER BY sha256"
        )
        return [(row[0], Path(row[1]), row[2], row[3], bool(row[4])) for row in rows]

    def file_receipts(self) -> dict[str, set[str]]:
        """Return by digest what the itemised receipts on the feed say: ``expected``, ``stored``."""
        found: dict[str, set[str]] = {}
        for copy in self.copies():
            for item in copy.server.get("files", ()):
                found.setdefault(item["sha256"], set()).add(item["state"])
        return found

    def _ops(self, where: str, *args: Any) -> list[PendingOp]:
        rows = self._db.execute(f"SELECT {_OP_COLUMNS} FROM ops {where}", args)  # noqa: S608 - constant text
        return [PendingOp(n=row[0], op_id=row[1], record=row[2], unit=row[3], raw=row[4]) for row in rows]

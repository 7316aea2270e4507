"""One way to the database on both engines: a unit of work is a plain function of a connection.

``read`` gives it one consistent snapshot; ``write`` one transaction that commits when it returns. On SQLite all writes
of a process run on one writer thread under ``BEGIN IMMEDIATE``, so they never fail for being late; reads run beside it
(WAL), each whole on one of a few reader threads. On PostgreSQL both run through asyncpg. The functions are the same.
"""

import asyncio
import contextvars
import functools
import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import create_async_engine

T = TypeVar("T")
Work = Callable[[sa.Connection], T]


class Database:
    """A database by its SQLAlchemy URL: ``sqlite+aiosqlite:///file`` or ``postgresql+asyncpg://…``."""

    def __init__(self, url: str, *, pool_size: int = 8) -> None:
        self.url = sa.make_url(url)
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        self._engines: _Sqlite | None = None
        if self.is_sqlite:
            if self.url.database:
                Path(self.url.database).parent.mkdir(parents=True, exist_ok=True)
            self._engines = _Sqlite(self.url, readers=min(pool_size, READERS))
        else:
            self._writes = create_async_engine(self.url, pool_size=pool_size, max_overflow=0, hide_parameters=True)
            self._reads = self._writes.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)

    async def read(self, work: Work[T]) -> T:
        """Run ``work`` on one snapshot; whatever it writes is undone."""
        if self._engines is not None:
            return await asyncio.get_running_loop().run_in_executor(self._engines.readers, self._engines.read, work)
        async with self._reads.connect() as connection:
            try:
                return await connection.run_sync(work)
            finally:
                await connection.rollback()

    async def write(self, work: Work[T]) -> T:
        """Run ``work`` in one transaction: committed when it returns, rolled back when it raises.

        What :func:`after_commit` noted runs then, on the event loop. ``work`` sees the caller's context variables.
        """
        noted: dict[Callable[[], None], None] = {}

        def noting(connection: sa.Connection) -> T:
            connection.info[_NOTED] = noted
            return work(connection)

        if self._engines is not None:
            work_here = functools.partial(contextvars.copy_context().run, self._engines.write, noting)
            result = await asyncio.get_running_loop().run_in_executor(self._engines.writer, work_here)
        else:
            async with self._writes.begin() as connection:
                result = await connection.run_sync(noting)
        for callback in noted:
            callback()
        return result

    async def close(self) -> None:
        """Close every connection."""
        if self._engines is not None:
            await asyncio.get_running_loop().run_in_executor(None, self._engines.close)
        else:
            await self._reads.dispose()


#: Threads that read at once on SQLite. One statement through aiosqlite, which hands over each step of it, took 14 times
#: the CPU of the same statement on a thread that runs the whole work (ADR 0002).
READERS = 4


class _Sqlite:
    """The threads of one SQLite file and their connections: one that writes, a few that read beside it."""

    def __init__(self, url: sa.URL, *, readers: int) -> None:
        url = url.set(drivername="sqlite+pysqlite")
        self.writer = ThreadPoolExecutor(1, thread_name_prefix="sqlite-writer")
        self.readers = ThreadPoolExecutor(readers, thread_name_prefix="sqlite-reader")
        self._write = sqlite_engine(url, "BEGIN IMMEDIATE", poolclass=sa.StaticPool)
        self._read = sqlite_engine(url, "BEGIN", poolclass=sa.QueuePool, pool_size=readers, max_overflow=0)

    def read(self, work: Work[T]) -> T:
        """Run work on a snapshot, on a reader thread."""
        with self._read.connect() as connection:  # which ends with a rollback
            return work(connection)

    def write(self, work: Work[T]) -> T:
        """Run work in a transaction, on the writer thread."""
        with self._write.begin() as connection:
            return work(connection)

    def close(self) -> None:
        """Wait for what is under way, and close."""
        self.readers.shutdown()
        self.writer.submit(self._write.dispose).result()
        self.writer.shutdown()
        self._read.dispose()


_NOTED = "plumbline.after_commit"


def after_commit(tx: sa.Connection, callback: Callable[[], None]) -> None:
    """Call ``callback`` once when ``tx`` has committed, never when it rolls back; equal callbacks count as one.

    A hint, not a promise: if the process dies or the caller is cancelled in between, it is not called.
    """
    noted = tx.info.get(_NOTED)
    if noted is not None:
        noted[callback] = None


#: SQLSTATE classes of PostgreSQL that are about the moment and not about the data: connection, rollback (deadlock,
#: serialization), resources, intervention, system.
_OF_THE_MOMENT = ("08", "40", "53", "55", "57", "58")


def would_fail_again(error: Exception) -> bool:
    """Return whether the same work with the same data would fail the same way, rather than another time succeed."""
    if isinstance(error, sa.exc.DBAPIError):
        state = getattr(error.orig, "sqlstate", None) or ""
        passing = isinstance(error, sa.exc.OperationalError) or state.startswith(_OF_THE_MOMENT)
        return not (passing or error.connection_invalidated)
    return not isinstance(error, OSError | MemoryError | sa.exc.TimeoutError)


_SQLITE_ARGS: dict[str, Any] = {"check_same_thread": False, "timeout": 30}


def sqlite_engine(url: sa.URL, begin: str, **pool: Any) -> sa.Engine:
    """Make an engine whose connections keep what they commit (WAL, full sync); ``begin`` opens each transaction."""
    engine = sa.create_engine(url, connect_args=_SQLITE_ARGS, hide_parameters=True, **pool)

    @sa.event.listens_for(engine, "connect")
    def _connect(connection: sqlite3.Connection, _record: object) -> None:
        connection.isolation_level = None
        cursor = connection.cursor()
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "busy_timeout=30000", "foreign_keys=ON"):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @sa.event.listens_for(engine, "begin")
    def _begin(connection: sa.Connection) -> None:
        connection.exec_driver_sql(begin)

    return engine


def upsert(tx: sa.Connection, table: sa.Table, rows: list[dict[str, Any]], *, key: tuple[str, ...]) -> None:
    """Insert rows, or replace the other columns where ``key`` is already there. All rows carry the same columns."""
    if rows:
        _in_bulk(tx, _written(tx.dialect.name, table, tuple(rows[0]), key), rows)


def insert_rows(tx: sa.Connection, table: sa.Table, rows: list[dict[str, Any]]) -> None:
    """Insert rows that are not there yet. All rows carry the same columns."""
    if rows:
        _in_bulk(tx, _written(tx.dialect.name, table, tuple(rows[0]), ()), rows)


def insert_if_absent(tx: sa.Connection, table: sa.Table, rows: list[dict[str, Any]]) -> None:
    """Insert rows; those whose key is already there are left as they are."""
    if rows:
        _in_bulk(tx, _written(tx.dialect.name, table, tuple(rows[0]), None), rows)


def _in_bulk(tx: sa.Connection, statement: tuple[str, tuple[str, ...]], rows: list[dict[str, Any]]) -> None:
    """Hand rows to the driver as they are: what SQLAlchemy does for each costs more than SQLite's insert."""
    sql, columns = statement
    tx.exec_driver_sql(sql, [tuple(map(row.__getitem__, columns)) for row in rows])


@functools.cache
def _written(
    dialect: str, table: sa.Table, columns: tuple[str, ...], key: tuple[str, ...] | None
) -> tuple[str, tuple[str, ...]]:
    """Write the statement once, as its driver takes it, with the order in which it takes the columns.

    What is there under ``key`` is replaced; without a key that is an error; None: it stays.
    """
    statement = _inserts(dialect)(table)
    if key is None:
        statement = statement.on_conflict_do_nothing()
    elif key:
        others = {name: statement.excluded[name] for name in columns if name not in key}
        statement = statement.on_conflict_do_update(index_elements=list(key), set_=others)
    compiled = statement.compile(dialect=_DIALECTS[dialect], column_keys=list(columns))
    return str(compiled), tuple(compiled.positiontup)


_DIALECTS: dict[str, sa.Dialect] = {
    name: sa.make_url(f"{name}+{driver}://").get_dialect()()
    for name, driver in (("sqlite", "pysqlite"), ("postgresql", "asyncpg"))
}


def insert(tx: sa.Connection, table: sa.Table) -> Any:
    """Begin an ``INSERT`` of the engine in use: both have ``on_conflict_…``, under the same names."""
    return _inserts(tx.dialect.name)(table)


def _inserts(dialect: str) -> Any:
    return postgresql.insert if dialect == "postgresql" else sqlite.insert


__all__ = [
    "Database",
    "Work",
    "after_commit",
    "insert",
    "insert_if_absent",
    "insert_rows",
    "sqlite_engine",
    "upsert",
    "would_fail_again",
]

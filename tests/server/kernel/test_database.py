"""Units of work on both engines: what is committed, what is undone, and what is written in bulk."""

import asyncio
import contextlib
import threading
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from server.kernel.database import (
    READERS,
    Database,
    after_commit,
    insert,
    insert_if_absent,
    insert_rows,
    upsert,
    would_fail_again,
)

pytestmark = pytest.mark.anyio
_METADATA = sa.MetaData()
THINGS = sa.Table(
    "things",
    _METADATA,
    sa.Column("key", sa.String(16), primary_key=True),
    sa.Column("part", sa.Integer, primary_key=True),
    sa.Column("text", sa.String(64)),
    sa.Column("more", sa.String(64)),
)


class _Failed(Exception):
    """Raised by a unit of work of these tests."""


@pytest.fixture
async def db(migrated_database_url: str) -> AsyncIterator[Database]:
    opened = Database(migrated_database_url)
    await opened.write(_METADATA.create_all)
    yield opened
    await opened.close()


def rows(tx: sa.Connection) -> list[tuple[object, ...]]:
    return [tuple(row) for row in tx.execute(sa.select(THINGS).order_by(THINGS.c.key, THINGS.c.part))]


def put(tx: sa.Connection, key: str) -> None:
    insert_rows(tx, THINGS, [{"key": key, "part": 1, "text": key}])


async def test_a_work_that_returns_is_committed_and_one_that_raises_is_undone(db: Database) -> None:
    def failing(tx: sa.Connection) -> None:
        put(tx, "b")
        raise _Failed

    await db.write(lambda tx: put(tx, "a"))
    with pytest.raises(_Failed):
        await db.write(failing)
    assert await db.read(rows) == [("a", 1, "a", None)]


async def test_what_a_read_writes_is_undone_or_refused(db: Database) -> None:
    with contextlib.suppress(sa.exc.DBAPIError):
        await db.read(lambda tx: put(tx, "a"))
    assert await db.read(rows) == []


async def test_a_read_of_a_file_sees_one_moment_whatever_is_committed_meanwhile(tmp_path: Path) -> None:
    db = Database(f"sqlite+aiosqlite:///{tmp_path / 'plumbline.db'}")
    await db.write(_METADATA.create_all)
    seen, written = threading.Event(), threading.Event()

    def reading(tx: sa.Connection) -> tuple[int, int]:
        before = len(rows(tx))
        seen.set()
        assert written.wait(20)
        return before, len(rows(tx))

    read = asyncio.ensure_future(db.read(reading))
    assert await asyncio.get_running_loop().run_in_executor(None, seen.wait, 20)
    await db.write(lambda tx: put(tx, "a"))
    written.set()
    assert await read == (0, 0)
    await db.close()


async def test_a_callback_runs_once_after_the_commit_and_never_for_what_was_undone(db: Database) -> None:
    called: list[int] = []

    def call() -> None:
        called.append(1)

    def noting(tx: sa.Connection) -> None:
        after_commit(tx, call)
        after_commit(tx, call)
        after_commit(tx, lambda: called.append(2))
        assert called == []

    def failing(tx: sa.Connection) -> None:
        noting(tx)
        raise _Failed

    with pytest.raises(_Failed):
        await db.write(failing)
    await db.write(lambda _tx: None)
    assert called == []
    await db.write(noting)
    assert called == [1, 2]
    await db.write(lambda _tx: None)
    await db.read(lambda tx: after_commit(tx, call))
    assert called == [1, 2]


async def test_rows_are_inserted_replaced_or_left_as_they_are_by_their_whole_key(db: Database) -> None:
    def row(part: int, text: str) -> dict[str, object]:
        return {"text": text, "part": part, "key": "k"}

    await db.write(
        lambda tx: insert_rows(tx, THINGS, [{**row(1, "one"), "more": "kept"}, {**row(2, "two"), "more": ""}])
    )
    await db.write(lambda tx: upsert(tx, THINGS, [row(1, "ONE"), row(3, "three")], key=("key", "part")))
    await db.write(lambda tx: insert_if_absent(tx, THINGS, [row(2, "TWO"), row(4, "four")]))
    assert await db.read(rows) == [
        ("k", 1, "ONE", "kept"),
        ("k", 2, "two", ""),
        ("k", 3, "three", None),
        ("k", 4, "four", None),
    ]
    with pytest.raises(sa.exc.IntegrityError):
        await db.write(lambda tx: insert_rows(tx, THINGS, [row(1, "again")]))


@pytest.mark.parametrize("write", [insert_rows, insert_if_absent, lambda *of: upsert(*of, key=("key",))])
async def test_no_rows_are_no_statement(db: Database, write: object) -> None:
    assert callable(write)
    await db.write(lambda tx: write(tx, THINGS, []))
    assert await db.read(rows) == []


async def test_an_insert_knows_the_conflicts_of_its_engine(db: Database) -> None:
    def twice(tx: sa.Connection) -> None:
        for _ in range(2):
            tx.execute(insert(tx, THINGS).values(key="k", part=1).on_conflict_do_nothing())

    await db.write(twice)
    assert len(await db.read(rows)) == 1


async def test_an_error_does_not_tell_the_values(db: Database) -> None:
    with pytest.raises(sa.exc.DBAPIError) as caught:
        await db.write(lambda tx: tx.execute(sa.text("INSERT INTO nowhere VALUES (:v)"), {"v": "a secret"}))
    assert "a secret" not in str(caught.value)


async def test_a_file_of_sqlite_is_durable_and_its_folder_is_made(tmp_path: Path) -> None:
    url = f"sqlite+aiosqlite:///{tmp_path / 'a' / 'b' / 'plumbline.db'}"
    for _ in range(2):  # the folder may be there
        db = Database(url)

        def pragmas(tx: sa.Connection) -> list[object]:
            names = ("journal_mode", "synchronous", "busy_timeout", "foreign_keys")
            return [tx.exec_driver_sql(f"PRAGMA {name}").scalar() for name in names]

        for work in (db.read, db.write):
            assert await work(pragmas) == ["wal", 2, 30000, 1]
        await db.close()


@pytest.mark.parametrize(("pool", "at_once"), [(1, 1), (8, READERS)])
async def test_so_many_read_a_file_at_once_and_no_more(tmp_path: Path, pool: int, at_once: int) -> None:
    db, lock = Database(f"sqlite+aiosqlite:///{tmp_path / 'plumbline.db'}", pool_size=pool), threading.Lock()
    inside, most, full = 0, 0, threading.Event()

    def reading(tx: sa.Connection) -> None:
        nonlocal inside, most
        with lock:
            inside, most = inside + 1, max(most, inside + 1)
            if inside == at_once:
                full.set()
        tx.execute(sa.text("SELECT 1"))
        assert full.wait(20)
        with lock:
            inside -= 1

    await asyncio.gather(*(db.read(reading) for _ in range(3 * at_once)))
    await db.close()
    assert most == at_once


async def test_writers_of_one_file_in_two_processes_wait_for_each_other(tmp_path: Path) -> None:
    url = f"sqlite+aiosqlite:///{tmp_path / 'plumbline.db'}"
    one, other = Database(url), Database(url)
    await one.write(_METADATA.create_all)
    inside, go_on = threading.Event(), threading.Event()

    def first(tx: sa.Connection) -> int:
        inside.set()
        assert go_on.wait(20)
        put(tx, "a")
        return len(rows(tx))

    def second(tx: sa.Connection) -> int:
        put(tx, "b")
        return len(rows(tx))

    held = asyncio.ensure_future(one.write(first))
    await asyncio.get_running_loop().run_in_executor(None, inside.wait, 20)
    waits = asyncio.ensure_future(other.write(second))
    await asyncio.sleep(0.2)
    assert not waits.done(), "the first holds the file from its beginning, although it wrote nothing yet"
    go_on.set()
    assert (await held, await waits) == (1, 2)
    await one.close()
    await other.close()


async def test_closing_waits_for_what_is_under_way(tmp_path: Path) -> None:
    db = Database(f"sqlite+aiosqlite:///{tmp_path / 'plumbline.db'}")
    began, ended = threading.Event(), threading.Event()

    def working(tx: sa.Connection) -> None:
        began.set()
        ended.wait(0.3)
        tx.execute(sa.text("SELECT 1"))
        ended.set()

    for work in (db.write, db.read):
        began.clear()
        ended.clear()
        running = asyncio.ensure_future(work(working))
        await asyncio.get_running_loop().run_in_executor(None, began.wait, 20)
        if work == db.read:
            await db.close()
            assert ended.is_set()
        await running
    with pytest.raises(RuntimeError):
        await db.write(lambda _tx: None)


class _Driver(Exception):
    def __init__(self, sqlstate: str | None) -> None:
        super().__init__("said the driver")
        self.sqlstate = sqlstate


def of_driver(kind: type[sa.exc.DBAPIError], sqlstate: str | None, *, gone: bool = False) -> Exception:
    return kind("SELECT 1", {}, _Driver(sqlstate), connection_invalidated=gone)


@pytest.mark.parametrize("state", ["08006", "40001", "40P01", "53300", "55P03", "57014", "58030"])
def test_what_a_database_refuses_for_the_moment_may_succeed_later(state: str) -> None:
    assert not would_fail_again(of_driver(sa.exc.DBAPIError, state))


@pytest.mark.parametrize("state", ["22021", "23505", "42703", "54000", "P0001", None])
def test_what_a_database_refuses_for_its_data_is_refused_again(state: str | None) -> None:
    assert would_fail_again(of_driver(sa.exc.DBAPIError, state))


@pytest.mark.parametrize(
    "error",
    [
        of_driver(sa.exc.OperationalError, None),
        of_driver(sa.exc.DBAPIError, "23505", gone=True),
        OSError(),
        MemoryError(),
        sa.exc.TimeoutError(),
    ],
)
def test_a_lost_connection_a_full_disk_or_memory_pass(error: Exception) -> None:
    assert not would_fail_again(error)


def test_a_mistake_of_ours_is_made_again() -> None:
    assert would_fail_again(KeyError("x"))

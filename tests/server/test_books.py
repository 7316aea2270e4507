"""Books and locks of the journal: one book per stream at a time, turns between writers, on both engines."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Any

import pytest
import sqlalchemy as sa

from server.kernel.database import Database, upsert
from server.kernel.journal import Journal, StillOpen
from server.kernel.tables import journal, meta, streams
from tests.server.proof.rows import AT, NoteWritten
from tests.support.journal import broken_chains
from tests.support.refusals import refuses

pytestmark = pytest.mark.anyio

BOOKS = Journal({}, lambda *_: None)
SECTION, OTHER = "section:a", "section:b"


def note(subject: str) -> NoteWritten:
    return NoteWritten(actor="chen", subject=subject)


def rows(tx: sa.Connection) -> list[tuple[str, int, str]]:
    found = tx.execute(sa.select(journal).order_by(journal.c.stream, journal.c.pos))
    return [(row.stream, row.pos, row.subject) for row in found]


async def assert_holds(database: Database, expected: Sequence[tuple[str, int, str]]) -> None:
    assert await database.read(rows) == list(expected)
    assert await database.read(broken_chains) == []


async def test_a_stream_is_not_opened_again_before_its_book_is_closed(database: Database) -> None:
    def work(tx: sa.Connection) -> None:
        with BOOKS.open(tx, [SECTION, OTHER], AT) as book:
            with pytest.raises(StillOpen, match=OTHER), BOOKS.open(tx, [OTHER, "section:c"], AT):
                pass
            with pytest.raises(StillOpen, match=SECTION):
                BOOKS.record(tx, SECTION, note("second"), AT)
            with pytest.raises(StillOpen):  # whoever made the journal: what is open is the transaction's
                Journal({}, lambda *_: None).record(tx, SECTION, note("third"), AT)
            book.write(SECTION, note("first"))

    await database.write(work)
    await assert_holds(database, [(SECTION, 1, "first")])


async def test_a_refused_book_opens_nothing_of_what_it_asked_for(database: Database) -> None:
    def work(tx: sa.Connection) -> None:
        with BOOKS.open(tx, [SECTION], AT) as book:
            with pytest.raises(StillOpen), BOOKS.open(tx, [OTHER, SECTION], AT):
                pass
            BOOKS.record(tx, OTHER, note("other"), AT)
            book.write(SECTION, note("first"))

    await database.write(work)
    await assert_holds(database, [(SECTION, 1, "first"), (OTHER, 1, "other")])


async def test_another_book_may_follow_in_the_same_transaction(database: Database) -> None:
    def work(tx: sa.Connection) -> None:
        for subject in ("first", "second"):
            with BOOKS.open(tx, [SECTION], AT) as book:
                book.write(SECTION, note(subject))
        BOOKS.record(tx, SECTION, note("third"), AT)

    await database.write(work)
    await assert_holds(database, [(SECTION, 1, "first"), (SECTION, 2, "second"), (SECTION, 3, "third")])


async def test_a_savepoint_that_is_rolled_back_takes_its_open_book_with_it(database: Database) -> None:
    def fail(tx: sa.Connection) -> None:
        with tx.begin_nested(), BOOKS.open(tx, [SECTION, OTHER], AT) as book:
            book.write(SECTION, note("lost"))
            raise LookupError

    def work(tx: sa.Connection) -> None:
        BOOKS.record(tx, SECTION, note("first"), AT)
        with pytest.raises(LookupError):
            fail(tx)
        with BOOKS.open(tx, [SECTION, OTHER], AT) as book:
            book.write(SECTION, note("second"))

    await database.write(work)
    await assert_holds(database, [(SECTION, 1, "first"), (SECTION, 2, "second")])


async def test_a_book_whose_block_raises_writes_nothing_and_stays_open_to_no_later_transaction(
    database: Database,
) -> None:
    def work(tx: sa.Connection) -> None:
        with BOOKS.open(tx, [SECTION], AT) as book:
            book.write(SECTION, note("lost"))
            raise LookupError

    with pytest.raises(LookupError):
        await database.write(work)
    await database.write(lambda tx: BOOKS.record(tx, SECTION, note("first"), AT))
    await assert_holds(database, [(SECTION, 1, "first")])


async def test_streams_of_a_book_that_did_not_move_are_not_written(database: Database) -> None:
    def ends(tx: sa.Connection) -> dict[str, Any]:
        return {row.stream: (row.pos, row.unsealed) for row in tx.execute(sa.select(streams))}

    def work(tx: sa.Connection) -> None:
        BOOKS.lock(tx, [SECTION, OTHER])
        tx.execute(sa.update(streams).values(unsealed=False))
        with BOOKS.open(tx, [SECTION, OTHER], AT) as book:
            book.write(SECTION, note("first"))

    await database.write(work)
    assert await database.read(ends) == {SECTION: (1, True), OTHER: (0, False)}


async def test_who_locks_a_stream_learns_its_end_and_writes_nothing(database: Database) -> None:
    await database.write(lambda tx: BOOKS.record(tx, SECTION, note("first"), AT))
    (there,) = await database.read(lambda tx: tx.execute(sa.select(streams)).all())

    locked = await database.write(lambda tx: BOOKS.lock(tx, [SECTION, OTHER, SECTION]))
    assert set(locked) == {SECTION, OTHER}
    assert (locked[SECTION].pos, locked[SECTION].head) == (there.pos, there.head) == (1, locked[SECTION].head)
    assert (locked[OTHER].pos, locked[OTHER].seq, locked[OTHER].live) == (0, 0, 0)
    await assert_holds(database, [(SECTION, 1, "first")])


async def test_a_locked_stream_may_be_opened_by_the_same_transaction(database: Database) -> None:
    def work(tx: sa.Connection) -> None:
        BOOKS.lock(tx, [SECTION])
        BOOKS.record(tx, SECTION, note("first"), AT)
        BOOKS.lock(tx, [SECTION])
        BOOKS.record(tx, SECTION, note("second"), AT)

    await database.write(work)
    await assert_holds(database, [(SECTION, 1, "first"), (SECTION, 2, "second")])


async def test_what_is_read_under_a_lock_still_stands_at_commit(database: Database) -> None:
    """Without the lock PostgreSQL loses updates: two writers read the same value and write the same next one."""

    def count(tx: sa.Connection) -> None:
        BOOKS.lock(tx, [SECTION])
        was = tx.scalar(sa.select(meta.c.value).where(meta.c.name == "counted"))
        upsert(tx, meta, [{"name": "counted", "value": str(int(was or 0) + 1)}], key=("name",))

    await asyncio.gather(*(database.write(count) for _ in range(24)))
    assert await database.read(lambda tx: tx.scalar(sa.select(meta.c.value).where(meta.c.name == "counted"))) == "24"


async def test_what_is_handed_out_was_read_after_the_lock(database: Database) -> None:
    readings = iter(["before", "after"] * 2)

    def work(tx: sa.Connection) -> None:
        assert BOOKS.lock_for(tx, lambda: next(readings), lambda _: [SECTION]) == "after"
        with BOOKS.open_for(tx, lambda: next(readings), lambda _: [SECTION], AT, [OTHER]) as (book, found):
            assert found == "after"
            book.write(OTHER, note("first"))

    await database.write(work)
    await assert_holds(database, [(OTHER, 1, "first")])


async def test_what_moved_to_another_stream_before_the_lock_is_busy(database: Database) -> None:
    def moving() -> Callable[[], list[str]]:
        readings = iter([[SECTION], [SECTION, OTHER]])
        return lambda: next(readings)

    def work(tx: sa.Connection) -> None:
        with refuses("server.busy"):
            BOOKS.lock_for(tx, moving(), list)
        with refuses("server.busy"), BOOKS.open_for(tx, moving(), list, AT) as (book, _):
            book.write(SECTION, note("first"))
        with BOOKS.open_for(tx, moving(), list, AT, [OTHER]) as (book, found):
            assert found == [SECTION, OTHER]

    await database.write(work)
    await assert_holds(database, [])


async def test_writers_of_many_streams_in_common_never_wait_for_each_other(database: Database) -> None:
    """Byte order decides, whatever the order they are named in: PostgreSQL ends one of two that wait in a circle."""
    names = [f"section:{letter}{number}" for number in range(75) for letter in "aB_Ä"]
    await database.write(lambda tx: BOOKS.lock(tx, names))

    def lock(tx: sa.Connection, turn: int) -> None:
        BOOKS.lock(tx, names[turn:] + names[:turn])

    await asyncio.gather(*(database.write(lambda tx, turn=turn: lock(tx, turn)) for turn in range(24)))  # type: ignore[misc]
    assert set(await database.read(lambda tx: tx.scalars(sa.select(streams.c.stream)).all())) == set(names)


async def test_a_lock_on_one_stream_leaves_the_others_free(database: Database) -> None:
    """On PostgreSQL a writer of another stream commits while the lock is held; SQLite has one writer anyway."""
    if database.is_sqlite:
        return
    done = asyncio.Event()

    def wait(tx: sa.Connection) -> bool:
        BOOKS.lock(tx, [SECTION])
        sa.util.await_only(done.wait())
        return True

    holding = asyncio.create_task(database.write(wait))
    try:
        await database.write(lambda tx: BOOKS.record(tx, OTHER, note("free"), AT))
    finally:
        done.set()
    assert await holding

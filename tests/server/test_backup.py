"""A copy of the embedded database, taken while others write."""

import asyncio
import sqlite3
from pathlib import Path

import pytest
import sqlalchemy as sa

from mobile_contract.problems import Refused
from server.kernel.backup import copy
from server.kernel.database import Database

WRITES = 200
pytestmark = pytest.mark.anyio


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite+aiosqlite:///{tmp_path / 'plumbline.db'}"


async def _write_pairs(db: Database) -> None:
    for number in range(WRITES):
        await db.write(
            lambda tx, number=number: tx.execute(
                sa.text("INSERT INTO pairs VALUES (:n, 'a'), (:n, 'b')"), {"n": number}
            )  # type: ignore[misc]
        )


async def test_a_copy_taken_while_others_write_is_one_moment_of_the_database(url: str, tmp_path: Path) -> None:
    db = Database(url)
    await db.write(lambda tx: tx.execute(sa.text("CREATE TABLE pairs (n INTEGER, side TEXT)")))
    writing = asyncio.create_task(_write_pairs(db))
    sizes = []
    for number in range(5):
        await asyncio.sleep(0.01)
        sizes.append(await asyncio.to_thread(copy, url, tmp_path / f"copy-{number}.db"))
    await writing
    await db.close()
    assert all(sizes)
    assert counts(tmp_path) == sorted(counts(tmp_path))


def counts(folder: Path) -> list[int]:
    """Count the pairs in each copy, oldest first; each is whole, and no pair is torn."""
    seen = []
    for number in range(5):
        with sqlite3.connect(folder / f"copy-{number}.db") as found:
            assert found.execute("PRAGMA integrity_check").fetchone() == ("ok",)
            assert found.execute("SELECT n FROM pairs GROUP BY n HAVING count(*) != 2").fetchall() == []
            (count,) = found.execute("SELECT count(*) FROM pairs").fetchone()
        seen.append(count)
    return seen


def test_a_copy_never_overwrites_another(url: str, tmp_path: Path) -> None:
    (tmp_path / "copy.db").write_bytes(b"yesterday's")
    with pytest.raises(Refused) as refused:
        copy(url, tmp_path / "copy.db")
    assert refused.value.code == "backup.exists"
    assert (tmp_path / "copy.db").read_bytes() == b"yesterday's"


def test_a_database_elsewhere_is_backed_up_by_its_own_tools(tmp_path: Path) -> None:
    with pytest.raises(Refused) as refused:
        copy("postgresql+asyncpg://somewhere/plumbline", tmp_path / "copy.db")
    assert refused.value.code == "backup.not_embedded"


def test_a_database_that_is_not_there_is_not_made_by_copying_it(url: str, tmp_path: Path) -> None:
    with pytest.raises(sqlite3.OperationalError):
        copy(url, tmp_path / "copy.db")
    assert list(tmp_path.iterdir()) == []


async def test_a_copy_is_one_file_of_the_size_that_is_told_and_what_a_crash_left_is_replaced(
    url: str, tmp_path: Path
) -> None:
    db = Database(url)
    await db.write(lambda tx: tx.execute(sa.text("CREATE TABLE pairs (n INTEGER)")))
    folder = tmp_path / "copies"
    folder.mkdir()
    (folder / "copy.db.part").write_bytes(b"half of yesterday's")
    size = await asyncio.to_thread(copy, url, folder / "copy.db")
    await db.close()
    assert [path.name for path in folder.iterdir()] == ["copy.db"]
    assert size == (folder / "copy.db").stat().st_size > 0


@pytest.mark.parametrize("nowhere", ["sqlite+aiosqlite://", "postgresql+asyncpg://", "mysql://a/b"])
def test_what_is_no_file_of_sqlite_is_not_copied(nowhere: str, tmp_path: Path) -> None:
    with pytest.raises(Refused) as refused:
        copy(nowhere, tmp_path / "copy.db")
    assert refused.value.code == "backup.not_embedded"

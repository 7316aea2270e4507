"""Every server test runs on both engines: ``database`` is an empty one with the tables of all domains in ``schema``."""

from collections.abc import AsyncIterator, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import httpx
import pytest
import sqlalchemy as sa
from litestar.di import Provide

from server.app import metadata
from server.identity import ROUTES, Caller, Identity, provide_caller
from server.kernel.database import Database
from server.kernel.journal import Book, Journal
from server.kernel.settings import Settings
from server.replication import store
from sync.state import Record
from tests.server.desk import Desk, open_desk
from tests.server.notes import Town
from tests.support import people
from tests.support.bodies import complaints
from tests.support.clock import HandClock
from tests.support.http import client


@pytest.fixture(autouse=True)
def bodies(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Hold every body that a test stores against the contract, on both engines, and fail with what differs."""
    unknown_values = request.node.get_closest_marker("unknown_values") is not None
    save, found = store.save, set[str]()

    def audited(tx: sa.Connection, book: Book, before: Mapping[str, Record], changed: Iterable[Record]) -> list[Record]:
        written = save(tx, book, before, changed)
        found.update(said for record in written for said in complaints(record, unknown_values=unknown_values))
        return written

    monkeypatch.setattr(store, "save", audited)
    yield
    assert not found, "\n".join(sorted(found))


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The SQLAlchemy URL of an empty database; without PostgreSQL's binaries its half is skipped, saying why."""
    if request.param == "sqlite":
        return f"sqlite+aiosqlite:///{tmp_path / 'plumbline.db'}"
    url: str = request.getfixturevalue("new_postgres_database")()
    return url


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    """A database with all tables, closed after the test."""
    opened = Database(database_url)
    await opened.write(metadata.create_all)
    yield opened
    await opened.close()


@pytest.fixture
async def town(database: Database, clock: HandClock) -> Town:
    """A server with notes."""
    town = Town(database, clock)
    await town.replication.start()
    return town


def _no_jobs(_tx: sa.Connection, kind: str, _args: dict[str, Any]) -> None:
    raise AssertionError(f"nobody handles {kind}")


@pytest.fixture
def identity(database: Database, clock: HandClock) -> Identity:
    return Identity(database, Journal({}, _no_jobs), Settings(), clock, people.cheap_passwords())


@pytest.fixture
async def admin(identity: Identity) -> Caller:
    return await people.admin(identity)


@pytest.fixture
async def http(identity: Identity) -> AsyncIterator[httpx.AsyncClient]:
    """The routes of identity. A test of another domain has an ``http`` of its own."""
    async with client(ROUTES, {"identity": identity, "caller": Provide(provide_caller)}) as serving:
        yield serving


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
async def desk(database_url: str, tmp_path: Path, ocr_models: Path, clock: HandClock) -> AsyncIterator[Desk]:
    """A program that serves, with the clerk of a section signed in."""
    async with open_desk(database_url, tmp_path, ocr_models, clock) as opened:
        yield opened

"""Every server test runs on both engines: ``database`` is an empty one with the tables of all domains in ``schema``."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from server.kernel.database import Database
from server.schema import metadata
from tests.support.clock import HandClock


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
def clock() -> HandClock:
    return HandClock()

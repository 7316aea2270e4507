"""Every server test runs on both engines: ``database`` is one with the tables of all domains and nothing in them.

What is the same for all is made once in a run: the migrated database, which is copied, and what the shipped forms say.
"""

import asyncio
import functools
import shutil
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import sqlalchemy as sa
from litestar.di import Provide

from server import schema
from server.forms import service as forms
from server.forms.xlsform import define
from server.identity import ROUTES, Caller, Identity, provide_caller
from server.kernel.database import Database
from server.kernel.journal import Journal
from server.kernel.settings import Settings
from tests.server.desk import Desk, open_desk
from tests.server.notes import Town
from tests.support import people
from tests.support.bodies import bodies
from tests.support.clock import HandClock
from tests.support.http import client
from tests.support.postgres import Cluster

__all__ = ["bodies"]


@pytest.fixture(scope="session", autouse=True)
def shipped_forms_read_once() -> Iterator[None]:
    """Every program that starts reads the shipped forms, half a second each time, and reads the same."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(forms, "define", functools.cache(define))
        yield


@pytest.fixture(scope="session")
def migrated_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file of a SQLite database at the newest version."""
    path = tmp_path_factory.mktemp("migrated") / "plumbline.db"
    asyncio.run(_migrate(f"sqlite+aiosqlite:///{path}"))
    assert [file.name for file in path.parent.iterdir()] == [path.name]  # all of it is in the one file
    return path


@pytest.fixture(scope="session")
def migrated_postgres(postgres_cluster: Cluster) -> str:
    """The name of a PostgreSQL database at the newest version."""
    name = postgres_cluster.create()
    asyncio.run(_migrate(postgres_cluster.url(name)))
    return name


async def _migrate(url: str) -> None:
    made = Database(url)
    await made.write(schema.upgrade)
    await made.close()


ENGINES = ("sqlite", pytest.param("postgres", marks=pytest.mark.postgres))


@pytest.fixture(params=ENGINES)
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The SQLAlchemy URL of a database with tables; without PostgreSQL's binaries its half is skipped, saying why."""
    if request.param == "sqlite":
        path = tmp_path / "plumbline.db"
        shutil.copyfile(request.getfixturevalue("migrated_sqlite"), path)
        return f"sqlite+aiosqlite:///{path}"
    template = request.getfixturevalue("migrated_postgres")
    url: str = request.getfixturevalue("new_postgres_database")(template)
    return url


@pytest.fixture(params=ENGINES)
def empty_database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The SQLAlchemy URL of a database in which nothing is yet."""
    if request.param == "sqlite":
        return f"sqlite+aiosqlite:///{tmp_path / 'plumbline.db'}"
    url: str = request.getfixturevalue("new_postgres_database")()
    return url


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    """A database with all tables, closed after the test."""
    opened = Database(database_url)
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

"""Every server test runs on both engines: ``database`` is one with the tables of all domains and nothing in them.

What is the same for all is made once in a run: databases, which are copied, and what the shipped forms say.
"""

import asyncio
import functools
import shutil
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
import sqlalchemy as sa
from litestar.di import Provide

from server import schema
from server.app import Program
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
from tests.support.postgres import Cluster, Copies

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
def started_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file of a SQLite database on which a program has started once."""
    folder = tmp_path_factory.mktemp("started")
    asyncio.run(_start(Settings(data_dir=str(folder))))
    return folder / "plumbline.db"


@pytest.fixture(scope="session")
def migrated_postgres(postgres_cluster: Cluster) -> Copies:
    """Copies of a PostgreSQL database at the newest version."""
    name = postgres_cluster.create()
    asyncio.run(_migrate(postgres_cluster.url(name)))
    return Copies(postgres_cluster, name)


@pytest.fixture(scope="session")
def started_postgres(postgres_cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Copies:
    """Copies of a PostgreSQL database on which a program has started once."""
    name = postgres_cluster.create()
    folder = str(tmp_path_factory.mktemp("started"))
    asyncio.run(_start(Settings(data_dir=folder, database_url=postgres_cluster.url(name))))
    return Copies(postgres_cluster, name)


async def _migrate(url: str) -> None:
    made = Database(url)
    await made.write(schema.upgrade)
    await made.close()


async def _start(settings: Settings) -> None:
    async with Program.running(settings, HandClock()):
        pass


ENGINES = ("sqlite", pytest.param("postgres", marks=pytest.mark.postgres))


@pytest.fixture(params=ENGINES)
def engine(request: pytest.FixtureRequest) -> str:
    """The engine of this run of a test; without PostgreSQL's binaries its half is skipped, saying why."""
    return str(request.param)


@pytest.fixture
def database_url(engine: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The SQLAlchemy URL of a database on which a program has started once: what it puts down at first is there."""
    with _copied(request, f"started_{engine}", tmp_path) as url:
        yield url


@pytest.fixture
def migrated_database_url(engine: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The SQLAlchemy URL of a database with tables and nothing in them."""
    with _copied(request, f"migrated_{engine}", tmp_path) as url:
        yield url


@contextmanager
def _copied(request: pytest.FixtureRequest, template: str, folder: Path) -> Iterator[str]:
    found: Path | Copies = request.getfixturevalue(template)
    if isinstance(found, Path):
        path = folder / "plumbline.db"
        shutil.copyfile(found, path)
        yield f"sqlite+aiosqlite:///{path}"
    else:
        name = found.take()
        yield found.cluster.url(name)
        found.give_back(name)


@pytest.fixture
def empty_database_url(engine: str, request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The SQLAlchemy URL of a database in which nothing is yet."""
    if engine == "sqlite":
        return f"sqlite+aiosqlite:///{tmp_path / 'plumbline.db'}"
    url: str = request.getfixturevalue("new_postgres_database")()
    return url


@pytest.fixture
async def database(migrated_database_url: str) -> AsyncIterator[Database]:
    """A database with all tables, closed after the test."""
    opened = Database(migrated_database_url)
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

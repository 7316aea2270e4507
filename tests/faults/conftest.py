"""A furnished house for each module and engine: made once, then copied."""

import asyncio
import shutil
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from server.kernel.settings import Settings
from tests.faults.house import House, Known, furnish, open_house, open_program, settings
from tests.support.bodies import bodies
from tests.support.postgres import Cluster

__all__ = ["bodies"]


@pytest.fixture(scope="session")
def furnished(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Known]:
    """A folder with a furnished SQLite database, and what is in it."""
    folder = tmp_path_factory.mktemp("furnished")
    return folder, asyncio.run(_furnish(settings(str(folder))))


@pytest.fixture(scope="session")
def furnished_postgres(postgres_cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Known]:
    """The name of a furnished PostgreSQL database, and what is in it."""
    database = postgres_cluster.create()
    folder = str(tmp_path_factory.mktemp("furnished"))
    return database, asyncio.run(_furnish(settings(folder, postgres_cluster.url(database))))


async def _furnish(of: Settings) -> Known:
    program = open_program(of)
    known = await furnish(program)
    await program.close()
    return known


@pytest.fixture(scope="module", params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def copied(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Settings, Known]]:
    """Settings for a copy of a furnished database, on either engine, and what is in it."""
    data = tmp_path_factory.mktemp("house") / "data"
    if request.param == "sqlite":
        folder, known = request.getfixturevalue("furnished")
        shutil.copytree(folder, data)
        yield settings(str(data)), known
    else:
        template, known = request.getfixturevalue("furnished_postgres")
        cluster: Cluster = request.getfixturevalue("postgres_cluster")
        database = cluster.create(template)
        yield settings(str(data), cluster.url(database)), known
        cluster.drop(database)


@pytest.fixture(scope="module")
async def house(copied: tuple[Settings, Known]) -> AsyncIterator[House]:
    """The whole program on a furnished database of this module's own."""
    async with open_house(*copied) as opened:
        yield opened

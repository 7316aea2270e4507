"""Migrations: from an empty database to exactly the tables that the code has, on both engines."""

import asyncio
from collections.abc import AsyncIterator

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from server import schema
from server.app import metadata
from server.kernel.database import Database

pytestmark = pytest.mark.anyio


@pytest.fixture
async def empty(empty_database_url: str) -> AsyncIterator[Database]:
    """A database in which nothing is yet."""
    opened = Database(empty_database_url)
    yield opened
    await opened.close()


def drift(tx: sa.Connection) -> list[object]:
    """Name what migrations and tables do not agree on."""
    context = MigrationContext.configure(
        tx, opts={"compare_type": True, "compare_server_default": True, "include_name": schema.ours}
    )
    return list(compare_metadata(context, metadata))


async def test_from_empty_the_migrations_make_exactly_the_tables(empty: Database) -> None:
    await empty.write(schema.upgrade)
    assert await empty.read(drift) == []
    assert await empty.read(schema.current) == schema.head()


async def test_a_missing_column_would_be_seen(empty: Database) -> None:
    await empty.write(schema.upgrade)
    await empty.write(lambda tx: tx.execute(sa.text("ALTER TABLE jobs DROP COLUMN reason")))
    assert "reason" in str(await empty.read(drift))


async def test_every_version_on_the_way_can_be_gone_on_from(empty: Database) -> None:
    config = schema._config()
    line = [step.revision for step in ScriptDirectory.from_config(config).walk_revisions()][::-1]
    assert line == sorted(line)
    for version in line:

        def one_step(tx: sa.Connection, version: str = version) -> None:
            config.attributes["connection"] = tx
            command.upgrade(config, version)

        await empty.write(one_step)
        assert await empty.read(schema.current) == version
    assert await empty.read(drift) == []


async def test_processes_that_start_together_do_not_trip_over_each_other(empty_database_url: str) -> None:
    processes = [Database(empty_database_url) for _ in range(4)]
    try:
        await asyncio.gather(*(process.write(schema.upgrade) for process in processes))
        assert await processes[0].read(drift) == []
    finally:
        for process in processes:
            await process.close()

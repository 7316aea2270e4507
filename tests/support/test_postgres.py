"""The throw-away cluster does what tests count on."""

from collections.abc import Callable

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import create_async_engine

from tests.support.postgres import Cluster, Copies

pytestmark = [pytest.mark.anyio, pytest.mark.postgres]


async def scalar(url: str, statement: str) -> object:
    engine = create_async_engine(url)
    try:
        async with engine.begin() as connection:
            return (await connection.execute(sa.text(statement))).scalar()
    finally:
        await engine.dispose()


async def test_every_test_has_a_database_of_its_own(
    postgres_url: str, new_postgres_database: Callable[[], str]
) -> None:
    urls = {postgres_url, new_postgres_database(), new_postgres_database()}
    assert len(urls) == 3
    for url in urls:
        assert await scalar(url, "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'") == 0


async def test_text_is_utf8_and_time_is_utc(postgres_url: str) -> None:
    assert await scalar(postgres_url, "SELECT current_setting('server_encoding')") == "UTF8"
    assert await scalar(postgres_url, "SELECT current_setting('timezone')") == "UTC"


@pytest.fixture(scope="module")
def copies(postgres_cluster: Cluster) -> Copies:
    template = postgres_cluster.create()
    postgres_cluster.execute("CREATE TABLE days (day text PRIMARY KEY, rain boolean NOT NULL)", template)
    postgres_cluster.execute("INSERT INTO days VALUES ('2026-11-18', true)", template)
    return Copies(postgres_cluster, template)


def test_a_copy_that_is_used_again_holds_what_its_template_does(copies: Copies) -> None:
    first = copies.take()
    copies.cluster.execute("UPDATE days SET rain = false; INSERT INTO days VALUES ('2026-11-19', false)", first)
    copies.give_back(first)
    again = copies.take()
    assert again == first
    rows = copies.cluster.run(lambda connection: connection.fetch("SELECT * FROM days"), again)
    assert [tuple(row) for row in rows] == [("2026-11-18", True)]
    assert copies.take() != again  # which is in use
    copies.give_back(again)


@pytest.mark.parametrize(
    "change",
    [
        "CREATE TABLE more (id int)",
        "ALTER TABLE days ADD wind int",
        "ALTER TABLE days ALTER rain DROP NOT NULL",
        "CREATE INDEX ix_rain ON days (rain)",
        "ALTER TABLE days DROP CONSTRAINT days_pkey",
        "DROP TABLE days",
    ],
)
def test_a_copy_whose_tables_were_changed_is_not_used_again(copies: Copies, change: str) -> None:
    changed = copies.take()
    copies.cluster.execute(change, changed)
    copies.give_back(changed)
    assert copies.take() != changed


async def test_whoever_is_still_connected_to_a_copy_does_not_keep_it_from_the_next(copies: Copies) -> None:
    name = copies.take()
    engine = create_async_engine(copies.cluster.url(name))
    async with engine.connect() as connection:
        await connection.execute(sa.text("UPDATE days SET rain = false"))
        copies.give_back(name)
        with pytest.raises(DBAPIError):
            await connection.execute(sa.text("SELECT 1"))
    await engine.dispose()
    assert copies.take() == name

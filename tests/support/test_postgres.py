"""The throw-away cluster does what tests count on."""

from collections.abc import Callable

import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import create_async_engine

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

"""A house with uploads, and HTTP in front of it."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from media.disk_store import DiskStore
from media.memory_store import MemoryStore
from media.s3_store import S3Settings, S3Store
from media.store import StagingStore
from server.kernel.database import Database
from tests.server.uploads.house import House, serve
from tests.support import rgw
from tests.support.clock import HandClock


@pytest.fixture(params=["memory", "folder", pytest.param("s3", marks=pytest.mark.s3)])
def files(request: pytest.FixtureRequest, tmp_path: Path) -> StagingStore:
    if request.param == "memory":
        return MemoryStore()
    if request.param == "folder":
        return DiskStore(tmp_path / "files")
    server: rgw.Server = request.getfixturevalue("rgw_server")
    bucket: str = request.getfixturevalue("rgw_bucket")
    return S3Store(
        S3Settings(endpoint=server.endpoint, bucket=bucket, access_key=server.access_key, secret_key=server.secret_key)
    )


@pytest.fixture
async def house(database: Database, clock: HandClock) -> AsyncIterator[House]:
    """A house whose files are in memory; the tests of bytes ask for ``stored`` instead."""
    made = House(database, MemoryStore(), clock)
    await made.furnish()
    yield made
    made.uploads.close()


@pytest.fixture
async def http(house: House) -> AsyncIterator[httpx.AsyncClient]:
    async with serve(house) as opened:
        yield opened

"""The site of these tests, on both engines."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.server.evidence.house import Site, open_site
from tests.support.clock import HandClock


@pytest.fixture
async def site(database_url: str, tmp_path: Path, clock: HandClock) -> AsyncIterator[Site]:
    """A program that serves, with its people."""
    async with open_site(database_url, tmp_path, clock) as found:
        yield found

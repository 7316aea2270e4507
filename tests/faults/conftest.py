"""A furnished house for each module: made once, then copied."""

import asyncio
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.faults.house import House, Known, furnish, open_house, open_program, settings


@pytest.fixture(scope="session")
def furnished(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Known]:
    """A folder with a furnished SQLite database, and what is in it."""
    folder = tmp_path_factory.mktemp("furnished")

    async def build() -> Known:
        program = open_program(settings(str(folder)))
        known = await furnish(program)
        await program.close()
        return known

    return folder, asyncio.run(build())


@pytest.fixture(scope="module")
async def house(furnished: tuple[Path, Known], tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    """The whole program on a furnished database of this module's own."""
    folder, known = furnished
    data = tmp_path_factory.mktemp("house") / "data"
    shutil.copytree(folder, data)
    async with open_house(settings(str(data)), known) as opened:
        yield opened

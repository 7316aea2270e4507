"""``plumbline migrate``: the database at the newest version."""

import argparse
import asyncio

from server import schema
from server.app import Program
from server.cli.command import Command, say
from server.kernel.settings import Settings


def migrate(settings: Settings, _args: argparse.Namespace) -> int:
    """Bring the database to the newest version."""
    say(asyncio.run(_migrate(settings)))
    return 0


async def _migrate(settings: Settings) -> str | None:
    async with Program.running(settings) as program:
        return await program.db.read(schema.current)


COMMAND = Command("migrate", migrate)

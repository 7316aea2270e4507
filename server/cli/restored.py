"""``plumbline restored``: a new epoch after the database was put back from a backup."""

import argparse
import asyncio

from server.app import Program
from server.cli.command import Command, say
from server.identity import WORKER
from server.kernel.settings import Settings
from server.replication import Replication


def restored(settings: Settings, _args: argparse.Namespace) -> int:
    """Mark the database as restored from a backup, before serving: phones then send again what they keep."""
    say(asyncio.run(_restored(settings)))
    return 0


async def _restored(settings: Settings) -> str:
    async with Program.running(settings) as program:
        return await program.of(Replication).restored(WORKER.person)


COMMAND = Command("restored", restored)

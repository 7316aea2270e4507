"""``plumbline reindex``: what search finds, made again from the records."""

import argparse
import asyncio

from server.app import Program
from server.cli.command import Command, say
from server.insight import Follower
from server.kernel.settings import Settings


def reindex(settings: Settings, _args: argparse.Namespace) -> int:
    """Make the index of search again from the records; the server may go on serving."""
    say(asyncio.run(_reindex(settings)))
    return 0


async def _reindex(settings: Settings) -> int:
    async with Program.running(settings) as program:
        return await program.of(Follower).anew()


COMMAND = Command("reindex", reindex)

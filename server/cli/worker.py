"""``plumbline worker``: jobs and the sealing of the journal, without HTTP."""

import argparse
import asyncio
import signal

from server.app import Program
from server.cli.command import Command
from server.kernel.settings import Settings


def worker(settings: Settings, _args: argparse.Namespace) -> int:
    """Run jobs and seal the journal beside servers that run without a worker."""
    asyncio.run(_work(settings))
    return 0


async def _work(settings: Settings) -> None:
    async with Program.running(settings) as program:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, program.stop)
        await program.work()


COMMAND = Command("worker", worker)

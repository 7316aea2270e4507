"""``plumbline user``: the first administrator."""

import argparse
import asyncio
import getpass
import sys

from server.app import Program
from server.cli.command import Command, say
from server.identity import Identity
from server.kernel.settings import Settings


def user(settings: Settings, args: argparse.Namespace) -> int:
    """Create the first administrator (the password is asked for, or read from a pipe); the rest is done over HTTP."""
    password = getpass.getpass("password: ") if sys.stdin.isatty() else sys.stdin.readline().rstrip("\n")
    say(asyncio.run(_create(settings, args, password)))
    return 0


async def _create(settings: Settings, args: argparse.Namespace, password: str) -> str:
    async with Program.running(settings) as program:
        person = await program.of(Identity).create_first_admin(args.name, args.login, password)
        return person.id


COMMAND = Command(
    "user",
    user,
    (("login", {"help": "login of the administrator"}), ("name", {"help": "their name"})),
)

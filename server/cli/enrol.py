"""``plumbline enrol``: a code for one phone of a person, as a link and a QR."""

import argparse
import asyncio

from server.app import Program
from server.cli.command import Command, say
from server.identity import Identity
from server.kernel.settings import Settings


def enrol(settings: Settings, args: argparse.Namespace) -> int:
    """Make a code that enrols one phone of a person, and print it as a link and a QR."""
    from server import enrolling

    code = asyncio.run(_code(settings, args.login))
    address = enrolling.link(args.at or f"http://127.0.0.1:{settings.port}", code)
    say(enrolling.drawn(address), address)
    return 0


async def _code(settings: Settings, login: str) -> str:
    async with Program.running(settings) as program:
        made = await program.of(Identity).sessions.enrolment_of(login)
        return made.code


COMMAND = Command(
    "enrol",
    enrol,
    (
        ("login", {"help": "whose phone"}),
        ("--at", {"metavar": "URL", "help": "the address of the server for phones: https://…"}),
    ),
)

"""``plumbline backup``: a copy of the embedded database."""

import argparse
from pathlib import Path

from server.cli.command import Command, say
from server.kernel.backup import copy
from server.kernel.settings import Settings


def backup(settings: Settings, args: argparse.Namespace) -> int:
    """Copy the embedded database to FILE while the server runs."""
    size = copy(settings.url, args.file)
    say(f"{args.file}: {size} bytes")
    return 0


COMMAND = Command("backup", backup, (("file", {"type": Path, "metavar": "FILE", "help": "the copy to write"}),))

"""``plumbline demo``: the main job on a made-up project."""

import argparse
from pathlib import Path

from server.cli.command import Command
from server.kernel.settings import Settings


def demo(settings: Settings, args: argparse.Namespace) -> int:
    """Run the main job on a made-up project, and keep serving."""
    from server.demo.main import run

    return run(settings, args)


COMMAND = Command(
    "demo",
    demo,
    (
        ("--once", {"action": "store_true", "help": "end instead of serving; status 0 if everything held"}),
        ("--photos", {"type": Path, "metavar": "DIR", "help": "photographs of your own, at least two"}),
        ("--scan", {"type": Path, "metavar": "FILE", "help": "a photographed sheet of your own"}),
    ),
)

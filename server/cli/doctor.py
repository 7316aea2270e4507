"""``plumbline doctor``: what this installation has, what it lacks, and what to do about it."""

import argparse
import asyncio

from server.cli.command import Command, say
from server.kernel.settings import Settings


def examine(settings: Settings, _args: argparse.Namespace) -> int:
    """Check this installation: print what it has, what it lacks, and what to do about it."""
    from server import doctor

    findings = asyncio.run(doctor.examine(settings))
    say(*(f"  {name:<24} {value}" for name, value in doctor.chosen(settings)))
    say(*(f"{'ok ' if finding.well else 'NO '} {finding.what:<22} {finding.seen}" for finding in findings))
    return 0 if all(finding.well for finding in findings) else 1


COMMAND = Command("doctor", examine)

"""``plumbline verify``: the journal held against its tree and its signed heads."""

import argparse
import asyncio

from server import proof
from server.cli.command import Command, say
from server.kernel.database import Database
from server.kernel.settings import Settings


def verify(settings: Settings, _args: argparse.Namespace) -> int:
    """Examine the journal, its tree and the signed heads; name every row that was altered, removed or put elsewhere."""
    seen = asyncio.run(_audit(settings))
    for key, count in seen.heads.items():
        say(f"{count} heads signed by {key.hex()}")
    say(f"{seen.rows} rows, {seen.leaves} leaves, {seen.findings} findings")
    return 0 if seen.findings == 0 else 1


async def _audit(settings: Settings) -> proof.Audit:
    db = Database(settings.url)
    try:
        return await db.read(lambda tx: proof.audit(tx, say))
    finally:
        await db.close()


COMMAND = Command("verify", verify)

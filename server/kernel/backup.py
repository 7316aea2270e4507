"""A copy of the embedded database while it is in use: SQLite's own online backup, one snapshot in one step.

In WAL mode the copy neither waits for writers nor holds them up. Blobs and keys are files beside it: copy the folder
after this; what arrives in between is a blob that the copy does not know yet, never one that it misses.
"""

import asyncio
import os
from pathlib import Path

import aiosqlite
import sqlalchemy as sa

from media.disk_store import sync_folder
from mobile_contract.problems import Refused


def copy(url: str, destination: Path) -> int:
    """Copy a database to a new file and give its size in bytes. The file is there whole, or not at all.

    Raises ``backup.not_embedded`` for a database that is no SQLite file, ``backup.exists`` where something is already.
    """
    source = sa.make_url(url)
    if source.get_backend_name() != "sqlite" or not source.database:
        raise Refused("backup.not_embedded")
    if destination.exists():
        raise Refused("backup.exists", path=str(destination))
    part = destination.with_name(destination.name + ".part")
    part.unlink(missing_ok=True)
    try:
        asyncio.run(_copy(source.database, part))
        _settle(part, destination)
    finally:
        part.unlink(missing_ok=True)
    return destination.stat().st_size


async def _copy(source: str, part: Path) -> None:
    async with aiosqlite.connect(f"file:{source}?mode=ro", uri=True) as from_, aiosqlite.connect(part) as to:
        await from_.backup(to)


def _settle(part: Path, destination: Path) -> None:
    """Put a whole file under its name, so that it is still there after a power cut."""
    with part.open("rb") as file:
        os.fsync(file.fileno())
    os.link(part, destination)  # never over another one
    sync_folder(destination.parent)

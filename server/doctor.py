"""``plumbline doctor``: what this installation has, what it lacks, and what to do about it."""

import asyncio
import shutil
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import msgspec

from media.store import Probes
from mobile_contract.problems import Refused, details
from server import proof, schema, uploads
from server.kernel.clock import SystemClock
from server.kernel.database import Database
from server.kernel.settings import Settings

_SECRET = ("key", "password")
_SEALED_WITHIN = 60


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One line of the examination: what was looked at, whether it is well, and what was seen or is to be done."""

    what: str
    well: bool
    seen: str


async def examine(settings: Settings) -> list[Finding]:
    """Look at everything this process would need. One thing that is amiss does not hide the next."""
    return [await _look(what, check, settings) for what, check in _CHECKS]


def chosen(settings: Settings) -> list[tuple[str, str]]:
    """List the settings in force; secrets only as set or not."""
    return [
        (field.name, ("set" if value else "") if field.name.endswith(_SECRET) else str(value))
        for field in msgspec.structs.fields(Settings)
        for value in [getattr(settings, field.name)]
    ]


async def _look(what: str, check: Callable[[Settings], Awaitable[str]], settings: Settings) -> Finding:
    try:
        return Finding(what=what, well=True, seen=await check(settings))
    except Refused as refusal:
        told = details(refusal.code, refusal.params, "en")
        return Finding(what=what, well=False, seen=f"{told.title}. {told.detail}")
    except Exception as error:  # noqa: BLE001 - whatever it is, the operator should read it and the rest
        return Finding(what=what, well=False, seen=f"{type(error).__name__}: {error}"[:500])


async def _database(settings: Settings) -> str:
    db = Database(settings.url)
    try:
        at = await db.read(schema.current)
    finally:
        await db.close()
    if at != schema.head():
        raise RuntimeError(f"at version {at or 'none'}, the program wants {schema.head()}: run `plumbline migrate`")
    return f"{db.url.get_backend_name()} at version {at}"


async def _sealing(settings: Settings) -> str:
    db = Database(settings.url)
    try:
        standing = await db.read(proof.standing)
    finally:
        await db.close()
    head, waits = standing.head, ""
    if standing.waiting:
        seconds = int((SystemClock().now() - datetime.fromisoformat(standing.oldest)).total_seconds())
        waits = f"; {standing.waiting} rows wait, the oldest for {seconds} seconds"
        if seconds > _SEALED_WITHIN:
            raise RuntimeError(waits[2:] + ": keep a server or a worker running, and read its log")
    if head is None:
        return "nothing yet" + waits
    if not head.is_signed():
        raise RuntimeError(f"key {head.key.hex()[:16]}… did not sign the newest head: run `plumbline verify`")
    return f"{head.size} rows at {head.at}, signed by {head.key.hex()[:16]}…{waits}"


async def _files(settings: Settings) -> str:
    store = uploads.open_store(settings)
    if not isinstance(store, Probes):
        return f"{settings.blob_store}: keeps what it is given"
    lacking = await store.probe()
    return f"{settings.blob_store}: " + (f"lacks {', '.join(lacking)}; the database stands in" if lacking else "whole")


async def _models(settings: Settings) -> str:
    from ocr import models

    models.check(Path(settings.ocr_models_dir))
    return f"whole, in {settings.ocr_models_dir}"


async def _room(settings: Settings) -> str:
    return await asyncio.to_thread(_free, settings)


def _free(settings: Settings) -> str:
    folder = Path(settings.data_dir).absolute()
    while not folder.exists():
        folder = folder.parent
    free = shutil.disk_usage(folder).free
    if free < 1 << 30:
        raise RuntimeError(f"{free >> 20} MiB left for {settings.data_dir}: make room")
    return f"{free >> 30} GiB free for {settings.data_dir}"


_CHECKS: tuple[tuple[str, Callable[[Settings], Awaitable[str]]], ...] = (
    ("database", _database),
    ("journal sealed", _sealing),
    ("files", _files),
    ("OCR models", _models),
    ("disk", _room),
)

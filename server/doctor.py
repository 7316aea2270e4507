"""``plumbline doctor``: what this installation has, what it lacks, and what to do about it."""

import asyncio
import shutil
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final, NamedTuple

import msgspec

from media.store import Probes, Promise
from mobile_contract.problems import Refused, details
from server import proof, scans, schema, uploads
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
    looked = [await _look(what, check, settings) for what, check in _CHECKS]
    return looked + await _bucket(settings)


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
    await uploads.open_store(settings).size("0" * 64)
    return f"{settings.blob_store}: answers"


async def _stored(settings: Settings) -> str:
    """Return who has most stored; amiss at nine tenths of what one may have, before phones are refused."""
    db = Database(settings.url)
    try:
        most = await db.read(lambda tx: [uploads.largest(tx, kind) for kind in ("person", "project")])
    finally:
        await db.close()
    bounds = (settings.stored_bytes_per_person, settings.stored_bytes_per_project)
    names = ("STORED_BYTES_PER_PERSON", "STORED_BYTES_PER_PROJECT")
    told = []
    for found, bound, name in zip(most, bounds, names, strict=True):
        if found is None:
            continue
        owner, size = found
        told.append(f"{owner} has {size >> 20} of {bound >> 20} MiB")
        if size * 10 >= bound * 9:
            raise RuntimeError(f"{told[-1]}: raise {name}, or files are refused at the bound")
    return "; ".join(told) or "nothing yet"


async def _bucket(settings: Settings) -> list[Finding]:
    """Try out the bucket, where there is one that answers; each promise is a line with what to do about it."""
    try:
        store = uploads.open_store(settings)
        promises = await store.probe() if isinstance(store, Probes) else ()
    except Exception as error:  # noqa: BLE001 - as above
        return [Finding(what="bucket", well=False, seen=f"{type(error).__name__}: {error}"[:500])]
    return [_judged(promise) for promise in promises]


def _judged(promise: Promise) -> Finding:
    advice = _ADVICE[promise.name]
    told = "kept" if promise.kept else f"{advice.zh} · {advice.en} ({promise.seen})"
    return Finding(what=f"bucket: {promise.name}", well=promise.kept or not advice.needed, seen=told)


async def _engine(settings: Settings) -> str:
    return await asyncio.to_thread(_read_a_line, settings)


def _read_a_line(settings: Settings) -> str:
    from ocr.engines import open_engine, try_out

    engine = open_engine(scans.chosen_engine(settings))
    return f"{engine.name} reads “{try_out(engine)}”"


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
    ("files stored", _stored),
    ("OCR engine", _engine),
    ("disk", _room),
)


class _Advice(NamedTuple):
    """What to do where a bucket does not keep a promise. ``needed``: without it files are not safe."""

    needed: bool
    zh: str
    en: str


#: By the name of the promise (``media.s3_probe``).
_ADVICE: Final = {
    "conditional put": _Advice(
        False,
        "不支持条件写入(If-None-Match);改由数据库保证,可以继续使用",
        "no conditional put (If-None-Match); the database stands in, nothing to do",
    ),
    "content-md5": _Advice(
        False,
        "不校验 Content-MD5:传输中损坏的文件不会被拒收;请启用 TLS,或升级存储服务",
        "Content-MD5 is not enforced: a body damaged on the way is not refused; use TLS, or a newer service",
    ),
    "multipart": _Advice(
        True,
        "分段上传不可用,8 MiB 以上的文件无法保存;请检查账号权限与存储服务版本",
        "no multipart uploads, so files of 8 MiB and more cannot be kept; look at the key's rights and the service",
    ),
    "listing": _Advice(
        True,
        "无法列出对象,恢复数据库后找不回文件;请授予 ListBucket 权限",
        "objects cannot be listed, so a restored database finds no files; grant ListBucket",
    ),
    "signed address": _Advice(
        False,
        "签名地址不可用;请设置 PLUMBLINE_S3_LINK_SECONDS=0,由服务器转发下载",
        "signed addresses do not work; set PLUMBLINE_S3_LINK_SECONDS=0 to have downloads pass through the server",
    ),
    "private": _Advice(
        True,
        "存储桶可匿名读取,现场照片会被公开;请关闭公共访问",
        "the bucket can be read without credentials, and so every photograph; turn public access off",
    ),
    "versioning": _Advice(
        False,
        "未启用版本控制,误删的对象无法恢复;建议启用",
        "versioning is off, so an object deleted by mistake is gone; better turn it on",
    ),
    "lifecycle": _Advice(
        False,
        "没有清理未完成分段上传的生命周期规则;服务器会每小时清理,建议仍设置 7 天规则",
        "no lifecycle rule aborts incomplete uploads; the server tidies up hourly, a rule of 7 days is still advised",
    ),
    "clock": _Advice(
        True,
        "本机与存储服务的时钟相差过大,签名会被拒绝;请启用时间同步(NTP)",
        "the clocks are too far apart, signatures will be refused; turn on time synchronisation (NTP)",
    ),
    "tls": _Advice(
        False,
        "未使用 TLS,内容在网络上明文传输;跨机器时请使用 https 地址",
        "no TLS: files travel in the clear; use an https address unless it is this machine",
    ),
}

"""A month of a section as a zip: records, originals, captioned copies, and what proves them.

Everything stands in the order of its moment under a name that says what it is; ``manifest-sha256.txt`` has the digest
of each file. The journal's rows of the section are a chain of hashes; its last row of the month is tied to a signed
head of the journal's tree, so who holds that head needs nothing of this server to check them.
"""

import contextlib
import hashlib
import mimetypes
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

import anyio
import msgspec
import sqlalchemy as sa

from mobile_contract.problems import Refused
from mobile_contract.records import CheckInServer, Kind, PhotoServer, PhotoValues, ReportServer
from mobile_contract.reports import ReportFilter
from server import projects, proof, reports
from server.insight import seen
from server.insight.sheets import pack
from server.insight.takeaways_model import Made, Order
from server.kernel.database import Database
from server.kernel.journal import LEAF
from server.kernel.tables import journal
from server.replication import records_of, server_of, values_of
from server.uploads import Uploads
from sync.state import Record

ZIP: Final = "application/zip"
#: Records of each kind, and bytes of files, in one package.
MOST_RECORDS: Final = 20_000
MOST_BYTES: Final = 16 * 1024**3
_PAGE: Final = 500
ABOUT: Final = """铅垂 · 月度资料包

记录/      每条记录一个 JSON 文件:values 为填报内容,server 为服务器所加,
           digest 为内容摘要(RFC 8785 规范 JSON 的 SHA-256)。
原件/      照片和附件的原始字节,未作任何改动。
水印/      照片的水印副本。
证明/journal.jsonl  该标段当月的操作流水,一行一条。每行的 leaf 按 RFC 9162 计算:
           SHA-256(0x00 ‖ JSON 数组[上一行的 leaf, payload 的 SHA-256, stream, pos, at, actor, event, subject, replica,
           op_id, n, body_hash, receipt]),数组不含空格;before 为上一行的 leaf。
证明/head.json      已签名的树头(Ed25519)和最后一行的包含证明(RFC 9162 第 2.1.3 节);尚未封存时为空。
manifest-sha256.txt 各文件的 SHA-256。
"""


class Months:
    """The maker of ``month``."""

    def __init__(self, db: Database, uploads: Uploads) -> None:
        self._db = db
        self._uploads = uploads

    async def make(self, order: Order) -> Made:
        """Make one. Raise ``request.not_found`` or ``takeaways.too_large``."""
        wanted = order.asked.wanted
        scope, since, until = wanted.scope or "", wanted.since or "", wanted.until or ""
        if scope not in order.holdings.scopes():
            raise Refused("request.not_found")
        keys = await self._db.read(lambda tx: _keys(tx, scope, since, until))
        section = await self._db.read(lambda tx: projects.place_of(tx, scope))
        package = Package(order.folder / "made.zip")
        package.add("说明.txt", ABOUT.encode())
        done = 0
        for start in range(0, len(keys), _PAGE):
            some = keys[start : start + _PAGE]
            found = await self._db.read(lambda tx, some=some: records_of(tx, some))  # type: ignore[misc]
            for key in some:
                if key in found:
                    await self._record(package, order, found[key])
            done += len(some)
            await order.tell(done, len(keys))
        await self._proof(package, scope, since, until)
        await anyio.to_thread.run_sync(package.close)
        name = f"{section.section if section else ''}_{since}_{until}.zip".replace("/", "-")
        return Made(package.path, name, ZIP, frozenset({scope}))

    async def _record(self, package: "Package", order: Order, record: Record) -> None:
        named = f"{_day(record)}_{record.kind}_{record.id[-12:]}"
        package.add(f"记录/{named}.json", _body(record))
        for sha256 in await self._db.read(lambda tx: _files(tx, record)):
            await self._file(package, order, f"原件/{named}_{sha256[:12]}", sha256)
        if record.kind == Kind.PHOTO and (made := server_of(record, PhotoServer).watermarked):
            with contextlib.suppress(Refused):
                package.add(f"水印/{named}.jpg", await self._uploads.blobs.whole(made))

    async def _file(self, package: "Package", order: Order, name: str, sha256: str) -> None:
        """Add a file as its person may read it; one that has not come is left out."""
        try:
            blob = await self._uploads.blobs.find(order.holdings, sha256)
        except Refused:
            return
        if package.bytes + blob.size > MOST_BYTES:
            raise Refused("takeaways.too_large", limit=MOST_BYTES)
        path = order.folder / sha256
        async with (
            await anyio.open_file(path, "wb") as file,
            contextlib.aclosing(self._uploads.blobs.read(sha256)) as data,
        ):
            async for piece in data:
                await file.write(piece)
        suffix = mimetypes.guess_extension(blob.media_type) or ".bin"
        await anyio.to_thread.run_sync(package.add, f"{name}{suffix}", path)
        await anyio.Path(path).unlink()

    async def _proof(self, package: "Package", scope: str, since: str, until: str) -> None:
        rows = await self._db.read(lambda tx: list(_rows(tx, scope, since, until)))
        lines = b"".join(msgspec.json.encode(row) + b"\n" for row in rows)
        package.add("证明/journal.jsonl", lines)
        if rows:
            head = await self._db.read(lambda tx: _head(tx, scope, rows[-1]["pos"]))
            package.add("证明/head.json", msgspec.json.encode(head))


class Package:
    """A zip that is written file by file, and the digests of what is in it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.bytes = 0
        self._zip = zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED)
        self._digests: dict[str, str] = {}

    def add(self, name: str, source: Path | bytes) -> None:
        """Add a file; one of the name is in it already: it is the same record's same file."""
        if name in self._digests:
            return
        if isinstance(source, bytes):
            digest, size = hashlib.sha256(source).hexdigest(), len(source)
        else:
            with source.open("rb") as file:
                digest, size = hashlib.file_digest(file, "sha256").hexdigest(), source.stat().st_size
        self._digests[name] = digest
        self.bytes += size
        pack(self._zip, name, source)

    def close(self) -> None:
        """Add the manifest, and end."""
        lines = "".join(f"{digest}  {name}\n" for name, digest in sorted(self._digests.items()))
        pack(self._zip, "manifest-sha256.txt", lines.encode())
        self._zip.close()


def _keys(tx: sa.Connection, scope: str, since: str, until: str) -> list[str]:
    """Return the records of some days: reports, then check-ins and photographs, each by its moment."""
    only = ReportFilter(scope=scope, since=since, until=until)
    rows, more = reports.page(tx, {scope}, only, "", MOST_RECORDS, newest=False)
    kinds = [seen.of_days(tx, scope, kind, since, until, MOST_RECORDS + 1) for kind in (Kind.CHECK_IN, Kind.PHOTO)]
    if more or any(len(found) > MOST_RECORDS for found in kinds):
        raise Refused("takeaways.too_large", limit=MOST_RECORDS)
    return [*(row.id for row in rows), *(key for found in kinds for key in found)]


def _files(tx: sa.Connection, record: Record) -> Sequence[str]:
    if record.kind == Kind.PHOTO:
        return [values_of(record, PhotoValues).blob]
    if record.kind != Kind.REPORT:
        return []
    return list(dict.fromkeys(reports.named_files(tx, record) or ()))


def _body(record: Record) -> bytes:
    shown = {name: getattr(record, name) for name in ("kind", "id", "scope", "rev", "digest", "values", "server")}
    return msgspec.json.format(msgspec.json.encode(shown), indent=1)


def _day(record: Record) -> str:
    """Return the day by which a record's files are named: that of a capture, or on which a report came."""
    if record.kind == Kind.REPORT:
        return server_of(record, ReportServer).received_at[:10]
    if record.kind == Kind.PHOTO:
        return server_of(record, PhotoServer).business_date
    return server_of(record, CheckInServer).business_date


def _rows(tx: sa.Connection, scope: str, since: str, until: str) -> Iterator[dict[str, Any]]:
    """Yield the journal's rows of a scope from one day through another, by UTC, each with the leaf before it."""
    before = ""
    within = sa.select(journal).where(journal.c.stream == scope, journal.c.at >= since, journal.c.at < f"{until}T~")
    for row in tx.execute(within.order_by(journal.c.pos)):
        if not before and row.pos > 1:
            previous = sa.select(journal.c.leaf).where(journal.c.stream == scope, journal.c.pos == row.pos - 1)
            before = tx.scalar(previous) or ""
        yield {
            **{name: getattr(row, name) for name in LEAF},
            "payload": row.payload,
            "before": before or "0" * 64,
            "leaf": row.leaf,
        }
        before = row.leaf


def _head(tx: sa.Connection, scope: str, pos: int) -> dict[str, Any]:
    found = proof.inclusion(tx, scope, pos)
    if found is None:
        return {}
    index, head, path = found
    return {
        "index": index,
        "path": [each.hex() for each in path],
        "size": head.size,
        "root": head.root.hex(),
        "at": head.at,
        "key": head.key.hex(),
        "signature": head.signature.hex(),
    }

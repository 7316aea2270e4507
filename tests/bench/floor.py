"""The floor: the least a Litestar server with SQLite can do for the same exchange, and nothing that Plumbline promises.

It decodes ops, writes each record as one row of one table in one transaction, and joins stored bytes on the way out.
No receipts that survive, no merge, no journal, no projection, no authority, no checksum. What Plumbline costs is
measured against this, in the same run on the same machine.
"""

import asyncio
import os
import sqlite3
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import msgspec
import uvicorn
from litestar import Litestar, Request, Response, post

from mobile_contract.sync import Create, SyncRequest

_WRITER = ThreadPoolExecutor(1)
_OP = msgspec.json.Decoder(Create)


def _open(path: str) -> sqlite3.Connection:
    db = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    for pragma in ("journal_mode=WAL", "synchronous=FULL"):
        db.execute(f"PRAGMA {pragma}")
    db.execute("CREATE TABLE IF NOT EXISTS records (seq INTEGER PRIMARY KEY, id TEXT UNIQUE, body BLOB)")
    return db


DB = _open(sys.argv[1]) if len(sys.argv) > 1 else _open(os.environ.get("FLOOR_DB", ":memory:"))


def _write(ops: list[Create]) -> None:
    rows = [(op.id, msgspec.json.encode(op.values)) for op in ops]
    DB.execute("BEGIN IMMEDIATE")
    DB.executemany("INSERT INTO records (id, body) VALUES (?, ?) ON CONFLICT (id) DO NOTHING", rows)
    DB.execute("COMMIT")


@post("/v1/sync", status_code=200)
async def exchange(request: Request[Any, Any, Any]) -> Response[bytes]:
    asked = msgspec.json.decode(await request.body(), type=SyncRequest)
    if asked.ops:
        ops = [_OP.decode(raw) for raw in asked.ops]
        await asyncio.get_running_loop().run_in_executor(_WRITER, _write, ops)
    after = asked.cursor.seqs.get("floor", 0)
    rows = DB.execute("SELECT seq, body FROM records WHERE seq > ? ORDER BY seq LIMIT 500", (after,)).fetchall()
    last = rows[-1][0] if rows else after
    body = b'{"changes":[' + b",".join(row[1] for row in rows) + b'],"last":%d}' % last
    return Response(body, media_type="application/json")


if __name__ == "__main__":
    uvicorn.run(
        Litestar([exchange], openapi_config=None, logging_config=None),
        port=int(sys.argv[2]),
        log_level="warning",
        access_log=False,
    )

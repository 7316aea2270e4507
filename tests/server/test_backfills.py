"""Rows that were written before a column was there are filled by the migration that adds it, on both engines."""

import asyncio
import json
from collections.abc import AsyncIterator

import pytest
import sqlalchemy as sa
from alembic import command

from server import schema
from server.kernel.clock import new_id
from server.kernel.database import Database

pytestmark = pytest.mark.anyio
AT = "2026-11-18T09:00:00.000Z"
SECTION = "section:01979f3a-5c00-7b52-9c41-0e7a35d1c2f4"


@pytest.fixture
async def empty(empty_database_url: str) -> AsyncIterator[Database]:
    opened = Database(empty_database_url)
    yield opened
    await asyncio.shield(opened.close())


async def up(database: Database, version: str) -> None:
    def work(tx: sa.Connection) -> None:
        config = schema._config()
        config.attributes["connection"] = tx
        command.upgrade(config, version)

    await database.write(work)


def put(tx: sa.Connection, table: str, **row: object) -> None:
    tx.execute(sa.insert(sa.table(table, *map(sa.column, row))).values(**row))


def record(tx: sa.Connection, seq: int, kind: str, values: object, server: object, digest: str = "d") -> str:
    key = new_id()
    body = {"values": json.dumps(values), "server": json.dumps(server)}
    put(
        tx, "records", id=key, scope=SECTION, seq=seq, kind=kind, rev=3, digest=digest, deleted=False, **body
    )  # fmt: skip
    return key


async def rows(database: Database, query: str) -> list[tuple[object, ...]]:
    return await database.read(lambda tx: [tuple(row) for row in tx.execute(sa.text(query))])


async def test_reports_of_before_stand_in_lists_as_they_are(empty: Database) -> None:
    await up(empty, "0013")

    def old(tx: sa.Connection) -> None:
        for seq, (day, server) in enumerate(
            (
                (
                    "2026-11-17",
                    {"receivedAt": AT, "review": {"state": "approved", "digest": "d"}, "openConflicts": ["a"]},
                ),
                (None, {"receivedAt": AT, "review": {"state": "approved", "digest": "x"}, "late": {"minutes": 9}}),
                ("2026-11-19", {"receivedAt": AT, "signed": [{"digest": "x"}], "fieldFlags": [{}, {}]}),
            )
        ):
            key = record(tx, seq + 1, "report", {}, server)
            found = {"business_date": day, "author": "p", "received_at": AT, "deleted": False}
            put(tx, "reports", id=key, scope=SECTION, form="daily_log", form_version=1, **found)

    await empty.write(old)
    await up(empty, "0014")
    shown = "day, state, signature, late, conflicts, flags, rev, digest"
    assert await rows(empty, f"SELECT {shown} FROM reports ORDER BY day") == [  # noqa: S608 - columns of this test
        ("2026-11-17", "approved", "none", None, 1, 0, 3, "d"),
        ("2026-11-18", "waiting", "none", 9, 0, 0, 3, "d"),
        ("2026-11-19", "waiting", "amending", None, 0, 2, 3, "d"),
    ]
    marked = await rows(empty, "SELECT day FROM reports WHERE is_late OR is_disputed OR is_flagged ORDER BY day")
    assert len(marked) == 3


async def test_conflicts_and_parked_ops_of_before_are_listed(empty: Database) -> None:
    await up(empty, "0017")

    def old(tx: sa.Connection) -> None:
        about = {"record": new_id(), "kind": "report", "path": "fields/a", "candidates": {}}
        record(tx, 1, "conflict", about | {"state": "resolved"}, {"receivedAt": AT})
        record(tx, 2, "conflict", about, {"receivedAt": AT})
        key = record(tx, 3, "parked", {"code": "op.bad_value", "op": {"kind": "photo"}}, {"receivedAt": AT})
        put(tx, "parked", id=key, person="p", replica="r", unit=key, n=1, state="waiting", at=AT)

    await empty.write(old)
    await up(empty, "0018")
    assert await rows(empty, "SELECT scope, kind, state, at FROM conflicts ORDER BY state") == [
        (SECTION, "report", "open", AT),
        (SECTION, "report", "resolved", AT),
    ]
    assert await rows(empty, "SELECT kind, code FROM parked") == [("photo", "op.bad_value")]

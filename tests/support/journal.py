"""Reads the journal as an auditor would: from its rows alone."""

import hashlib

import msgspec
import sqlalchemy as sa

from server.kernel.tables import journal, streams


def broken_chains(tx: sa.Connection) -> list[str]:
    """Name every row whose place or leaf is not what the row before and its own words make it."""
    wrong = []
    ends: dict[str, tuple[int, str]] = {}
    for row in tx.execute(sa.select(journal).order_by(journal.c.stream, journal.c.pos)).mappings():
        pos, prev = ends.get(row["stream"], (0, "0" * 64))
        named = [row[name] for name in ("stream", "pos", "at", "actor", "event", "subject")]
        payload = hashlib.sha256(row["payload"].encode()).hexdigest()
        op = [row[name] for name in ("replica", "op_id", "n", "body_hash", "receipt")]
        said = msgspec.json.encode([prev, payload, *named, *op])
        leaf = hashlib.sha256(b"\0" + said).hexdigest()
        if (row["pos"], row["leaf"]) != (pos + 1, leaf):
            wrong.append(f"journal {row['stream']} {row['pos']}: not the leaf that follows {pos}")
        ends[row["stream"]] = (row["pos"], row["leaf"])
    heads = tx.execute(sa.select(streams.c.stream, streams.c.pos, streams.c.head))
    return wrong + [
        f"stream {row.stream}: its head is not the end of its chain"
        for row in heads
        if (row.pos, row.head) != ends.get(row.stream, (0, "0" * 64))
    ]

"""Reads the journal as an auditor would: from its rows alone."""

import hashlib

import msgspec
import sqlalchemy as sa

from mobile_contract.values import canonical
from server.kernel.tables import journal, streams


def broken_chains(tx: sa.Connection) -> list[str]:
    """Name every row whose place or leaf is not what the row before and its own words make it."""
    wrong = []
    ends: dict[str, tuple[int, str]] = {}
    for row in tx.execute(sa.select(journal).order_by(journal.c.stream, journal.c.pos)).mappings():
        pos, prev = ends.get(row["stream"], (0, "0" * 64))
        body = {name: value for name, value in row.items() if name != "leaf"}
        body |= {"payload": msgspec.json.decode(row["payload"]), "prev": prev}
        leaf = hashlib.sha256(b"\0" + canonical(body)).hexdigest()
        if (row["pos"], row["leaf"]) != (pos + 1, leaf):
            wrong.append(f"journal {row['stream']} {row['pos']}: not the leaf that follows {pos}")
        ends[row["stream"]] = (row["pos"], row["leaf"])
    heads = tx.execute(sa.select(streams.c.stream, streams.c.pos, streams.c.head))
    return wrong + [
        f"stream {row.stream}: its head is not the end of its chain"
        for row in heads
        if (row.pos, row.head) != ends.get(row.stream, (0, "0" * 64))
    ]

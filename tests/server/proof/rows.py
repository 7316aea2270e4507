"""Journal rows to be sealed, and what the tree says of them."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import ClassVar

import msgspec
import sqlalchemy as sa

from server.kernel.database import Database
from server.kernel.events import Event
from server.kernel.journal import Journal
from server.kernel.tables import journal
from server.proof import Audit, audit
from server.proof.tables import heads, leaves

AT = "2026-11-18T00:00:00.000Z"


class NoteWritten(Event, frozen=True, kw_only=True):
    """A row like any other."""

    name: ClassVar[str] = "note.written"

    word: str = msgspec.field(name="字", default="值")


def write(tx: sa.Connection, rows: Mapping[str, int], actor: str = "somebody") -> None:
    """Write so many rows to each stream, in one transaction."""
    with Journal({}, lambda *_: None).open(tx, rows, AT) as book:
        for stream, count in rows.items():
            for number in range(count):
                book.write(stream, NoteWritten(actor=actor, subject=str(number)))


async def written(database: Database, rows: Mapping[str, int]) -> None:
    await database.write(lambda tx: write(tx, rows))


async def in_tree(database: Database) -> list[tuple[str, int]]:
    """Return the rows in the tree, in its order."""
    return await database.read(
        lambda tx: [(row.stream, row.pos) for row in tx.execute(sa.select(leaves).order_by(leaves.c.index))]
    )


async def sizes(database: Database) -> Sequence[int]:
    """Return the sizes of the heads."""
    return await database.read(lambda tx: tx.scalars(sa.select(heads.c.size).order_by(heads.c.size)).all())


async def audited(database: Database) -> tuple[Audit, list[str]]:
    findings: list[str] = []
    return await database.read(lambda tx: audit(tx, findings.append)), findings


async def assert_all_sealed_once(database: Database) -> None:
    """Every row of the journal is one leaf, each stream in its order, and nothing is amiss."""

    def rows(tx: sa.Connection) -> list[tuple[str, int]]:
        return [(row.stream, row.pos) for row in tx.execute(sa.select(journal.c.stream, journal.c.pos))]

    there, sealed = await database.read(rows), await in_tree(database)
    assert Counter(sealed) == Counter(there)
    for stream in {stream for stream, _ in sealed}:
        places = [pos for name, pos in sealed if name == stream]
        assert places == list(range(1, len(places) + 1)), stream
    seen, findings = await audited(database)
    assert findings == []
    assert seen.rows == seen.leaves == len(there)

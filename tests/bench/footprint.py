"""How many bytes a record and an edit leave in the database, on both engines, and how fast one sealer can follow.

The service runs in this process; afterwards the engines are asked for the size of each table with its indexes.
"""

import asyncio
import tempfile
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from itertools import pairwise

import msgspec
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import create_async_engine

from mobile_contract.sync import Change, Create, Cursor, Patch, SyncRequest
from server.app import Program
from server.kernel.clock import new_id
from server.kernel.settings import Settings
from server.replication.model import Actor
from tests.bench.plumbline import BATCH, CLOCK, SENTENCE, Ops, bodies
from tests.bench.table import Table
from tests.support import postgres

BATCHES = 50
TABLES = ("records", "journal", "leaves", "reports")
_SQLITE = """
    SELECT coalesce(m.tbl_name, s.name), sum(s.pgsize) FROM dbstat s LEFT JOIN sqlite_master m ON m.name = s.name
    WHERE s.schema = 'main' GROUP BY 1
"""
_POSTGRESQL = "SELECT relname, pg_total_relation_size(oid) FROM pg_class WHERE relkind = 'r'"


def measure() -> Iterable[Table]:
    """Push new records and then an edit of each, and look at the tables after each."""
    note = (
        f"Tables with their indexes, after {BATCHES * BATCH:,} new reports of 1 KiB in batches of {BATCH}, then one "
        "edit of one short text in each; on PostgreSQL after VACUUM FULL. The sealer's rate is "
        "leaves per CPU-second of the process it runs in."
    )
    table = Table(("bytes a row leaves", *TABLES, "all tables", "sealer"), note=note)
    for name, engine in (("SQLite", _settings()), ("PostgreSQL", _settings(cluster=True))):
        with engine as chosen:
            made, edited, sealed = asyncio.run(_grow(Program(chosen)))
        for what, sizes in (("new report", made), ("edit", edited)):
            cells = [f"{sizes.get(one, 0):,.0f}" for one in TABLES]
            table.add(f"{name}: {what}", *cells, f"{sum(sizes.values()):,.0f}", f"{sealed:,.0f} /CPU-s")
    yield table


@contextmanager
def _settings(*, cluster: bool = False) -> Iterator[Settings]:
    with tempfile.TemporaryDirectory() as folder:
        if not cluster:
            yield Settings(data_dir=folder)
            return
        with postgres.cluster() as running:
            yield Settings(data_dir=folder, database_url=running.url(running.create()))


async def _grow(program: Program) -> tuple[Mapping[str, float], Mapping[str, float], float]:
    """Return bytes per new report and per edit, by table, and the leaves that were sealed per CPU-second."""
    await program.start()
    scope = f"section:{new_id()}"
    actor = Actor(person=new_id(), replica=new_id(), roles={scope: frozenset({"contractor"})})
    count = BATCHES * BATCH
    sent = bodies(scope, 1, BATCHES)
    sizes, spent = [await _sizes(program)], 0.0
    for batches in (sent, _edits(sent, scope, count + 1)):
        for ops in batches:
            await program.replication.exchange(actor, SyncRequest(clock=CLOCK, cursor=Cursor(), ops=ops))
        began = time.process_time()
        await program.sealer.seal()
        spent += time.process_time() - began
        sizes.append(await _sizes(program))
    await program.close()
    grown = [
        {name: (after.get(name, 0) - before.get(name, 0)) / count for name in after}
        for before, after in pairwise(sizes)
    ]
    return grown[0], grown[1], 2 * count / spent


def _edits(sent: list[Ops], scope: str, first_n: int) -> Iterator[Ops]:
    was = SENTENCE + "x" * 24
    for start, ops in enumerate(sent):
        yield tuple(
            msgspec.Raw(
                msgspec.json.encode(
                    Patch(
                        op_id=new_id(),
                        n=first_n + start * BATCH + index,
                        scope=scope,
                        kind="report",
                        id=msgspec.json.decode(raw, type=Create).id,
                        at=CLOCK,
                        set={"fields.opinion": Change(value=SENTENCE, was=was)},
                    )
                )
            )
            for index, raw in enumerate(ops)
        )


async def _sizes(program: Program) -> dict[str, int]:
    if not program.db.is_sqlite:  # what an edit replaced stays until it is swept, and is no part of the answer
        engine = create_async_engine(program.db.url, isolation_level="AUTOCOMMIT")
        async with engine.connect() as connection:
            await connection.execute(sa.text("VACUUM FULL"))
        await engine.dispose()
    asked = sa.text(_SQLITE if program.db.is_sqlite else _POSTGRESQL)
    return await program.db.read(lambda tx: {name: int(size) for name, size in tx.execute(asked)})

"""Writers and followers of one feed, on the real replication service, with transactions that overlap on purpose.

Every record is also put into a table numbered by a sequence, in the same transaction: what a follower of that table
misses shows that the race was there.
"""

import asyncio
import random
from collections.abc import Mapping, Sequence
from typing import Any, Final

import msgspec
import sqlalchemy as sa

from mobile_contract.base import Wire
from mobile_contract.ids import natural_id, person_scope, section_scope
from mobile_contract.sync import Create, Cursor, Limits, Outcome, SyncAnswer, SyncRequest
from server.kernel.clock import SystemClock, new_id
from server.kernel.database import Database
from server.kernel.journal import Journal
from server.replication import Actor, Annotation, Replication, SyncedKind, Written
from sync.policy import KindPolicy

AT: Final = "2026-11-18T08:00:00+08:00"
SCOPES: Final = tuple(section_scope(natural_id("race", str(number))) for number in range(6))
ROLES: Final = frozenset({"contractor"})
OPS: Final = 5

#: The control: a feed in the order of a sequence, as one would first think of it.
naive = sa.Table(
    "naive",
    sa.MetaData(),
    sa.Column("seq", sa.Integer().with_variant(sa.BigInteger(), "postgresql"), primary_key=True),
    sa.Column("id", sa.String(36), nullable=False),
)


class Note(Wire, frozen=True, kw_only=True):
    """A kind for this race."""

    text: str


def actor(name: str) -> Actor:
    """Somebody who works on every section."""
    return Actor(person=natural_id("person", name), replica=natural_id("replica", name))


def _held(_tx: sa.Connection, person: str) -> Mapping[str, frozenset[str]]:
    return dict.fromkeys([*SCOPES, person_scope(person)], ROLES)


def _number_and_dawdle(tx: sa.Connection, written: Sequence[Written]) -> Mapping[str, Annotation]:
    """Take numbers early and commit late: the work between the two is what a busy server does."""
    tx.execute(sa.insert(naive), [{"id": item.record.id} for item in written])
    if tx.dialect.name == "postgresql":
        tx.execute(sa.select(sa.func.pg_sleep(random.random() * 0.02)))
    return {}


def service(database: Database) -> Replication:
    """The service of one API process."""
    policy = KindPolicy(kind="note", writers=ROLES, append_only=True)
    kinds = [SyncedKind(policy=policy, values=Note, project=_number_and_dawdle)]
    return Replication(database, Journal({}, lambda *_: None), kinds, _held, SystemClock(), Limits())


async def write(url: str, name: str, pushes: int, seed: int) -> list[str]:
    """Push notes as one API process would; the ids that were acknowledged."""
    chance, database, written = random.Random(seed), Database(url), []
    replication = service(database)
    for push in range(pushes):
        scope = chance.choice(SCOPES)
        ops = [_note(scope, push * OPS + number + 1) for number in range(OPS)]
        answer = await _exchange(replication, name, Cursor(), ops)
        assert {receipt.outcome for receipt in answer.receipts} == {Outcome.APPLIED}
        written += [op.id for op in ops]
        await asyncio.sleep(chance.random() * 0.01)
    await database.close()
    return written


async def follow(url: str, name: str, done: asyncio.Event) -> dict[str, list[tuple[int, str]]]:
    """Follow the feed by its cursor until nothing is written any more; (seq, id) by scope, as they came."""
    database = Database(url)
    replication, cursor = service(database), Cursor()
    seen: dict[str, list[tuple[int, str]]] = {scope: [] for scope in SCOPES}
    while True:
        last = done.is_set()
        answer = await _exchange(replication, name, cursor, [])
        cursor = answer.cursor
        for entry in answer.changes:
            seen[entry.scope].append((entry.seq, entry.id))
        if last and not answer.more:
            await database.close()
            return seen
        await asyncio.sleep(0.002)


async def follow_naively(url: str, done: asyncio.Event) -> set[str]:
    """Follow the control by the number last seen, as ``seq > cursor`` does."""
    database, cursor, seen = Database(url), 0, set()
    while True:
        last = done.is_set()
        rows = await database.read(lambda tx: _beyond(tx, cursor))  # noqa: B023 - called at once
        if rows:
            cursor = rows[-1].seq
            seen |= {row.id for row in rows}
        elif last:
            await database.close()
            return seen
        await asyncio.sleep(0.002)


def _beyond(tx: sa.Connection, cursor: int) -> Sequence[Any]:
    return tx.execute(sa.select(naive).where(naive.c.seq > cursor).order_by(naive.c.seq)).all()


def _note(scope: str, n: int) -> Create:
    return Create(op_id=new_id(), n=n, scope=scope, kind="note", id=new_id(), at=AT, values={"text": "x"})


async def _exchange(replication: Replication, name: str, cursor: Cursor, ops: Sequence[Create]) -> SyncAnswer:
    raws = tuple(msgspec.Raw(msgspec.json.encode(op)) for op in ops)
    body = await replication.exchange(actor(name), SyncRequest(clock=AT, cursor=cursor, ops=raws))
    return msgspec.json.decode(body, type=SyncAnswer)

"""A kind of record for the tests of replication, and people who may write it."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Any

import msgspec
import sqlalchemy as sa

from mobile_contract.base import Wire
from mobile_contract.ids import natural_id, person_scope
from mobile_contract.repair import BucketsAsked
from mobile_contract.sync import AnyOp, Change, Create, Cursor, Limits, Patch, SyncAnswer, SyncRequest
from mobile_contract.values import Values
from server.fieldphone import SqliteStorage
from server.kernel.clock import Clock, new_id
from server.kernel.database import Database
from server.kernel.journal import Journal
from server.replication import Actor, Annotation, Replication, SyncedKind, Tuning, Written
from sync.policy import KindPolicy
from sync.replica import Replica

SECTION = "section:" + natural_id("test", "section")
OTHER = "section:" + natural_id("test", "other")
WRITER = frozenset({"contractor"})
CLERK = frozenset({"clerk"})
USUAL = Tuning()
LIMITS = Limits(page_entries=50)
AT = "2026-11-18T08:00:00+08:00"


class Note(Wire, frozen=True, kw_only=True):
    """A record of these tests. A ``day`` is its natural key."""

    text: str
    day: str | None = None


def person_id(name: str) -> str:
    return natural_id("person", name)


def own(name: str) -> str:
    return person_scope(person_id(name))


def actor(name: str, *, admin: bool = False) -> Actor:
    return Actor(person=person_id(name), replica=natural_id("replica", name), admin=admin)


class Town:
    """A server with notes: ``grants`` says who holds which scope with which roles, and may be changed."""

    def __init__(self, database: Database, clock: Clock, tuning: Tuning = USUAL) -> None:
        self.database = database
        self.grants: dict[str, dict[str, frozenset[str]]] = {
            "chen": {SECTION: WRITER},
            "zhou": {SECTION: WRITER, OTHER: WRITER},
            "li": {OTHER: WRITER},
            "clerk": {SECTION: CLERK | WRITER},
            "root": {},
        }
        self.wrote: list[tuple[str, str]] = []
        self.forgot: list[str] = []
        policy = KindPolicy(kind="note", writers=WRITER, deletable=True, signable=True)
        kinds = [SyncedKind(policy=policy, values=Note, natural=natural, project=self._project, forget=self._forget)]
        journal = Journal({}, lambda *_: None)
        self.replication = Replication(database, journal, kinds, self.held, clock, LIMITS, tuning)

    def held(self, _tx: sa.Connection, person: str) -> dict[str, frozenset[str]]:
        name = next(name for name in self.grants if person_id(name) == person)
        return {**self.grants[name], own(name): WRITER}

    def _forget(self, _tx: sa.Connection, records: Sequence[str]) -> None:
        self.forgot += records

    def _project(self, _tx: sa.Connection, written: Sequence[Written]) -> dict[str, Annotation]:
        self.wrote += [(item.record.id, item.person) for item in written]
        if any(item.record.values.get("text") == "the database will not have this" for item in written):
            raise sa.exc.IntegrityError("insert", {}, Exception("refused"))
        return {}

    async def push(self, name: str, ops: Sequence[AnyOp], cursor: Cursor | None = None) -> SyncAnswer:
        raws = tuple(msgspec.Raw(msgspec.json.encode(op)) for op in ops)
        request = SyncRequest(clock=AT, cursor=cursor or Cursor(), ops=raws)
        return msgspec.json.decode(await self.replication.exchange(actor(name), request), type=SyncAnswer)

    async def parked(self, name: str, state: str = "waiting", **asked: Any) -> list[dict[str, Any]]:
        body = await self.replication.parked(actor(name, **asked), state, "", 100)
        return list(msgspec.json.decode(body)["parked"])

    def phone(self, name: str) -> Callable[[], Replica]:
        """Return what makes a person's reference phone. It blocks, so make it and use it in a thread."""
        line = Direct(self.replication, actor(name))
        return lambda: Replica(SqliteStorage(":memory:"), line, lambda: AT, new_id)


class Direct:
    """A phone's network that calls the service on the loop it was made on."""

    def __init__(self, replication: Replication, who: Actor) -> None:
        self.replication = replication
        self.who = who
        self.loop = asyncio.get_running_loop()

    def exchange(self, body: bytes) -> bytes:
        request = msgspec.json.decode(body, type=SyncRequest)
        return self._wait(self.replication.exchange(self.who, request))

    def buckets(self, body: bytes) -> bytes:
        return self._wait(self.replication.buckets(self.who, msgspec.json.decode(body, type=BucketsAsked)))

    def _wait(self, work: Any) -> bytes:
        return bytes(asyncio.run_coroutine_threadsafe(work, self.loop).result(20))


def natural(_tx: sa.Connection, scope: str, values: Values) -> str | None:
    day = values.get("day")
    return natural_id("note", scope, day) if isinstance(day, str) else None


def create(n: int, text: Any, scope: str = SECTION, key: str | None = None, **fields: Any) -> Create:
    return Create(
        op_id=new_id(), n=n, scope=scope, kind="note", id=key or new_id(), at=AT, values={"text": text}, **fields
    )


def patch(n: int, key: str, text: str, was: str | None, **fields: Any) -> Patch:
    set_ = {"text": Change(value=text, was=was)}
    return Patch(op_id=new_id(), n=n, scope=SECTION, kind="note", id=key, at=AT, set=set_, **fields)

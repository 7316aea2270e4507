"""The real server: the replication service on real SQLite, driven by hand so that nothing runs but what the seed says.

``Step`` is a ``Database`` whose reads and writes never wait: a coroutine over it runs to its end in one ``send``. The
disk is memory; a backup is SQLite's own; a full disk is SQLite's own limit on pages.
"""

import functools
import sqlite3
from collections.abc import Callable, Coroutine, Mapping, Sequence
from datetime import datetime
from typing import Any, TypeVar

import msgspec
import sqlalchemy as sa

from mobile_contract.ids import record_id
from mobile_contract.problems import Refused
from mobile_contract.sync import Limits, Receipt, ScopeChecksum, SyncRequest
from mobile_contract.values import Values
from server import identity
from server.app import metadata
from server.captures.kinds import Projections
from server.kernel.database import Database, Work, sqlite_engine
from server.kernel.journal import Journal
from server.kernel.tables import journal, meta, streams
from server.replication import Actor, Annotation, Replication, SyncedKind, Written, records, store
from server.replication.horizon import advance
from sync.ports import ReplicaClosed, Unreadable
from sync.state import PushPlan, Record
from tests.simulation.rules import KINDS, Authority, Who, derivation_of, is_poison
from tests.simulation.servers import PURGED_AT_ONCE, Down, Hooks, ReceiptKey
from tests.support.journal import broken_chains

T = TypeVar("T")
CAPTURES = Projections("Asia/Shanghai")
NO_LIMIT = 1_073_741_823


class _Outside(BaseException):
    """Carries what the simulation raised past a service that would take any exception for a poison op."""

    def __init__(self, what: Exception) -> None:
        super().__init__(what)
        self.what = what


class Step(Database):
    """One connection in memory. Before each transaction ``between`` is told; after each commit ``committed`` is."""

    def __init__(self, engine: sa.Engine, between: Callable[[str], None], committed: Callable[[Any], None]) -> None:
        self._sync = engine
        self._between = _past_the_service(between)
        self._committed = _past_the_service(committed)

    async def read(self, work: Work[T]) -> T:
        self._between("read")
        with self._sync.connect() as connection:
            try:
                return work(connection)
            finally:
                connection.rollback()

    async def write(self, work: Work[T]) -> T:
        self._between("write")
        with self._sync.begin() as connection:
            result = work(connection)
        self._committed(result)
        return result


class Device(identity.Quarantine):
    """A device that is trusted no more, as the simulation's authority knows it."""

    def __init__(self, who: Who, authority: Authority) -> None:
        self.lost = False
        self._who = who
        self._authority = authority

    def lock(self, tx: sa.Connection) -> Any:
        pass

    def take_ops(self, tx: sa.Connection, ops: int, size: int) -> None:
        pass

    def tell_to_wipe(self, _tx: sa.Connection) -> None:
        self._authority.wiped.add(self._who.replica)


class Hand:
    """The server's clock, held by the simulation."""

    def __init__(self, now: Callable[[], str]) -> None:
        self._now = now

    def now(self) -> datetime:
        return datetime.fromisoformat(self._now())


class RealServer:
    """``server.replication`` with nothing replaced but the wire, the clock and the disk under SQLite."""

    annotates = True

    def __init__(self, hooks: Hooks, limits: Limits) -> None:
        self.hooks = hooks
        self.limits = limits
        self._raw = sqlite3.connect(":memory:")
        self._raw.deserialize(_empty())
        self._engine = _engine(self._raw)
        self._full = False

    @property
    def full(self) -> bool:
        return self._full

    @full.setter
    def full(self, full: bool) -> None:
        self._full = full
        (pages,) = self._raw.execute("PRAGMA page_count").fetchone()
        self._raw.execute(f"PRAGMA max_page_count = {pages if full else NO_LIMIT}")

    def exchange(self, who: Who, body: bytes) -> bytes:
        def committed(result: Any) -> None:
            if isinstance(result, PushPlan):
                self.hooks.committed(who, result)

        request = msgspec.json.decode(body, type=SyncRequest)
        service = self._service(Step(self._engine, self.hooks.between, committed))
        actor, authority = Actor(person=who.person, replica=who.replica), self.hooks.authority
        if who.replica in authority.wiped:
            raise ReplicaClosed("identity.device_wiped")
        try:
            if who.replica in authority.revoked:
                return _run(service.quarantine(actor, request, Device(who, authority)))
            return _run(service.exchange(actor, request))
        except _Outside as error:
            raise error.what from error
        except Refused as error:
            raise Unreadable("too many ops") from error
        except sa.exc.OperationalError as error:
            if not self._full:
                raise
            raise Down("the disk is full") from error

    def _service(self, database: Database) -> Replication:
        kinds = [
            SyncedKind(policy=policy, natural=_natural, derive=_derive_as(policy.kind), project=_project)
            for policy in KINDS
        ]
        authority, clock = self.hooks.authority, Hand(self.hooks.now)
        return Replication(
            database, Journal({}, _no_jobs), kinds, lambda _tx, person: authority.of(person), clock, self.limits
        )

    def rows(self, beyond: Mapping[str, int]) -> list[Record]:
        with self._engine.connect() as tx:
            rows = self._beyond(tx, beyond) if beyond else tx.execute(sa.select(records))
            return [store._record(row) for row in rows]

    def _beyond(self, tx: sa.Connection, beyond: Mapping[str, int]) -> list[Any]:
        scopes = tx.scalars(sa.select(streams.c.stream)).all()
        return [row for scope in scopes for row in store.page(tx, scope, beyond.get(scope, 0), NO_LIMIT)]

    def heads(self) -> dict[str, ScopeChecksum]:
        with self._engine.connect() as tx:
            return {
                row.stream: ScopeChecksum(scope=row.stream, at_seq=row.seq, sum=row.sum, count=row.live)
                for row in tx.execute(sa.select(streams))
            }

    def receipts(self) -> dict[ReceiptKey, Receipt]:
        with self._engine.connect() as tx:
            rows = tx.execute(sa.select(journal).where(journal.c.replica.is_not(None))).all()
        return {(row.replica, row.op_id, row.body_hash): msgspec.json.decode(row.receipt, type=Receipt) for row in rows}

    def backup(self) -> Any:
        copy = sqlite3.connect(":memory:")
        self._raw.backup(copy)
        return copy

    def restore(self, backup: Any, epoch: str) -> None:
        backup.backup(self._raw)
        with self._engine.begin() as tx:
            tx.execute(sa.update(meta).where(meta.c.name == "epoch").values(value=epoch))

    def purge(self, scope: str) -> None:
        with self._engine.begin() as tx:
            advance(tx, Journal({}, _no_jobs), scope, self.hooks.now(), "machine", PURGED_AT_ONCE)

    def move(self, record: str, scope: str) -> None:
        service = self._service(Step(self._engine, self.hooks.between, lambda _: None))
        with self._engine.begin() as tx:
            service.move(tx, "supervisor", [record], scope)

    def problems(self) -> list[str]:
        with self._engine.connect() as tx:
            return broken_chains(tx)

    def close(self) -> None:
        self._engine.dispose()


def _engine(raw: sqlite3.Connection) -> sa.Engine:
    url = sa.make_url("sqlite+pysqlite://")
    return sqlite_engine(url, "BEGIN IMMEDIATE", creator=lambda: raw, poolclass=sa.StaticPool)


@functools.cache
def _empty() -> bytes:
    """An empty database with all tables, made once."""
    raw = sqlite3.connect(":memory:")
    engine = _engine(raw)
    with engine.begin() as tx:
        metadata.create_all(tx)
        tx.execute(sa.insert(meta).values(name="epoch", value="epoch-0"))
    return raw.serialize()


def _past_the_service(hook: Callable[[Any], None]) -> Callable[[Any], None]:
    def call(argument: Any) -> None:
        try:
            hook(argument)
        except Exception as error:
            raise _Outside(error) from error

    return call


def _run(work: Coroutine[Any, Any, T]) -> T:
    try:
        work.send(None)
    except StopIteration as done:
        result: T = done.value
        return result
    work.close()
    raise AssertionError("an exchange waited for something outside the simulation")


def _natural(_tx: sa.Connection, scope: str, values: Values) -> str | None:
    return record_id("report", scope, "log", values["fields"]["day"]) if values.get("form") == "log" else None


def _derive_as(kind: str) -> Callable[[sa.Connection, Any], Any]:
    return lambda _tx, _values: derivation_of(kind)


def _project(tx: sa.Connection, written: Sequence[Written]) -> Mapping[str, Annotation]:
    if any(is_poison(one.record.values) for one in written):
        raise sa.exc.IntegrityError("insert", {}, Exception("refused"))
    return CAPTURES.check_in(tx, [one for one in written if one.record.kind == "checkIn"])


def _no_jobs(_tx: sa.Connection, kind: str, _args: dict[str, Any]) -> None:
    raise AssertionError(f"nobody handles {kind}")

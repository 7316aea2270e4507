"""Reading: pages of the feed, single records and lists. Everything here takes a connection with one snapshot."""

from collections.abc import Sequence
from typing import Any, cast

import msgspec
import sqlalchemy as sa

from mobile_contract.ids import with_archives
from mobile_contract.problems import Refused
from mobile_contract.records import ValueChange, VersionChanges
from mobile_contract.repair import BucketsAnswer, BucketsAsked
from mobile_contract.sync import Cursor, FeedEntry, Limits, Notice, Receipt, ScopeChecksum, SyncAnswer, Upsert
from server.kernel.clock import Clock, rfc3339
from server.replication import store
from server.replication.model import Actor, RolesOf
from sync import checksum
from sync.merge import differences
from sync.policy import KindPolicy
from sync.pull import next_cursor, plan_pull
from sync.repair import sums
from sync.typed import ProtocolServer


class FeedReader:
    """Return each actor what they may read, and no more."""

    def __init__(self, held: RolesOf, clock: Clock, limits: Limits) -> None:
        self._held = held
        self._clock = clock
        self._limits = limits

    def scopes(self, tx: sa.Connection, actor: Actor) -> frozenset[str]:
        """Name the scopes an actor may read now."""
        roles = actor.roles if actor.roles is not None else self._held(tx, actor.person)
        return frozenset(roles) | {actor.own_scope}

    def readable(self, tx: sa.Connection, actor: Actor) -> frozenset[str]:
        """Name what an actor may read online: the scopes whose feed they follow, and the archives of those."""
        return with_archives(self.scopes(tx, actor))

    def read(self, tx: sa.Connection, actor: Actor, record_id: str) -> bytes:
        """Return the feed entry of one record. Raise ``request.not_found``, also where the actor may not read it."""
        return store.entry(self._row(tx, actor, record_id))

    def _row(self, tx: sa.Connection, actor: Actor, record_id: str) -> Any:
        row = next(iter(store.by_id(tx, [record_id])), None)
        if row is None or row.scope not in self.readable(tx, actor):
            raise Refused("request.not_found")
        return row

    def changes(self, tx: sa.Connection, actor: Actor, record_id: str, since: int, until: int) -> VersionChanges:
        """Compare two signed versions of a record, or one with what it holds now (``until`` 0), field by field.

        Raise ``request.not_found``, also for a version without a signature.
        """
        row = self._row(tx, actor, record_id)
        signed = msgspec.json.decode(row.server, type=ProtocolServer).signed
        versions = {0: msgspec.json.decode(row.values)} | {version.version: version.values for version in signed}
        if since not in versions or until not in versions or since == 0:
            raise Refused("request.not_found")
        found = differences(versions[since], versions[until], KindPolicy(kind=row.kind))
        changes = tuple(ValueChange(path=leaf.name, before=leaf.was, after=leaf.value) for leaf in found)
        return VersionChanges(record=record_id, since=since, until=until, changes=changes)

    def listing(
        self, tx: sa.Connection, actor: Actor, kind: str, scope: str | None, after: int, limit: int
    ) -> list[bytes]:
        """Return the feed entries of live records of a kind, in one scope (also an archive) or in all live ones."""
        wanted = self.readable(tx, actor) & {scope} if scope else self.scopes(tx, actor)
        return [store.entry(row) for row in store.of_kind(tx, wanted, kind, after, limit)]

    def buckets(self, tx: sa.Connection, actor: Actor, asked: BucketsAsked) -> bytes:
        """Return the sums of a scope's buckets, or the records of some: a ``BucketsAnswer`` as JSON bytes.

        Raise ``request.not_found`` for a scope that the actor may not read.
        """
        if asked.scope not in self.scopes(tx, actor):
            raise Refused("request.not_found")
        answer = BucketsAnswer(epoch=store.epoch(tx), scope=asked.scope)
        if not asked.buckets:
            return msgspec.json.encode(msgspec.structs.replace(answer, buckets=sums(store.terms(tx, asked.scope))))
        room = self._limits.page_entries
        bodies: list[bytes] = []
        size, rows = 0, store.of_buckets(tx, asked.scope, asked.buckets, asked.after, room + 1)
        for row in rows[:room]:
            body = store.entry(row)
            size += len(body)
            if bodies and size > self._limits.page_bytes:
                break
            bodies.append(body)
        found = cast("tuple[Upsert, ...]", tuple(msgspec.Raw(body) for body in bodies))  # encoded already
        return msgspec.json.encode(msgspec.structs.replace(answer, records=found, more=len(rows) > len(bodies)))

    def page(
        self, tx: sa.Connection, actor: Actor, cursor: Cursor, receipts: Sequence[Receipt], notices: Sequence[Notice]
    ) -> bytes:
        """Return the answer of an exchange: receipts, and changes beyond the cursor within the limits of a page."""
        epoch = store.epoch(tx)
        ends = store.heads(tx, self.scopes(tx, actor))
        plan = plan_pull(cursor, epoch, {scope: end.seq for scope, end in ends.items()}, store.floors(tx, ends))
        entries: list[bytes] = []
        reached: dict[str, int] = {}
        room, size, more = self._limits.page_entries, self._limits.page_bytes, False
        for scope, after in plan.after.items():
            if more or ends[scope].seq <= after:
                more = more or ends[scope].seq > after
                continue
            for row in store.page(tx, scope, after, room + 1):
                body = store.entry(row)
                if not room or (entries and size < len(body)):
                    more = True
                    break
                entries.append(body)
                reached[scope] = row.seq
                room, size = room - 1, size - len(body)
            else:
                reached[scope] = ends[scope].seq  # also where what stood at its end is forgotten
        sums = () if more else tuple(_checksum(scope, end) for scope, end in sorted(ends.items()))
        answer = SyncAnswer(
            server_time=rfc3339(self._clock.now()),
            receipts=tuple(receipts),
            changes=cast("tuple[FeedEntry, ...]", tuple(msgspec.Raw(body) for body in entries)),  # encoded already
            cursor=next_cursor(plan, epoch, reached),
            more=more,
            dropped=plan.dropped,
            checksums=sums,
            notices=(*notices, *plan.notices),
            limits=self._limits,
        )
        return msgspec.json.encode(answer)


def _checksum(scope: str, end: Any) -> ScopeChecksum:
    return ScopeChecksum(scope=scope, at_seq=end.seq, sum=checksum.written(end.sum), count=end.live)

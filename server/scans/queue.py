"""The queue of scans that wait for a clerk, and the claims by which two clerks never work on one unawares."""

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from typing import Any, Final

import sqlalchemy as sa

from mobile_contract.identity import Role
from mobile_contract.ids import project_scope
from mobile_contract.problems import Refused
from mobile_contract.queue import (
    ClaimedNext,
    NextScan,
    QueueCounts,
    QueuedScan,
    QueueOrder,
    QueueState,
    ScanClaim,
    ScanQueue,
)
from mobile_contract.records import Kind
from server import identity
from server.identity import Caller, Holdings
from server.kernel.clock import Clock, rfc3339
from server.kernel.database import Database
from server.kernel.journal import Journal
from server.replication import Replication
from server.scans import queue_store as store
from server.scans.events import ScanTakenOver
from server.scans.queue_store import Wanted
from server.scans.waiting import NOTHING_READ

#: Scans that one person may have claimed at a time: the one in hand, and a few that are fetched ahead.
CLAIMS: Final = 20
#: Left out where no state is asked for: no person has anything to do yet.
_MACHINE: Final = QueueState.READING
#: Candidates that are looked at together for the next one.
_AT_ONCE: Final = 32


class Queue:
    """The service; the dependency ``queue``."""

    def __init__(
        self, db: Database, journal: Journal, replication: Replication, clock: Clock, claim_seconds: int
    ) -> None:
        self._db = db
        self._journal = journal
        self._replication = replication
        self._clock = clock
        self._lease = timedelta(seconds=claim_seconds)

    async def listing(self, caller: Caller, asked: NextScan, after: str, limit: int, *, free: bool) -> ScanQueue:
        """Return a page of the queue of the scopes in which the caller is a clerk, and what waits there in all."""
        now = rfc3339(self._clock.now())
        wanted = _wanted(caller, asked, now if free else None, caller.person)
        key = _cursor(after, asked.order)

        def work(tx: sa.Connection) -> ScanQueue:
            rows = store.page(tx, wanted, key, limit + 1)
            shown = tuple(_shown(tx, rows[:limit], now))
            more = len(rows) > limit
            further = "~".join(map(str, store.key_of(rows[limit - 1], asked.order))) if more else ""
            return ScanQueue(as_of=now, scans=shown, counts=_counts(tx, wanted), next=further)

        return await self._db.read(work)

    async def next(self, caller: Caller, asked: NextScan) -> ClaimedNext:
        """Claim the next free scan of the queue; two who ask at once never get the same.

        Raise ``scans.claims_full``.
        """

        def work(tx: sa.Connection) -> ClaimedNext:
            now = rfc3339(self._clock.now())
            self._may_claim_more(tx, caller.person, now)
            wanted = _wanted(identity.holdings(tx, caller.person), asked, now, None)
            key: tuple[Any, str] | None = None
            while rows := store.page(tx, wanted, key, _AT_ONCE):
                scan = store.lock_first_free(tx, [row.scan for row in rows], asked.order, now)
                if scan is not None:
                    store.set_claim(tx, scan, caller.person, self._until())
                    (shown,) = _shown(tx, [store.one(tx, scan)], now)
                    return ClaimedNext(scan=shown)
                key = store.key_of(rows[-1], asked.order)
            return ClaimedNext()

        return await self._db.write(work)

    async def claim(self, caller: Caller, scan: str, take_over: str | None) -> ScanClaim:
        """Claim a scan, or renew one's claim on it; with a reason, take it over from who has claimed it.

        Raise ``request.not_found``, ``identity.forbidden``, ``scans.not_waiting``, ``scans.claimed`` or
        ``scans.claims_full``.
        """

        def work(tx: sa.Connection) -> ScanClaim:
            now = rfc3339(self._clock.now())
            record = self._replication.decidable(tx, caller.person, scan, Kind.SCAN, Role.CLERK)
            if take_over is not None:
                self._replication.hold(tx, record.scope)  # before its row, as all who write both
            row = store.one(tx, scan, lock=True)
            if row is None:
                raise Refused("scans.not_waiting")
            holder = _holder(row, now)
            if holder is not None and holder != caller.person:
                if take_over is None:
                    raise _claimed(tx, row)
                event = ScanTakenOver(actor=caller.person, subject=scan, was=holder, reason=take_over)
                self._journal.record(tx, record.scope, event, now)
            if holder != caller.person:
                self._may_claim_more(tx, caller.person, now)
            until = self._until()
            store.set_claim(tx, scan, caller.person, until)
            return ScanClaim(scan=scan, by=caller.person, name=caller.name, until=until)

        return await self._db.write(work)

    async def release(self, caller: Caller, scan: str) -> None:
        """Drop one's claim on a scan; where there is none, nothing happens.

        Raise ``request.not_found``, ``identity.forbidden`` or ``scans.claimed``.
        """

        def work(tx: sa.Connection) -> None:
            self._replication.decidable(tx, caller.person, scan, Kind.SCAN, Role.CLERK)
            refuse_if_claimed(tx, caller.person, scan, rfc3339(self._clock.now()))
            store.drop_claim(tx, scan, caller.person)

        await self._db.write(work)

    def _until(self) -> str:
        return rfc3339(self._clock.now() + self._lease)

    def _may_claim_more(self, tx: sa.Connection, person: str, now: str) -> None:
        if store.claimed(tx, person, now) >= CLAIMS:
            raise Refused("scans.claims_full", limit=CLAIMS)


def refuse_if_claimed(tx: sa.Connection, person: str, scan: str, now: str) -> None:
    """Raise ``scans.claimed`` if another than ``person`` has claimed a scan: they decide, or it is taken over first."""
    row = store.one(tx, scan)
    if row is not None and _holder(row, now) not in (None, person):
        raise _claimed(tx, row)


def _claimed(tx: sa.Connection, row: store.Row) -> Refused:
    name = identity.name_of(tx, row.claimed_by) or row.claimed_by
    return Refused("scans.claimed", name=name, until=row.claimed_until, by=row.claimed_by)


def _holder(row: Any, now: str) -> str | None:
    return row.claimed_by if row.claimed_until is not None and row.claimed_until > now else None


def _wanted(holdings: Holdings, asked: NextScan, now: str | None, mine: str | None) -> Wanted:
    """Return what is asked for, within the scopes where a person is a clerk."""
    project = project_scope(asked.project)
    scopes = {
        grant.scope
        for grant in holdings.grants
        if grant.role is Role.CLERK
        and (not asked.project or project in (grant.scope, grant.parent))
        and (not asked.scope or grant.scope == asked.scope)
    }
    states = [asked.state] if asked.state is not None else [state for state in QueueState if state is not _MACHINE]
    return Wanted(scopes=sorted(scopes), states=states, form=asked.form, order=asked.order, now=now, mine=mine)


def _cursor(after: str, order: QueueOrder) -> tuple[Any, str] | None:
    """Read a cursor of the list. Raise ``request.invalid`` for one of another order."""
    key, _, scan = after.partition("~")
    if not after:
        return None
    if (order is QueueOrder.CONFIDENCE) != key.isdecimal() or not scan:
        raise Refused("request.invalid", reason="after")
    return (int(key) if key.isdecimal() else key), scan


def _counts(tx: sa.Connection, wanted: Wanted) -> QueueCounts:
    states: Counter[str] = Counter()
    forms: Counter[str] = Counter()
    scopes: Counter[str] = Counter()
    for row in store.counts(tx, wanted.scopes):
        states[row.state] += row.scans
        if row.state != QueueState.READING:
            forms[row.form] += row.scans
            scopes[row.scope] += row.scans
    return QueueCounts(states=dict(states), forms=dict(forms), scopes=dict(scopes))


def _shown(tx: sa.Connection, rows: Any, now: str) -> Iterator[QueuedScan]:
    """Return rows of the queue as they are shown, with the names of who has claimed them."""
    holders = {holder for row in rows if (holder := _holder(row, now)) is not None}
    names = identity.names_of(tx, holders)
    for row in rows:
        holder = _holder(row, now)
        claim = None
        if holder is not None:
            claim = ScanClaim(scan=row.scan, by=holder, name=names[holder], until=row.claimed_until)
        yield QueuedScan(
            scan=row.scan,
            scope=row.scope,
            state=QueueState(row.state),
            received_at=row.received_at,
            pages=row.pages,
            extraction=row.extraction,
            form=row.form or None,
            form_version=row.form_version,
            lowest_confidence=None if row.confidence == NOTHING_READ else row.confidence,
            to_look=row.to_look,
            problem=row.problem,
            claim=claim,
        )

"""Phones for the desk: when each last spoke, what its clock showed, what it said of itself, what of its is parked."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

import msgspec
import sqlalchemy as sa

from mobile_contract.phones import Phone, PhoneReport, Phones, Stuck
from mobile_contract.states import ParkedOpState
from mobile_contract.sync import SyncRequest
from server import identity
from server.identity import Caller
from server.kernel.clock import Clock, instant, rfc3339
from server.kernel.database import Database, upsert
from server.replication.tables import parked, sightings

#: A phone that exchanges all the time is noted so often; sooner where it says something else than before.
EVERY: Final = timedelta(minutes=5)
#: Replicas whose last note this process remembers.
REMEMBERED: Final = 20_000
#: Codes that are told of one phone.
CODES: Final = 20


class Sightings:
    """The service; the dependency ``phones``."""

    def __init__(self, db: Database, clock: Clock) -> None:
        self._db = db
        self._clock = clock
        self._noted: dict[tuple[str, bool], tuple[datetime, object]] = {}

    async def note(self, replica: str, request: SyncRequest) -> None:
        """Put down that a replica spoke, and whether it had anything to hand in.

        Unless that was done a moment ago and it said the same.
        """
        now, said, idle = self._clock.now(), _told(request.phone), not request.ops
        before = self._noted.get((replica, idle))
        if before is not None and before[1] == said and now - before[0] < EVERY:
            return
        if len(self._noted) >= REMEMBERED:
            self._noted.clear()
        self._noted[replica, idle] = now, said
        row = {
            "replica": replica,
            "seen_at": rfc3339(now),
            "clock": request.clock[:64].replace("\0", ""),
            "report": None if request.phone is None else msgspec.json.encode(request.phone).decode(),
            **({"idle_at": rfc3339(now)} if idle else {}),
        }
        await self._db.write(lambda tx: upsert(tx, sightings, [row], key=("replica",)))

    async def page(self, caller: Caller, person: str | None, after: str, limit: int) -> Phones:
        """Return a page of phones, the newest first: a person's, or all of them.

        Raise ``identity.forbidden`` where they are not one's own and the caller administers nothing.
        """
        if person != caller.person:
            caller.require_admin()

        def work(tx: sa.Connection) -> Phones:
            rows = identity.devices_page(tx, person, after, limit + 1)
            shown = rows[:limit]
            seen = _seen(tx, [row.replica for row in shown])
            stuck = _stuck(tx, shown)
            return Phones(
                phones=tuple(_phone(row, seen.get(row.replica), stuck.get(row.replica, ())) for row in shown),
                next=shown[-1].id if len(rows) > limit else "",
            )

        return await self._db.read(work)


def _told(report: PhoneReport | None) -> object:
    """Return what is worth a note at once: another version, or another thing that cannot be sent."""
    return None if report is None else (report.app, tuple(sorted(report.held)), report.ops > 0)


def _seen(tx: sa.Connection, replicas: Sequence[str]) -> dict[str, Any]:
    rows = tx.execute(sa.select(sightings).where(sightings.c.replica.in_(replicas)))
    return {row.replica: row for row in rows}


def _stuck(tx: sa.Connection, devices: Iterable[Any]) -> dict[str, tuple[Stuck, ...]]:
    """Return what of each replica waits parked, by code, the most first."""
    owners = {device.replica: device.person for device in devices}
    query = (
        sa.select(
            parked.c.replica, parked.c.code, sa.func.count().label("ops"), sa.func.min(parked.c.at).label("since")
        )
        .where(parked.c.person.in_(sorted(set(owners.values()))), parked.c.state == ParkedOpState.WAITING.value)
        .where(parked.c.replica.in_(list(owners)), parked.c.code.is_not(None))
        .group_by(parked.c.replica, parked.c.code)
        .order_by(sa.func.count().desc(), parked.c.code)
    )
    found: dict[str, list[Stuck]] = {}
    for row in tx.execute(query):
        found.setdefault(row.replica, []).append(Stuck(code=row.code, ops=row.ops, oldest_at=row.since))
    return {replica: tuple(each[:CODES]) for replica, each in found.items()}


def _phone(row: Any, seen: Any, stuck: tuple[Stuck, ...]) -> Phone:
    shown = None if seen is None else instant(seen.clock)
    came = None if seen is None else instant(seen.seen_at)
    offset = int((came - shown).total_seconds() * 1000) if came and shown else None
    report = None if seen is None or seen.report is None else msgspec.json.decode(seen.report, type=PhoneReport)
    return Phone(
        device=identity.described(row),
        name=row.called,
        login=row.login,
        seen_at=None if seen is None else seen.seen_at,
        clock_offset_ms=offset,
        report=report,
        stuck=stuck,
    )

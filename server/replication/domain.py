"""The row of this domain in the house."""

from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from server.identity import WORKER, ever_held, holdings
from server.jobs import Handler, Jobs
from server.kernel.domain import Domain, House
from server.kernel.events import OpReceived
from server.kernel.files import BlobArrived, BlobLost, FileNews
from server.kernel.settings import Settings
from server.replication import events, tables
from server.replication.disputes import Disputes
from server.replication.horizon import Horizon
from server.replication.model import Tuning
from server.replication.phones import Sightings
from server.replication.retrying import Retrying
from server.replication.routes import ROUTES
from server.replication.service import Replication
from server.replication.timeline import Timelines


def _services(house: House) -> Mapping[str, Any]:
    settings, kinds = house.settings, house.kinds()
    replay = timedelta(days=settings.replay_days)
    replication = Replication(
        house.db,
        house.journal,
        kinds,
        _held,
        house.clock,
        settings.limits,
        _tuning(settings),
        house.services["uploads"],  # as ``Files``: uploads stand beside this domain, which knows only that
        ever_held,
    )
    jobs, forget = house.of(Jobs), replication.forget
    horizon = Horizon(house.db, house.journal, jobs, house.clock, replay, WORKER.person, forget)
    timelines = Timelines(house.db)
    phones = Sightings(house.db, house.clock)
    disputes = Disputes(house.db, replication, house.clock)
    return {
        "replication": replication,
        "horizon": horizon,
        "disputes": disputes,
        "phones": phones,
        "timelines": timelines,
    }


def _held(tx: sa.Connection, person: str) -> Mapping[str, frozenset[str]]:
    """Return the scopes that a person may read now, with the roles they have in each."""
    found = holdings(tx, person)
    return {scope: found.role_in(scope) for scope in found.scopes()}


def _tuning(settings: Settings) -> Tuning:
    return Tuning(
        heartbeat_seconds=settings.wake_heartbeat_seconds,
        recheck_seconds=settings.wake_recheck_seconds,
        poll_seconds=settings.wake_poll_seconds,
        wakes_per_person=settings.wake_per_person,
        wakes=settings.wake_connections,
        exchanges_at_once=settings.exchanges_at_once,
        exchanges_per_minute=settings.exchanges_per_minute,
        parked_ops=settings.parked_ops_per_person,
        parked_bytes=settings.parked_bytes_per_person,
        push_bytes=settings.push_bytes,
    )


def _handlers(house: House) -> Iterable[Handler[Any]]:
    """Return what runs the jobs; that of files keeps the name under which it may stand in a jobs table."""
    file_news = house.of(Replication).on_blob_arrived
    yield Handler(kind="reports.blob_arrived", args=FileNews, on=(BlobArrived, BlobLost), run=file_news)
    yield from house.of(Horizon).handlers
    yield from Retrying(house.db, house.of(Replication)).handlers


async def _start(house: House) -> None:
    await house.of(Replication).start()
    await house.of(Horizon).start()


DOMAIN = Domain(
    name="replication",
    tables=(tables.records, tables.horizons, tables.replicas, tables.parked, tables.conflicts, tables.sightings),
    services=_services,
    routes=ROUTES,
    events=(
        OpReceived,
        events.ParkedApplied,
        events.ParkedRetried,
        events.ParkedCorrected,
        events.ParkedDiscarded,
        events.ParkedReopened,
        events.RecordLeft,
        events.RecordMoved,
        events.RecordAnnotated,
        events.RecordRestored,
        events.DatabaseRestored,
        events.FeedPurged,
    ),
    handlers=_handlers,
    start=_start,
)

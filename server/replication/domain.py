"""The row of this domain in the house."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from server.identity import WORKER, holdings
from server.jobs import Handler, Jobs
from server.kernel.domain import Domain, House
from server.kernel.settings import Settings
from server.replication import tables
from server.replication.horizon import Horizon
from server.replication.model import Tuning
from server.replication.retrying import GRANTED, PUBLISHED, Retrying
from server.replication.routes import ROUTES
from server.replication.service import Replication


def _services(house: House) -> Mapping[str, Any]:
    settings, kinds = house.settings, house.kinds()
    replay = timedelta(days=settings.replay_days)
    return {
        "replication": Replication(
            house.db,
            house.journal,
            kinds,
            _held,
            house.clock,
            settings.limits,
            _tuning(settings),
            house.services["uploads"],  # as ``Files``: uploads stand beside this domain, which knows only that
        ),
        "horizon": Horizon(house.db, house.journal, house.of(Jobs), house.clock, replay, WORKER.person, house.forget),
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
    )


def _handlers(house: House) -> Mapping[str, Handler]:
    """Return what runs the jobs; that of files keeps the name under which it may stand in a jobs table."""
    retrying = Retrying(house.db, house.of(Replication))
    return {
        **house.of(Horizon).handlers,
        **retrying.handlers,
        "reports.blob_arrived": house.of(Replication).on_blob_arrived,
    }


async def _start(house: House) -> None:
    await house.of(Replication).start()
    await house.of(Horizon).start()


DOMAIN = Domain(
    name="replication",
    tables=(tables.records, tables.horizons, tables.replicas, tables.parked),
    services=_services,
    routes=ROUTES,
    events={
        "blob.arrived": ("reports.blob_arrived",),
        "blob.lost": ("reports.blob_arrived",),
        "form.published": (PUBLISHED,),
        "identity.granted": (GRANTED,),
    },
    handlers=_handlers,
    start=_start,
)

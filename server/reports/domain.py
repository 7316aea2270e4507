"""The row of this domain in the house."""

from collections.abc import Iterable, Mapping
from typing import Any

import sqlalchemy as sa

from server import identity, projects
from server.jobs import Handler, Jobs
from server.kernel.domain import Domain, House
from server.replication import Replication, SyncedKind
from server.reports import tables
from server.reports.kinds import Projections
from server.reports.reviews import Reviews
from server.reports.routes import ROUTES
from server.reports.service import Reports
from server.reports.undecided import undecided
from server.reports.vocabularies import VocabularyService
from server.reports.watermarks import Watermarks
from server.uploads import Uploads


def _kinds(house: House) -> Iterable[SyncedKind]:
    uploads = house.of(Uploads)
    return (*Projections(uploads, house.settings.time_zone).kinds(), *undecided(uploads))


def _services(house: House) -> Mapping[str, Any]:
    replication, uploads = house.of(Replication), house.of(Uploads)
    return {
        "reports": Reports(house.db, replication, uploads, house.clock),
        "vocabularies": VocabularyService(house.db, replication, house.clock, _known_names),
        "reviews": Reviews(house.db, replication, house.clock),
        "watermarks": Watermarks(house.db, replication, uploads, house.of(Jobs)),
    }


def _known_names(tx: sa.Connection, scope: str) -> Mapping[str, tuple[str, ...]]:
    """Return the lists that follow from who and what there is around a scope, by the names that forms use."""
    return {"people": identity.names_in(tx, scope), **projects.names_around(tx, scope)}


def _handlers(house: House) -> Mapping[str, Handler]:
    reports = house.of(Reports)
    return {
        **house.of(Watermarks).handlers,
        "reports.blob_arrived": reports.on_blob_arrived,
        "reports.form_published": reports.on_form_published,
        "reports.project_created": reports.on_project_created,
    }


DOMAIN = Domain(
    name="reports",
    tables=(tables.reports,),
    services=_services,
    routes=ROUTES,
    kinds=_kinds,
    events={
        "blob.arrived": ("reports.blob_arrived",),
        "blob.examined": ("reports.blob_examined",),
        "blob.lost": ("reports.blob_arrived",),
        "form.published": ("reports.form_published",),
        "form.retired": ("reports.form_published",),
        "parked.applied": ("reports.photo_written",),
        "photo.create": ("reports.photo_written",),
        "project.created": ("reports.project_created",),
        "record.moved": ("reports.photo_written",),
    },
    handlers=_handlers,
)

"""The row of this domain in the house. Its jobs keep the names under which they may stand in a jobs table."""

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from server import identity, projects
from server.jobs import Handler
from server.kernel.domain import Domain, House
from server.reference.kinds import KINDS
from server.reference.publishing import FormsOnTheFeed
from server.reference.routes import ROUTES
from server.reference.vocabularies import VocabularyService
from server.replication import Replication


def _services(house: House) -> Mapping[str, Any]:
    replication = house.of(Replication)
    return {
        "vocabularies": VocabularyService(house.db, replication, house.clock, _known_names),
        "forms_on_the_feed": FormsOnTheFeed(house.db, replication, house.clock),
    }


def _known_names(tx: sa.Connection, scope: str) -> Mapping[str, tuple[str, ...]]:
    """Return the lists that follow from who and what there is around a scope, by the names that forms use."""
    return {"people": identity.names_in(tx, scope), **projects.names_around(tx, scope)}


def _handlers(house: House) -> Mapping[str, Handler]:
    feed = house.of(FormsOnTheFeed)
    return {"reports.form_published": feed.on_form_published, "reports.project_created": feed.on_project_created}


DOMAIN = Domain(
    name="reference",
    services=_services,
    routes=ROUTES,
    kinds=lambda _house: KINDS,
    events={
        "form.published": ("reports.form_published",),
        "form.retired": ("reports.form_published",),
        "project.created": ("reports.project_created",),
    },
    handlers=_handlers,
)

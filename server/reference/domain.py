"""The row of this domain in the house. Its jobs keep the names under which they may stand in a jobs table."""

from collections.abc import Iterable, Mapping
from typing import Any

import sqlalchemy as sa

from server import identity, projects
from server.forms import FormPublished, FormRetired, FormVersion
from server.jobs import Handler
from server.kernel.domain import Domain, House
from server.projects import ProjectCreated
from server.reference.kinds import KINDS
from server.reference.publishing import FormsOnTheFeed
from server.reference.routes import ROUTES
from server.reference.vocabularies import VocabularyRegister
from server.replication import Replication


def _services(house: House) -> Mapping[str, Any]:
    replication = house.of(Replication)
    return {
        "vocabularies": VocabularyRegister(house.db, replication, house.clock, _known_names),
        "forms_on_the_feed": FormsOnTheFeed(house.db, replication, house.clock),
    }


def _known_names(tx: sa.Connection, scope: str) -> Mapping[str, tuple[str, ...]]:
    """Return the lists that follow from a scope's people and sections, by the names that forms use."""
    return {"people": identity.names_in(tx, scope), **projects.names_around(tx, scope)}


def _handlers(house: House) -> Iterable[Handler[Any]]:
    feed = house.of(FormsOnTheFeed)
    versions, created = (FormPublished, FormRetired), ProjectCreated
    yield Handler(kind="reports.form_published", args=FormVersion, on=versions, run=feed.on_form_published)
    yield Handler(kind="reports.project_created", args=created, on=(created,), run=feed.on_project_created)


DOMAIN = Domain(
    name="reference",
    services=_services,
    routes=ROUTES,
    kinds=lambda _house: KINDS,
    handlers=_handlers,
)

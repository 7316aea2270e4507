"""The row of this domain in the house."""

from server.identity import tables
from server.identity.routes import ROUTES, provide_caller
from server.identity.service import Identity
from server.kernel.domain import Domain

DOMAIN = Domain(
    name="identity",
    tables=(
        tables.persons,
        tables.places,
        tables.grants,
        tables.devices,
        tables.tokens,
        tables.enrolments,
        tables.attempts,
    ),
    services=lambda house: {"identity": Identity(house.db, house.journal, house.settings, house.clock)},
    provides={"caller": provide_caller},
    routes=ROUTES,
    start=lambda house: house.of(Identity).prepare(),
)

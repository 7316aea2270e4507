"""The row of this domain in the house."""

from collections.abc import Mapping
from typing import Any

from server.insight import tables
from server.insight.following import Follower
from server.insight.routes import ROUTES
from server.insight.searching import Search
from server.kernel.domain import Domain, House
from server.uploads import Uploads


def _services(house: House) -> Mapping[str, Any]:
    return {
        "search": Search(house.db),
        "follower": Follower(house.db, house.of(Uploads)),
    }


DOMAIN = Domain(name="insight", tables=(tables.entries, tables.marks), services=_services, routes=ROUTES)

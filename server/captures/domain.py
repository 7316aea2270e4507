"""The row of this domain in the house. Its jobs keep the names under which they may stand in a jobs table."""

from collections.abc import Mapping
from typing import Any

from server.captures.kinds import Projections
from server.captures.routes import ROUTES
from server.captures.watermarks import Watermarks
from server.jobs import Jobs
from server.kernel.domain import Domain, House
from server.replication import Replication
from server.uploads import Uploads


def _services(house: House) -> Mapping[str, Any]:
    return {"watermarks": Watermarks(house.db, house.of(Replication), house.of(Uploads), house.of(Jobs))}


DOMAIN = Domain(
    name="captures",
    services=_services,
    routes=ROUTES,
    kinds=lambda house: Projections(house.settings.time_zone).kinds(),
    handlers=lambda house: house.of(Watermarks).handlers,
)

"""The row of this domain in the house."""

from server.kernel.domain import Domain
from server.replication import Replication
from server.reports import tables
from server.reports.kinds import Projections
from server.reports.lists import ReportLists
from server.reports.reviews import Reviews
from server.reports.routes import ROUTES
from server.reports.service import Reports

DOMAIN = Domain(
    name="reports",
    tables=(tables.reports,),
    services=lambda house: {
        "reports": Reports(house.db, house.of(Replication)),
        "report_lists": ReportLists(house.db, house.clock),
        "reviews": Reviews(house.db, house.of(Replication), house.clock),
    },
    routes=ROUTES,
    kinds=lambda house: Projections(house.settings.time_zone).kinds(),
)

"""The row of this domain in the house."""

from server.jobs import tables
from server.jobs.events import JobDismissed, JobRetried
from server.jobs.routes import ROUTES
from server.jobs.service import Jobs
from server.kernel.domain import Domain

DOMAIN = Domain(
    name="jobs",
    tables=(tables.jobs,),
    services=lambda house: {"jobs": Jobs(house.db, house.settings, house.clock)},
    routes=ROUTES,
    events=(JobRetried, JobDismissed),
)

"""The row of this domain in the house."""

from server.kernel.domain import Domain
from server.projects import tables
from server.projects.events import FenceDrawn, ProjectChanged, ProjectCreated, SectionChanged, SectionCreated
from server.projects.routes import ROUTES
from server.projects.service import ProjectRegister

DOMAIN = Domain(
    name="projects",
    tables=(tables.projects, tables.sections, tables.fences),
    services=lambda house: {"projects": ProjectRegister(house.db, house.journal, house.settings, house.clock)},
    routes=ROUTES,
    events=(ProjectCreated, SectionCreated, FenceDrawn, ProjectChanged, SectionChanged),
)

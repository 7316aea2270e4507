"""Projects, their sections (标段), fences by version, and the site's day."""

from server.projects.domain import DOMAIN
from server.projects.events import ProjectCreated
from server.projects.model import Place, Site
from server.projects.routes import ROUTES
from server.projects.service import ProjectRegister
from server.projects.store import (
    all_projects,
    begun_on,
    current_fences,
    fence_at,
    fences_of,
    known_as,
    names_around,
    place_of,
    places_of,
    project_around,
    project_of,
    sections_of,
    site_of,
    within,
)

__all__ = [
    "DOMAIN",
    "ROUTES",
    "Place",
    "ProjectCreated",
    "ProjectRegister",
    "Site",
    "all_projects",
    "begun_on",
    "current_fences",
    "fence_at",
    "fences_of",
    "known_as",
    "names_around",
    "place_of",
    "places_of",
    "project_around",
    "project_of",
    "sections_of",
    "site_of",
    "within",
]

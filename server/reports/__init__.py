"""Reports: filled forms, found by their columns and reviewed."""

from server.reports.domain import DOMAIN
from server.reports.kinds import Projections, cited, named_files
from server.reports.listing import count, page
from server.reports.lists import row_of, within
from server.reports.reviews import Reviews
from server.reports.routes import ROUTES
from server.reports.service import Reports

__all__ = [
    "DOMAIN",
    "ROUTES",
    "Projections",
    "Reports",
    "Reviews",
    "cited",
    "count",
    "named_files",
    "page",
    "row_of",
    "within",
]

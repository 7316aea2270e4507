"""Reports, photos and check-ins: what people in the field send."""

from server.reports.domain import DOMAIN
from server.reports.kinds import Projections, cited
from server.reports.reviews import Reviews
from server.reports.routes import ROUTES
from server.reports.service import Reports
from server.reports.undecided import undecided
from server.reports.vocabularies import VocabularyService
from server.reports.watermarks import Watermarks

__all__ = [
    "DOMAIN",
    "ROUTES",
    "Projections",
    "Reports",
    "Reviews",
    "VocabularyService",
    "Watermarks",
    "cited",
    "undecided",
]

"""Reports, photos and check-ins: what people in the field send."""

from server.reports.kinds import Projections, cited
from server.reports.routes import ROUTES
from server.reports.service import Reports
from server.reports.undecided import undecided

__all__ = ["ROUTES", "Projections", "Reports", "cited", "undecided"]

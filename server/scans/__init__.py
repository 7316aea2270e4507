"""Scans: pages of paper, what a machine reads from them, and what a clerk makes of it."""

from server.scans.kinds import Projections
from server.scans.reader import Reader, chosen_engine
from server.scans.routes import ROUTES
from server.scans.service import Scans

__all__ = ["ROUTES", "Projections", "Reader", "Scans", "chosen_engine"]

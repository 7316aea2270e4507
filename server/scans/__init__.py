"""Scans: pages of paper, what a machine reads from them, and what a clerk decides about it."""

from server.scans.domain import DOMAIN
from server.scans.duplicates import DuplicateDecisions
from server.scans.judging import Judging
from server.scans.kinds import Projections
from server.scans.pairs import Pairs
from server.scans.printer import Printer
from server.scans.process import Task
from server.scans.reader import ScanReader, chosen_engine
from server.scans.routes import ROUTES
from server.scans.service import Scans
from server.scans.sheets import Sheets

__all__ = [
    "DOMAIN",
    "ROUTES",
    "DuplicateDecisions",
    "Judging",
    "Pairs",
    "Printer",
    "Projections",
    "ScanReader",
    "Scans",
    "Sheets",
    "Task",
    "chosen_engine",
]

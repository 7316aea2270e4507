"""Insight: what was gathered, found again and taken away. It reads what the floors below hold, and writes no record."""

from server.insight.domain import DOMAIN
from server.insight.following import Follower
from server.insight.searching import Search

__all__ = ["DOMAIN", "Follower", "Search"]

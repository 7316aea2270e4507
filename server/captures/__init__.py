"""Captures: photographs and check-ins, as they are taken on site, and the captioned copies of photographs."""

from server.captures.domain import DOMAIN
from server.captures.kinds import Projections
from server.captures.routes import ROUTES
from server.captures.watermarks import Watermarks

__all__ = ["DOMAIN", "ROUTES", "Projections", "Watermarks"]

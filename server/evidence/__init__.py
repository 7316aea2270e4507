"""Evidence: photographs and check-ins held against their bytes, their clocks and each other, for people to review.

Jobs look at what the journal says was captured; what they find stands on the records (``server.flags``) and, with the
comparisons between scopes that no single feed may carry, on a list for those who review.
"""

from server.evidence.domain import DOMAIN
from server.evidence.routes import ROUTES
from server.evidence.service import Evidence

__all__ = ["DOMAIN", "ROUTES", "Evidence"]

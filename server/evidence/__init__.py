"""Evidence: photographs and check-ins compared with their bytes, their clocks and each other, for people to decide.

Jobs examine what the journal lists as captured. Findings stand on the records (``server.flags``) and, with the
comparisons between scopes that no single feed may carry, on a list for the clerks and supervisors of both.
"""

from server.evidence.domain import DOMAIN
from server.evidence.routes import ROUTES
from server.evidence.service import Evidence

__all__ = ["DOMAIN", "ROUTES", "Evidence"]

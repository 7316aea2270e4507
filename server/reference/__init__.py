"""Reference: what phones need at hand while they write – published forms and the lists of a project – on the feed."""

from server.reference.domain import DOMAIN
from server.reference.kinds import KINDS
from server.reference.publishing import FormsOnTheFeed
from server.reference.routes import ROUTES
from server.reference.vocabularies import VocabularyRegister

__all__ = ["DOMAIN", "KINDS", "ROUTES", "FormsOnTheFeed", "VocabularyRegister"]

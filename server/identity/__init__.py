"""Identity: who is speaking, under which replica, and what they hold.

Routes ask for the dependency ``caller`` (:class:`Caller`, given by :func:`provide_caller`). Inside a transaction,
``holdings(tx, person)`` and ``held_scopes(tx, person)`` judge authority at that moment.
"""

from server.identity.model import WORKER, Caller, Held, Holdings, SystemPerson, desk_replica, system_caller
from server.identity.routes import ROUTES, provide_caller
from server.identity.service import Identity
from server.identity.store import held_scopes, holdings, names_in, register_scope

__all__ = [
    "ROUTES",
    "WORKER",
    "Caller",
    "Held",
    "Holdings",
    "Identity",
    "SystemPerson",
    "desk_replica",
    "held_scopes",
    "holdings",
    "names_in",
    "provide_caller",
    "register_scope",
    "system_caller",
]

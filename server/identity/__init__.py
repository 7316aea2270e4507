"""Identity: who is speaking, under which replica, and what they hold.

Routes ask for the dependency ``caller`` (:class:`Caller`, given by :func:`provide_caller`). Inside a transaction,
``holdings(tx, person)`` and ``held_scopes(tx, person)`` judge authority at that moment.
"""

from server.identity.domain import DOMAIN
from server.identity.events import Granted
from server.identity.model import (
    DESK_ROLES,
    FIELD_ROLES,
    WORKER,
    Caller,
    DeviceTrust,
    HeldGrant,
    Holdings,
    SystemPerson,
    desk_replica,
    system_caller,
)
from server.identity.quarantine import Quarantine
from server.identity.routes import ROUTES
from server.identity.service import Identity, described
from server.identity.signing_in import QUARANTINED_TOO, provide_caller
from server.identity.store import (
    devices_page,
    enrolled_since,
    ever_held,
    granted_since,
    held_scopes,
    holdings,
    name_of,
    names_in,
    names_of,
    project_scope_of,
    register_scope,
)

__all__ = [
    "DESK_ROLES",
    "DOMAIN",
    "FIELD_ROLES",
    "QUARANTINED_TOO",
    "ROUTES",
    "WORKER",
    "Caller",
    "DeviceTrust",
    "Granted",
    "HeldGrant",
    "Holdings",
    "Identity",
    "Quarantine",
    "SystemPerson",
    "described",
    "desk_replica",
    "devices_page",
    "enrolled_since",
    "ever_held",
    "granted_since",
    "held_scopes",
    "holdings",
    "name_of",
    "names_in",
    "names_of",
    "project_scope_of",
    "provide_caller",
    "register_scope",
    "system_caller",
]

"""Who may do what where – decided from values alone."""

from datetime import timedelta
from enum import StrEnum
from typing import Final

import msgspec

from mobile_contract.identity import Grant, Role
from mobile_contract.ids import natural_id, person_scope
from mobile_contract.problems import Refused

SYSTEM_SCOPE: Final = "system"
#: Who records what happened on site. Supervisors record too; leaders, finance and auditors read.
FIELD_ROLES: Final = frozenset({Role.INSPECTOR, Role.CONTRACTOR, Role.CLERK, Role.SUPERVISOR})
#: Who looks after what was recorded: decides about doubts, parked ops, repairs and lists.
DESK_ROLES: Final = frozenset({Role.CLERK, Role.SUPERVISOR})

LONGEST_LOCK = timedelta(hours=1)
#: Failures older than this are forgotten.
FAILURE_MEMORY = timedelta(hours=24)
PASSWORD_LENGTH = 10


class SystemPerson(msgspec.Struct, frozen=True, kw_only=True):
    """A part of the program that writes under a name of its own. It has no password and cannot sign in."""

    person: str
    replica: str
    login: str
    name: str


def _machine(name: str, label: str) -> SystemPerson:
    person = natural_id("system-person", name)
    return SystemPerson(person=person, replica=desk_replica(person), login=f"system:{name}", name=label)


def desk_replica(person: str) -> str:
    """Return the one replica under which a person writes from the desk."""
    return natural_id("desk-replica", person)


#: The background worker: extractions, flags, everything a machine proposes.
WORKER: Final = _machine("worker", "后台程序")
SYSTEM_PERSONS: Final = (WORKER,)
_MACHINES: Final = frozenset(machine.person for machine in SYSTEM_PERSONS)


class HeldGrant(msgspec.Struct, frozen=True, kw_only=True):
    """A grant as it counts: ``parent`` is the project's common scope that a section's grant lets one read."""

    role: Role
    scope: str
    parent: str | None = None


class Holdings(msgspec.Struct, frozen=True, kw_only=True):
    """Everything one person holds at one moment."""

    person: str
    grants: tuple[HeldGrant, ...] = ()

    @property
    def machine(self) -> bool:
        """Whether this is a part of the program, which holds the role ``system`` in every scope."""
        return self.person in _MACHINES

    def scopes(self) -> frozenset[str]:
        """Name every scope whose feed the person may read: granted ones, their projects', and the person's own."""
        granted = {grant.scope for grant in self.grants if grant.scope != SYSTEM_SCOPE}
        parents = {grant.parent for grant in self.grants if grant.parent}
        return frozenset(granted | parents | {person_scope(self.person)})

    def holds(self, scope: str) -> bool:
        """Return whether the person may read ``scope``."""
        return self.machine or scope in self.scopes()

    @property
    def admin(self) -> bool:
        """Whether the person administers the system; a part of the program does not."""
        return Role.ADMIN in self.role_in(SYSTEM_SCOPE)

    def role_in(self, scope: str) -> frozenset[Role]:
        """Return the roles granted in exactly this scope; a scope that is only read along has none."""
        if self.machine:
            return frozenset({Role.SYSTEM})
        return frozenset(grant.role for grant in self.grants if grant.scope == scope)

    def require(self, role: Role, scope: str) -> None:
        """Raise ``identity.forbidden`` unless the person holds ``role`` in ``scope``."""
        if role not in self.role_in(scope):
            raise Refused("identity.forbidden")

    def require_admin(self) -> None:
        """Raise ``identity.forbidden`` unless the person administers the system."""
        self.require(Role.ADMIN, SYSTEM_SCOPE)


class DeviceTrust(StrEnum):
    """How far a device is trusted. A ``revoked`` one may hand in what it had not sent, a ``lost`` one nothing."""

    FULL = "full"
    REVOKED = "revoked"
    LOST = "lost"


class Caller(Holdings, frozen=True, kw_only=True):
    """Who is speaking: the person, the replica they write under, and the device if it is an enrolled phone.

    Only routes that say so (``opt={"quarantined": True}``) are asked by a device that is not fully trusted.
    """

    name: str
    replica: str
    device: str | None = None
    trust: DeviceTrust = DeviceTrust.FULL


def system_caller(machine: SystemPerson) -> Caller:
    """Let a job handler call services as the machine it is."""
    return Caller(person=machine.person, name=machine.name, replica=machine.replica)


def check_grant(role: Role, scope: str) -> None:
    """Raise ``identity.unknown_scope`` where a role cannot be held: ``admin`` means ``system`` and the reverse."""
    if role is Role.SYSTEM or (role is Role.ADMIN) != (scope == SYSTEM_SCOPE):
        raise Refused("identity.unknown_scope", scope=scope[:64])


def check_password(password: str, login: str) -> None:
    """Raise ``identity.weak_password`` unless it is long, of three classes of characters, and without the login."""
    classes = (
        any(character.isupper() for character in password),
        any(character.islower() for character in password),
        any(character.isdigit() for character in password),
        any(not character.isalnum() for character in password),
    )
    if len(password) < PASSWORD_LENGTH or sum(classes) < 3 or login.lower() in password.lower():
        raise Refused("identity.weak_password", length=PASSWORD_LENGTH)


def lock_after(failures: int, allowed: int) -> timedelta:
    """Return how long a login is locked after so many failures in a row: 1, 2, 4 … minutes, at most an hour."""
    if failures < allowed:
        return timedelta()
    return min(timedelta(minutes=2 ** min(failures - allowed, 10)), LONGEST_LOCK)


def as_grants(held: tuple[HeldGrant, ...]) -> tuple[Grant, ...]:
    """Put what is held on the wire."""
    return tuple(Grant(role=grant.role, scope=grant.scope) for grant in held)

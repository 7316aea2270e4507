"""People, their devices and what they may do, as they travel."""

from enum import StrEnum
from typing import Annotated

from msgspec import Meta

from mobile_contract.base import Wire

# A pattern's `$` also matches before a last newline in Python; `(?!\n)` closes that and means nothing elsewhere.
Name = Annotated[str, Meta(min_length=1, max_length=100, pattern=r"^[^\x00-\x1f\x7f]+$(?!\n)")]
LoginName = Annotated[str, Meta(min_length=3, max_length=64, pattern=r"^[A-Za-z0-9][A-Za-z0-9._@-]+$(?!\n)")]
Password = Annotated[str, Meta(max_length=256)]
TotpDigits = Annotated[str, Meta(pattern=r"^[0-9]{6}$(?!\n)")]
Uuid7 = Annotated[str, Meta(pattern=r"^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$(?!\n)")]
AnyId = Annotated[str, Meta(pattern=r"^[0-9a-f]{8}-[0-9a-f]{4}-[57][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$(?!\n)")]


class Role(StrEnum):
    """What a grant lets a person do in its scope. ``admin`` is held in scope ``system`` only, the others never there.

    ``system`` is the role of the program's own machine persons and cannot be granted.
    """

    ADMIN = "admin"
    INSPECTOR = "inspector"
    CONTRACTOR = "contractor"
    CLERK = "clerk"
    SUPERVISOR = "supervisor"
    FINANCE = "finance"
    LEADER = "leader"
    AUDITOR = "auditor"
    SYSTEM = "system"


class Login(Wire, frozen=True, kw_only=True):
    """The body of ``POST /v1/login``; ``totp`` is asked for once the person uses one-time codes."""

    login: LoginName
    password: Password
    totp: TotpDigits | None = None


class Session(Wire, frozen=True, kw_only=True):
    """A bearer token, shown this once, and whom it speaks for; ``expires_at`` is RFC 3339 in UTC."""

    token: str
    expires_at: str
    person: str
    replica: str
    device: str | None = None


class NewEnrolment(Wire, frozen=True, kw_only=True):
    """The body of ``POST /v1/enrolments``: whose phone is to be enrolled; left out, one's own."""

    person: AnyId | None = None


class EnrolmentCode(Wire, frozen=True, kw_only=True):
    """A code that enrols one phone until ``expires_at``: ten characters, read without regard to case and hyphens."""

    code: str
    expires_at: str


class Enrol(Wire, frozen=True, kw_only=True):
    """The body of ``POST /v1/enrol``: the code, the phone's name, and the replica id the phone made for itself."""

    code: Annotated[str, Meta(min_length=10, max_length=32)]
    device: Name
    replica: Uuid7


class Grant(Wire, frozen=True, kw_only=True):
    """One role in one scope: ``section:<id>``, ``project:<id>``, or ``system`` for ``admin``."""

    role: Role
    scope: str


class Me(Wire, frozen=True, kw_only=True):
    """Who the caller is, what was granted, and every scope whose feed may be read."""

    person: str
    name: str
    replica: str
    device: str | None = None
    grants: tuple[Grant, ...]
    scopes: tuple[str, ...]


class NewPerson(Wire, frozen=True, kw_only=True):
    """The body of ``POST /v1/persons``. Logins are compared without regard to case."""

    name: Name
    login: LoginName
    password: Password


class Person(Wire, frozen=True, kw_only=True):
    """A person as administrators see one; ``totp`` says whether one-time codes are in use.

    ``disabled``: cannot sign in and enrols no phone; what they hold is kept for the day they are enabled again.
    """

    id: str
    name: str
    login: str
    totp: bool
    grants: tuple[Grant, ...] = ()
    disabled: bool = False


class ChangePerson(Wire, frozen=True, kw_only=True):
    """The body of ``PATCH /v1/persons/{id}``: what is left out stays.

    Disabling ends sessions at the desk and open codes, and revokes the person's phones: what those had not sent is
    still taken. An enabled person signs in and enrols anew.
    """

    name: Name | None = None
    login: LoginName | None = None
    disabled: bool | None = None


class People(Wire, frozen=True, kw_only=True):
    """A page of persons by id. ``next`` is what to ask ``after``; empty on the last page."""

    persons: tuple[Person, ...]
    next: str = ""


class Colleague(Wire, frozen=True, kw_only=True):
    """A person who works in a scope, as the others there see them."""

    id: str
    name: str


class Colleagues(Wire, frozen=True, kw_only=True):
    """The people of a scope, so that its records' ids of persons can be read as names; at most 500."""

    people: tuple[Colleague, ...]


class PasswordChange(Wire, frozen=True, kw_only=True):
    """The body of ``POST /v1/me/password``."""

    old: Password
    new: Password


class PasswordReset(Wire, frozen=True, kw_only=True):
    """The body of ``POST /v1/persons/{id}/password``: a new password; one-time codes and sessions end."""

    password: Password


class NewTotp(Wire, frozen=True, kw_only=True):
    """The body of ``POST /v1/me/totp``: one's password, so that a stolen token cannot lock its owner out."""

    password: Password


class TotpSetup(Wire, frozen=True, kw_only=True):
    """A new secret for an authenticator app, shown this once; in force when a first code proves it."""

    secret: str
    uri: str


class TotpProof(Wire, frozen=True, kw_only=True):
    """The body of ``POST /v1/me/totp/proof``: the code the app shows now."""

    code: TotpDigits


class Device(Wire, frozen=True, kw_only=True):
    """An enrolled phone.

    ``revoked_at``: trusted no more; what it had not sent is taken and parked, ``quarantined_ops`` so far. ``lost_at``:
    reported lost, nothing is taken. ``wipe_told_at``: it was told to wipe, and its token is dead.
    """

    id: str
    person: str
    replica: str
    name: str
    enrolled_at: str
    revoked_at: str | None = None
    lost_at: str | None = None
    wipe_told_at: str | None = None
    quarantined_ops: int = 0


class Devices(Wire, frozen=True, kw_only=True):
    """The devices of a person, the newest first."""

    devices: tuple[Device, ...]

"""What happens to persons, their grants, their phones and their sessions: ``subject`` is the person."""

from typing import ClassVar

from server.kernel.events import Event


class PersonCreated(Event, frozen=True, kw_only=True):
    """There is a new person."""

    name: ClassVar[str] = "identity.person_created"

    login: str


class PersonChanged(Event, frozen=True, kw_only=True):
    """A person's name, login or standing was changed: all three as they are now."""

    name: ClassVar[str] = "identity.person_changed"

    called: str
    login: str
    disabled: bool


class Granted(Event, frozen=True, kw_only=True):
    """A person may act in a scope from now on."""

    name: ClassVar[str] = "identity.granted"

    role: str
    scope: str


class Revoked(Event, frozen=True, kw_only=True):
    """A grant was taken back."""

    name: ClassVar[str] = "identity.revoked"

    role: str
    scope: str


class LoginFailed(Event, frozen=True, kw_only=True):
    """A password was wrong; ``subject`` is part of the login's fingerprint where no person has the login."""

    name: ClassVar[str] = "identity.login_failed"

    failures: int


class LoggedIn(Event, frozen=True, kw_only=True):
    """A password, with its one-time code, opened a session of the desk."""

    name: ClassVar[str] = "identity.logged_in"


class LoggedOut(Event, frozen=True, kw_only=True):
    """A token was withdrawn by its bearer."""

    name: ClassVar[str] = "identity.logged_out"


class EnrolmentOpened(Event, frozen=True, kw_only=True):
    """A code that enrols one phone was made."""

    name: ClassVar[str] = "identity.enrolment_opened"


class EnrolmentRefused(Event, frozen=True, kw_only=True):
    """A code was sent that is too old, or was used by another phone."""

    name: ClassVar[str] = "identity.enrolment_refused"

    replica: str


class Enrolled(Event, frozen=True, kw_only=True):
    """A phone was bound to a person."""

    name: ClassVar[str] = "identity.enrolled"

    device: str
    replica: str


class PasswordChanged(Event, frozen=True, kw_only=True):
    """A person has a new password; with ``totp_dropped`` no one-time codes any more."""

    name: ClassVar[str] = "identity.password_changed"

    totp_dropped: bool


class TotpEnabled(Event, frozen=True, kw_only=True):
    """One-time codes are in force."""

    name: ClassVar[str] = "identity.totp_enabled"


class DeviceNews(Event, frozen=True, kw_only=True):
    """Something about one phone of the person."""

    device: str
    replica: str


class DeviceRevoked(DeviceNews, frozen=True, kw_only=True):
    """A phone is trusted no more; what it had not sent is still taken."""

    name: ClassVar[str] = "identity.device_revoked"


class DeviceLost(DeviceNews, frozen=True, kw_only=True):
    """A phone was reported lost: it wipes as soon as it speaks."""

    name: ClassVar[str] = "identity.device_lost"


class WipeTold(DeviceNews, frozen=True, kw_only=True):
    """A phone was told to wipe."""

    name: ClassVar[str] = "identity.wipe_told"

    lost: bool

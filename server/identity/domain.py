"""The row of this domain in the house."""

from server.identity import events, tables
from server.identity.routes import ROUTES
from server.identity.service import Identity
from server.identity.signing_in import provide_caller
from server.kernel.domain import Domain

DOMAIN = Domain(
    name="identity",
    tables=(
        tables.persons,
        tables.places,
        tables.grants,
        tables.members,
        tables.devices,
        tables.tokens,
        tables.enrolments,
        tables.attempts,
    ),
    services=lambda house: {"identity": Identity(house.db, house.journal, house.settings, house.clock)},
    provides={"caller": provide_caller},
    routes=ROUTES,
    events=(
        events.PersonCreated,
        events.PersonChanged,
        events.Granted,
        events.Revoked,
        events.LoginFailed,
        events.LoggedIn,
        events.LoggedOut,
        events.EnrolmentOpened,
        events.EnrolmentRefused,
        events.Enrolled,
        events.PasswordChanged,
        events.TotpEnabled,
        events.DeviceRevoked,
        events.DeviceLost,
        events.WipeTold,
    ),
    start=lambda house: house.of(Identity).prepare(),
)

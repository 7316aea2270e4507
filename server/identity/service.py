"""Persons, what they hold, and the devices they carry."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa

from mobile_contract.identity import (
    ChangePerson,
    Colleague,
    Colleagues,
    Device,
    Devices,
    Grant,
    People,
    Person,
    Role,
    TotpSetup,
)
from mobile_contract.ids import person_scope
from mobile_contract.problems import Refused
from server.identity import credentials, store
from server.identity.credentials import Passwords
from server.identity.events import (
    DeviceLost,
    DeviceNews,
    DeviceRevoked,
    Granted,
    PasswordChanged,
    PersonChanged,
    PersonCreated,
    Revoked,
    TotpEnabled,
)
from server.identity.model import SYSTEM_SCOPE, WORKER, Caller, as_grants, check_grant, check_password
from server.identity.quarantine import Quarantine
from server.identity.sessions import Sessions
from server.identity.turns import Turns
from server.kernel.clock import Clock, new_id, rfc3339
from server.kernel.database import Database
from server.kernel.events import Event
from server.kernel.journal import SYSTEM, Book, Journal
from server.kernel.settings import Settings

PAGE = 200
#: The line in which passwords that are set wait: no address of a network.
DESK = "desk"
DEVICES_SHOWN = 200


class Identity:
    """The one service of identity; signing in and enrolling is its ``sessions``. ``actor`` is a person's id."""

    def __init__(
        self, db: Database, journal: Journal, settings: Settings, clock: Clock, passwords: Passwords | None = None
    ) -> None:
        self._db = db
        self._journal = journal
        self._settings = settings
        self._clock = clock
        self._passwords = passwords or Passwords()
        self._turns = Turns(settings.sign_ins_waiting)
        self.sessions = Sessions(db, journal, settings, clock, self._passwords, self._turns)

    async def prepare(self) -> None:
        """Put down the program's own persons; done at every start."""
        now = rfc3339(self._clock.now())
        await self._db.write(lambda tx: store.ensure_system_persons(tx, now))

    async def create_first_admin(self, name: str, login: str, password: str) -> Person:
        """Make the first administrator, from the command line. Refused once there is one."""
        return await self._create(WORKER.person, name, login, password, first_admin=True)

    async def create_person(self, actor: str, name: str, login: str, password: str) -> Person:
        """Add a person. Raises ``identity.weak_password`` or ``identity.login_taken``."""
        return await self._create(actor, name, login, password, first_admin=False)

    async def _create(self, actor: str, name: str, login: str, password: str, *, first_admin: bool) -> Person:
        check_password(password, login)
        hashed, now, login = await self._hash(password), self._clock.now(), login.lower()
        row = {"id": new_id(), "name": name, "login": login, "password": hashed, "created_at": rfc3339(now)}
        grants = (Grant(role=Role.ADMIN, scope=SYSTEM_SCOPE),) if first_admin else ()

        def work(tx: sa.Connection) -> Person:
            if not store.add_person(tx, row):
                raise Refused("identity.login_taken")
            self._record(tx, PersonCreated(actor=actor, subject=row["id"], login=login), now)
            for grant in grants:
                self._grant(tx, actor, row["id"], grant, now, only_first=True)
            return Person(id=row["id"], name=name, login=login, totp=False, grants=grants)

        return await self._db.write(work)

    async def _hash(self, password: str) -> str:
        async with self._turns.turn(DESK):
            return await self._passwords.hash(password)

    async def people(self, after: str = "") -> People:
        """List persons with what they hold, a page at a time."""

        def work(tx: sa.Connection) -> People:
            rows = store.list_persons(tx, after=after, limit=PAGE)
            held = store.holdings_of(tx, [row.id for row in rows])
            people = tuple(
                Person(
                    id=row.id,
                    name=row.name,
                    login=row.login,
                    totp=row.totp_step is not None,
                    grants=as_grants(held[row.id].grants) if row.id in held else (),
                    disabled=row.disabled_at is not None,
                )
                for row in rows
            )
            return People(persons=people, next=people[-1].id if len(people) == PAGE else "")

        return await self._db.read(work)

    async def change_person(self, actor: str, person: str, asked: ChangePerson) -> Person:
        """Change a person's name or login, disable or enable them; what is left out stays.

        Raises ``request.not_found``, ``identity.login_taken`` or ``identity.last_admin``.
        """
        now = self._clock.now()

        def work(tx: sa.Connection) -> Person:
            known = store.person(tx, person, lock=True)
            if known is None or known.password is None:
                raise Refused("request.not_found")
            login = asked.login.lower() if asked.login is not None else known.login
            other = store.person_by_login(tx, login)
            if other is not None and other.id != person:
                raise Refused("identity.login_taken")
            disabled = known.disabled_at is not None if asked.disabled is None else asked.disabled
            since = (known.disabled_at or rfc3339(now)) if disabled else None
            called = asked.name or known.name
            with self._journal.open(tx, [SYSTEM, person_scope(person)], rfc3339(now)) as book:
                store.change_person(tx, person, name=called, login=login, disabled_at=since)
                if disabled and known.disabled_at is None:
                    self._shut_out(tx, actor, person, book)
                if (called, login, since) != (known.name, known.login, known.disabled_at):
                    event = PersonChanged(actor=actor, subject=person, called=called, login=login, disabled=disabled)
                    book.write(person_scope(person), event)
            held = store.holdings(tx, person)
            totp = known.totp_step is not None
            grants = as_grants(held.grants)
            return Person(id=person, name=called, login=login, totp=totp, grants=grants, disabled=disabled)

        return await self._db.write(work)

    def _shut_out(self, tx: sa.Connection, actor: str, person: str, book: Book) -> None:
        """End the sessions and codes of a person, and revoke their phones. Raises ``identity.last_admin``."""
        if not store.count_admins(tx):
            raise Refused("identity.last_admin")
        store.end_desk_sessions(tx, person)
        store.withdraw_enrolments(tx, person)
        for device in store.trusted_devices(tx, person):
            store.change_device(tx, device.id, revoked_at=book.at)
            event = DeviceRevoked(actor=actor, subject=person, device=device.id, replica=device.replica)
            book.write(person_scope(person), event)

    async def colleagues(self, scope: str) -> Colleagues:
        """Name the people of a scope."""
        found = await self._db.read(lambda tx: store.people_in(tx, scope))
        return Colleagues(people=tuple(Colleague(id=person, name=name) for person, name in found.items()))

    async def grant(self, actor: str, person: str, role: Role, scope: str) -> None:
        """Let a person act in a scope; granting twice is granting once. Raises ``identity.unknown_scope``."""
        now, grant = self._clock.now(), Grant(role=role, scope=scope)
        await self._db.write(lambda tx: self._grant(tx, actor, person, grant, now))

    def _grant(
        self, tx: sa.Connection, actor: str, person: str, grant: Grant, now: datetime, *, only_first: bool = False
    ) -> None:
        check_grant(grant.role, grant.scope)
        known = store.person(tx, person)
        if known is None or known.password is None:  # the program's own persons are granted nothing
            raise Refused("request.not_found")
        if grant.scope != SYSTEM_SCOPE and not store.scope_exists(tx, grant.scope):
            raise Refused("identity.unknown_scope", scope=grant.scope[:64])
        with self._journal.open(tx, [_stream(person, grant.scope)], rfc3339(now)) as book:
            if only_first and store.count_admins(tx):
                raise Refused("identity.forbidden")
            row = {"person": person, "role": grant.role, "scope": grant.scope, "granted_by": actor}
            if store.add_grant(tx, row | {"granted_at": rfc3339(now)}):
                event = Granted(actor=actor, subject=person, role=grant.role.value, scope=grant.scope)
                book.write(_stream(person, grant.scope), event)

    async def revoke(self, actor: str, person: str, role: Role, scope: str) -> None:
        """Take a grant back; at once, for every request that comes after. Raises ``identity.last_admin``."""
        now, stream = self._clock.now(), _stream(person, scope)

        def work(tx: sa.Connection) -> None:
            if not store.scope_exists(tx, scope) and scope != SYSTEM_SCOPE:
                raise Refused("identity.unknown_scope", scope=scope[:64])
            with self._journal.open(tx, [stream], rfc3339(now)) as book:
                if store.remove_grant(tx, person, role, scope):
                    if role is Role.ADMIN and not store.count_admins(tx):
                        raise Refused("identity.last_admin")
                    book.write(stream, Revoked(actor=actor, subject=person, role=role.value, scope=scope))

        await self._db.write(work)

    async def devices(self, person: str) -> Devices:
        """List a person's devices."""
        rows = await self._db.read(lambda tx: store.list_devices(tx, person, DEVICES_SHOWN))
        return Devices(devices=tuple(map(described, rows)))

    async def revoke_device(self, caller: Caller, device: str) -> None:
        """Revoke a device, at once: one's own, or as an administrator any.

        What it had not sent is still taken, and parked for the desk to look at.
        """
        await self._dismiss(caller, device, "revoked_at", DeviceRevoked)

    async def report_lost(self, caller: Caller, device: str) -> None:
        """Have a device wipe as soon as it speaks, with what it had not sent: one's own, or as an administrator any.

        Only from the desk: the holder of one phone must not wipe another.
        """
        if caller.device is not None:
            raise Refused("identity.forbidden")
        await self._dismiss(caller, device, "lost_at", DeviceLost)

    async def _dismiss(self, caller: Caller, device: str, column: str, news: type[DeviceNews]) -> None:
        now = self._clock.now()

        def work(tx: sa.Connection) -> None:
            found = store.device(tx, device)
            if found is None or (found.person != caller.person and not caller.admin):
                raise Refused("request.not_found")
            if getattr(found, column) is None:
                store.change_device(tx, device, **{column: rfc3339(now)})
                event = news(actor=caller.person, subject=found.person, device=device, replica=found.replica)
                self._record(tx, event, now)

        await self._db.write(work)

    def quarantined(self, caller: Caller) -> Quarantine:
        """Return the quarantine of a revoked or lost device."""
        return Quarantine(self._journal, self._settings, self._clock, caller)

    async def change_password(self, caller: Caller, old: str, new: str) -> None:
        """Change one's own password; desk sessions end. Raises ``identity.wrong_password`` or ``.weak_password``."""
        await self._prove(caller, old)
        await self._set_password(caller.person, caller.person, new, drop_totp=False)

    async def _prove(self, caller: Caller, password: str) -> None:
        person = await self._db.read(lambda tx: store.person(tx, caller.person))
        # Judged as a login is, so that a stolen token cannot be used to guess it.
        await self.sessions.prove_password(person.login if person else "", password)

    async def reset_password(self, actor: str, person: str, new: str) -> None:
        """Return a person a new password, as an administrator; one-time codes and desk sessions end."""
        await self._set_password(actor, person, new, drop_totp=True)

    async def _set_password(self, actor: str, person: str, new: str, *, drop_totp: bool) -> None:
        known = await self._db.read(lambda tx: store.person(tx, person))
        if known is None or known.password is None:
            raise Refused("request.not_found")
        check_password(new, known.login)
        hashed, now = await self._hash(new), self._clock.now()
        second_factor = {"totp_secret": None, "totp_step": None} if drop_totp else {}

        def work(tx: sa.Connection) -> None:
            store.change_person(tx, person, password=hashed, **second_factor)
            store.end_desk_sessions(tx, person)
            self._record(tx, PasswordChanged(actor=actor, subject=person, totp_dropped=drop_totp), now)

        await self._db.write(work)

    async def begin_totp(self, caller: Caller, password: str) -> TotpSetup:
        """Make a secret for one-time codes; it counts once proven. Raises ``identity.totp_active``."""
        await self._prove(caller, password)
        secret = credentials.new_totp_secret()

        def work(tx: sa.Connection) -> TotpSetup:
            person = store.person(tx, caller.person, lock=True)
            if person is None or person.totp_step is not None:
                raise Refused("identity.totp_active")
            store.change_person(tx, caller.person, totp_secret=secret)
            return TotpSetup(secret=secret, uri=credentials.totp_uri(secret, person.login))

        return await self._db.write(work)

    async def prove_totp(self, caller: Caller, code: str) -> None:
        """Put one-time codes in force with a first code. Raises ``identity.wrong_password`` or ``.totp_active``."""
        now = self._clock.now()

        def work(tx: sa.Connection) -> None:
            person = store.person(tx, caller.person, lock=True)
            if person is None or person.totp_step is not None or person.totp_secret is None:
                raise Refused("identity.totp_active")
            step = credentials.totp_step(person.totp_secret, code, now)
            if step is None:
                raise Refused("identity.wrong_password")
            store.use_totp_step(tx, caller.person, step)
            self._record(tx, TotpEnabled(actor=caller.person, subject=caller.person), now)

        await self._db.write(work)

    def _record(self, tx: sa.Connection, event: Event, now: datetime) -> None:
        self._journal.record(tx, person_scope(event.subject), event, rfc3339(now))


def described(row: sa.Row[Any]) -> Device:
    """Return a device as it travels."""
    return Device(
        id=row.id,
        person=row.person,
        replica=row.replica,
        name=row.name,
        enrolled_at=row.enrolled_at,
        revoked_at=row.revoked_at,
        lost_at=row.lost_at,
        wipe_told_at=row.wipe_told_at,
        quarantined_ops=row.quarantined_ops,
    )


def _stream(person: str, scope: str) -> str:
    # Changes of administrators share a stream, whose lock keeps two from removing each other.
    return SYSTEM if scope == SYSTEM_SCOPE else person_scope(person)

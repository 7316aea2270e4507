"""Signing in and out, enrolling phones, and whom a bearer token speaks for.

A refusal that must leave a trace (a failed login, a used code) is returned from its transaction, not raised in it, so
that the trace is committed.
"""

from datetime import datetime, timedelta
from typing import Any, TypeVar

import sqlalchemy as sa

from mobile_contract.identity import EnrolmentCode, Session
from mobile_contract.ids import person_scope
from mobile_contract.problems import Refused
from server.identity import credentials, store
from server.identity.credentials import Passwords
from server.identity.events import Enrolled, EnrolmentOpened, EnrolmentRefused, LoggedIn, LoggedOut, LoginFailed
from server.identity.model import FAILURE_MEMORY, WORKER, Caller, DeviceTrust, desk_replica, lock_after
from server.identity.turns import Turns
from server.kernel.clock import Clock, new_id, rfc3339
from server.kernel.database import Database, Work
from server.kernel.events import Event
from server.kernel.journal import Journal
from server.kernel.settings import Settings

T = TypeVar("T")

OPEN_CODES = 5
#: The actor of what happens before a person is known, as journals have it.
UNKNOWN = "nobody"


class Sessions:
    """Tokens: who gets one, and what it is worth. Opaque, so that taking one back works at once."""

    def __init__(
        self, db: Database, journal: Journal, settings: Settings, clock: Clock, passwords: Passwords, turns: Turns
    ) -> None:
        self._db = db
        self._journal = journal
        self._settings = settings
        self._clock = clock
        self._passwords = passwords
        self._turns = turns

    async def login(self, login: str, password: str, totp: str | None = None, address: str = "") -> Session:
        """Sign in at the desk, from an address.

        Raises ``identity.wrong_password``, ``.totp_required``, ``.locked`` or ``.crowded``. The attempt is counted
        before it is judged, so that guesses sent side by side are all counted.
        """
        account, key, failures, now = await self._judge(login, password, address)

        def open_(tx: sa.Connection) -> Session | Refused:
            person = store.person(tx, account.id, lock=True)
            if person is None or person.password != account.password or person.disabled_at is not None:
                return Refused("identity.wrong_password")
            if person.totp_step is not None:
                if totp is None:
                    return Refused("identity.totp_required")
                step = credentials.totp_step(person.totp_secret, totp, now)
                if step is None or not store.use_totp_step(tx, person.id, step):
                    self._note_failure(tx, person, failures, now)
                    return Refused("identity.wrong_password")
            store.forget_attempts(tx, key, older_than=rfc3339(now - FAILURE_MEMORY))
            session = self._issue(tx, person.id, desk_replica(person.id), None, now)
            self._record(tx, LoggedIn(actor=person.id, subject=person.id), now)
            return session

        session = await self._write(open_)
        self._turns.remember(address, key)
        return session

    async def prove_password(self, login: str, password: str) -> None:
        """Check the password of who is signed in, under the same lock as a login.

        Raises ``identity.wrong_password``, ``.locked`` or ``.crowded``.
        """
        _, key, _, now = await self._judge(login, password, f"login {login}")  # a line of their own
        await self._db.write(lambda tx: store.forget_attempts(tx, key, older_than=rfc3339(now - FAILURE_MEMORY)))

    async def _judge(self, login: str, password: str, address: str) -> tuple[sa.Row[Any], str, int, datetime]:
        login = login.lower()
        key = credentials.fingerprint(login)
        async with self._turns.turn(address, key):
            now = self._clock.now()
            account, failures = await self._db.write(lambda tx: self._count(tx, login, key, now))
            right = await self._passwords.verify(account.password if account else None, password)
            if account is None or not right:
                await self._db.write(lambda tx: self._note_failure(tx, account, failures, now))
                raise Refused("identity.wrong_password")
        return account, key, failures, now

    def _count(self, tx: sa.Connection, login: str, key: str, now: datetime) -> tuple[sa.Row[Any] | None, int]:
        row, at = store.lock_attempts(tx, key, rfc3339(now)), rfc3339(now)
        if row.locked_until > at:
            left = datetime.fromisoformat(row.locked_until) - now
            raise Refused("identity.locked", seconds=int(left.total_seconds()) + 1)
        recent = row.last_at > rfc3339(now - FAILURE_MEMORY)
        failures = row.failures + 1 if recent else 1
        lock = lock_after(failures, self._settings.login_failures)
        until = rfc3339(now + lock) if lock else ""
        store.count_attempt(tx, key, failures=failures, locked_until=until, now=at)
        return store.person_by_login(tx, login), failures

    def _note_failure(self, tx: sa.Connection, person: sa.Row[Any] | None, failures: int, now: datetime) -> None:
        """Journal a failure in a person's own stream: their lock bounds how many there are.

        Unknown logins leave only their fingerprint among the attempts, and that for a day: nothing bounds them, and one
        may be a password typed into the wrong field.
        """
        store.forget_quiet_attempts(tx, older_than=rfc3339(now - FAILURE_MEMORY))
        if person is not None:
            self._record(tx, LoginFailed(actor=UNKNOWN, subject=person.id, failures=failures), now)

    async def logout(self, token: str) -> None:
        """Withdraw a token."""
        now = self._clock.now()

        def work(tx: sa.Connection) -> None:
            if person := store.remove_token(tx, credentials.fingerprint(token)):
                self._record(tx, LoggedOut(actor=person, subject=person), now)

        await self._db.write(work)

    async def caller(self, token: str, *, quarantined: bool = False) -> Caller:
        """Return whose a token is; with ``quarantined`` also that of a revoked or lost device.

        Raises ``identity.unauthenticated``, ``.device_revoked`` or ``.device_wiped``.
        """
        now = rfc3339(self._clock.now())

        def work(tx: sa.Connection) -> Caller:
            found = store.bearer(tx, credentials.fingerprint(token))
            if found is None or found.expires_at <= now:
                raise Refused("identity.unauthenticated")
            trust = self._trust(found)
            if trust is not DeviceTrust.FULL and not quarantined:
                raise Refused("identity.device_revoked")
            return Caller(
                person=found.person,
                name=found.name,
                replica=found.replica,
                device=found.device,
                grants=store.holdings(tx, found.person).grants if trust is DeviceTrust.FULL else (),
                trust=trust,
            )

        return await self._db.read(work)

    def _trust(self, found: sa.Row[Any]) -> DeviceTrust:
        if found.wipe_told_at is not None:
            raise Refused("identity.device_wiped")
        if found.lost_at is not None:
            return DeviceTrust.LOST
        if found.revoked_at is None:
            return DeviceTrust.FULL
        until = datetime.fromisoformat(found.revoked_at) + timedelta(hours=self._settings.quarantine_hours)
        if until <= self._clock.now():
            raise Refused("identity.device_revoked")
        return DeviceTrust.REVOKED

    async def enrolment(self, caller: Caller, person: str | None = None) -> EnrolmentCode:
        """Make a code that enrols one phone: for oneself, or as an administrator for any person.

        Only from the desk: a stolen phone must not make itself successors.
        """
        whose = person or caller.person
        if caller.device is not None:
            raise Refused("identity.forbidden")
        if whose != caller.person:
            caller.require_admin()
        return await self._enrolment(caller.person, whose)

    async def enrolment_of(self, login: str) -> EnrolmentCode:
        """Make a code for the person of a login, from the command line: the operator of the server may."""
        found = await self._db.read(lambda tx: store.person_by_login(tx, login.lower()))
        if found is None:
            raise Refused("request.not_found")
        return await self._enrolment(WORKER.person, found.id)

    async def _enrolment(self, actor: str, whose: str) -> EnrolmentCode:
        now = self._clock.now()
        until = rfc3339(now + timedelta(minutes=self._settings.enrolment_minutes))
        code = credentials.new_code()

        def work(tx: sa.Connection) -> EnrolmentCode:
            known = store.person(tx, whose, lock=True)
            if known is None or known.password is None or known.disabled_at is not None:
                raise Refused("request.not_found")
            row = {"fingerprint": credentials.code_fingerprint(code), "person": whose, "expires_at": until}
            store.add_enrolment(tx, row, now=rfc3339(now), most=OPEN_CODES)
            self._record(tx, EnrolmentOpened(actor=actor, subject=whose), now)
            return EnrolmentCode(code=code, expires_at=until)

        return await self._db.write(work)

    async def enrol(self, code: str, replica: str, device: str, address: str = "") -> Session:
        """Bind a phone to a person. Raises ``identity.bad_code``, ``.replica_taken`` or ``.crowded``.

        The same phone may send the same code again while it lives – the answer may have been lost – and gets a fresh
        token, its earlier one being withdrawn. An enrolled phone renews its token with a new code.
        A code that a second phone knows too is withdrawn.
        """
        now = self._clock.now()
        fingerprint = credentials.code_fingerprint(code)

        def work(tx: sa.Connection) -> Session | Refused:
            found = store.enrolment(tx, fingerprint)
            if found is None:
                return Refused("identity.bad_code")
            if found.expires_at <= rfc3339(now):
                return Refused("identity.bad_code")
            if found.replica not in (None, replica):
                store.withdraw_enrolment(tx, fingerprint)
                self._record(tx, EnrolmentRefused(actor=UNKNOWN, subject=found.person, replica=replica), now)
                return Refused("identity.bad_code")
            row = {"id": new_id(), "person": found.person, "replica": replica, "name": device}
            known = store.claim_replica(tx, row | {"enrolled_at": rfc3339(now)})
            if known.person != found.person or known.revoked_at is not None:
                return Refused("identity.replica_taken")
            store.use_enrolment(tx, fingerprint, replica)
            store.withdraw_device_tokens(tx, known.id)
            session = self._issue(tx, found.person, replica, known.id, now)
            event = Enrolled(actor=found.person, subject=found.person, device=known.id, replica=replica)
            self._record(tx, event, now)
            return session

        async with self._turns.turn(address):
            if await self._db.read(lambda tx: store.enrolment(tx, fingerprint, lock=False)) is None:
                raise Refused("identity.bad_code")  # a guess costs no write
            return await self._write(work)

    def _issue(self, tx: sa.Connection, person: str, replica: str, device: str | None, now: datetime) -> Session:
        hours = self._settings.token_hours if device else self._settings.desk_token_hours
        until, token = rfc3339(now + timedelta(hours=hours)), credentials.new_token()
        row = {"fingerprint": credentials.fingerprint(token), "person": person, "replica": replica, "device": device}
        store.add_token(tx, row | {"expires_at": until}, rfc3339(now))
        return Session(token=token, expires_at=until, person=person, replica=replica, device=device)

    def _record(self, tx: sa.Connection, event: Event, now: datetime) -> None:
        self._journal.record(tx, person_scope(event.subject), event, rfc3339(now))

    async def _write(self, work: Work[T | Refused]) -> T:
        outcome = await self._db.write(work)
        if isinstance(outcome, Refused):
            raise outcome
        return outcome

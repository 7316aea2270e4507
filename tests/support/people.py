"""People of the acceptance stories, signed in or on enrolled phones."""

from collections.abc import Awaitable

import argon2
import pyotp

from mobile_contract.identity import Role, Session
from mobile_contract.problems import Refused
from server.identity import Caller, Identity
from server.identity.credentials import Passwords
from server.kernel.clock import new_id

PASSWORD = "Plumb-line 2026"  # noqa: S105 - theirs, in every test


def cheap_passwords() -> Passwords:
    """Argon2id at a cost for tests that sign in all the time."""
    return Passwords(argon2.PasswordHasher(time_cost=1, memory_cost=64, parallelism=1))


async def admin(identity: Identity) -> Caller:
    """Make the first administrator and sign in."""
    await identity.prepare()
    await identity.create_first_admin("管理员", "admin", PASSWORD)
    return await identity.sessions.caller((await identity.sessions.login("admin", PASSWORD)).token)


async def person(identity: Identity, by: Caller, login: str, *grants: tuple[Role, str]) -> Caller:
    """Make a person who holds these grants and sign in."""
    made = await identity.create_person(by.person, f"{login} 某某", login, PASSWORD)
    for role, scope in grants:
        await identity.grant(by.person, made.id, role, scope)
    return await identity.sessions.caller((await identity.sessions.login(login, PASSWORD)).token)


async def phone(identity: Identity, owner: Caller, name: str = "小米 14") -> Session:
    """Enrol a phone of somebody who sits at the desk."""
    code = await identity.sessions.enrolment(owner)
    return await identity.sessions.enrol(code.code, new_id(), name)


def totp(secret: str, at: float) -> str:
    """Show what the authenticator app shows at a POSIX time."""
    return pyotp.TOTP(secret).at(int(at))


def bearer(session: Session) -> dict[str, str]:
    """The header that a session's token travels in."""
    return {"Authorization": f"Bearer {session.token}"}


async def refusal(awaitable: Awaitable[object]) -> str:
    """Wait for something that must be refused, and give the code it is refused with."""
    try:
        await awaitable
    except Refused as refused:
        return refused.code
    raise AssertionError("not refused")

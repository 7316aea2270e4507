"""The SQL of identity. Whatever decides on a row while others may change it locks it first."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from mobile_contract.identity import Role
from server.identity.model import SYSTEM_PERSONS, HeldGrant, Holdings
from server.identity.tables import attempts, devices, enrolments, grants, members, persons, places, tokens
from server.kernel.clock import instant
from server.kernel.database import insert_if_absent

Row = sa.Row[Any]


# Every request asks these two, so they are built once: that costs more than running them.
_HOLDINGS = (
    sa.select(grants.c.person, grants.c.role, grants.c.scope, places.c.parent)
    .join_from(grants, places, grants.c.scope == places.c.scope, isouter=True)
    .where(grants.c.person.in_(sa.bindparam("people", expanding=True)))
    .order_by(grants.c.person, grants.c.scope, grants.c.role)
)
_BEARER = (
    sa.select(tokens, persons.c.name, devices.c.revoked_at, devices.c.lost_at, devices.c.wipe_told_at)
    .join_from(tokens, persons, tokens.c.person == persons.c.id)
    .join(devices, tokens.c.device == devices.c.id, isouter=True)
    .where(tokens.c.fingerprint == sa.bindparam("fingerprint"))
)


# What a person holds ---------------------------------------------------------------------------------------------


def holdings(tx: sa.Connection, person: str) -> Holdings:
    """Read what a person holds at this moment of this transaction: authority is judged on arrival."""
    return holdings_of(tx, [person]).get(person, Holdings(person=person))


def held_scopes(tx: sa.Connection, person: str) -> frozenset[str]:
    """Name the scopes a person may read at this moment of this transaction."""
    return holdings(tx, person).scopes()


def holdings_of(tx: sa.Connection, people: list[str]) -> dict[str, Holdings]:
    """Read what several persons hold, by person; those who hold nothing are left out."""
    rows = tx.execute(_HOLDINGS, {"people": people})
    held: dict[str, list[HeldGrant]] = {}
    for row in rows:
        held.setdefault(row.person, []).append(HeldGrant(role=Role(row.role), scope=row.scope, parent=row.parent))
    return {person: Holdings(person=person, grants=tuple(found)) for person, found in held.items()}


def granted_since(tx: sa.Connection, person: str, scope: str) -> datetime | None:
    """Return since when a person has held anything in exactly this scope; None for who holds nothing there now."""
    held = (grants.c.person == person, grants.c.scope == scope)
    since = tx.scalar(sa.select(sa.func.min(grants.c.granted_at)).where(*held))
    return None if since is None else instant(since)


def enrolled_since(tx: sa.Connection, replica: str) -> datetime | None:
    """Return when the phone of a replica was enrolled; None for one that is on no phone."""
    since = tx.scalar(sa.select(devices.c.enrolled_at).where(devices.c.replica == replica))
    return None if since is None else instant(since)


def names_in(tx: sa.Connection, scope: str) -> tuple[str, ...]:
    """Return the names of the people who hold a role in a scope, each once, at most 500."""
    query = (
        sa.select(persons.c.name)
        .join_from(grants, persons, grants.c.person == persons.c.id)
        .where(grants.c.scope == scope)
        .distinct()
        .order_by(persons.c.name)
        .limit(500)
    )
    return tuple(tx.scalars(query))


def people_in(tx: sa.Connection, scope: str) -> Mapping[str, str]:
    """Return the names of the people who hold a role in a scope, by their ids, at most 500."""
    query = (
        sa.select(persons.c.id, persons.c.name)
        .join_from(grants, persons, grants.c.person == persons.c.id)
        .where(grants.c.scope == scope)
        .distinct()
        .order_by(persons.c.id)
        .limit(500)
    )
    return {row.id: row.name for row in tx.execute(query)}


def name_of(tx: sa.Connection, person_id: str) -> str | None:
    """Return a person's name."""
    return tx.scalar(sa.select(persons.c.name).where(persons.c.id == person_id))


def names_of(tx: sa.Connection, people: Iterable[str]) -> dict[str, str]:
    """Return the names of some persons, by id."""
    rows = tx.execute(sa.select(persons.c.id, persons.c.name).where(persons.c.id.in_(sorted(people))))
    return {row.id: row.name for row in rows}


def register_scope(tx: sa.Connection, scope: str, parent: str | None = None) -> None:
    """Make a scope one that can be granted; ``parent`` is read along with it. For ``projects``."""
    insert_if_absent(tx, places, [{"scope": scope, "parent": parent}])


def project_scope_of(tx: sa.Connection, scope: str) -> str:
    """Return the scope of the project that a scope belongs to; empty for a person's own."""
    if scope.startswith("project:"):
        return scope
    return tx.scalar(sa.select(places.c.parent).where(places.c.scope == scope)) or ""


def scope_exists(tx: sa.Connection, scope: str) -> bool:
    """Return whether a scope can be granted."""
    return tx.execute(sa.select(places.c.scope).where(places.c.scope == scope)).first() is not None


def add_grant(tx: sa.Connection, row: dict[str, Any]) -> bool:
    """Grant; False when it was held already."""
    key = [grants.c[name] == row[name] for name in ("person", "scope", "role")]
    if tx.execute(sa.select(grants.c.person).where(*key)).first():
        return False
    insert_if_absent(tx, grants, [row])
    if project := project_scope_of(tx, row["scope"]):
        insert_if_absent(tx, members, [{"person": row["person"], "project": project}])
    return True


def ever_held(tx: sa.Connection, person: str, scope: str) -> bool:
    """Return whether a person ever held a grant in the project of a scope."""
    known = (members.c.person == person, members.c.project == project_scope_of(tx, scope))
    return tx.execute(sa.select(members.c.person).where(*known)).first() is not None


def remove_grant(tx: sa.Connection, person: str, role: str, scope: str) -> bool:
    """Revoke; False when it was not held."""
    same = (grants.c.person == person, grants.c.role == role, grants.c.scope == scope)
    return tx.execute(sa.delete(grants).where(*same)).rowcount == 1


def count_admins(tx: sa.Connection) -> int:
    """Count administrators who can sign in."""
    able = sa.select(sa.func.count()).join_from(grants, persons, grants.c.person == persons.c.id)
    return tx.execute(able.where(grants.c.role == Role.ADMIN, persons.c.disabled_at.is_(None))).scalar_one()


# Persons ---------------------------------------------------------------------------------------------------------


def ensure_system_persons(tx: sa.Connection, at: str) -> None:
    """Put down the persons that the program itself writes as; done at every start."""
    insert_if_absent(
        tx,
        persons,
        [{"id": one.person, "name": one.name, "login": one.login, "created_at": at} for one in SYSTEM_PERSONS],
    )


def add_person(tx: sa.Connection, row: dict[str, Any]) -> bool:
    """Add a person; False when the login is taken."""
    insert_if_absent(tx, persons, [row])
    holder = tx.execute(sa.select(persons.c.id).where(persons.c.login == row["login"])).scalar_one()
    return bool(holder == row["id"])


def person(tx: sa.Connection, person_id: str, *, lock: bool = False) -> Row | None:
    """Read a person by id."""
    query = sa.select(persons).where(persons.c.id == person_id)
    return tx.execute(query.with_for_update() if lock else query).one_or_none()


def person_by_login(tx: sa.Connection, login: str) -> Row | None:
    """Read a person by login (lower case)."""
    return tx.execute(sa.select(persons).where(persons.c.login == login)).one_or_none()


def list_persons(tx: sa.Connection, *, after: str, limit: int) -> list[Row]:
    """List people by id, without the program's own."""
    query = sa.select(persons).where(persons.c.id > after, persons.c.password.is_not(None))
    return list(tx.execute(query.order_by(persons.c.id).limit(limit)))


def change_person(tx: sa.Connection, person_id: str, **values: Any) -> None:
    """Set columns of a person."""
    tx.execute(sa.update(persons).where(persons.c.id == person_id).values(**values))


def use_totp_step(tx: sa.Connection, person_id: str, step: int) -> bool:
    """Spend a time step; False when it, or a later one, was used before."""
    fresh = sa.or_(persons.c.totp_step.is_(None), persons.c.totp_step < step)
    return tx.execute(sa.update(persons).where(persons.c.id == person_id, fresh).values(totp_step=step)).rowcount == 1


# Attempts, tokens ------------------------------------------------------------------------------------------------


def lock_attempts(tx: sa.Connection, login: str, now: str) -> Row:
    """Read and lock the attempts of a login (its fingerprint)."""
    insert_if_absent(tx, attempts, [{"login": login, "failures": 0, "locked_until": "", "last_at": now}])
    return tx.execute(sa.select(attempts).where(attempts.c.login == login).with_for_update()).one()


def count_attempt(tx: sa.Connection, login: str, *, failures: int, locked_until: str, now: str) -> None:
    """Write down the state of a login's attempts."""
    values = {"failures": failures, "locked_until": locked_until, "last_at": now}
    tx.execute(sa.update(attempts).where(attempts.c.login == login).values(values))


def forget_attempts(tx: sa.Connection, login: str, *, older_than: str) -> None:
    """Drop the attempts of a login that succeeded, and some of those that have been quiet for long."""
    tx.execute(sa.delete(attempts).where(attempts.c.login == login))
    forget_quiet_attempts(tx, older_than=older_than)


def forget_quiet_attempts(tx: sa.Connection, *, older_than: str) -> None:
    """Drop some of the attempts that have been quiet for long: more than one failure adds."""
    quiet = sa.select(attempts.c.login).where(attempts.c.last_at < older_than).limit(100)
    stale = list(tx.execute(quiet.with_for_update(skip_locked=True)).scalars())
    if stale:
        tx.execute(sa.delete(attempts).where(attempts.c.login.in_(stale)))


def add_token(tx: sa.Connection, row: dict[str, Any], now: str) -> None:
    """Add a token; the person's expired ones go."""
    tx.execute(sa.delete(tokens).where(tokens.c.person == row["person"], tokens.c.expires_at < now))
    tx.execute(sa.insert(tokens).values(row))


def bearer(tx: sa.Connection, fingerprint: str) -> Row | None:
    """Read a token with its person's name and how far its device is trusted."""
    return tx.execute(_BEARER, {"fingerprint": fingerprint}).one_or_none()


def remove_token(tx: sa.Connection, fingerprint: str) -> str | None:
    """Withdraw a token; returns whose it was."""
    gone = sa.delete(tokens).where(tokens.c.fingerprint == fingerprint).returning(tokens.c.person)
    return tx.execute(gone).scalar_one_or_none()


def end_desk_sessions(tx: sa.Connection, person_id: str) -> None:
    """Withdraw every token of a person that is not a phone's."""
    tx.execute(sa.delete(tokens).where(tokens.c.person == person_id, tokens.c.device.is_(None)))


# Enrolment, devices ----------------------------------------------------------------------------------------------


def add_enrolment(tx: sa.Connection, row: dict[str, Any], *, now: str, most: int) -> None:
    """Add a code; the person's expired ones go, and the oldest open ones beyond ``most``."""
    own = enrolments.c.person == row["person"]
    tx.execute(sa.delete(enrolments).where(own, enrolments.c.expires_at < now))
    newest = sa.select(enrolments.c.fingerprint).where(own).order_by(enrolments.c.expires_at.desc())
    for surplus in tx.execute(newest.offset(most - 1).limit(1000)).scalars().all():
        tx.execute(sa.delete(enrolments).where(enrolments.c.fingerprint == surplus))
    tx.execute(sa.insert(enrolments).values(row))


def enrolment(tx: sa.Connection, fingerprint: str, *, lock: bool = True) -> Row | None:
    """Read a code, and lock it."""
    query = sa.select(enrolments).where(enrolments.c.fingerprint == fingerprint)
    return tx.execute(query.with_for_update() if lock else query).one_or_none()


def withdraw_enrolment(tx: sa.Connection, fingerprint: str) -> None:
    """Make a code worthless."""
    tx.execute(sa.delete(enrolments).where(enrolments.c.fingerprint == fingerprint))


def use_enrolment(tx: sa.Connection, fingerprint: str, replica: str) -> None:
    """Mark a code as used by a phone."""
    tx.execute(sa.update(enrolments).where(enrolments.c.fingerprint == fingerprint).values(replica=replica))


def claim_replica(tx: sa.Connection, row: dict[str, Any]) -> Row:
    """Add a device unless its replica is known; returns the device the replica belongs to, locked."""
    insert_if_absent(tx, devices, [row])
    return tx.execute(sa.select(devices).where(devices.c.replica == row["replica"]).with_for_update()).one()


def withdraw_device_tokens(tx: sa.Connection, device: str) -> None:
    """Withdraw the tokens of a device."""
    tx.execute(sa.delete(tokens).where(tokens.c.device == device))


def device(tx: sa.Connection, device_id: str) -> Row | None:
    """Read and lock a device."""
    return tx.execute(sa.select(devices).where(devices.c.id == device_id).with_for_update()).one_or_none()


def list_devices(tx: sa.Connection, person_id: str, limit: int) -> list[Row]:
    """List a person's devices, the newest first."""
    query = sa.select(devices).where(devices.c.person == person_id).order_by(devices.c.id.desc())
    return list(tx.execute(query.limit(limit)))


def withdraw_enrolments(tx: sa.Connection, person_id: str) -> None:
    """Make the open codes of a person worthless."""
    tx.execute(sa.delete(enrolments).where(enrolments.c.person == person_id))


def trusted_devices(tx: sa.Connection, person_id: str) -> list[Row]:
    """Read and lock the devices of a person that are neither revoked nor lost."""
    query = sa.select(devices).where(devices.c.person == person_id, devices.c.revoked_at.is_(None))
    return list(tx.execute(query.where(devices.c.lost_at.is_(None)).order_by(devices.c.id).with_for_update()))


def devices_page(tx: sa.Connection, person_id: str | None, after: str, limit: int) -> list[Row]:
    """List devices with the name and login of whose they are, the newest first; of one person, or of all."""
    query = sa.select(devices, persons.c.name.label("called"), persons.c.login)
    query = query.join_from(devices, persons, devices.c.person == persons.c.id)
    if person_id is not None:
        query = query.where(devices.c.person == person_id)
    if after:
        query = query.where(devices.c.id < after)
    return list(tx.execute(query.order_by(devices.c.id.desc()).limit(limit)))


def change_device(tx: sa.Connection, device_id: str, **values: Any) -> None:
    """Set columns of a device. The token of a revoked one stays, so that the phone is told what to do."""
    tx.execute(sa.update(devices).where(devices.c.id == device_id).values(**values))

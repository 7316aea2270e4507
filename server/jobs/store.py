"""The SQL of jobs. Instants are RFC 3339 texts of one width, so they compare as texts.

Everything done to a running job names its fencing token: a worker that lost the lease changes 0 rows.

People are served in turn, lane by lane. The first job of a person stands beside whichever is next of all, the second
one place behind it, and so on: that place is its ``turn``, given when it is enqueued, so that a claim reads the first
few entries of an index however many wait (ADR 0021).
"""

from collections.abc import Collection
from typing import Any, Final

import msgspec
import sqlalchemy as sa

from mobile_contract.jobs import JobState
from server.jobs.model import JOBS, JobAct
from server.jobs.tables import jobs
from server.kernel.database import insert
from server.kernel.handling import Job, Lane

#: As it stands in the table: its arguments are any JSON object.
Row = Job[dict[str, Any]]


def _may(act: JobAct) -> sa.ColumnElement[bool]:
    """Return the condition under which an act is legal for a row; most acts are in one state, which an index likes."""
    states = [state for state in JOBS.before(act) if state is not None]
    return jobs.c.state == states[0] if len(states) == 1 else jobs.c.state.in_(states)


def _due(table: Any, now: Any) -> sa.ColumnElement[bool]:
    """Return the condition that a job's time has come, as no index has it.

    Else SQLite takes the index of times, and sorts all that wait to find the one that is next.
    """
    condition: sa.ColumnElement[bool] = table.c.run_at.concat("") <= now
    return condition


_others = jobs.alias("others")
_OF_PERSON = sa.select((sa.func.max(_others.c.turn) + 1).label("turn"))
_NEXT_OF_ALL = (
    sa.select(_others.c.turn)
    .where(
        _others.c.lane == sa.bindparam("lane"),
        _others.c.state == JobState.READY,
        _due(_others, sa.bindparam("created_at")),
    )
    .order_by(_others.c.priority.desc(), _others.c.turn)
    .limit(1)
    .subquery()
)
_BEHIND = sa.union_all(
    _OF_PERSON.where(_others.c.lane == sa.bindparam("lane"), _others.c.person == sa.bindparam("person")),
    sa.select(_NEXT_OF_ALL.c.turn),
).subquery()
#: The turn of a new job: behind those of its person, and not before what is next.
_TURN = sa.select(sa.func.coalesce(sa.func.max(_BEHIND.c.turn), 0)).scalar_subquery()

#: Of a dead job: before any that waits, so that new ones of its person do not stand behind it.
NO_TURN: Final = -1

_COLUMNS: Final = tuple(column.name for column in jobs.c if column.name not in {"turn", "token", "reason"})
_NEW: Final[dict[str, Any]] = {name: sa.bindparam(name) for name in _COLUMNS} | {"turn": _TURN}
_ADD: Final = sa.insert(jobs).values(_NEW)


def add(tx: sa.Connection, row: dict[str, Any]) -> None:
    """Insert a ready job. One that waits under the same kind and dedupe key stands for it, at the sooner time.

    The waiting row is written to even when nothing changes: that locks it, so no worker can start it on the state
    before this transaction.
    """
    if row["dedupe"] is None:  # as most are
        tx.execute(_ADD, row)
        return
    statement = insert(tx, jobs).values(_NEW)
    new = statement.excluded
    statement = statement.on_conflict_do_update(
        index_elements=["kind", "dedupe"],
        set_={
            "run_at": sa.case((new.run_at < jobs.c.run_at, new.run_at), else_=jobs.c.run_at),
            "priority": sa.case((new.priority > jobs.c.priority, new.priority), else_=jobs.c.priority),
        },
    )
    tx.execute(statement, row)


def any_due(tx: sa.Connection, kinds: Collection[str], lanes: Collection[Lane], *, now: str) -> bool:
    """Return whether there is a due job of these kinds in these lanes, or any lost lease to take back."""
    return tx.execute(_ANY_DUE, {"kinds": list(kinds), "lanes": list(lanes), "now": now}).first() is not None


#: Built once, as it runs every second: building it takes longer than running it.
_ANY_DUE = (
    sa.select(jobs.c.id)
    .where(
        sa.or_(
            sa.and_(
                _may(JobAct.CLAIM),
                jobs.c.lane.in_(sa.bindparam("lanes", expanding=True)),
                jobs.c.run_at <= sa.bindparam("now"),
                jobs.c.kind.in_(sa.bindparam("kinds", expanding=True)),
            ),
            sa.and_(_may(JobAct.PUT_BACK), jobs.c.run_at < sa.bindparam("now")),
        )
    )
    .limit(1)
)


def claim(
    tx: sa.Connection, kinds: Collection[str], lane: Lane, *, limit: int, now: str, lease_until: str, token: str
) -> list[Row]:
    """Take up to ``limit`` due jobs of a lane: the most important first, and of those people in turn.

    Two workers never get the same one.
    """
    due = {"lane": lane, "kinds": list(kinds), "now": now, "limit": limit}
    ids = list(tx.scalars(_DUE, due))
    if not ids:
        return []
    taken = tx.execute(_TAKE, {"ids": ids, "until": lease_until, "token_": token})
    by_id = {row.id: _job(row) for row in taken}
    return [by_id[id_] for id_ in ids]


_DUE: Final = (
    sa.select(jobs.c.id)
    .where(
        _may(JobAct.CLAIM),
        jobs.c.lane == sa.bindparam("lane"),
        _due(jobs, sa.bindparam("now")),
        jobs.c.kind.in_(sa.bindparam("kinds", expanding=True)),
    )
    .order_by(jobs.c.priority.desc(), jobs.c.turn, jobs.c.run_at, jobs.c.id)
    .limit(sa.bindparam("limit"))
    .with_for_update(skip_locked=True)
)
_TAKE: Final = (
    sa.update(jobs)
    .where(jobs.c.id.in_(sa.bindparam("ids", expanding=True)))
    .values(
        state=JOBS.after(JobAct.CLAIM),
        attempt=jobs.c.attempt + 1,
        run_at=sa.bindparam("until"),
        token=sa.bindparam("token_"),
        dedupe=None,
    )
    .returning(jobs)
)


def heartbeat(tx: sa.Connection, job: Row, lease_until: str) -> bool:
    """Prolong the lease; False: another worker holds it now."""
    return tx.execute(sa.update(jobs).where(_held(job, JobAct.PUT_BACK)).values(run_at=lease_until)).rowcount == 1


def finish(tx: sa.Connection, job: Row) -> bool:
    """Delete a job that is done; False: another worker holds it now."""
    return tx.execute(sa.delete(jobs).where(_held(job, JobAct.FINISH))).rowcount == 1


def put_back(tx: sa.Connection, job: Row, *, run_at: str, attempt: int, reason: str | None, behind: bool) -> bool:
    """Make a running job ready again at ``run_at``; False: another worker holds it now.

    ``behind``: behind whatever else waits for its person, so that what fails again and again delays no other.
    """
    state = JOBS.after(JobAct.PUT_BACK)
    values: dict[str, Any] = {"state": state, "token": None, "run_at": run_at, "attempt": attempt, "reason": reason}
    if behind:
        same = (_others.c.lane == jobs.c.lane, _others.c.person == jobs.c.person)
        values["turn"] = _OF_PERSON.where(*same).scalar_subquery()
    return tx.execute(sa.update(jobs).where(_held(job, JobAct.PUT_BACK)).values(values)).rowcount == 1


def bury(tx: sa.Connection, job: Row, *, reason: str, now: str) -> bool:
    """Send a running job to the dead letters; False: another worker holds it now."""
    values = {"state": JOBS.after(JobAct.BURY), "token": None, "run_at": now, "reason": reason, "turn": NO_TURN}
    return tx.execute(sa.update(jobs).where(_held(job, JobAct.BURY)).values(values)).rowcount == 1


def reap(tx: sa.Connection, *, now: str, reason: str) -> int:
    """Take back every job whose lease ran out: ready again, or dead if that was its last attempt."""
    return _take_back(tx, jobs.c.run_at < now, now=now, reason=reason)


def token_of(holder: str, claim: int) -> str:
    """Return the fencing token of a worker process's claim: its leases can be told by it, and each claim apart."""
    return f"{holder}:{claim}"


def free(tx: sa.Connection, holder: str, *, now: str, reason: str) -> int:
    """Take back every job that a worker process holds, before its lease runs out. Only for a process that is dead."""
    return _take_back(tx, jobs.c.token.startswith(f"{holder}:", autoescape=True), now=now, reason=reason)


def _take_back(tx: sa.Connection, which: sa.ColumnElement[bool], *, now: str, reason: str) -> int:
    buried, ready = JOBS.after(JobAct.BURY), JOBS.after(JobAct.PUT_BACK)
    spent = jobs.c.attempt >= jobs.c.max_attempts
    return tx.execute(
        sa.update(jobs)
        .where(_may(JobAct.PUT_BACK), which)
        .values(
            state=sa.case((spent, buried), else_=ready),
            turn=sa.case((spent, NO_TURN), else_=jobs.c.turn),
            token=None,
            run_at=now,
            reason=reason,
        )
    ).rowcount


def dead(tx: sa.Connection, state: JobState, kind: str | None, *, limit: int, after: str) -> list[sa.Row[Any]]:
    """List dead letters by id, or those put aside, behind ``after`` (an id, or empty for the first page)."""
    query = sa.select(jobs).where(jobs.c.state == state.value, jobs.c.id > after).order_by(jobs.c.id).limit(limit)
    return list(tx.execute(query if kind is None else query.where(jobs.c.kind == kind)))


def dismiss(tx: sa.Connection, job_id: str) -> str | None:
    """Put a dead job aside; returns its kind, or None when it is not dead."""
    statement = sa.update(jobs).where(jobs.c.id == job_id, _may(JobAct.DISMISS))
    changed = statement.values(state=JOBS.after(JobAct.DISMISS)).returning(jobs.c.kind)
    return tx.execute(changed).scalar_one_or_none()


def revive(tx: sa.Connection, job_id: str, now: str) -> str | None:
    """Make a dead job ready with all its attempts, the next of its lane; return its kind, or None if it is not dead."""
    values = {"state": JOBS.after(JobAct.REVIVE), "attempt": 0, "run_at": now}
    statement = sa.update(jobs).where(jobs.c.id == job_id, _may(JobAct.REVIVE)).values(values)
    return tx.execute(statement.returning(jobs.c.kind)).scalar_one_or_none()


def _held(job: Row, act: JobAct) -> sa.ColumnElement[bool]:
    return sa.and_(jobs.c.id == job.id, jobs.c.token == job.token, _may(act))


def _job(row: sa.Row[Any]) -> Row:
    return Job(
        id=row.id,
        kind=row.kind,
        args=msgspec.json.decode(row.args),
        attempt=row.attempt,
        max_attempts=row.max_attempts,
        token=row.token,
        person=row.person,
        lane=Lane(row.lane),
    )

"""The SQL of jobs. Instants are RFC 3339 texts of one width, so they compare as texts.

Everything done to a running job names its fencing token: a worker that lost the lease changes 0 rows.
"""

from collections.abc import Collection
from typing import Any

import msgspec
import sqlalchemy as sa

from server.jobs.model import JOBS, JobAct
from server.jobs.tables import jobs
from server.kernel.database import insert, insert_rows
from server.kernel.handling import Job

#: As it stands in the table: its arguments are any JSON object.
Row = Job[dict[str, Any]]


def _may(act: JobAct) -> sa.ColumnElement[bool]:
    """Return the condition under which an act is legal for a row; most acts are in one state, which an index likes."""
    states = [state for state in JOBS.before(act) if state is not None]
    return jobs.c.state == states[0] if len(states) == 1 else jobs.c.state.in_(states)


def add(tx: sa.Connection, row: dict[str, Any]) -> None:
    """Insert a ready job. One that waits under the same kind and dedupe key stands for it, at the sooner time.

    The waiting row is written to even when nothing changes: that locks it, so no worker can start it on the state
    before this transaction.
    """
    if row["dedupe"] is None:  # as most are
        insert_rows(tx, jobs, [row])
        return
    statement = insert(tx, jobs).values(row)
    new = statement.excluded
    statement = statement.on_conflict_do_update(
        index_elements=["kind", "dedupe"],
        set_={
            "run_at": sa.case((new.run_at < jobs.c.run_at, new.run_at), else_=jobs.c.run_at),
            "priority": sa.case((new.priority > jobs.c.priority, new.priority), else_=jobs.c.priority),
        },
    )
    tx.execute(statement)


def any_due(tx: sa.Connection, kinds: Collection[str], *, now: str) -> bool:
    """Return whether there is a due job of these kinds to take, or a lost lease of any kind to take back."""
    return tx.execute(_ANY_DUE, {"kinds": list(kinds), "now": now}).first() is not None


#: Built once, as it runs every second: building it takes longer than running it.
_ANY_DUE = (
    sa.select(jobs.c.id)
    .where(
        sa.or_(
            sa.and_(
                _may(JobAct.CLAIM),
                jobs.c.run_at <= sa.bindparam("now"),
                jobs.c.kind.in_(sa.bindparam("kinds", expanding=True)),
            ),
            sa.and_(_may(JobAct.PUT_BACK), jobs.c.run_at < sa.bindparam("now")),
        )
    )
    .limit(1)
)


def claim(
    tx: sa.Connection, kinds: Collection[str], *, limit: int, now: str, lease_until: str, token: str
) -> list[Row]:
    """Take up to ``limit`` due jobs, the most important first. Two workers never get the same one."""
    due = (
        sa.select(jobs.c.id)
        .where(_may(JobAct.CLAIM), jobs.c.run_at <= now, jobs.c.kind.in_(kinds))
        .order_by(jobs.c.priority.desc(), jobs.c.run_at, jobs.c.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    ids = list(tx.execute(due).scalars())
    if not ids:
        return []
    taken = tx.execute(
        sa.update(jobs)
        .where(jobs.c.id.in_(ids))
        .values(
            state=JOBS.after(JobAct.CLAIM), attempt=jobs.c.attempt + 1, run_at=lease_until, token=token, dedupe=None
        )
        .returning(jobs)
    )
    by_id = {row.id: _job(row) for row in taken}
    return [by_id[id_] for id_ in ids]


def heartbeat(tx: sa.Connection, job: Row, lease_until: str) -> bool:
    """Prolong the lease; False: another worker holds it now."""
    return tx.execute(sa.update(jobs).where(_held(job, JobAct.PUT_BACK)).values(run_at=lease_until)).rowcount == 1


def finish(tx: sa.Connection, job: Row) -> bool:
    """Delete a job that is done; False: another worker holds it now."""
    return tx.execute(sa.delete(jobs).where(_held(job, JobAct.FINISH))).rowcount == 1


def put_back(tx: sa.Connection, job: Row, *, run_at: str, attempt: int, reason: str | None) -> bool:
    """Make a running job ready again at ``run_at``; False: another worker holds it now."""
    state = JOBS.after(JobAct.PUT_BACK)
    values = {"state": state, "token": None, "run_at": run_at, "attempt": attempt, "reason": reason}
    return tx.execute(sa.update(jobs).where(_held(job, JobAct.PUT_BACK)).values(values)).rowcount == 1


def bury(tx: sa.Connection, job: Row, *, reason: str, now: str) -> bool:
    """Send a running job to the dead letters; False: another worker holds it now."""
    values = {"state": JOBS.after(JobAct.BURY), "token": None, "run_at": now, "reason": reason}
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
        .values(state=sa.case((spent, buried), else_=ready), token=None, run_at=now, reason=reason)
    ).rowcount


def dead(tx: sa.Connection, *, limit: int, after: str) -> list[sa.Row[Any]]:
    """List dead letters by id, those behind ``after`` (an id, or empty for the first page)."""
    query = sa.select(jobs).where(_may(JobAct.REVIVE), jobs.c.id > after).order_by(jobs.c.id).limit(limit)
    return list(tx.execute(query))


def revive(tx: sa.Connection, job_id: str, now: str) -> str | None:
    """Make a dead job ready with all its attempts; returns its kind, or None when it is not dead."""
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
    )

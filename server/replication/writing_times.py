"""When things were written, by the clocks of those who wrote them.

A phone shows its clock at each exchange; by what it is behind or ahead then, what it wrote before is corrected.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final, NamedTuple

import sqlalchemy as sa

from mobile_contract.sync import AnyOp, Outcome
from server.kernel.clock import instant
from server.replication import store
from sync.state import PushPlan

#: A phone that hands in more than one exchange holds does so at once: what comes later was written later.
AT_ONCE: Final = timedelta(minutes=10)


class Writing(NamedTuple):
    """When the earliest op of a record was written, None where that cannot be told; and the clock it was written by.

    ``offset_ms`` is server time minus the phone's, as the exchange that brought the op showed them. ``replica`` brought
    it; ``online`` is when that had handed in all that it had before, ``previous`` when it wrote the op before this one,
    by its corrected clock.
    """

    at: datetime | None
    offset_ms: int
    replica: str = ""
    online: datetime | None = None
    previous: datetime | None = None


def writing_times(tx: sa.Connection, plan: PushPlan, replica: str, clock: str, now: str) -> Mapping[str, Writing]:
    """Return by record when the earliest of its ops in a plan was written, and by what clock.

    ``clock`` is what ``replica``, which pushes, showed at ``now``; empty for one that writes at the server's own time.
    Nothing was written later than now, nor before its phone last handed in what it had until then.
    """
    found: dict[str, Writing] = {}
    received = datetime.fromisoformat(now)

    def note(op: AnyOp, writing: Writing) -> None:
        known, moment = found.get(op.id), instant(op.at, writing.offset_ms)
        if moment is not None and writing.online is not None:
            moment = max(moment, writing.online)
        if known is not None and known.at is not None:
            moment = min(moment or known.at, known.at)
        found[op.id] = writing._replace(at=None if moment is None else min(moment, received))

    for settled in plan.settled:
        if settled.sent.op is not None:
            offset = _offset(*store.clock_of(tx, settled.author.replica))
            note(settled.sent.op, Writing(None, _milliseconds(offset), settled.author.replica))
    writing = Writing(None, _milliseconds(_offset(clock, now)), replica, _online(tx, replica, clock, received))
    for answer in sorted(plan.answers, key=lambda answer: answer.sent.n):
        op = answer.sent.op
        if not answer.fresh or op is None:
            continue
        if answer.receipt.outcome is not Outcome.PARKED:
            note(op, writing)
        writing = writing._replace(previous=instant(op.at, writing.offset_ms))
    return found


def _online(tx: sa.Connection, replica: str, clock: str, received: datetime) -> datetime | None:
    """Return when a phone had handed in all that it had, before the exchange that began just now.

    That is when it last spoke and had nothing to hand in, or its last exchange with ops, if that is over. A wake-up
    connection proves nothing: it stands for a while on a phone that has no network any more.
    """
    if not clock:
        return None
    last, idle = instant(store.clock_of(tx, replica)[1]), instant(store.idle_since(tx, replica))
    over = last if last is not None and received - last >= AT_ONCE else None
    return max((moment for moment in (over, idle) if moment is not None), default=None)


def _milliseconds(offset: timedelta) -> int:
    return round(offset.total_seconds() * 1000)


def _offset(clock: str, now: str) -> timedelta:
    shown, server = instant(clock), instant(now)
    return timedelta() if shown is None or server is None else server - shown

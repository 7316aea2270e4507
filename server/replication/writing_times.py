"""When things were written, by the clocks of those who wrote them.

A phone shows its clock at each exchange; by what it is behind or ahead then, what it wrote before is corrected.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta

import sqlalchemy as sa

from mobile_contract.sync import Outcome
from server.kernel.clock import instant
from server.replication import store
from sync.state import PushPlan


def writing_times(tx: sa.Connection, plan: PushPlan, clock: str, now: str) -> Mapping[str, datetime]:
    """Return by record when the earliest of its ops in a plan was written; not those of which that cannot be told.

    ``clock`` is what the pushing replica showed at ``now``; empty for one that writes at the server's own time. Nothing
    was written later than now.
    """
    found: dict[str, datetime] = {}
    received, offset = datetime.fromisoformat(now), _offset(clock, now)

    def note(record: str, at: str, behind: timedelta) -> None:
        moment = instant(at, round(behind.total_seconds() * 1000))
        if moment is not None:
            found[record] = min(moment, received, found.get(record, received))

    for settled in plan.settled:
        if settled.sent.op is not None:
            note(settled.sent.op.id, settled.sent.op.at, _offset(*store.clock_of(tx, settled.author.replica)))
    for answer in plan.answers:
        if answer.fresh and answer.sent.op is not None and answer.receipt.outcome is not Outcome.PARKED:
            note(answer.sent.op.id, answer.sent.op.at, offset)
    return found


def _offset(clock: str, now: str) -> timedelta:
    shown, server = instant(clock), instant(now)
    return timedelta() if shown is None or server is None else server - shown

"""When things were written, by the clocks of those who wrote them.

A phone shows its clock at each exchange; by what it is behind or ahead then, what it wrote before is corrected.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import NamedTuple

import sqlalchemy as sa

from mobile_contract.sync import Outcome
from server.kernel.clock import instant
from server.replication import store
from sync.state import PushPlan


class Writing(NamedTuple):
    """When the earliest op of a record was written, None where that cannot be told; and the clock it was written by.

    ``offset_ms`` is server time minus the phone's, as the exchange that brought the op showed them.
    """

    at: datetime | None
    offset_ms: int


def writing_times(tx: sa.Connection, plan: PushPlan, clock: str, now: str) -> Mapping[str, Writing]:
    """Return by record when the earliest of its ops in a plan was written, and by what clock.

    ``clock`` is what the pushing replica showed at ``now``; empty for one that writes at the server's own time. Nothing
    was written later than now.
    """
    found: dict[str, Writing] = {}
    received, offset = datetime.fromisoformat(now), _offset(clock, now)

    def note(record: str, at: str, behind: timedelta) -> None:
        offset_ms = round(behind.total_seconds() * 1000)
        known, moment = found.get(record), instant(at, offset_ms)
        if known is not None and known.at is not None:
            moment = min(moment or known.at, known.at)
        found[record] = Writing(None if moment is None else min(moment, received), offset_ms)

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

"""The SQL of takeaways."""

from collections.abc import Sequence
from typing import Any

import msgspec
import sqlalchemy as sa

from mobile_contract.takeaways import NewTakeaway, Takeaway, TakeawayKind, TakeawayState
from server.insight.takeaways_model import TAKEAWAYS, TakeawayAct
from server.insight.takeaways_tables import takeaways


def add(tx: sa.Connection, row: dict[str, Any]) -> None:
    """Put down a takeaway that was asked for."""
    tx.execute(sa.insert(takeaways).values(row | {"state": TAKEAWAYS.after(TakeawayAct.ASK), "done": 0}))


def open_of(tx: sa.Connection, person: str) -> int:
    """Return how many takeaways of a person are not settled."""
    same = (takeaways.c.person == person, takeaways.c.state.in_(TAKEAWAYS.before(TakeawayAct.CANCEL)))
    return tx.execute(sa.select(sa.func.count()).select_from(takeaways).where(*same)).scalar_one()


def row_of(tx: sa.Connection, key: str, person: str | None = None) -> sa.Row[Any] | None:
    """Return the row of a takeaway, or only where it is this person's."""
    query = sa.select(takeaways).where(takeaways.c.id == key)
    return tx.execute(query if person is None else query.where(takeaways.c.person == person)).one_or_none()


def listing(tx: sa.Connection, person: str, after: str, limit: int) -> Sequence[sa.Row[Any]]:
    """Return takeaways of a person, the latest first, those before the id ``after``."""
    query = sa.select(takeaways).where(takeaways.c.person == person)
    query = query.where(takeaways.c.id < after) if after else query
    return tx.execute(query.order_by(takeaways.c.id.desc()).limit(limit)).all()


def step(tx: sa.Connection, key: str, act: TakeawayAct, **changes: Any) -> bool:
    """Take a takeaway to the state after an act; False where the act is illegal in the state it is in."""
    for state in TAKEAWAYS.before(act):
        values = changes | {"state": TAKEAWAYS.step(state, act)}
        same = (takeaways.c.id == key, takeaways.c.state == state)
        if tx.execute(sa.update(takeaways).where(*same).values(values)).rowcount:
            return True
    return False


def progress(tx: sa.Connection, key: str, done: int, total: int | None) -> bool:
    """Put down how much is done; False where it is no longer made."""
    making = (takeaways.c.id == key, takeaways.c.state == TakeawayState.MAKING)
    return bool(tx.execute(sa.update(takeaways).where(*making).values(done=done, total=total)).rowcount)


def expire(tx: sa.Connection, now: str) -> int:
    """Delete the rows of what has expired; the files go with the sweep."""
    over = (takeaways.c.expires_at <= now, takeaways.c.state.in_(TAKEAWAYS.before(TakeawayAct.EXPIRE)))
    return tx.execute(sa.delete(takeaways).where(*over)).rowcount


def any_left(tx: sa.Connection) -> bool:
    """Return whether there is any takeaway that will expire."""
    return tx.scalar(sa.select(takeaways.c.id).limit(1)) is not None


def wire(row: Any) -> Takeaway:
    """Return a takeaway as its person sees it."""
    asked = msgspec.json.decode(row.asked, type=NewTakeaway)
    same = ("asked_at", "expires_at", "done", "total", "as_of", "name", "size", "sha256", "problem")
    return Takeaway(
        id=row.id,
        kind=TakeawayKind(row.kind),
        state=TakeawayState(row.state),
        wanted=asked.wanted,
        **{name: getattr(row, name) for name in same},
    )

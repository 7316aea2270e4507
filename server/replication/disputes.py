"""Conflicts on the desk: listed, the oldest first, and settled by who may write the record that they are about.

A decision is an op like a phone's, under the desk's replica of who decides; one that would be parked leaves nothing
behind, and its code is the answer.
"""

from typing import NamedTuple

import sqlalchemy as sa

from mobile_contract.conflicts import ConflictDecision, ConflictValues, ResolveConflict
from mobile_contract.ids import natural_id, with_archives
from mobile_contract.problems import Refused
from mobile_contract.states import ConflictState
from mobile_contract.sync import Outcome, Resolve
from mobile_contract.values import NotAValue, check, digest
from server import projects
from server.identity import Caller, desk_replica, holdings
from server.kernel.clock import Clock, rfc3339
from server.kernel.database import Database
from server.replication.conflicting import listing
from server.replication.model import Actor
from server.replication.parked import NotApplied
from server.replication.service import Replication
from sync.policy import CONFLICT
from sync.state import Record
from sync.typed import values_of


class Asked(NamedTuple):
    """Which of a list are meant: of a project, of one scope, about records of one kind; None leaves it open."""

    project: str | None = None
    scope: str | None = None
    kind: str | None = None


class Disputes:
    """The service; the dependency ``disputes``."""

    def __init__(self, db: Database, replication: Replication, clock: Clock) -> None:
        self._db = db
        self._replication = replication
        self._clock = clock

    async def page(self, caller: Caller, asked: Asked, state: ConflictState, after: str, limit: int) -> bytes:
        """Return a page of the conflicts that a person may read, the oldest first: a ``ConflictList`` as JSON bytes."""

        def work(tx: sa.Connection) -> bytes:
            named = projects.within(tx, asked.project, asked.scope)
            scopes = caller.scopes() if named is None else caller.scopes() & named
            return listing(tx, scopes, state, asked.kind, after, limit)

        return await self._db.read(work)

    async def resolve(self, caller: Caller, key: str, asked: ResolveConflict) -> ConflictDecision:
        """Settle a conflict with a value. One that stays open is answered with the code that says why.

        Raise ``request.not_found``, ``identity.forbidden``, or a ``value.…`` for what is no value.
        """
        actor = Actor(person=caller.person, replica=desk_replica(caller.person))
        now = rfc3339(self._clock.now())

        def work(tx: sa.Connection) -> ConflictDecision:
            conflict = self._replication.record(tx, key)
            readable = with_archives(holdings(tx, caller.person).scopes())
            if conflict is None or conflict.kind != CONFLICT.kind or conflict.scope not in readable:
                raise Refused("request.not_found")
            (receipt,) = self._replication.apply_in(tx, actor, [resolving(conflict, asked, now)])
            if receipt.outcome is Outcome.PARKED:
                raise NotApplied(receipt.code)
            return stands(self._replication.record(tx, key) or conflict, receipt.code)

        try:
            return await self._db.write(work)
        except NotApplied as refused:
            if refused.code == "op.role_may_not":
                raise Refused("identity.forbidden") from refused
            return ConflictDecision(id=key, state=ConflictState.OPEN, code=refused.code)


def resolving(conflict: Record, asked: ResolveConflict, at: str) -> Resolve:
    """Make the op that settles a conflict as asked; sent again it is the same op. Raise a ``value.…``."""
    try:
        check(asked.value)
    except NotAValue as error:
        raise Refused(error.reason, path=error.path[:200]) from error
    content = digest({"seen": list(asked.seen), "value": asked.value})
    return Resolve(
        op_id=natural_id("resolve", conflict.id, content),
        n=1,
        scope=conflict.scope,
        kind=CONFLICT.kind,
        id=conflict.id,
        at=at,
        seen=asked.seen,
        value=asked.value,
        standing=asked.standing,
        reason=asked.reason,
    )


def stands(conflict: Record, code: str) -> ConflictDecision:
    """Return how a conflict stands after a decision with this code."""
    return ConflictDecision(id=conflict.id, state=values_of(conflict, ConflictValues).state, code=code)

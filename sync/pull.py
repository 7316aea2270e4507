"""What a replica is to read next: pure arithmetic on its cursor and the heads of the scopes it holds."""

from collections.abc import Mapping

import msgspec

from mobile_contract.sync import Cursor, Notice


class PullPlan(msgspec.Struct, frozen=True, kw_only=True):
    """``after`` is the seq to read on from, per held scope in sorted order; ``dropped`` scopes are no longer held."""

    after: Mapping[str, int]
    dropped: tuple[str, ...]
    notices: tuple[Notice, ...]


def plan_pull(cursor: Cursor, epoch: str, heads: Mapping[str, int]) -> PullPlan:
    """Compare a cursor with the heads of the scopes held now.

    A cursor of another epoch, or ahead of a head, belongs to a history that this server does not have (it was
    restored): everything is listed again and the notice tells the phone to replay and sweep.
    """
    foreign = bool(cursor.epoch) and cursor.epoch != epoch
    ahead = any(cursor.seqs.get(scope, 0) > head for scope, head in heads.items())
    reset = foreign or ahead
    after = {scope: 0 if reset else max(0, cursor.seqs.get(scope, 0)) for scope in sorted(heads)}
    dropped = tuple(sorted(scope for scope in cursor.seqs if scope not in heads))
    notices = (Notice(code="sync.cursor_reset", params={"epoch": epoch}),) if reset else ()
    return PullPlan(after=after, dropped=dropped, notices=notices)


def next_cursor(plan: PullPlan, epoch: str, reached: Mapping[str, int]) -> Cursor:
    """Give the cursor after a page: how far it reached in each scope, and the old place elsewhere."""
    return Cursor(epoch=epoch, seqs={scope: reached.get(scope, after) for scope, after in plan.after.items()})

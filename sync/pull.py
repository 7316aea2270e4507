"""What a replica is to read next: pure arithmetic on its cursor and the ends of the scopes it holds.

A scope has a head and a floor. Below the floor the feed no longer tells what was deleted or has left: who stopped
there is given the scope from its beginning, and forgets what is not listed. Such a listing takes several answers,
in which more may be deleted and the floor be raised; it is as good as having read to the head it began at.
"""

from collections.abc import Mapping

import msgspec

from mobile_contract.sync import Cursor, Notice


class PullPlan(msgspec.Struct, frozen=True, kw_only=True):
    """``after`` is the seq to read on from, per held scope in sorted order; ``dropped`` scopes are no longer held.

    ``listing`` are the scopes that are being listed from their beginning, each with its head when that began.
    """

    after: Mapping[str, int]
    listing: Mapping[str, int]
    dropped: tuple[str, ...]
    notices: tuple[Notice, ...]


def is_foreign(cursor: Cursor, epoch: str, heads: Mapping[str, int]) -> bool:
    """Return whether a cursor belongs to a history that this server does not have: it was restored.

    Then no op that comes with it is taken: its phone still has older ones to replay, and those go first.
    """
    ahead = any(max(cursor.seqs.get(scope, 0), cursor.listing.get(scope, 0)) > head for scope, head in heads.items())
    return ahead or bool(cursor.epoch and cursor.epoch != epoch)


def plan_pull(cursor: Cursor, epoch: str, heads: Mapping[str, int], floors: Mapping[str, int]) -> PullPlan:
    """Compare a cursor with the heads and floors of the scopes held now.

    After a foreign cursor every scope is listed again, and the notice tells the phone to replay and sweep.
    """
    reset = is_foreign(cursor, epoch, heads)
    after, listing, notices = {}, {}, []
    for scope in sorted(heads):
        at, since = (0, 0) if reset else (max(0, cursor.seqs.get(scope, 0)), cursor.listing.get(scope, 0))
        if at > 0 and max(at, since) < floors.get(scope, 0):
            at = 0
            notices.append(Notice(code="sync.scope_relisted", params={"scope": scope}))
        after[scope] = at
        listing[scope] = since if at else heads[scope]
    if reset:
        notices.append(Notice(code="sync.cursor_reset", params={"epoch": epoch}))
    dropped = tuple(sorted(scope for scope in cursor.seqs if scope not in heads))
    return PullPlan(after=after, listing=listing, dropped=dropped, notices=tuple(notices))


def next_cursor(plan: PullPlan, epoch: str, reached: Mapping[str, int]) -> Cursor:
    """Return the cursor after a page: how far it reached in each scope, and the old place elsewhere."""
    seqs = {scope: reached.get(scope, after) for scope, after in plan.after.items()}
    listing = {scope: since for scope, since in plan.listing.items() if seqs[scope] < since}
    return Cursor(epoch=epoch, seqs=seqs, listing=listing)

"""Parked ops that are tried again: by a person, or because the record they waited for has come.

They are tried under their own author, whose authority is judged afresh. What fails again stays parked, under the
reason of this time; the receipt its phone holds never changes, the parked record's state does.
"""

from collections import deque
from collections.abc import Iterable, Mapping

from mobile_contract.sync import Limits, Receipt
from sync.draft import Draft
from sync.parking import applied, is_waiting, still_parked
from sync.policy import PARKED
from sync.state import PushPlan, PushState, Settled, Waiting
from sync.steps import admit, take
from sync.weighing import Park

#: The code under which an op waits for its record to come.
UNKNOWN = "op.unknown_record"
#: The code under which a new record waits for the version of its form to be published here.
UNKNOWN_FORM = "op.unknown_form"


def plan_retry(state: PushState, waiting: Waiting, now: str, limits: Limits) -> PushPlan:
    """Plan what to write when a person has a parked unit tried again. ``state.author`` is whom it is tried for."""
    draft = Draft(state, limits)
    waitlist = Waitlist(state.waiting)
    settled, written = _try(draft, waitlist, waiting, now, limits)
    settled += waitlist.arrived(draft, written, now, limits)
    return PushPlan(
        records=draft.changed(), answers=(), notices=(), settled=tuple(settled), writers=dict(draft.writers)
    )


class Waitlist:
    """The units that wait for a record: those parked before, and those of the push under way."""

    def __init__(self, before: Mapping[str, Iterable[Waiting]]) -> None:
        self._before = before
        self._new: dict[str, list[Waiting]] = {}
        self._asked: set[str] = set()

    def add(self, record: str, waiting: Waiting) -> None:
        """Let a unit wait for a record."""
        self._new.setdefault(record, []).append(waiting)

    def arrived(self, draft: Draft, ids: Iterable[str], now: str, limits: Limits) -> list[Settled]:
        """Try what waited for records that were just written, and for those that it writes in turn."""
        settled: list[Settled] = []
        queue = deque(ids)
        while queue:
            key = queue.popleft()
            there = draft.get(key)
            if there is None or there.deleted or there.kind == PARKED.kind:
                continue
            for waiting in self._waiting_for(key):
                done, written = _try(draft, self, waiting, now, limits)
                settled += done
                queue.extend(written)
        return settled

    def _waiting_for(self, key: str) -> list[Waiting]:
        """Take what waits for a record off the list: once tried, it waits anew or no more."""
        before = () if key in self._asked else self._before.get(key, ())
        self._asked.add(key)
        return [*before, *self._new.pop(key, ())]


def _try(
    draft: Draft, waitlist: Waitlist, waiting: Waiting, now: str, limits: Limits
) -> tuple[list[Settled], tuple[str, ...]]:
    """Try a unit; return what became of each op, and the ids of the records that it wrote."""
    items = [item for item in waiting.items if is_waiting(draft.get(item[0]))]
    branch = draft.branch(waiting.author)
    results: list[Receipt] = []
    for key, sent in items:
        try:
            results.append(take(branch, admit(branch, sent, len(items), limits), now))
        except Park as reason:
            return _fail(draft, waitlist, waiting, key, reason), ()
    written = branch.written
    draft.adopt(branch)
    done = []
    for (key, sent), result in zip(items, results, strict=True):
        parked = draft.get(key)
        assert parked is not None  # noqa: S101 - it is waiting
        draft.save(applied(parked, result.code, by=waiting.asked_by, at=now, reason=waiting.reason))
        done.append(Settled(parked=key, sent=sent, author=waiting.author, result=result))
    return done, written


def _fail(draft: Draft, waitlist: Waitlist, waiting: Waiting, culprit: str, reason: Park) -> list[Settled]:
    for key, sent in waiting.items:
        parked = draft.get(key)
        if parked is None or not is_waiting(parked):
            continue
        if key != culprit:
            draft.save(still_parked(parked, "op.unit_parked", {}))
            continue
        draft.save(still_parked(parked, reason.code, reason.params))
        if reason.code == UNKNOWN and sent.op is not None:
            waitlist.add(sent.op.id, waiting)
    return []

"""Conflict records: one per (record, path), keeping every candidate until a person chooses."""

from enum import StrEnum
from typing import Any, Final

from msgspec import UNSET, UnsetType

from mobile_contract.base import Wire
from mobile_contract.conflicts import Candidate, ConflictValues, Gone
from mobile_contract.ids import conflict_id
from mobile_contract.states import ConflictState, Table
from mobile_contract.sync import AnyOp
from sync import merge, removed
from sync.draft import Draft
from sync.merge import Leaf
from sync.policy import CONFLICT
from sync.state import Record
from sync.typed import OpenConflicts, ProtocolAnnotation, Received, Revision, server_of, values_of

KIND = CONFLICT.kind
#: The path of a conflict about a whole record: whether it is to be deleted.
WHOLE = "(record)"


class ConflictAct(StrEnum):
    """What happens to a conflict: another value comes, a replica takes its value back, a value is settled on."""

    JOIN = "join"
    AGREE = "agree"
    RESOLVE = "resolve"


CONFLICTS: Final = Table[ConflictState | None, ConflictAct](
    name="conflict",
    starts=(None,),
    rows={
        None: {ConflictAct.JOIN: ConflictState.OPEN},
        ConflictState.OPEN: {
            ConflictAct.JOIN: ConflictState.OPEN,
            ConflictAct.AGREE: ConflictState.OPEN,
            ConflictAct.RESOLVE: ConflictState.RESOLVED,
        },
        # A later disagreement about the same field is a new one under the same id.
        ConflictState.RESOLVED: {ConflictAct.JOIN: ConflictState.OPEN},
    },
    illegal="op.already_resolved",
)


def conflict_state(record: Record) -> ConflictState:
    """Return whether a conflict is open."""
    return values_of(record, ConflictValues).state


class ConflictRevision(Revision, frozen=True, kw_only=True):
    """What the protocol sets of a conflict. Candidates that were there are passed on as they are stored."""

    of = (ConflictValues,)

    record: str | UnsetType = UNSET
    kind: str | UnsetType = UNSET
    path: str | UnsetType = UNSET
    standing: Any = UNSET
    candidates: dict[str, Any] | UnsetType = UNSET
    gone: Gone | UnsetType | None = UNSET
    state: ConflictState | UnsetType = UNSET
    came_back: bool | UnsetType | None = UNSET
    chosen: Any = UNSET
    resolved_by: str | UnsetType = UNSET
    at: str | UnsetType = UNSET
    reason: str | UnsetType | None = UNSET


class _Stored(Wire, frozen=True, kw_only=True):
    """The candidates of a conflict by replica, each as it is stored."""

    candidates: dict[str, Any]


def open_conflicts(record: Record) -> tuple[str, ...]:
    """Return the paths of a record that people disagree on."""
    return server_of(record, OpenConflicts).open_conflicts


def open_or_join(draft: Draft, op: AnyOp, record: Record, leaf: Leaf, now: str) -> Record:
    """Keep a leaf's value as this replica's candidate, in place of an earlier one. Return the record, marked with it.

    Earlier is what has a lower ``n``: after a restore, or when a parked op is tried again, ops come out of their order.
    """
    replica = draft.author.replica
    key = conflict_id(record.id, leaf.name)
    there = draft.get(key)
    is_open = there is not None and conflict_state(there) is ConflictState.OPEN
    candidates = values_of(there, _Stored).candidates if there is not None and is_open else {}
    if there is None or not is_open or not _has_newer(there, replica, op):
        candidates[replica] = Candidate(
            value=leaf.value, op_id=op.op_id, n=op.n, by=draft.author.person, at=now, device_time=op.at
        )
    revision = ConflictRevision(
        record=record.id,
        kind=record.kind,
        path=leaf.name,
        standing=merge.get(record.values, leaf.path),
        candidates=candidates,
        gone=_gone(record, leaf.path),
        state=_after(there, ConflictAct.JOIN),
    )
    if there is None:
        server = Received(received_at=now).members()
        there = Record(kind=KIND, id=key, scope=record.scope, values={}, server=server)
    draft.revise(there, revision.over({}))
    paths = {*open_conflicts(record), leaf.name}
    return draft.annotate(record, ProtocolAnnotation(open_conflicts=tuple(sorted(paths))))


def agree(draft: Draft, op: AnyOp, record: Record, leaf: Leaf, now: str) -> Record:
    """Note that a leaf's value stands now: its replica's earlier candidate goes, and with the last one the conflict.

    Return the record, without the mark of a conflict that closed.
    """
    if leaf.name not in open_conflicts(record):
        return record
    there = draft.get(conflict_id(record.id, leaf.name))
    if there is None or not CONFLICTS.allows(conflict_state(there), ConflictAct.AGREE):
        return record
    standing = merge.get(record.values, leaf.path)
    candidates = values_of(there, _Stored).candidates
    if not _has_newer(there, draft.author.replica, op):
        candidates.pop(draft.author.replica, None)
    if not candidates:
        return close(draft, record, there, standing, now)
    _revise(draft, there, ConflictRevision(candidates=candidates, standing=standing, came_back=None))
    return record


def follow(draft: Draft, record: Record, *, came_back: bool = False) -> None:
    """Let the open conflicts of a record say what its values became, where a row above or a cell below one changed.

    ``came_back``: a choice brought a row back, so that what stands in it now is what stood there before.
    """
    for name in open_conflicts(record):
        there = draft.get(conflict_id(record.id, name))
        if there is None or name == WHOLE:
            continue
        path = merge.split(name)
        standing, gone = merge.get(record.values, path), _gone(record, path)
        about = values_of(there, ConflictValues)
        if merge.same(about.standing, standing) and about.gone == gone:
            continue
        back = (came_back and about.gone is not None and gone is None) or None
        _revise(draft, there, ConflictRevision(standing=standing, gone=gone, came_back=back))


def _gone(record: Record, path: tuple[str, ...]) -> Gone | None:
    """Return what a path leads through that went away: what, by whom and when, as far as that is known."""
    row = removed.missing_row(record.values, path)
    if row is None:
        return None
    entry = removed.last_known(record, row)
    return Gone(path="/".join(row)) if entry is None else Gone(path=entry.path, by=entry.by, at=entry.at)


def close(draft: Draft, target: Record, conflict: Record, value: Any, now: str, reason: str | None = None) -> Record:
    """Settle a conflict with a value that the record now holds, and take its path off the record."""
    resolved = ConflictRevision(
        state=_after(conflict, ConflictAct.RESOLVE),
        chosen=value,
        resolved_by=draft.author.person,
        at=now,
        gone=None,
        came_back=None,
        reason=reason or UNSET,
    )
    _revise(draft, conflict, resolved)
    closed = values_of(conflict, ConflictValues).path
    left = tuple(path for path in open_conflicts(target) if path != closed)
    return draft.annotate(target, ProtocolAnnotation(open_conflicts=left or None))


def bury(draft: Draft, record: Record, now: str) -> Record:
    """Save a record as deleted, and settle what people disagree on in it: every candidate stays where it is kept."""
    for path in open_conflicts(record):
        conflict = draft.get(conflict_id(record.id, path))
        if conflict is not None and CONFLICTS.allows(conflict_state(conflict), ConflictAct.RESOLVE):
            record = close(draft, record, conflict, None, now)
    return draft.bury(record)


def _after(conflict: Record | None, act: ConflictAct) -> ConflictState:
    state = CONFLICTS.step(None if conflict is None else conflict_state(conflict), act)
    assert state is not None  # noqa: S101 - no act ends a conflict
    return state


def _revise(draft: Draft, conflict: Record, revision: ConflictRevision) -> None:
    draft.revise(conflict, revision.over(conflict.values))


def _has_newer(conflict: Record, replica: str, op: AnyOp) -> bool:
    """Return whether a replica has a candidate there whose op came after this one in its own order."""
    candidate = values_of(conflict, ConflictValues).candidates.get(replica)
    return candidate is not None and candidate.n > op.n

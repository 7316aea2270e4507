"""Conflict records: one per (record, path), keeping every candidate until a person chooses."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any, Final

from mobile_contract.ids import conflict_id
from mobile_contract.states import ConflictState, Table
from mobile_contract.sync import AnyOp
from sync import merge, removed
from sync.draft import Draft
from sync.merge import Leaf
from sync.policy import CONFLICT
from sync.state import Record

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
    return ConflictState(record.values["state"])


def open_or_join(draft: Draft, op: AnyOp, record: Record, leaf: Leaf, now: str) -> Record:
    """Keep a leaf's value as this replica's candidate, in place of an earlier one. Gives the record, marked with it.

    Earlier is what has a lower ``n``: after a restore, or when a parked op is tried again, ops come out of their order.
    """
    candidate = {
        "value": leaf.value,
        "opId": op.op_id,
        "n": op.n,
        "by": draft.author.person,
        "at": now,
        "deviceTime": op.at,
    }
    key = conflict_id(record.id, leaf.name)
    there = draft.get(key)
    is_open = there is not None and conflict_state(there) is ConflictState.OPEN
    candidates = dict(there.values["candidates"]) if there is not None and is_open else {}
    if not _is_newer(candidates.get(draft.author.replica), op):
        candidates[draft.author.replica] = candidate
    values: dict[str, Any] = {
        "record": record.id,
        "kind": record.kind,
        "path": leaf.name,
        "standing": merge.get(record.values, leaf.path),
        "candidates": candidates,
        "gone": _gone(record, leaf.path),
        "state": _after(there, ConflictAct.JOIN),
    }
    if there is None:
        there = Record(kind=KIND, id=key, scope=record.scope, values={}, server={"receivedAt": now})
    draft.revise(there, merge.normal(values))
    paths = set(record.server.get("openConflicts", ())) | {leaf.name}
    return draft.annotate(record, {"openConflicts": sorted(paths)})


def agree(draft: Draft, op: AnyOp, record: Record, leaf: Leaf, now: str) -> Record:
    """Note that a leaf's value stands now: its replica's earlier candidate goes, and with the last one the conflict.

    Gives the record, without the mark of a conflict that closed.
    """
    if leaf.name not in record.server.get("openConflicts", ()):
        return record
    there = draft.get(conflict_id(record.id, leaf.name))
    if there is None or not CONFLICTS.allows(conflict_state(there), ConflictAct.AGREE):
        return record
    standing = merge.get(record.values, leaf.path)
    candidates = dict(there.values["candidates"])
    if not _is_newer(candidates.get(draft.author.replica), op):
        candidates.pop(draft.author.replica, None)
    if not candidates:
        return close(draft, record, there, standing, now)
    known = {**there.values, "candidates": candidates, "standing": standing, "cameBack": None}
    draft.revise(there, merge.normal(known))
    return record


def follow(draft: Draft, record: Record, *, came_back: bool = False) -> None:
    """Let the open conflicts of a record say what its values became, where a row above or a cell below one changed.

    ``came_back``: a choice brought a row back, so that what stands in it now is what stood there before.
    """
    for name in record.server.get("openConflicts", ()):
        there = draft.get(conflict_id(record.id, name))
        if there is None or name == WHOLE:
            continue
        path = merge.split(name)
        standing, gone = merge.get(record.values, path), _gone(record, path)
        if merge.same(there.values.get("standing"), standing) and there.values.get("gone") == gone:
            continue
        back = (came_back and "gone" in there.values and gone is None) or None
        draft.revise(there, merge.normal({**there.values, "standing": standing, "gone": gone, "cameBack": back}))


def _gone(record: Record, path: tuple[str, ...]) -> dict[str, Any] | None:
    """Return what a path leads through that went away: what, by whom and when, as far as that is known."""
    row = removed.missing_row(record.values, path)
    if row is None:
        return None
    entry = removed.last_known(record, row)
    return {"path": "/".join(row)} | ({name: entry[name] for name in ("path", "by", "at")} if entry else {})


def close(draft: Draft, target: Record, conflict: Record, value: Any, now: str) -> Record:
    """Settle a conflict with a value that the record now holds, and take its path off the record."""
    state = _after(conflict, ConflictAct.RESOLVE)
    settled = {**conflict.values, "state": state, "chosen": value, "resolvedBy": draft.author.person, "at": now}
    draft.revise(conflict, merge.normal({**settled, "gone": None, "cameBack": None}))
    paths = [path for path in target.server.get("openConflicts", ()) if path != conflict.values["path"]]
    return draft.annotate(target, {"openConflicts": paths or None})


def bury(draft: Draft, record: Record, now: str) -> Record:
    """Save a record as deleted, and settle what people disagree on in it: every candidate stays where it is kept."""
    for path in record.server.get("openConflicts", ()):
        conflict = draft.get(conflict_id(record.id, path))
        if conflict is not None and CONFLICTS.allows(conflict_state(conflict), ConflictAct.RESOLVE):
            record = close(draft, record, conflict, None, now)
    return draft.bury(record)


def _after(conflict: Record | None, act: ConflictAct) -> str:
    state = CONFLICTS.step(None if conflict is None else conflict_state(conflict), act)
    assert state is not None  # noqa: S101 - no act ends a conflict
    return state.value


def _is_newer(candidate: Mapping[str, Any] | None, op: AnyOp) -> bool:
    return candidate is not None and int(candidate.get("n", 0)) > op.n

"""``plan_push(state, ops, now)``: what becomes of each op, and what is to be written. Nothing is written here.

Every op ends as applied, merged, conflict or parked; ``_STEPS`` maps each kind of op to the function that decides. A
step works on the draft of its unit and raises ``_Park`` when the op cannot be applied; then the draft is thrown away
and the whole unit is parked.
"""

from collections.abc import Callable, Mapping, Sequence
from itertools import groupby
from typing import Any

from mobile_contract.ids import conflict_id
from mobile_contract.sync import AnyOp, Create, Delete, Limits, Notice, Outcome, Patch, Receipt, Resolve, Sign
from sync import conflicts, merge
from sync.draft import Draft
from sync.parking import park
from sync.policy import PROTOCOL_KINDS, KindPolicy
from sync.state import Answer, PushPlan, PushState, Record, Sent


class _Park(Exception):
    """The op cannot be applied: the code says why, and its unit is parked."""

    def __init__(self, code: str, **params: str) -> None:
        super().__init__(code)
        self.code = code
        self.params = params


def plan_push(
    state: PushState,
    sent: Sequence[Sent],
    now: str,
    limits: Limits,
    refused: Mapping[str, str] | None = None,
) -> PushPlan:
    """Plan what to write for ops in the order they came.

    ``now`` is the server's time (RFC 3339). ``refused`` maps the body hash of ops that the database would not take to
    a reference for the operator; their units are parked. Same state, ops and time give the same plan.
    """
    draft = Draft(state)
    answers: list[Answer] = []
    for unit in units(sent):
        answers.extend(_plan_unit(state, draft, unit, now, limits, refused or {}))
    return PushPlan(records=draft.changed(), answers=tuple(answers), notices=_notices(state, sent))


def units(sent: Sequence[Sent]) -> list[list[Sent]]:
    """Group consecutive ops of the same unit; an op without one stands alone."""
    grouped = groupby(enumerate(sent), key=lambda pair: (pair[1].op.unit if pair[1].op else None) or f"#{pair[0]}")
    return [[item for _, item in group] for _, group in grouped]


def _plan_unit(
    state: PushState, draft: Draft, unit: list[Sent], now: str, limits: Limits, refused: Mapping[str, str]
) -> list[Answer]:
    replayed = {item.body_hash: state.receipts.get((item.op_id, item.body_hash)) for item in unit}
    answers: dict[int, Answer] = {}
    attempt = draft.branch()
    failed: tuple[int, str, Mapping[str, str]] | None = None
    for index, item in enumerate(unit):
        receipt = replayed[item.body_hash] or attempt.receipt(item)
        if receipt is not None:
            answers[index] = Answer(sent=item, receipt=receipt, stream=state.author.own_scope, fresh=False)
            continue
        try:
            _refuse(state, attempt, item, len(unit), limits, refused)
            assert item.op is not None  # noqa: S101 - _refuse parks what has no op
            receipt = _STEPS[type(item.op)](attempt, item.op, now)
        except _Park as reason:
            failed = (index, reason.code, reason.params)
            break
        attempt.answer(item, receipt)
        answers[index] = Answer(sent=item, receipt=receipt, stream=item.op.scope, fresh=True)
    if failed is None:
        draft.adopt(attempt)
        return [answers[index] for index in range(len(unit))]
    return _park_unit(state, draft, unit, failed, now, replayed)


def _park_unit(
    state: PushState,
    draft: Draft,
    unit: list[Sent],
    failed: tuple[int, str, Mapping[str, str]],
    now: str,
    replayed: Mapping[str, Receipt | None],
) -> list[Answer]:
    culprit, code, params = failed
    answers = []
    for index, item in enumerate(unit):
        old = replayed[item.body_hash]
        if old is not None:
            answers.append(Answer(sent=item, receipt=old, stream=state.author.own_scope, fresh=False))
            continue
        why, with_ = (code, params) if index == culprit else ("op.unit_parked", {})
        draft.save(park(state.author, item, why, with_, now))
        receipt = Receipt(op_id=item.op_id, n=item.n, outcome=Outcome.PARKED, code=why, params=dict(with_))
        draft.answer(item, receipt)
        answers.append(Answer(sent=item, receipt=receipt, stream=state.author.own_scope, fresh=True))
    return answers


def _refuse(
    state: PushState, draft: Draft, item: Sent, unit_size: int, limits: Limits, refused: Mapping[str, str]
) -> None:
    """Raise ``_Park`` for what no step needs to look at: bad bytes, used ids, missing authority, unknown kinds."""
    if item.problem or item.op is None:
        raise _Park(item.problem or "op.undecodable", **item.params)
    op = item.op
    if item.body_hash in refused:
        raise _Park("op.refused_by_database", reference=refused[item.body_hash])
    if item.op_id in state.ids_used or draft.has_answered(item.op_id):
        raise _Park("op.id_reused")
    if state.numbers.get(op.n, op.op_id) != op.op_id:
        raise _Park("sync.replica_forked", n=str(op.n))
    if unit_size > limits.ops_per_unit:
        raise _Park("op.unit_too_long", limit=str(limits.ops_per_unit))
    if op.scope not in state.author.roles:
        raise _Park("op.scope_not_held")
    target = draft.get(op.id)
    if target is not None and (target.scope != op.scope or target.kind != op.kind):
        raise _Park("op.other_scope")
    if not isinstance(op, Resolve):
        _policy(state, draft, op.kind, op.scope)


def _policy(state: PushState, draft: Draft, kind: str, scope: str) -> KindPolicy:
    policy = draft.policies.get(kind)
    if policy is None or kind in PROTOCOL_KINDS:
        raise _Park("op.unknown_kind", kind=kind[:64])
    if not policy.writers & state.author.roles[scope]:
        raise _Park("op.role_may_not")
    return policy


def _create(draft: Draft, op: AnyOp, now: str) -> Receipt:
    assert isinstance(op, Create)  # noqa: S101 - the table maps the type
    policy = draft.policies[op.kind]
    there = draft.get(op.id)
    if there is None:
        values, derivation = merge.normal(op.values), draft.derivations.get(op.id)
        fresh = Record(kind=op.kind, id=op.id, scope=op.scope, values={}, server={"receivedAt": now})
        made = draft.revise(fresh, derivation.recompute(values) if derivation else values)
        return _receipt(op, Outcome.APPLIED, "op.applied", made)
    if there.deleted:
        raise _Park("op.deleted_record")
    if policy.append_only:
        if merge.same(there.values, merge.normal(op.values)):
            return _receipt(op, Outcome.APPLIED, "op.nothing_to_do", there)
        raise _Park("op.append_only")
    return _set_leaves(draft, op, there, merge.leaves_of_create(op.values, policy), now, Outcome.MERGED)


def _patch(draft: Draft, op: AnyOp, now: str) -> Receipt:
    assert isinstance(op, Patch)  # noqa: S101 - the table maps the type
    policy = draft.policies[op.kind]
    there = _living(draft, op)
    if policy.append_only:
        raise _Park("op.append_only")
    try:
        leaves = merge.leaves_of_patch(op.set, policy)
    except merge.BadPath as error:
        raise _Park("op.bad_path", path=str(error)[:200]) from error
    fixed = next((leaf.name for leaf in leaves if leaf.path[0] in policy.fixed), None)
    if fixed is not None:
        raise _Park("op.fixed_field", path=fixed)
    unread = there.seq > draft.author.read_to.get(there.scope, 0) and there.id not in draft.own
    return _set_leaves(draft, op, there, leaves, now, Outcome.MERGED if unread else Outcome.APPLIED)


def _set_leaves(draft: Draft, op: AnyOp, record: Record, leaves: list[merge.Leaf], now: str, met: Outcome) -> Receipt:
    """Weigh each leaf and save the record. ``met`` is the outcome if something was set and nothing clashed."""
    derivation = draft.derivations.get(op.id)
    computed = derivation.computed(record.values) if derivation else frozenset()
    values = record.values
    stood: list[merge.Leaf] = []
    clashes: list[merge.Leaf] = []
    for leaf in leaves:
        if merge.matches(leaf.path, computed):
            continue
        step = merge.weigh(values, leaf)
        (clashes if step is merge.Step.CLASH else stood).append(leaf)
        if step is merge.Step.SET:
            values = merge.put(values, leaf.path, leaf.value)
    moved = values is not record.values
    record = draft.revise(record, derivation.recompute(values) if derivation else values)
    for leaf in stood:
        record = conflicts.agree(draft, record, leaf, now)
    for leaf in clashes:
        record = conflicts.open_or_join(draft, op, record, leaf, now)
    if clashes:
        named = tuple(conflict_id(record.id, leaf.name) for leaf in clashes)
        return _receipt(op, Outcome.CONFLICT, "op.conflict", record, named)
    if not moved:
        return _receipt(op, Outcome.APPLIED, "op.nothing_to_do", record)
    if record.server.get("signed"):
        return _receipt(op, Outcome.APPLIED, "op.became_amendment", record)
    return _receipt(op, met, "op.merged" if met is Outcome.MERGED else "op.applied", record)


def _delete(draft: Draft, op: AnyOp, now: str) -> Receipt:
    assert isinstance(op, Delete)  # noqa: S101 - the table maps the type
    policy = draft.policies[op.kind]
    there = draft.get(op.id)
    if there is None:
        raise _Park("op.unknown_record")
    if there.deleted:
        return _receipt(op, Outcome.APPLIED, "op.nothing_to_do", there)
    if policy.append_only or not policy.deletable:
        raise _Park("op.append_only")
    if there.server.get("signed"):
        raise _Park("op.signed_record")
    if there.digest != op.was_digest:
        leaf = merge.Leaf(("(record)",), None)
        there = conflicts.open_or_join(draft, op, there, leaf, now)
        return _receipt(op, Outcome.CONFLICT, "op.conflict", there, (conflict_id(there.id, leaf.name),))
    return _receipt(op, Outcome.APPLIED, "op.applied", draft.bury(there))


def _sign(draft: Draft, op: AnyOp, now: str) -> Receipt:
    assert isinstance(op, Sign)  # noqa: S101 - the table maps the type
    there = _living(draft, op)
    if not draft.policies[op.kind].signable:
        raise _Park("op.not_signable")
    if there.digest != op.digest:
        raise _Park("op.moved_since")
    if there.server.get("openConflicts"):
        raise _Park("op.open_conflicts")
    versions = list(there.server.get("signed", ()))
    if versions and versions[-1]["digest"] == op.digest:
        return _receipt(op, Outcome.APPLIED, "op.nothing_to_do", there)
    version: dict[str, Any] = {
        "version": len(versions) + 1,
        "digest": op.digest,
        "by": draft.author.person,
        "at": now,
        "values": there.values,
    }
    signed = draft.annotate(there, {"signed": [*versions, version]})
    return _receipt(op, Outcome.APPLIED, "op.applied", signed)


def _resolve(draft: Draft, op: AnyOp, now: str) -> Receipt:
    assert isinstance(op, Resolve)  # noqa: S101 - the table maps the type
    conflict = _living(draft, op)
    target = draft.get(conflict.values.get("record", ""))
    if conflict.kind != conflicts.KIND or target is None or target.deleted:
        raise _Park("op.unknown_record")
    policy = draft.policies[target.kind]
    if not policy.writers & draft.author.roles[op.scope]:
        raise _Park("op.role_may_not")
    if conflict.values["state"] != "open":
        if merge.same(conflict.values.get("chosen"), op.value):
            return _receipt(op, Outcome.APPLIED, "op.nothing_to_do", conflict)
        raise _Park("op.already_resolved")
    if not {item["opId"] for item in conflict.values["candidates"].values()} <= set(op.seen):
        return _receipt(op, Outcome.CONFLICT, "op.new_candidates", conflict, (conflict.id,))
    path = tuple(conflict.values["path"].split("/"))
    if path == ("(record)",):
        target = draft.bury(target) if op.value is None else target
    else:
        values = merge.put(target.values, path, op.value)
        derivation = draft.derivations.get(target.id)
        target = draft.revise(target, derivation.recompute(values) if derivation else values)
    conflicts.close(draft, target, conflict, op.value, now)
    return _receipt(op, Outcome.APPLIED, "op.applied", conflict)


def _living(draft: Draft, op: AnyOp) -> Record:
    there = draft.get(op.id)
    if there is None:
        raise _Park("op.unknown_record")
    if there.deleted:
        raise _Park("op.deleted_record")
    return there


def _receipt(op: AnyOp, outcome: Outcome, code: str, record: Record, named: tuple[str, ...] = ()) -> Receipt:
    return Receipt(op_id=op.op_id, n=op.n, outcome=outcome, code=code, rev=record.rev, conflicts=named)


_STEPS: Mapping[type, Callable[[Draft, AnyOp, str], Receipt]] = {
    Create: _create,
    Patch: _patch,
    Delete: _delete,
    Sign: _sign,
    Resolve: _resolve,
}


def _notices(state: PushState, sent: Sequence[Sent]) -> tuple[Notice, ...]:
    """Report gaps in ``n`` and numbers that were used for something else."""
    notices = []
    expected = state.last_n + 1
    for number in sorted({item.n for item in sent if item.n > state.last_n}):
        if number > expected:
            notices.append(Notice(code="sync.gap", params={"first": str(expected), "last": str(number - 1)}))
        expected = number + 1
    forked = [item.n for item in sent if item.n and state.numbers.get(item.n, item.op_id) != item.op_id]
    if forked:
        notices.append(Notice(code="sync.replica_forked", params={"n": str(min(forked))}))
    return tuple(notices)

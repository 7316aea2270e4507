"""What each kind of op does to a draft, and what stands in its way.

A step works on the draft of its unit and raises :class:`Park` when the op cannot be applied; then the draft is thrown
away and the whole unit is parked. Who acts is the draft's author.
"""

from collections.abc import Callable, Mapping
from typing import Any

import msgspec
from msgspec import UNSET

from mobile_contract.ids import archive_scope, conflict_id, live_scope
from mobile_contract.sync import AnyOp, Create, Delete, Limits, Outcome, Patch, Receipt, Resolve, Sign
from mobile_contract.values import Values
from sync import conflicts, merge, removed
from sync.draft import Draft, TooLarge
from sync.policy import PROTOCOL_KINDS
from sync.state import Derivation, Record, Sent


class Park(Exception):
    """The op cannot be applied: the code says why, and its unit is parked."""

    def __init__(self, code: str, **params: str) -> None:
        super().__init__(code)
        self.code = code
        self.params = params


def admit(draft: Draft, item: Sent, unit_size: int, limits: Limits) -> AnyOp:
    """Return the op of ``item`` if its author may send it now. Raises :class:`Park` where no step is needed."""
    if item.problem or item.op is None:
        raise Park(item.problem or "op.undecodable", **item.params)
    op = item.op
    if unit_size > limits.ops_per_unit:
        raise Park("op.unit_too_long", limit=str(limits.ops_per_unit))
    if op.scope not in draft.author.roles:
        raise Park("op.archived" if live_scope(op.scope) in draft.author.roles else "op.scope_not_held")
    target = draft.get(op.id)
    if target is not None and (target.scope != op.scope or target.kind != op.kind):
        raise Park("op.archived" if target.scope == archive_scope(op.scope) else "op.other_scope")
    if not isinstance(op, Resolve):
        policy = draft.policies.get(op.kind)
        if policy is None or op.kind in PROTOCOL_KINDS:
            raise Park("op.unknown_kind", kind=op.kind[:64])
        if not policy.writers & draft.author.roles[op.scope]:
            raise Park("op.role_may_not")
    return op


def take(draft: Draft, op: AnyOp, now: str) -> Receipt:
    """Let an admitted op do its work on the draft. Raises :class:`Park`."""
    try:
        return _STEPS[type(op)](draft, op, now)
    except TooLarge as error:
        raise Park("op.record_too_large", limit=str(error.limit)) from error


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
        raise Park("op.deleted_record")
    if policy.append_only:
        if merge.same(there.values, merge.normal(op.values)):
            return _receipt(op, Outcome.APPLIED, "op.nothing_to_do", there)
        raise Park("op.append_only")
    return _set_leaves(draft, op, there, merge.leaves_of_create(op.values, policy), now, Outcome.MERGED)


def _patch(draft: Draft, op: AnyOp, now: str) -> Receipt:
    assert isinstance(op, Patch)  # noqa: S101 - the table maps the type
    policy = draft.policies[op.kind]
    there = _living(draft, op)
    if policy.append_only:
        raise Park("op.append_only")
    try:
        leaves = merge.leaves_of_patch(op.set, policy)
    except merge.BadPath as error:
        raise Park("op.bad_path", path=str(error)[:200]) from error
    fixed = next((leaf.name for leaf in leaves if leaf.path[0] in policy.fixed), None)
    if fixed is not None:
        raise Park("op.fixed_field", path=fixed)
    unread = there.seq > draft.author.read_to.get(there.scope, 0) and there.id not in draft.own
    return _set_leaves(draft, op, there, leaves, now, Outcome.MERGED if unread else Outcome.APPLIED)


class _Weighed(msgspec.Struct):
    """What the leaves of an op make of a record's values: which stand, which clash, and what goes away."""

    values: Values
    stood: list[merge.Leaf] = []
    clashes: list[merge.Leaf] = []
    gone: list[tuple[str, ...]] = []


def _set_leaves(draft: Draft, op: AnyOp, record: Record, leaves: list[merge.Leaf], now: str, met: Outcome) -> Receipt:
    """Weigh each leaf and save the record. ``met`` is the outcome if something was set and nothing clashed."""
    derivation = draft.derivations.get(op.id)
    before = record.values
    done = _weigh_all(before, leaves, derivation)
    moved = done.values is not before
    record = draft.revise(record, derivation.recompute(done.values) if derivation else done.values)
    if done.gone:
        record = draft.annotate(record, removed.noted(record, before, done.gone, draft.author.person, now))
    for leaf in done.stood:
        record = conflicts.agree(draft, op, record, leaf, now)
    if moved:
        conflicts.follow(draft, record)
    for leaf in done.clashes:
        record = conflicts.open_or_join(draft, op, record, leaf, now)
    if done.clashes:
        named = tuple(conflict_id(record.id, leaf.name) for leaf in done.clashes)
        return _receipt(op, Outcome.CONFLICT, "op.conflict", record, named)
    if not moved:
        return _receipt(op, Outcome.APPLIED, "op.nothing_to_do", record)
    if record.server.get("signed"):
        return _receipt(op, Outcome.APPLIED, "op.became_amendment", record)
    return _receipt(op, met, "op.merged" if met is Outcome.MERGED else "op.applied", record)


def _weigh_all(values: Values, leaves: list[merge.Leaf], derivation: Derivation | None) -> _Weighed:
    """Lay the leaves that may be set over ``values``. Raises :class:`Park` where one may never be."""
    computed = derivation.computed(values) if derivation else frozenset()
    done = _Weighed(values)
    _refuse_nowhere(leaves)
    for leaf in leaves:
        if merge.matches(leaf.path, computed) or merge.left_alone(done.values, leaf):
            continue
        leaf, step = _weigh(done.values, leaf, derivation)  # noqa: PLW2901 - what of it is to be set
        if derivation and step is not merge.Step.SAME and merge.touches(leaf.name, derivation.fixed):
            raise Park("op.fixed_field", path=leaf.name)
        (done.clashes if step is merge.Step.CLASH else done.stood).append(leaf)
        if step is merge.Step.SET:
            after = merge.put(done.values, leaf.path, leaf.value)
            done.gone += removed.gone(done.values, after, leaf)
            done.values = after
    return done


def _weigh(values: Values, leaf: merge.Leaf, derivation: Derivation | None) -> tuple[merge.Leaf, merge.Step]:
    """Weigh a leaf; a list whose members merge does not clash as a whole."""
    step = merge.weigh(values, leaf)
    if step is merge.Step.CLASH and derivation and (order := derivation.unions.get(merge.pattern(leaf.path))):
        united = merge.joined(values, leaf, order)
        if united is not None:
            return united, merge.weigh(values, united)
    return leaf, step


def _refuse_nowhere(leaves: list[merge.Leaf]) -> None:
    nowhere = next((leaf.name for leaf in leaves if leaf.name == conflicts.WHOLE or not leaf.has_address), None)
    if nowhere is not None:
        raise Park("op.bad_path", path=nowhere[:200])


def _delete(draft: Draft, op: AnyOp, now: str) -> Receipt:
    assert isinstance(op, Delete)  # noqa: S101 - the table maps the type
    policy = draft.policies[op.kind]
    there = draft.get(op.id)
    if there is None:
        raise Park("op.unknown_record")
    if there.deleted:
        return _receipt(op, Outcome.APPLIED, "op.nothing_to_do", there)
    if policy.append_only or not policy.deletable:
        raise Park("op.append_only")
    if there.server.get("signed"):
        raise Park("op.signed_record")
    if there.digest != op.was_digest:
        leaf = merge.Leaf((conflicts.WHOLE,), None)
        there = conflicts.open_or_join(draft, op, there, leaf, now)
        return _receipt(op, Outcome.CONFLICT, "op.conflict", there, (conflict_id(there.id, leaf.name),))
    return _receipt(op, Outcome.APPLIED, "op.applied", conflicts.bury(draft, there, now))


def _sign(draft: Draft, op: AnyOp, now: str) -> Receipt:
    assert isinstance(op, Sign)  # noqa: S101 - the table maps the type
    there = _living(draft, op)
    if not draft.policies[op.kind].signable:
        raise Park("op.not_signable")
    if there.digest != op.digest:
        raise Park("op.moved_since")
    if there.server.get("openConflicts"):
        raise Park("op.open_conflicts")
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
    if conflict.kind != conflicts.KIND:
        raise Park("op.unknown_record")
    if not draft.policies[conflict.values["kind"]].writers & draft.author.roles[op.scope]:
        raise Park("op.role_may_not")
    is_open = conflicts.CONFLICTS.allows(conflicts.conflict_state(conflict), conflicts.ConflictAct.RESOLVE)
    value = merge.normal(op.value)
    if not is_open and merge.same(conflict.values.get("chosen"), value):
        return _receipt(op, Outcome.APPLIED, "op.nothing_to_do", conflict)
    if target is None or target.deleted:
        raise Park("op.deleted_record")
    if not is_open:
        raise Park("op.already_resolved")
    if _asks_for_another_look(draft, op, conflict):
        return _receipt(op, Outcome.CONFLICT, "op.new_candidates", conflict, (conflict.id,))
    if conflict.values["path"] == conflicts.WHOLE:
        target = conflicts.close(draft, target, conflict, value, now)
        if value is None:
            conflicts.bury(draft, target, now)
    else:
        _choose(draft, target, conflict, value, now)
    return _receipt(op, Outcome.APPLIED, "op.applied", conflict)


def _asks_for_another_look(draft: Draft, op: Resolve, conflict: Record) -> bool:
    """Return whether a conflict is another than the one its resolver looked at.

    Who does not say which standing value they saw has looked if their phone had read the conflict as it is: of a row
    that went away meanwhile nothing else would tell. What only came back with its row is nothing new.
    """
    values = conflict.values
    if {item["opId"] for item in values["candidates"].values()} - set(op.seen):
        return True
    if op.standing is UNSET:
        read_to = draft.author.read_to.get(conflict.scope)
        return "gone" in values and read_to is not None and conflict.seq > read_to and conflict.id not in draft.own
    standing = merge.normal(op.standing)
    return not merge.same(values.get("standing"), standing) and not (values.get("cameBack") and standing is None)


def _choose(draft: Draft, target: Record, conflict: Record, value: Any, now: str) -> None:
    """Set the value that was chosen, in a row that is there or comes back whole. Raises :class:`Park`."""
    path = tuple(conflict.values["path"].split("/"))
    before = values = target.values
    entry = None
    row = removed.missing_row(values, path)
    if row is not None and value is not None:
        entry = removed.last_known(target, row)
        if entry is None:
            raise Park("op.row_gone", path="/".join(row))
        values = removed.brought_back(values, entry)
    after = merge.put(values, path, value) if row is None or value is not None else values
    gone = removed.gone(values, after, merge.Leaf(path, value))
    derivation = draft.derivations.get(target.id)
    target = draft.revise(target, derivation.recompute(after) if derivation else after)
    if gone:
        target = draft.annotate(target, removed.noted(target, before, gone, draft.author.person, now))
    if entry is not None:
        target = draft.annotate(target, removed.without(target, entry))
    target = conflicts.close(draft, target, conflict, value, now)
    conflicts.follow(draft, target, came_back=entry is not None)


def _living(draft: Draft, op: AnyOp) -> Record:
    there = draft.get(op.id)
    if there is None:
        raise Park("op.unknown_record")
    if there.deleted:
        raise Park("op.deleted_record")
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

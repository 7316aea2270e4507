"""What each kind of op does to a draft, and what stands in its way.

A step works on the draft of its unit and raises :class:`Park` when the op cannot be applied; then the draft is thrown
away and the whole unit is parked. Who acts is the draft's author.
"""

from collections.abc import Callable, Mapping
from typing import Any

import msgspec
from msgspec import UNSET

from mobile_contract.conflicts import ConflictValues
from mobile_contract.ids import archive_scope, conflict_id, is_derived, live_scope
from mobile_contract.records import SignedVersion
from mobile_contract.sync import AnyOp, Create, Delete, FieldFlag, Limits, Outcome, Patch, Receipt, Resolve, Sign
from sync import conflicts, merge, removed
from sync.draft import Draft, TooLarge
from sync.policy import PROTOCOL_KINDS, KindPolicy
from sync.state import Record, Sent
from sync.typed import ProtocolAnnotation, ProtocolServer, Received, server_of, values_of
from sync.weighing import Park, keep_values, warnings_of, weigh_all


def admit(draft: Draft, item: Sent, unit_size: int, limits: Limits) -> AnyOp:
    """Return the op of ``item`` if its author may send it now. Raise :class:`Park` where no step is needed."""
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
    """Let an admitted op do its work on the draft. Raise :class:`Park`."""
    try:
        return _STEPS[type(op)](draft, op, now)
    except TooLarge as error:
        raise Park("op.record_too_large", limit=str(error.limit)) from error


def _create(draft: Draft, op: AnyOp, now: str) -> Receipt:
    assert isinstance(op, Create)  # noqa: S101 - the table maps the type
    policy = draft.policies[op.kind]
    there = draft.get(op.id)
    if there is None:
        server = Received(received_at=now).members()
        fresh = Record(kind=op.kind, id=op.id, scope=op.scope, values={}, server=server)
        made = keep_values(draft, fresh, merge.normal(op.values))
        return _receipt(op, Outcome.APPLIED, "op.applied", made, warnings=warnings_of(made))
    if there.deleted:
        return _write_again(draft, op, there, now)
    if policy.append_only:
        if merge.same(there.values, merge.normal(op.values)):
            return _receipt(op, Outcome.APPLIED, "op.nothing_to_do", there)
        raise Park("op.append_only")
    leaves = merge.leaves_of_create(op.values, policy)
    return _set_leaves(draft, op, there, _what_may_be_set(there, leaves, policy), now, Outcome.MERGED)


def _write_again(draft: Draft, op: Create, there: Record, now: str) -> Receipt:
    """Bring back a deleted record with a natural key, under what is written now.

    Only who deleted it, or had read that it was deleted, means that: an older create that comes late does not.
    """
    policy = draft.policies[op.kind]
    knows = server_of(there, ProtocolServer).deleted_by == draft.author.person
    knows = knows or 0 < there.seq <= draft.author.read_to.get(there.scope, 0)
    if not knows or policy.append_only or not is_derived(op.id):
        raise Park("op.deleted_record")
    back = draft.unbury(there)
    leaves = _what_may_be_set(back, merge.leaves_of_create(op.values, policy), policy)
    over = [merge.Leaf(leaf.path, leaf.value, merge.get(back.values, leaf.path)) for leaf in leaves]
    receipt = _set_leaves(draft, op, back, over, now, Outcome.MERGED)
    return msgspec.structs.replace(receipt, outcome=Outcome.MERGED, code="op.merged")


def _what_may_be_set(there: Record, leaves: list[merge.Leaf], policy: KindPolicy) -> list[merge.Leaf]:
    """Take the fixed values out of a second create: a rule says which stands. Raise :class:`Park` where none does."""
    left = []
    for leaf in leaves:
        name, now = leaf.path[0], merge.get(there.values, leaf.path)
        if name in policy.highest:
            if type(leaf.value) is int and (type(now) is not int or now < leaf.value):
                left.append(merge.Leaf(leaf.path, leaf.value, now))
        elif name not in policy.fixed:
            left.append(leaf)
        elif not merge.same(now, leaf.value):
            raise Park("op.fixed_field", path=leaf.name)
    return left


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
    if fixed is not None and not _repairs(draft, there, leaves):
        raise Park("op.fixed_field", path=fixed)
    unread = there.seq > draft.author.read_to.get(there.scope, 0) and there.id not in draft.own
    return _set_leaves(draft, op, there, leaves, now, Outcome.MERGED if unread else Outcome.APPLIED)


def _repairs(draft: Draft, there: Record, leaves: list[merge.Leaf]) -> bool:
    """Return whether a change sets fixed values that make no sense to ones that do, by a person who may."""
    if not draft.policies[there.kind].repairers & draft.author.roles[there.scope]:
        return False
    rules, values = draft.derive(there.kind, there.values), there.values
    if rules.known and not rules.misfit(values):
        return False
    for leaf in leaves:
        values = merge.put(values, leaf.path, leaf.value)
    rules = draft.derive(there.kind, values)
    return rules.known and not rules.misfit(values)


def _set_leaves(draft: Draft, op: AnyOp, record: Record, leaves: list[merge.Leaf], now: str, met: Outcome) -> Receipt:
    """Weigh each leaf and save the record. ``met`` is the outcome if something was set and nothing clashed."""
    before = record.values
    done = weigh_all(before, leaves, draft.derive(record.kind, before))
    moved = done.values is not before
    record = keep_values(draft, record, done.values) if moved else draft.save(record)
    warnings = warnings_of(record, [leaf.name for leaf in done.stood])
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
        return _receipt(op, Outcome.CONFLICT, "op.conflict", record, named, warnings)
    if not moved:
        return _receipt(op, Outcome.APPLIED, "op.nothing_to_do", record)
    if server_of(record, ProtocolServer).signed:
        return _receipt(op, Outcome.APPLIED, "op.became_amendment", record, warnings=warnings)
    code = "op.merged" if met is Outcome.MERGED else "op.applied"
    return _receipt(op, met, code, record, warnings=warnings)


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
    if server_of(there, ProtocolServer).signed:
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
    if conflicts.open_conflicts(there):
        raise Park("op.open_conflicts")
    versions = server_of(there, ProtocolServer).signed
    if versions and versions[-1].digest == op.digest:
        return _receipt(op, Outcome.APPLIED, "op.nothing_to_do", there)
    number, person = len(versions) + 1, draft.author.person
    version = SignedVersion(version=number, digest=op.digest, by=person, at=now, values=there.values)
    signed = draft.annotate(there, ProtocolAnnotation(signed=(*versions, version)))
    return _receipt(op, Outcome.APPLIED, "op.applied", signed)


def _resolve(draft: Draft, op: AnyOp, now: str) -> Receipt:
    assert isinstance(op, Resolve)  # noqa: S101 - the table maps the type
    conflict = _living(draft, op)
    if conflict.kind != conflicts.KIND:
        raise Park("op.unknown_record")
    about = values_of(conflict, ConflictValues)
    if not draft.policies[about.kind].writers & draft.author.roles[op.scope]:
        raise Park("op.role_may_not")
    target = draft.get(about.record)
    is_open = conflicts.CONFLICTS.allows(about.state, conflicts.ConflictAct.RESOLVE)
    value = merge.normal(op.value)
    if not is_open and merge.same(about.chosen, value):
        return _receipt(op, Outcome.APPLIED, "op.nothing_to_do", conflict)
    if target is None or target.deleted:
        raise Park("op.deleted_record")
    if not is_open:
        raise Park("op.already_resolved")
    if _asks_for_another_look(draft, op, conflict):
        return _receipt(op, Outcome.CONFLICT, "op.new_candidates", conflict, (conflict.id,))
    if about.path == conflicts.WHOLE:
        target = conflicts.close(draft, target, conflict, value, now, op.reason)
        if value is None:
            conflicts.bury(draft, target, now)
    else:
        target = _choose(draft, target, conflict, op, now)
    warnings = warnings_of(target, [about.path])
    return _receipt(op, Outcome.APPLIED, "op.applied", conflict, warnings=warnings)


def _asks_for_another_look(draft: Draft, op: Resolve, conflict: Record) -> bool:
    """Return whether a conflict is another than the one its resolver looked at.

    Who does not say which standing value they saw has looked if their phone had read the conflict as it is: of a row
    that went away meanwhile nothing else would tell. What only came back with its row is nothing new.
    """
    about = values_of(conflict, ConflictValues)
    if {candidate.op_id for candidate in about.candidates.values()} - set(op.seen):
        return True
    if op.standing is UNSET:
        read_to = draft.author.read_to.get(conflict.scope)
        unread = read_to is not None and conflict.seq > read_to and conflict.id not in draft.own
        return unread and about.gone is not None
    standing = merge.normal(op.standing)
    return not merge.same(about.standing, standing) and not (about.came_back and standing is None)


def _choose(draft: Draft, target: Record, conflict: Record, op: Resolve, now: str) -> Record:
    """Set the value that was chosen, in a row that is there or comes back whole. Raise :class:`Park`."""
    value = merge.normal(op.value)
    path = tuple(values_of(conflict, ConflictValues).path.split("/"))
    before = values = target.values
    entry = None
    _refuse_fixed(draft, target, path, value)
    row = removed.missing_row(values, path)
    if row is not None and value is not None:
        entry = removed.last_known(target, row)
        if entry is None:
            raise Park("op.row_gone", path="/".join(row))
        values = removed.brought_back(values, entry)
    after = merge.put(values, path, value) if row is None or value is not None else values
    gone = removed.gone(values, after, merge.Leaf(path, value))
    target = keep_values(draft, target, after)
    if gone:
        target = draft.annotate(target, removed.noted(target, before, gone, draft.author.person, now))
    if entry is not None:
        target = draft.annotate(target, removed.without(target, entry))
    target = conflicts.close(draft, target, conflict, value, now, op.reason)
    conflicts.follow(draft, target, came_back=entry is not None)
    return target


def _refuse_fixed(draft: Draft, target: Record, path: tuple[str, ...], value: Any) -> None:
    """Raise :class:`Park` where a choice would set what is set when a record is made, and only then."""
    fixed = draft.policies[target.kind].fixed | draft.derive(target.kind, target.values).fixed
    if merge.touches("/".join(path), fixed) and not merge.same(merge.get(target.values, path), value):
        raise Park("op.fixed_field", path="/".join(path))


def _living(draft: Draft, op: AnyOp) -> Record:
    there = draft.get(op.id)
    if there is None:
        raise Park("op.unknown_record")
    if there.deleted:
        raise Park("op.deleted_record")
    return there


def _receipt(
    op: AnyOp,
    outcome: Outcome,
    code: str,
    record: Record,
    named: tuple[str, ...] = (),
    warnings: tuple[FieldFlag, ...] = (),
) -> Receipt:
    return Receipt(
        op_id=op.op_id, n=op.n, outcome=outcome, code=code, rev=record.rev, conflicts=named, warnings=warnings
    )


_STEPS: Mapping[type, Callable[[Draft, AnyOp, str], Receipt]] = {
    Create: _create,
    Patch: _patch,
    Delete: _delete,
    Sign: _sign,
    Resolve: _resolve,
}

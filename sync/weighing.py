"""What setting values makes of a record: which of them stand, which clash, and the one way in which they are kept."""

from collections.abc import Collection

import msgspec

from mobile_contract.sync import FieldFlag
from mobile_contract.values import Values
from sync import conflicts, merge, removed
from sync.draft import Draft
from sync.state import Derivation, Overrun, Record
from sync.typed import ProtocolAnnotation, ProtocolServer, server_of

MAX_WARNINGS = 20


class Park(Exception):
    """The op cannot be applied: the code says why, and its unit is parked."""

    def __init__(self, code: str, **params: str) -> None:
        super().__init__(code)
        self.code = code
        self.params = params


class Weighed(msgspec.Struct):
    """What the leaves of an op make of a record's values: which stand, which clash, and what goes away."""

    values: Values
    stood: list[merge.Leaf] = []
    clashes: list[merge.Leaf] = []
    gone: list[tuple[str, ...]] = []


def weigh_all(values: Values, leaves: list[merge.Leaf], derivation: Derivation) -> Weighed:
    """Lay the leaves that may be set over ``values``. Raise :class:`Park` where one may never be."""
    computed = derivation.computed(values)
    done = Weighed(values)
    _refuse_nowhere(leaves)
    for leaf in leaves:
        if merge.matches(leaf.path, computed) or merge.left_alone(done.values, leaf):
            continue
        leaf, step = _weigh(done.values, leaf, derivation)  # noqa: PLW2901 - what of it is to be set
        if step is not merge.Step.SAME and merge.touches(leaf.name, derivation.fixed):
            raise Park("op.fixed_field", path=leaf.name)
        (done.clashes if step is merge.Step.CLASH else done.stood).append(leaf)
        if step is merge.Step.SET:
            after = merge.put(done.values, leaf.path, leaf.value)
            done.gone += removed.gone(done.values, after, leaf)
            done.values = after
    return done


def _weigh(values: Values, leaf: merge.Leaf, derivation: Derivation) -> tuple[merge.Leaf, merge.Step]:
    """Weigh a leaf; a list whose members merge does not clash as a whole."""
    step = merge.weigh(values, leaf)
    if step is merge.Step.CLASH and (order := derivation.unions.get(merge.pattern(leaf.path))):
        united = merge.joined(values, leaf, order)
        if united is not None:
            return united, merge.weigh(values, united)
    return leaf, step


def _refuse_nowhere(leaves: list[merge.Leaf]) -> None:
    nowhere = next((leaf.name for leaf in leaves if leaf.name == conflicts.WHOLE or not leaf.has_address), None)
    if nowhere is not None:
        raise Park("op.bad_path", path=nowhere[:200])


def keep_values(draft: Draft, record: Record, values: Values) -> Record:
    """Save the values of a record. Every road ends here: computed anew, of their kind's shape, flagged by their form.

    Raise :class:`Park` where they are not of their kind's shape – one that was damaged before may stay so – and where
    computing them takes too much.
    """
    rules = draft.derive(record.kind, values)
    try:
        values = rules.recompute(values)
    except Overrun as error:
        raise Park("op.too_much_computed", limit=str(error.limit)) from error
    misfit = rules.misfit(values)
    if misfit and (not record.rev or not draft.derive(record.kind, record.values).misfit(record.values)):
        raise Park("op.bad_value", path=misfit)
    record = draft.revise(record, values)
    flags = rules.flags(values)
    if server_of(record, ProtocolServer).field_flags == flags:
        return record
    return draft.annotate(record, ProtocolAnnotation(field_flags=flags or None))


def warnings_of(record: Record, names: Collection[str] | None = None) -> tuple[FieldFlag, ...]:
    """Return the flags of a record's values that are at, above or below these paths; None: all."""
    found = [
        flag
        for flag in server_of(record, ProtocolServer).field_flags
        if names is None or any(merge.touches(name, frozenset({flag.path})) for name in names)
    ]
    return tuple(found[:MAX_WARNINGS])

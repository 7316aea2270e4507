"""What each kind of record allows: one row per kind, read by the planner. The table is the program."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class KindPolicy:
    """The rules of one kind.

    ``writers`` are the roles that may send ops for it. ``append_only`` records are created and never changed.
    ``containers`` are the top-level values that merge by their parts; every other value is one thing, set as a whole.
    ``fixed`` ones are set when the record is made and never after; of ``highest`` among them the greatest number stands
    when two that were made apart meet. ``repairers`` may set them where what stands makes no sense.
    """

    kind: str
    writers: frozenset[str] = frozenset()
    append_only: bool = False
    fixed: frozenset[str] = frozenset()
    highest: frozenset[str] = frozenset()
    repairers: frozenset[str] = frozenset()
    signable: bool = False
    deletable: bool = False
    containers: frozenset[str] = frozenset({"fields"})


#: The kinds that belong to the protocol itself; ops reach them only as ``resolve``.
CONFLICT = KindPolicy(kind="conflict")
PARKED = KindPolicy(kind="parked")
PROTOCOL_KINDS = frozenset({CONFLICT.kind, PARKED.kind})

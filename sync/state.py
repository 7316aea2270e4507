"""What the planner reads and what it decides, as plain values.

They are structs because a push makes several for each op, and a struct is made five times as fast as a dataclass.
"""

from collections.abc import Callable, Mapping, Sequence

import msgspec

from mobile_contract.sync import AnyOp, FieldFlag, Notice, Receipt
from mobile_contract.values import Values
from sync.policy import KindPolicy


class Record(msgspec.Struct, frozen=True, kw_only=True):
    """A record as it stands. ``seq`` is its place in the feed, 0 while it has none; ``digest`` is of ``values``."""

    kind: str
    id: str
    scope: str
    rev: int = 0
    seq: int = 0
    digest: str = ""
    values: Values
    server: Values
    deleted: bool = False


class Sent(msgspec.Struct, frozen=True, kw_only=True):
    """One op as it came. ``op`` is None when it could not be decoded, and then ``problem`` says why.

    ``op_id``, ``n`` and ``unit`` are taken from the bytes as far as they can be; ``body_hash`` is the SHA-256 of
    ``raw``.
    """

    raw: bytes
    body_hash: str
    op_id: str
    n: int
    unit: str | None = None
    op: AnyOp | None
    problem: str = ""
    params: Mapping[str, str] = {}


class Author(msgspec.Struct, frozen=True, kw_only=True):
    """Who pushes: a replica of a person, the scope that is theirs alone, and their roles in each scope they hold now.

    ``read_to`` is how far the replica had read each scope when it sent its ops.
    """

    replica: str
    person: str
    own_scope: str
    roles: Mapping[str, frozenset[str]]
    read_to: Mapping[str, int] = {}


def _as_it_is(values: Values) -> Values:
    return values


def _nothing(_values: Values) -> tuple[FieldFlag, ...]:
    return ()


def _fits(_values: Values) -> str:
    return ""


def _computes_nothing(_values: Values) -> frozenset[str]:
    return frozenset()


class Overrun(Exception):
    """Computing the fields of a record takes more than ``limit`` steps."""

    def __init__(self, limit: int) -> None:
        super().__init__(limit)
        self.limit = limit


class Derivation(msgspec.Struct, frozen=True, kw_only=True):
    """What a kind, and the form that given values name, make of these values.

    ``computed`` says which paths are computed, ``recompute`` gives the values with them recomputed, or raises
    :class:`Overrun`; a computed path may hold ``*`` in place of a row id. ``fixed`` paths are set when the record is
    made and not after: its id follows from them. ``unions`` are lists whose members merge one by one, each with all
    members it may have in their order. ``misfit`` says why values are not of their kind's shape (empty: they are),
    ``flags`` what the form does not admit. ``known``: the form is known here.
    """

    computed: Callable[[Values], frozenset[str]] = _computes_nothing
    recompute: Callable[[Values], Values] = _as_it_is
    fixed: frozenset[str] = frozenset()
    unions: Mapping[str, tuple[str, ...]] = {}
    misfit: Callable[[Values], str] = _fits
    flags: Callable[[Values], tuple[FieldFlag, ...]] = _nothing
    known: bool = True


#: Finds the rules of a record by its kind and the values it has, or is to have.
Derive = Callable[[str, Values], Derivation]


def no_rules(_kind: str, _values: Values) -> Derivation:
    """Return rules that allow everything."""
    return Derivation()


class Waiting(msgspec.Struct, frozen=True, kw_only=True):
    """Parked ops of one unit in their order, each with the id of its parked record, and their author as of now.

    ``asked_by`` is the person who wants them tried again, with their ``reason``; None: their record came.
    """

    author: Author
    items: tuple[tuple[str, Sent], ...]
    asked_by: str | None = None
    reason: str | None = None


class PushState(msgspec.Struct, frozen=True, kw_only=True):
    """All that a plan depends on.

    ``records`` holds every record the ops name, their conflict records, and what those are about. ``receipts`` is
    keyed by (op id, body hash); ``ids_used`` holds op ids with other bytes, ``numbers`` the op id each ``n`` went to.
    ``waiting`` gives, by the id of a record, the parked units that wait for it to come.
    """

    author: Author
    policies: Mapping[str, KindPolicy]
    records: Mapping[str, Record]
    receipts: Mapping[tuple[str, str], Receipt] = {}
    ids_used: frozenset[str] = frozenset()
    numbers: Mapping[int, str] = {}
    last_n: int = 0
    derive: Derive = no_rules
    waiting: Mapping[str, Sequence[Waiting]] = {}


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """The receipt of one op. ``fresh`` is false for a replay; ``stream`` is the scope whose journal it belongs to."""

    sent: Sent
    receipt: Receipt
    stream: str
    fresh: bool


class Settled(msgspec.Struct, frozen=True, kw_only=True):
    """A parked op that is applied now. ``result`` is what became of it this time; its receipt stays what it was."""

    parked: str
    sent: Sent
    author: Author
    result: Receipt


class PushPlan(msgspec.Struct, frozen=True, kw_only=True):
    """What to write: records in their final state (without ``seq``: only what is written gets one), and answers.

    ``settled`` are parked ops that were waiting and are applied with it; ``writers`` names the person who wrote each
    record first.
    """

    records: Mapping[str, Record]
    answers: tuple[Answer, ...]
    notices: tuple[Notice, ...]
    settled: tuple[Settled, ...] = ()
    writers: Mapping[str, str] = {}

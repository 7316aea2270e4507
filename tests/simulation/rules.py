"""The kinds, people and places of a run, and who may do what at the moment: the same for both servers."""

from dataclasses import dataclass, field
from typing import Any

from mobile_contract.ids import natural_id, person_scope, project_scope, section_scope
from mobile_contract.values import Values
from sync import merge
from sync.policy import KindPolicy
from sync.state import Derivation

CONTRACTOR = frozenset({"contractor"})
READER = frozenset({"auditor"})
SCOPES = (*(section_scope(natural_id("section", name)) for name in "abc"), project_scope(natural_id("project", "p")))
KINDS = (
    KindPolicy(
        kind="report",
        writers=CONTRACTOR,
        signable=True,
        deletable=True,
        fixed=frozenset({"form", "formVersion"}),
        highest=frozenset({"formVersion"}),
    ),
    KindPolicy(kind="note", writers=CONTRACTOR, deletable=True),
    KindPolicy(kind="checkIn", writers=CONTRACTOR, append_only=True),
)
POISON = "the database will not have this"
TOTAL = "fields/total"


@dataclass(frozen=True, kw_only=True, slots=True)
class Who:
    """A person on one installation."""

    person: str
    replica: str


@dataclass
class Authority:
    """The scopes each person holds now, with their roles; one's own scope is always among them.

    ``revoked`` are replicas whose device is trusted no more, ``wiped`` those that were told to wipe.
    """

    grants: dict[str, dict[str, frozenset[str]]] = field(default_factory=dict)
    revoked: set[str] = field(default_factory=set)
    wiped: set[str] = field(default_factory=set)

    def of(self, person: str) -> dict[str, frozenset[str]]:
        return {**self.grants.get(person, {}), person_scope(person): CONTRACTOR}


def _recompute(values: Values) -> Values:
    rows = merge.get(values, ("fields", "labour")) or {}
    counts = [row.get("count") for row in rows.values() if isinstance(row, dict)]
    total = sum(count for count in counts if isinstance(count, int))
    return merge.put(values, ("fields", "total"), total or None)


#: A report's total is computed by the server and by nobody else.
DERIVATION = Derivation(computed=lambda _values: frozenset({TOTAL}), recompute=_recompute)


def derivation_of(kind: str) -> Derivation:
    return DERIVATION if kind == "report" else Derivation()


def is_poison(values: dict[str, Any]) -> bool:
    return values.get("title") == POISON

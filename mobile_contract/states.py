"""The states of records, and states as tables: in the cell of a state and an act stands the state the act leads to.

The table is the program: whatever moves a thing from one state to another asks its table, also where SQL does the
moving. It lives on the lowest floor because the protocol (``sync/``) and the domains (``server/``) both have states.
"""

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Generic, TypeVar

from mobile_contract.problems import Refused

S = TypeVar("S", bound=StrEnum | None)
A = TypeVar("A", bound=StrEnum)


@dataclass(frozen=True, kw_only=True)
class Table(Generic[S, A]):
    """Which ``act`` leads from which ``state`` to which; an act that is not in a state's row is illegal there.

    The state ``None`` means that there is no such thing: not yet in ``starts``, no more where an act leads to it.
    ``illegal`` is the code of the problem that an illegal act is refused with; it is told ``state`` and ``act``.
    """

    name: str
    starts: tuple[S, ...]
    rows: Mapping[S, Mapping[A, S]]
    illegal: str = field(default="state.illegal")

    def allows(self, state: S, act: A) -> bool:
        """Return whether an act is legal in a state."""
        return act in self.rows[state]

    def step(self, state: S, act: A) -> S:
        """Return the state after an act. Raise what :meth:`refusal` makes where the act is illegal."""
        row = self.rows[state]
        if act not in row:
            raise self.refusal(state, act)
        return row[act]

    def refusal(self, state: S, act: A) -> Refused:
        """Return the problem of an act that is illegal in a state."""
        return Refused(self.illegal, state=_word(state), act=act.value)

    def before(self, act: A) -> tuple[S, ...]:
        """Return the states in which an act is legal, in the order of the table."""
        return tuple(state for state, row in self.rows.items() if act in row)

    def after(self, act: A) -> S:
        """Return the state to which an act leads wherever it is legal. Raise ``ValueError`` if there are several."""
        (only,) = {row[act] for row in self.rows.values() if act in row}
        return only

    def reachable(self) -> AbstractSet[S]:
        """Return the states that acts lead to from the starts, the starts among them."""
        found: set[S] = set()
        waiting: list[S] = list(self.starts)
        while waiting:
            state = waiting.pop()
            if state not in found:
                found.add(state)
                waiting.extend(self.rows[state].values())
        return found

    def terminal(self) -> AbstractSet[S]:
        """Return the states that no act leaves."""
        return {state for state, row in self.rows.items() if set(row.values()) <= {state}}

    def acts(self) -> tuple[A, ...]:
        """Return every act of the table, in the order in which they first occur."""
        return tuple(dict.fromkeys(act for row in self.rows.values() for act in row))


AnyTable = Table[Any, Any]


def _word(state: StrEnum | None) -> str:
    return "none" if state is None else state.value


# The states of synced records -----------------------------------------------------------------------------------------


class ScanState(StrEnum):
    """How far a scan has come: not all of its bytes are here, it waits for its turn, it was read, it could not be.

    ``arranged``: its pages are those of other scans now. ``rejected``: a clerk put it aside, with a reason.
    """

    WAITING = "waiting"
    QUEUED = "queued"
    READ = "read"
    FAILED = "failed"
    ARRANGED = "arranged"
    REJECTED = "rejected"


class ExtractionState(StrEnum):
    """What a clerk decided about an extraction: nothing yet, that it is a report, or that it is none."""

    PROPOSED = "proposed"
    CONFIRMED = "confirmed"
    DISCARDED = "discarded"


class ConflictState(StrEnum):
    """Whether a person has chosen among the candidates of a conflict; new candidates open a resolved one again."""

    OPEN = "open"
    RESOLVED = "resolved"


class ParkedOpState(StrEnum):
    """What became of a parked op: nothing yet, it was applied after all, or a person will not have it applied."""

    WAITING = "waiting"
    APPLIED = "applied"
    DISCARDED = "discarded"

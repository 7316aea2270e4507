"""What a person does with parked ops: list them, have one tried again, apply it corrected, or discard it.

A list is ``{"parked": [entry, …], "next": "…"}``: feed entries of kind ``parked`` with :class:`records.ParkedValues`.
"""

from typing import Annotated, Any

import msgspec

from mobile_contract.base import Wire
from mobile_contract.states import ParkedOpState

Reason = Annotated[str, msgspec.Meta(min_length=1, max_length=500, pattern=r"\S")]


class ParkedList(Wire, frozen=True, kw_only=True):
    """A page of parked ops, the oldest first; ``next`` is the ``after`` of the next page, empty on the last."""

    parked: tuple[msgspec.Raw, ...]
    next: str = ""


class RetryParked(Wire, frozen=True, kw_only=True):
    """Try a parked op – with the others of its unit – once more, under its author and the authority they have now."""

    reason: Reason | None = None


class ApplyParked(Wire, frozen=True, kw_only=True):
    """Apply a parked op under the authority of the person who decides; its author is kept.

    ``op`` is the op as it should have been, without ``opId`` and ``n``, which the server gives; none: as it came.
    """

    op: dict[str, Any] | None = None
    reason: Reason | None = None


class DiscardParked(Wire, frozen=True, kw_only=True):
    """Do not apply a parked op, ever. It stays readable, with the reason."""

    reason: Reason


class ReopenParked(Wire, frozen=True, kw_only=True):
    """Have a discarded parked op wait again: it was discarded by mistake."""

    reason: Reason


class ParkedState(Wire, frozen=True, kw_only=True):
    """How a parked op stands after a decision: ``state`` as in ``records.ParkedValues``.

    ``code`` says what became of it: the code it was applied with, or why it is still waiting.
    """

    id: str
    state: ParkedOpState
    code: str

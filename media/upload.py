"""A resumable upload as a pure state machine: offset, length, complete. The table at the end is the program.

The semantics are those of tus 1.0 (https://tus.io/protocols/resumable-upload), kept apart from its headers so that
the IETF draft can be served by the same machine later. Nothing here reads a clock or touches bytes: times (milliseconds
since 1970) and counts are arguments, and the caller stores the state that :func:`step` returns.

Bytes travel in *parts* of :data:`PART_BYTES`; only the last part of what has arrived may be shorter (the tail). A part
is named by its index and by the fencing token it was written under. A stale request can therefore write what it likes:
its part has a name that no committed state points to, and its commit is refused.
"""

from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Any, Final

import msgspec

from mobile_contract.problems import Refused

PART_BYTES: Final = 8 * 1024 * 1024
#: What S3 takes in one file. A file that needs more is refused before its first byte, not after its last.
MAX_PARTS: Final = 10_000


class Phase(StrEnum):
    """Where an upload stands. ``stored``, ``mismatched``, ``expired`` and ``terminated`` are final."""

    RECEIVING = "receiving"
    RECEIVED = "received"  # every byte is here; the whole file's digest is not yet compared
    STORED = "stored"
    MISMATCHED = "mismatched"
    EXPIRED = "expired"
    TERMINATED = "terminated"


class UploadProgress(msgspec.Struct, frozen=True, kw_only=True):
    """One upload: ``length`` and ``offset`` in bytes, ``expires_at`` in milliseconds since 1970.

    ``token`` is the fence: it grows with every :class:`Preempt`, and only its holder may commit. ``parts[i]`` is the
    token under which part ``i`` was last written.
    """

    length: int
    expires_at: int
    offset: int = 0
    token: int = 0
    parts: tuple[int, ...] = ()
    phase: Phase = Phase.RECEIVING


class Preempt(msgspec.Struct, frozen=True):
    """A HEAD or PATCH arrived: it pre-empts the token's holder; the upload lives ``until`` then (ms since 1970)."""

    until: int


class Append(msgspec.Struct, frozen=True):
    """The holder of ``token`` has ``count`` more bytes safe in the staging, starting ``at`` this offset."""

    token: int
    at: int
    count: int


class Complete(msgspec.Struct, frozen=True):
    """The whole file's digest was compared with the declared one, and the file stored if it agrees.

    Not fenced: once every byte is committed the outcome is the same for every caller, and a client that asks again
    and again must not hold up the comparison of a large file.
    """

    matches: bool


class Expire(msgspec.Struct, frozen=True):
    """The clean-up job checks whether the upload's time is over."""


class Terminate(msgspec.Struct, frozen=True):
    """The client terminated the upload."""


Event = Preempt | Append | Complete | Expire | Terminate
#: A rule takes the event its column is for, which a type checker cannot see through the table.
Rule = Callable[[UploadProgress, Any, int], UploadProgress]


def create(length: int, expires_at: int, limit: int) -> UploadProgress:
    """Begin an upload of ``length`` bytes; :class:`Refused` ``media.too_long`` if that is too many."""
    if length < 0:
        raise Refused("request.invalid", reason="Upload-Length < 0")
    if length > longest(limit):
        raise Refused("media.too_long", limit=longest(limit))
    phase = Phase.RECEIVED if length == 0 else Phase.RECEIVING
    return UploadProgress(length=length, expires_at=expires_at, phase=phase)


def longest(limit: int) -> int:
    """Return the most bytes a file may have under ``limit``: never more than S3 takes in one file."""
    return min(limit, MAX_PARTS * PART_BYTES)


def step(state: UploadProgress, event: Event, now: int) -> UploadProgress:
    """Return the state after ``event`` at time ``now``.

    :class:`Refused`, with the state unchanged: ``media.wrong_offset``, ``media.preempted``, ``media.beyond_length``,
    ``media.expired``, ``media.file_mismatch``, ``request.not_found``.
    """
    return TABLE[state.phase][type(event)](state, event, now)


def part_size(state: UploadProgress, index: int) -> int:
    """Return how many bytes of part ``index`` are committed."""
    return min(PART_BYTES, state.offset - index * PART_BYTES)


def tail(state: UploadProgress) -> int | None:
    """Return the index of the unfinished last part, which the next append writes anew; None on a part boundary."""
    return None if state.offset % PART_BYTES == 0 else state.offset // PART_BYTES


# Rules ---------------------------------------------------------------------------------------------------------------


def _preempt(state: UploadProgress, event: Preempt, now: int) -> UploadProgress:
    _alive(state, now)
    return msgspec.structs.replace(state, token=state.token + 1, expires_at=max(state.expires_at, event.until))


def _append(state: UploadProgress, event: Append, now: int) -> UploadProgress:
    _alive(state, now)
    _holds(state, event.token)
    if event.at != state.offset:
        raise Refused("media.wrong_offset", offset=state.offset)
    if event.count < 0 or event.at + event.count > state.length:
        raise Refused("media.beyond_length", length=state.length)
    offset = event.at + event.count
    first, end = event.at // PART_BYTES, -(-offset // PART_BYTES)
    parts = state.parts[:first] + (event.token,) * (end - first) if event.count else state.parts
    phase = Phase.RECEIVED if offset == state.length else Phase.RECEIVING
    return msgspec.structs.replace(state, offset=offset, parts=parts, phase=phase)


def _complete(state: UploadProgress, event: Complete, _now: int) -> UploadProgress:
    return msgspec.structs.replace(state, phase=Phase.STORED if event.matches else Phase.MISMATCHED)


def _incomplete(state: UploadProgress, _event: Event, _now: int) -> UploadProgress:
    raise Refused("media.wrong_offset", offset=state.offset)


def _expire(state: UploadProgress, _event: Event, now: int) -> UploadProgress:
    return state if now < state.expires_at else msgspec.structs.replace(state, phase=Phase.EXPIRED)


def _terminate(state: UploadProgress, _event: Event, _now: int) -> UploadProgress:
    return msgspec.structs.replace(state, phase=Phase.TERMINATED)


def _append_nothing(state: UploadProgress, event: Append, _now: int) -> UploadProgress:
    """Answer a client that repeats a PATCH whose answer it never saw: nothing at the end is fine, bytes are not."""
    if event.at != state.offset:
        raise Refused("media.wrong_offset", offset=state.offset)
    if event.count:
        raise Refused("media.beyond_length", length=state.length)
    return state


def _stay(state: UploadProgress, _event: Event, _now: int) -> UploadProgress:
    return state


def _refuse(code: str) -> Rule:
    def rule(_state: UploadProgress, _event: Event, _now: int) -> UploadProgress:
        raise Refused(code)

    return rule


def _alive(state: UploadProgress, now: int) -> None:
    if now >= state.expires_at:
        raise Refused("media.expired")


def _holds(state: UploadProgress, token: int) -> None:
    if token != state.token:
        raise Refused("media.preempted")


_mismatch, _expired, _gone = _refuse("media.file_mismatch"), _refuse("media.expired"), _refuse("request.not_found")

EVENTS: Final = (Preempt, Append, Complete, Expire, Terminate)

# fmt: off
_ROWS: Final[Mapping[Phase, tuple[Rule, ...]]] = {
    #                  Preempt      Append           Complete     Expire    Terminate
    Phase.RECEIVING:  (_preempt,    _append,         _incomplete, _expire,  _terminate),
    Phase.RECEIVED:   (_preempt,    _append,         _complete,   _expire,  _terminate),
    Phase.STORED:     (_stay,     _append_nothing, _stay,       _stay,    _terminate),
    Phase.MISMATCHED: (_mismatch, _mismatch,       _mismatch,   _stay,    _terminate),
    Phase.EXPIRED:    (_expired,  _expired,        _expired,    _stay,    _terminate),
    Phase.TERMINATED: (_gone,     _gone,           _gone,       _stay,    _gone),
}
# fmt: on
TABLE: Final = {phase: dict(zip(EVENTS, rules, strict=True)) for phase, rules in _ROWS.items()}

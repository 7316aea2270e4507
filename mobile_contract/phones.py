"""Phones as the desk sees them: when they last spoke, what they still hold, and what of theirs is stuck."""

from typing import Annotated

import msgspec

from mobile_contract.base import Wire
from mobile_contract.identity import Device


class PhoneReport(Wire, frozen=True, kw_only=True):
    """What a phone says of itself with an exchange: its app's version, and what it still has to send.

    ``oldest_at`` is the device's wall time of the oldest op in its queue; ``held`` names ops that it cannot send at
    all, by the code of why.
    """

    app: Annotated[str, msgspec.Meta(max_length=64)] = ""
    ops: Annotated[int, msgspec.Meta(ge=0)] = 0
    oldest_at: Annotated[str, msgspec.Meta(max_length=64)] | None = None
    files: Annotated[int, msgspec.Meta(ge=0)] = 0
    file_bytes: Annotated[int, msgspec.Meta(ge=0)] = 0
    held: Annotated[dict[str, int], msgspec.Meta(max_length=20)] = msgspec.field(default_factory=dict)


class Stuck(Wire, frozen=True, kw_only=True):
    """Ops of a phone that are parked with one code and wait for a decision: how many, and since when."""

    code: str
    ops: int
    oldest_at: str


class Phone(Wire, frozen=True, kw_only=True):
    """An enrolled phone and whose it is.

    ``seen_at``: its last exchange, to a few minutes. ``clock_offset_ms``: server time minus its own, then. ``report``
    is what it said of itself, where its app says so.
    """

    device: Device
    name: str
    login: str
    seen_at: str | None = None
    clock_offset_ms: int | None = None
    report: PhoneReport | None = None
    stuck: tuple[Stuck, ...] = ()


class Phones(Wire, frozen=True, kw_only=True):
    """A page of phones, the newest first; ``next`` is the ``after`` of the next page, empty on the last."""

    phones: tuple[Phone, ...]
    next: str = ""

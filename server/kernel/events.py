"""Events: what the journal keeps, and how the jobs that follow from it read it again.

Each event is one struct, declared by the domain that raises it and listed in its row (``server.kernel.domain``).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, TypeVar

import msgspec

from mobile_contract.records import Kind
from mobile_contract.sync import AnyOp

E = TypeVar("E", bound="Event")


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """Something that happened to ``subject`` by ``actor``. A subclass adds fields: in their order they are the payload.

    A payload is JSON without floats. Its text is hashed, so fields of an event are never renamed or reordered; a new
    one is added at the end, with a default, as older jobs come without it.
    """

    #: How the journal calls it.
    name: ClassVar[str]

    actor: str
    subject: str

    def title(self) -> str:
        """Return the name under which the journal keeps this event."""
        return self.name

    def payload(self) -> dict[str, Any]:
        """Return the payload by the names that the journal uses."""
        built: dict[str, Any] = msgspec.to_builtins(self)
        return {name: value for name, value in built.items() if name not in ("actor", "subject")}

    def text(self) -> str:
        """Return the payload as the journal keeps it."""
        return msgspec.json.encode(self.payload()).decode()

    def columns(self) -> dict[str, Any]:
        """Return the columns of a journal row that only this sort of event fills."""
        return {}


class OpReceived(Event, frozen=True, kw_only=True):
    """The row that is receipt, op log and leaf at once; the payload is the op, byte for byte as it came.

    One type for the ops of all kinds, since replication, which receives them, stands below the domains that handle
    them: a handler names the ops that it waits for with :class:`Received`. ``kind`` is ``op`` and ``verb`` is
    ``parked`` for one that was parked.
    """

    kind: str
    verb: str
    op: bytes
    replica: str
    op_id: str
    n: int
    body_hash: str
    receipt: bytes

    def title(self) -> str:
        """Return kind and verb: ``photo.create``."""
        return f"{self.kind}.{self.verb}"

    def payload(self) -> dict[str, Any]:
        """Return nothing: an op may be long, and it stands in the text."""
        return {}

    def text(self) -> str:
        """Return the op."""
        return as_text(self.op)

    def columns(self) -> dict[str, Any]:
        """Return what makes the row a receipt."""
        return {
            "replica": self.replica,
            "op_id": self.op_id,
            "n": self.n,
            "body_hash": self.body_hash,
            "receipt": self.receipt.decode(),
        }


@dataclass(frozen=True)
class Received:
    """The ops of one kind and verb that were not parked, as an event that a handler waits for."""

    op: type[AnyOp]
    kind: Kind

    @property
    def name(self) -> str:
        """Return the name under which the journal keeps them."""
        return f"{self.kind}.{self.op.__struct_config__.tag}"


def to_args(event: Event, stream: str) -> dict[str, Any]:
    """Return an event as the arguments of a job; an op in its payload, which may be long, is left out."""
    payload = {name: value for name, value in event.payload().items() if name != "op"}
    return {
        "event": event.title(),
        "stream": stream,
        "actor": event.actor,
        "subject": event.subject,
        "payload": payload,
    }


def from_args(args: Mapping[str, Any], kind: type[E]) -> E:
    """Return the event of a job's arguments as a ``kind``: its own type, or one that it extends.

    Raise ``msgspec.ValidationError`` where they are not those of such an event.
    """
    return msgspec.convert({**args["payload"], "actor": args["actor"], "subject": args["subject"]}, kind)


def as_text(raw: bytes) -> str:
    """Return bytes as a text that every database takes; what is UTF-8 without NUL stays what it is."""
    return raw.decode("utf-8", "backslashreplace").replace("\0", "\\x00")

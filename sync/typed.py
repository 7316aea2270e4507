"""The typed ways to a record's body: a part of it is read as a struct, and members of it are set as a struct.

A body is stored as it came and is never encoded from these structs, so members unknown here stay.
"""

from typing import Any, ClassVar, Protocol, TypeVar

import msgspec
from msgspec import UNSET, UnsetType

from mobile_contract.base import Wire
from mobile_contract.conflicts import ConflictServer, Removed
from mobile_contract.records import ReportServer, SignedVersion
from mobile_contract.sync import FieldFlag
from mobile_contract.values import Values
from sync.merge import normal

T = TypeVar("T", bound=msgspec.Struct)


class Body(Protocol):
    """What a record holds, and a phone's copy of one: ``values``, which ops set, and what the server says."""

    @property
    def values(self) -> Values:
        """What ops set."""

    @property
    def server(self) -> Values:
        """What the server says."""


def values_of(record: Body, type_: type[T]) -> T:
    """Return what ops set of a record, as its kind's struct or one with fewer members; unknown members are left out.

    What is stored was checked against the kind's struct when it was written. Raise ``msgspec.ValidationError`` where
    it is not of that shape.
    """
    return msgspec.convert(record.values, type_)


def server_of(record: Body, type_: type[T]) -> T:
    """Return what the server says of a record, as its kind's struct or one with fewer members. Raise as above.

    Inside a push ``receivedAt`` is there, and what the kind's own projection adds is not there yet.
    """
    return msgspec.convert(record.server, type_)


class Members(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Members of a body that are set; None removes one, ``UNSET`` leaves it as it is.

    A subclass names the structs of the kinds it is for in ``of``: a test compares their members, so that a misspelt
    name does not type-check where it is set and fails that test where it is declared.
    """

    of: ClassVar[tuple[type[Wire], ...]] = ()

    def members(self) -> dict[str, Any]:
        """Return the members by their names in JSON, as they come back from the database: lists, not tuples."""
        members: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(self))
        return members


class Annotation(Members, frozen=True, kw_only=True):
    """Members of what the server says of a record."""

    def over(self, server: Values) -> Values:
        """Return ``server`` with the members set."""
        return {name: item for name, item in {**server, **self.members()}.items() if item is not None}


class Revision(Members, frozen=True, kw_only=True):
    """Members of the values of a record that the protocol itself keeps: a conflict, a parked op."""

    def over(self, values: Values) -> Values:
        """Return ``values`` with the members set, in normal form."""
        revised: Values = normal({**values, **self.members()})
        return revised


class OpenConflicts(Wire, frozen=True, kw_only=True):
    """The paths of a record that people disagree on. Read for each op, hence apart from the rest."""

    open_conflicts: tuple[str, ...] = ()


class ProtocolServer(OpenConflicts, frozen=True, kw_only=True):
    """What the protocol itself says of a record of any kind."""

    removed: tuple[Removed, ...] = ()
    deleted_by: str | None = None
    field_flags: tuple[FieldFlag, ...] = ()
    signed: tuple[SignedVersion, ...] = ()


class Received(Annotation, frozen=True, kw_only=True):
    """When a record came (RFC 3339)."""

    of = (ReportServer, ConflictServer)

    received_at: str


class ProtocolAnnotation(Annotation, frozen=True, kw_only=True):
    """What the protocol itself sets of what the server says."""

    of = (ReportServer, ProtocolServer)

    open_conflicts: tuple[str, ...] | UnsetType | None = UNSET
    removed: tuple[Removed, ...] | UnsetType | None = UNSET
    deleted_by: str | UnsetType | None = UNSET
    field_flags: tuple[FieldFlag, ...] | UnsetType | None = UNSET
    signed: tuple[SignedVersion, ...] | UnsetType | None = UNSET

"""The two typed ways to a record's body: read a part as a struct, set members of what the server says as a struct."""

from typing import Any, ClassVar, TypeVar

import msgspec

from mobile_contract.base import Wire
from mobile_contract.conflicts import ConflictServer
from mobile_contract.media import FileReceipt
from mobile_contract.records import ParkedServer, PhotoServer, ReportServer, ScanServer
from sync.state import Record

T = TypeVar("T", bound=msgspec.Struct)


def values_of(record: Record, type_: type[T]) -> T:
    """Return what ops set of a record, as its kind's struct or one with fewer members; unknown members are left out.

    What is stored was checked against the kind's struct when it was written. Raise ``msgspec.ValidationError`` where
    it is not of that shape.
    """
    return msgspec.convert(record.values, type_)


def server_of(record: Record, type_: type[T]) -> T:
    """Return what the server says of a record, as its kind's struct or one with fewer members. Raise as above.

    Inside a push ``receivedAt`` is there, and what the kind's own projection adds is not there yet.
    """
    return msgspec.convert(record.server, type_)


class Annotation(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Members of what the server says of a record that are set; None removes one, ``UNSET`` leaves it as it is.

    A subclass names the structs of the kinds it is for in ``of``: a test compares their members, so that a misspelt
    name does not type-check where it is set and fails that test where it is declared.
    """

    of: ClassVar[tuple[type[Wire], ...]] = ()

    def members(self) -> dict[str, Any]:
        """Return the members by their names in JSON, as they come back from the database: lists, not tuples."""
        members: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(self))
        return members


class FilesAnnotation(Annotation, frozen=True, kw_only=True):
    """The receipts of a record's files, for each kind that shows them."""

    of = (PhotoServer, ReportServer, ScanServer, ConflictServer, ParkedServer)

    files: tuple[FileReceipt, ...] | None

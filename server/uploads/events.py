"""What happens to files, beside what ``server.kernel.files`` has: ``subject`` is the digest."""

from typing import ClassVar

import msgspec

from server.kernel.events import Event


class BlobStored(Event, frozen=True, kw_only=True):
    """A person brought bytes that they had not brought before."""

    name: ClassVar[str] = "blob.stored"

    size: int
    media_type: str = msgspec.field(name="mediaType")


class BlobExamined(Event, frozen=True, kw_only=True):
    """The facts of the bytes are stored: after each ``blob.stored``, once they were examined."""

    name: ClassVar[str] = "blob.examined"


class BlobRemoved(Event, frozen=True, kw_only=True):
    """Nothing needed the bytes for the whole grace, and they are deleted."""

    name: ClassVar[str] = "blob.removed"

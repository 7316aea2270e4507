"""What is said of files to domains that stand beside ``uploads`` and so cannot ask it: uploads raises these events."""

from typing import ClassVar

from server.kernel.events import Event


class FileNews(Event, frozen=True, kw_only=True):
    """Something about a file, by its digest, that the records of one scope are concerned with."""

    scope: str


class BlobArrived(FileNews, frozen=True, kw_only=True):
    """The bytes are here: records of the scope have a receipt to show."""

    name: ClassVar[str] = "blob.arrived"


class BlobLost(FileNews, frozen=True, kw_only=True):
    """The bytes are missing from the store: records of the scope have a receipt to take back."""

    name: ClassVar[str] = "blob.lost"

"""Time and fresh ids, as things that are handed in, so that tests and simulations can hand in their own."""

from datetime import UTC, datetime
from typing import Protocol

import uuid_utils


class Clock(Protocol):
    """Tells the time. The pure rooms never ask; they are told."""

    def now(self) -> datetime:
        """Give the current instant, aware, in UTC."""
        ...


class SystemClock:
    """The clock of the machine."""

    def now(self) -> datetime:
        """Give the current instant, aware, in UTC."""
        return datetime.now(UTC)


def rfc3339(moment: datetime) -> str:
    """Write an instant as it stands on the wire and in the database: UTC, milliseconds, ``Z``."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def new_id() -> str:
    """Make a UUIDv7 (RFC 9562): sorted by time, which keeps index pages together."""
    return str(uuid_utils.uuid7())

"""Time and fresh ids, as things that are handed in, so that tests and simulations can hand in their own."""

from datetime import UTC, datetime, timedelta
from typing import Protocol

import uuid_utils


class Clock(Protocol):
    """Tells the time. The pure rooms never ask; they are told."""

    def now(self) -> datetime:
        """Return the current instant, aware, in UTC."""
        ...


class SystemClock:
    """The clock of the machine."""

    def now(self) -> datetime:
        """Return the current instant, aware, in UTC."""
        return datetime.now(UTC)


def rfc3339(moment: datetime) -> str:
    """Write an instant as it stands on the wire and in the database: UTC, milliseconds, ``Z``."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def instant(text: str, clock_offset_ms: int | None = None) -> datetime | None:
    """Read RFC 3339 with an offset, as a device wrote it, and correct it by what its clock was behind.

    None for anything else, and for what no site will see: before 1970, or after 9998.
    """
    try:
        moment = datetime.fromisoformat(text) + timedelta(milliseconds=clock_offset_ms or 0)
    except (ValueError, OverflowError):
        return None
    return moment if moment.tzinfo is not None and 1970 <= moment.year < 9999 else None


def new_id() -> str:
    """Make a UUIDv7 (RFC 9562): sorted by time, which keeps index pages together."""
    return str(uuid_utils.uuid7())

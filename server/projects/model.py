"""What can be said of projects from values alone: the form of a code, the site's day."""

import re
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from mobile_contract.problems import Refused

#: 项目代码 (GB/T 40058-2021): time, region, two pairs, serial. Its check algorithm is not public: structure only.
_PROJECT_CODE = re.compile(r"[0-9]{4}-[0-9]{6}-[0-9]{2}-[0-9]{2}-[0-9]{5,6}")


def check_code(code: str) -> None:
    """Raise ``projects.bad_code`` unless ``code`` has the form of a project code."""
    if _PROJECT_CODE.fullmatch(code) is None:
        raise Refused("projects.bad_code", given=code)


def check_zone(name: str) -> None:
    """Raise ``projects.unknown_time_zone`` unless ``name`` is a zone of the IANA database."""
    try:
        ZoneInfo(name)
    except (OSError, ValueError, ZoneInfoNotFoundError):
        raise Refused("projects.unknown_time_zone", name=name) from None


def business_date(captured_at: str, zone: str, *, otherwise: str, night_shift_ends: time | None = None) -> str:
    """Give the site's day (``YYYY-MM-DD``) that a moment belongs to.

    ``captured_at`` is RFC 3339 with an offset, as a device wrote it; if it cannot be read, ``otherwise`` – the
    server's own moment of receipt – counts. A night shift belongs to the day it started on: for somebody on one that
    ends at ``night_shift_ends`` (local time), what lies before that time of day belongs to the day before.
    """
    moment = _instant(captured_at) or _instant(otherwise)
    if moment is None:
        raise ValueError(f"not an instant: {otherwise}")
    try:
        local = moment.astimezone(ZoneInfo(zone))
        started_yesterday = night_shift_ends is not None and local.time() < night_shift_ends
        return (local.date() - timedelta(days=1) if started_yesterday else local.date()).isoformat()
    except OverflowError:  # the first or last day there is
        return business_date(otherwise, zone, otherwise=otherwise, night_shift_ends=night_shift_ends)


def _instant(text: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo is not None else None

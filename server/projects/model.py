"""What can be said of projects from values alone: the form of a code, the days of a site."""

import re
from datetime import UTC, date, datetime, time, timedelta
from typing import NamedTuple
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


class Place(NamedTuple):
    """How people name a scope: its project, and if it is one, its section and who builds that; ``key``: project id."""

    project: str
    section: str = ""
    contractor: str = ""
    key: str = ""


class Site(NamedTuple):
    """What the days of a site follow.

    ``night_shift_ends`` (``HH:MM``) is set where people work through the night; ``began`` is the day of 开工.
    """

    zone: str
    night_shift_ends: str | None = None
    began: str | None = None

    def day(self, moment: datetime) -> str:
        """Return the site's day (``YYYY-MM-DD``) that a moment belongs to.

        A night shift belongs to the day it started on: where there is one, what lies before its end is of the day
        before.
        """
        return (moment.astimezone(ZoneInfo(self.zone)) - self._into_the_day).date().isoformat()

    def end_of(self, day: str) -> datetime | None:
        """Return the moment at which a day of the site is over, its night shift included; None for what is no day."""
        try:
            midnight = datetime.combine(date.fromisoformat(day) + timedelta(days=1), time(), ZoneInfo(self.zone))
            return (midnight + self._into_the_day).astimezone(UTC)
        except (ValueError, OverflowError):
            return None

    @property
    def _into_the_day(self) -> timedelta:
        ends = time.fromisoformat(self.night_shift_ends or "00:00")
        return timedelta(hours=ends.hour, minutes=ends.minute)

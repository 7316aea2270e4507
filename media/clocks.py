"""What the clocks of cameras and satellites may have meant: a tag is read in every way in which programs write it.

Pure. A clock that was never set says nothing about when a picture was taken; it is doubted, not compared.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import Final
from zoneinfo import ZoneInfo

#: Receivers count the weeks since 1980-01-06 in ten bits: an old one is whole rounds of these behind.
ROUND: Final = timedelta(weeks=1024)
_GPS_EPOCH: Final = datetime(1980, 1, 6, tzinfo=UTC)
#: A receiver without a time begins at the start of a round; what it says within a day of it is no time.
_STARTING: Final = timedelta(days=1)
#: There are no digital photographs from before EXIF: such dates are where clocks begin that were never set.
_FIRST_YEAR: Final = 1995
_UNSET: Final = frozenset({date(2000, 1, 1)})


def parsed(written: str | None) -> datetime | None:
    """Return the time of a tag as it was written, with or without an offset; None for what is no time."""
    try:
        return datetime.fromisoformat(written or "")
    except ValueError:
        return None


def never_set(tag: datetime) -> bool:
    """Return whether a tag shows what clocks show that were never set."""
    moment = tag if tag.tzinfo is not None else tag.replace(tzinfo=UTC)
    return tag.year < _FIRST_YEAR or tag.date() in _UNSET or (moment - _GPS_EPOCH) % ROUND < _STARTING


def apart(tag: datetime, moment: datetime, zone: str) -> timedelta:
    """Return by how much a tag differs from a moment, read in the way in which it differs least.

    The ways are those of :func:`_readings`; whole rounds of satellites' weeks do not count.
    """
    return min(_apart(reading, moment) for reading in _readings(tag, moment, zone))


def local(tag: datetime, moment: datetime) -> datetime:
    """Return a tag with an offset: its own, else that of the moment it is compared with."""
    return tag if tag.tzinfo is not None else tag.replace(tzinfo=moment.tzinfo)


def _readings(tag: datetime, moment: datetime, zone: str) -> Iterator[datetime]:
    """Yield what a tag may mean.

    As written; as wall time of the phone or of the site, where it names no offset or UTC, which cameras also write
    beside local time; and with the UTC day where the local day was written beside the time in UTC.
    """
    if tag.tzinfo is not None:
        yield tag
        if tag.utcoffset():
            return
    for place in (moment.tzinfo or UTC, _zone(zone)):
        yield tag.replace(tzinfo=place)
        if tag.tzinfo is not None and tag.date() == moment.astimezone(place).date():
            yield datetime.combine(moment.astimezone(UTC).date(), tag.time(), UTC)


def _apart(reading: datetime, moment: datetime) -> timedelta:
    beyond = (moment - reading) % ROUND
    return min(beyond, ROUND - beyond)


@cache
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)

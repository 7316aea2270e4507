"""The synced kinds of captures, and what runs inside the push for each: the site's day, the fence."""

import functools
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

import msgspec
import sqlalchemy as sa

from media import geo
from media.evidence import CLOCK_OFF
from mobile_contract.media import FenceReading, Verdict
from mobile_contract.problems import Refused
from mobile_contract.records import Capture, CheckInServer, CheckInValues, Kind, PhotoServer, PhotoValues
from server import projects
from server.kernel.clock import instant
from server.replication import SyncedKind, Written
from sync.policy import KindPolicy
from sync.state import Record

#: Who captures what happened on site. Supervisors do too; leaders, finance and auditors read.
FIELD: Final = frozenset({"inspector", "contractor", "clerk", "supervisor"})

PHOTO: Final = KindPolicy(kind=Kind.PHOTO, writers=FIELD, append_only=True)
CHECK_IN: Final = KindPolicy(kind=Kind.CHECK_IN, writers=FIELD, append_only=True)


class Projections:
    """The projections. ``time_zone`` is for scopes that belong to no site."""

    def __init__(self, time_zone: str) -> None:
        self._time_zone = time_zone

    def kinds(self) -> tuple[SyncedKind, ...]:
        """Return the registry rows of this domain."""
        return (
            SyncedKind(policy=PHOTO, values=PhotoValues, server=PhotoServer, project=self.photo, cites=photographed),
            SyncedKind(policy=CHECK_IN, values=CheckInValues, server=CheckInServer, project=self.check_in),
        )

    def photo(self, tx: sa.Connection, written: Sequence[Written]) -> Mapping[str, Mapping[str, Any]]:
        """Return who took each photograph, and its day."""
        sites = self._sites(tx)
        return {item.record.id: {"businessDate": _day(item, sites), **_by(item)} for item in written}

    def check_in(self, tx: sa.Connection, written: Sequence[Written]) -> Mapping[str, Mapping[str, Any]]:
        """Judge positions against the fences of their moment."""
        sites = self._sites(tx)
        return {
            item.record.id: {"businessDate": _day(item, sites), **_by(item), **_fence(tx, item)} for item in written
        }

    def _sites(self, tx: sa.Connection) -> Callable[[str], projects.Site]:
        return functools.cache(lambda scope: projects.site_of(tx, scope) or projects.Site(self._time_zone))


def photographed(_tx: sa.Connection, record: Record) -> Iterable[str]:
    """Name the bytes of a photograph."""
    return (msgspec.convert(record.values, PhotoValues).blob,)


def _day(written: Written, sites: Callable[[str], projects.Site]) -> str:
    return sites(written.record.scope).day(_moment(written))


def _by(written: Written) -> Mapping[str, Any]:
    """Return who captured it. What was found in another scope stays there: its readers are others."""
    if written.before is None:
        captured = msgspec.convert(written.record.values["captured"], Capture)
        apart = abs(written.offset_ms - (captured.clock_offset_ms or 0))
        told = written.offset_ms and apart > CLOCK_OFF / timedelta(milliseconds=1)
        said = {"exchangeOffsetMs": written.offset_ms} if told else {}
        return {"by": written.person, **said}
    return {"flags": []} if written.before.scope != written.record.scope else {}


def _fence(tx: sa.Connection, written: Written) -> Mapping[str, Any]:
    """Return the reading against the nearest fence of that moment; nothing where there is no fence."""
    values = msgspec.convert(written.record.values, CheckInValues)
    readings = []
    for fence in projects.fences_of(tx, written.record.scope, _moment(written)):
        try:
            readings.append(geo.judge(values.position, fence))
        except Refused:  # a position that is not on Earth proves nothing, and is kept as it came
            continue
    return {"fence": msgspec.to_builtins(min(readings, key=_closeness))} if readings else {}


def _moment(written: Written) -> datetime:
    """Return when a thing was captured, its device's clock corrected; if that cannot be told, when it was received."""
    captured = msgspec.convert(written.record.values["captured"], Capture)
    return instant(captured.at, captured.clock_offset_ms) or datetime.fromisoformat(written.at)


def _closeness(reading: FenceReading) -> tuple[bool, int]:
    return reading.verdict is not Verdict.INSIDE, reading.distance_cm

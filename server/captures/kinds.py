"""The synced kinds of captures, and what runs inside the push for each: the site's day, the fence."""

import functools
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final, TypeVar

import sqlalchemy as sa
from msgspec import UNSET, UnsetType
from msgspec.structs import replace

from media import geo
from media.evidence import CLOCK_OFF
from mobile_contract.base import Wire
from mobile_contract.evidence import EvidenceFlag
from mobile_contract.media import FenceReading, Verdict
from mobile_contract.problems import Refused
from mobile_contract.records import Capture, CheckInServer, CheckInValues, HandedIn, Kind, PhotoServer, PhotoValues
from server import projects
from server.captures.model import CaptureAnnotation, CheckInAnnotation, PhotoAnnotation
from server.identity import FIELD_ROLES, enrolled_since
from server.kernel.clock import instant, rfc3339
from server.replication import SyncedKind, Written, values_of
from sync.policy import KindPolicy
from sync.state import Record

PHOTO: Final = KindPolicy(kind=Kind.PHOTO, writers=FIELD_ROLES, append_only=True)
CHECK_IN: Final = KindPolicy(kind=Kind.CHECK_IN, writers=FIELD_ROLES, append_only=True)

C = TypeVar("C", bound=CaptureAnnotation)


class _Captured(Wire, frozen=True, kw_only=True):
    """What photographs and check-ins have in common."""

    captured: Capture


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

    def photo(self, tx: sa.Connection, written: Sequence[Written]) -> Mapping[str, PhotoAnnotation]:
        """Return, by record id, who took each photograph and on which site day."""
        return self._captured(tx, written, PhotoAnnotation)

    def check_in(self, tx: sa.Connection, written: Sequence[Written]) -> Mapping[str, CheckInAnnotation]:
        """Return who checked in, on which site day, and where that lies against the fences of the moment."""
        found = self._captured(tx, written, CheckInAnnotation)
        return {item.record.id: replace(found[item.record.id], fence=_fence(tx, item)) for item in written}

    def _captured(self, tx: sa.Connection, written: Sequence[Written], annotation: type[C]) -> dict[str, C]:
        """Return, by record id, what is said of captures of each kind."""
        sites = functools.cache(lambda scope: projects.site_of(tx, scope) or projects.Site(self._time_zone))
        enrolled = functools.cache(functools.partial(enrolled_since, tx))  # a push mostly has one replica
        return {
            item.record.id: annotation(
                business_date=_day(item, sites),
                by=_by(item),
                exchange_offset_ms=_offset(item),
                handed_in=_handed_in(item, enrolled),
                flags=_flags(item),
            )
            for item in written
        }


def photographed(_tx: sa.Connection, record: Record) -> Iterable[str]:
    """Return the digest of the file that a photograph cites."""
    return (values_of(record, PhotoValues).blob,)


def _day(written: Written, sites: Callable[[str], projects.Site]) -> str:
    return sites(written.record.scope).day(_moment(written))


def _by(written: Written) -> str | UnsetType:
    """Return who captured it: the person id, when the record is new."""
    return written.person if written.before is None else UNSET


def _offset(written: Written) -> int | UnsetType:
    """Return the exchange's clock error in milliseconds, for a new capture that states another than that."""
    captured = values_of(written.record, _Captured).captured
    apart = abs(written.offset_ms - (captured.clock_offset_ms or 0))
    differs = written.before is None and written.offset_ms and apart > CLOCK_OFF / timedelta(milliseconds=1)
    return written.offset_ms if differs else UNSET


def _handed_in(written: Written, enrolled_since: Callable[[str], datetime | None]) -> HandedIn | UnsetType:
    """Return what speaks against the time of a new capture in how it was handed in; nothing where nothing does."""
    if written.before is not None or not written.replica:
        return UNSET
    captured = values_of(written.record, _Captured).captured
    moment, enrolled = instant(captured.at, captured.clock_offset_ms), enrolled_since(written.replica)

    def if_later(than: datetime | None) -> str | None:
        return rfc3339(than) if moment is not None and than is not None and than > moment else None

    found = HandedIn(
        desk=enrolled is None,
        enrolled_at=if_later(enrolled),
        online_at=if_later(written.online),
        previous_at=if_later(written.previous),
    )
    return UNSET if found == HandedIn() else found


def _flags(written: Written) -> tuple[EvidenceFlag, ...] | UnsetType:
    """Return no flags for a record that moved: its flags are for the readers of the scope it left."""
    moved = written.before is not None and written.before.scope != written.record.scope
    return () if moved else UNSET


def _fence(tx: sa.Connection, written: Written) -> FenceReading | UnsetType:
    """Return the reading against the nearest fence of that moment; nothing where there is no fence."""
    values = values_of(written.record, CheckInValues)
    readings = []
    for fence in projects.fences_of(tx, written.record.scope, _moment(written)):
        try:
            readings.append(geo.judge(values.position, fence))
        except Refused:  # a position that is not on Earth proves nothing, and is kept as it came
            continue
    return min(readings, key=_closeness) if readings else UNSET


def _moment(written: Written) -> datetime:
    """Return when a record was captured, its device's clock corrected; else when it was received."""
    captured = values_of(written.record, _Captured).captured
    return instant(captured.at, captured.clock_offset_ms) or datetime.fromisoformat(written.at)


def _closeness(reading: FenceReading) -> tuple[bool, bool, int]:
    """Return a key by which readings sort: inside one fence, then perhaps inside one, then the nearest."""
    return reading.verdict is not Verdict.INSIDE, reading.verdict is Verdict.OUTSIDE, reading.distance_cm

"""Check-ins, photographs and fences as GeoJSON (RFC 7946): longitude and latitude in degrees of WGS-84."""

from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from typing import Any, Final

import msgspec
import sqlalchemy as sa

from media import geo
from mobile_contract.media import Fence
from mobile_contract.ogc import Link
from mobile_contract.records import CheckInServer, CheckInValues, Kind, PhotoServer, PhotoValues
from server import identity, projects
from server.replication import records_of, server_of, values_of
from sync.state import Record

UNITS: Final = 10_000_000
#: Corners of the polygon that stands for a circle.
CORNERS: Final = 64


class CollectionName(StrEnum):
    """The collections of features there are."""

    CHECK_INS = "check-ins"
    PHOTOGRAPHS = "photographs"
    FENCES = "fences"


class Place(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Where a feature belongs."""

    scope: str
    project: str | None
    section: str | None


class CheckInProperties(Place, frozen=True, kw_only=True, rename="camel"):
    """What is said of a check-in; ``flags`` are codes, apart by commas."""

    day: str
    moment: str
    person: str | None
    note: str
    verdict: str | None
    accuracy_m: float | None
    flags: str
    kind: str = Kind.CHECK_IN.value


class PhotographProperties(Place, frozen=True, kw_only=True, rename="camel"):
    """What is said of a photograph."""

    day: str
    moment: str
    person: str | None
    place: str
    note: str
    sha256: str
    report: str | None
    flags: str
    kind: str = Kind.PHOTO.value


class FenceProperties(Place, frozen=True, kw_only=True, rename="camel"):
    """What is said of a fence; of a circle its radius."""

    version: int
    radius_m: float | None
    kind: str = "fence"


class Feature(msgspec.Struct, frozen=True, kw_only=True):
    """A feature of GeoJSON."""

    id: str
    geometry: dict[str, Any] | None
    properties: CheckInProperties | PhotographProperties | FenceProperties
    type: str = "Feature"


class Page(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A page of a collection; ``number_matched`` is left out where it is too many to count."""

    features: Sequence[Feature]
    links: Sequence[Link]
    number_returned: int
    number_matched: int | msgspec.UnsetType = msgspec.UNSET
    type: str = "FeatureCollection"


KINDS: Final = {CollectionName.CHECK_INS: Kind.CHECK_IN, CollectionName.PHOTOGRAPHS: Kind.PHOTO}


def captures(tx: sa.Connection, rows: Sequence[Any]) -> list[Feature]:
    """Return captures, as the index has them, as features."""
    found = records_of(tx, [row.record for row in rows])
    people = identity.names_of(tx, {by for record in found.values() if (by := _by(record))})
    places = projects.places_of(tx, {record.scope for record in found.values()})
    return [
        Feature(
            id=row.record,
            geometry=_point(row.lat, row.lon),
            properties=_said(found[row.record], row, places, people),
        )
        for row in rows
        if row.record in found
    ]


def fences(tx: sa.Connection, scopes: Iterable[str], after: str, limit: int) -> tuple[list[Feature], str]:
    """Return a page of the fences in force of some scopes, by scope, and what to ask after it."""
    drawn = projects.current_fences(tx, [scope for scope in sorted(scopes) if scope > after])
    names = sorted(drawn)
    places = projects.places_of(tx, names[:limit])
    features = []
    for scope in names[:limit]:
        fence = drawn[scope]
        radius = None if fence.radius_cm is None else fence.radius_cm / 100
        about = FenceProperties(version=fence.version, radius_m=radius, **_around(scope, places))
        shape = {"type": "Polygon", "coordinates": _rings(fence)}
        features.append(Feature(id=fence.id, geometry=shape, properties=about))
    return features, names[limit - 1] if len(names) > limit else ""


def meets(feature: Feature, box: tuple[int, int, int, int]) -> bool:
    """Return whether a polygon's own box meets another, in 10⁻⁷ degree."""
    west, south, east, north = box
    corners = [corner for ring in (feature.geometry or {})["coordinates"] for corner in ring]
    lons, lats = [corner[0] * UNITS for corner in corners], [corner[1] * UNITS for corner in corners]
    within = max(lats) >= south and min(lats) <= north
    right, left = max(lons) >= west, min(lons) <= east
    return bool(within and (right and left if west <= east else right or left))


def _point(lat: int | None, lon: int | None) -> dict[str, Any] | None:
    return None if lat is None or lon is None else {"type": "Point", "coordinates": [lon / UNITS, lat / UNITS]}


def _rings(fence: Fence) -> list[list[list[float]]]:
    rings = fence.rings or (geo.circle(fence.lat, fence.lon, fence.radius_cm or 0, CORNERS),)
    return [[[lon / UNITS, lat / UNITS] for lon, lat in ring] for ring in rings]


def _around(scope: str, places: Mapping[str, projects.Place]) -> dict[str, Any]:
    place = places.get(scope)
    return {"scope": scope, "project": place.project if place else None, "section": place.section if place else None}


def _by(record: Record) -> str | None:
    return server_of(record, PhotoServer).by if record.kind == Kind.PHOTO else server_of(record, CheckInServer).by


def _said(
    record: Record, row: Any, places: Mapping[str, projects.Place], people: Mapping[str, str]
) -> CheckInProperties | PhotographProperties:
    """Return what is said of a capture; members are always the same, as readers of tables want them."""
    around = _around(record.scope, places) | {"day": row.day, "moment": row.moment}
    around |= {"person": people.get(_by(record) or "")}
    if record.kind == Kind.PHOTO:
        photo, of_photo = values_of(record, PhotoValues), server_of(record, PhotoServer)
        flags = ",".join(sorted(flag.code for flag in of_photo.flags))
        return PhotographProperties(
            place=photo.place, note=photo.note, sha256=photo.blob, report=photo.report, flags=flags, **around
        )
    check_in, of_check_in = values_of(record, CheckInValues), server_of(record, CheckInServer)
    accuracy = check_in.position.accuracy_cm
    return CheckInProperties(
        note=check_in.note,
        verdict=of_check_in.fence.verdict.value if of_check_in.fence else None,
        accuracy_m=None if accuracy is None else accuracy / 100,
        flags=",".join(sorted(flag.code for flag in of_check_in.flags)),
        **around,
    )

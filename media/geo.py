"""Datums and fences: one fix turned into WGS-84, and where it lies.

Chinese maps shift positions by some hundred metres (GCJ-02), Baidu shifts them again (BD-09); a fence is kept in
WGS-84. The GCJ-02 series is the one every open implementation uses (eviltransform, coordtransform); it has no
published inverse, so the way back is a fixed-point iteration, which after four rounds is off by less than a millimetre.
Outward numbers are integers: 10⁻⁷ degree and centimetres.
"""

from collections.abc import Callable, Sequence
from math import asin, atan2, cos, degrees, fmod, hypot, pi, radians, sin, sqrt
from typing import Final

import msgspec
import shapely

from mobile_contract.media import Datum, Doubt, Fence, FenceReading, Position, Ring, Verdict
from mobile_contract.problems import Refused

#: Latitude and longitude in degrees, as floats: only inside this module.
Degrees = tuple[float, float]

UNITS_PER_DEGREE: Final = 10_000_000
#: The ellipsoid of WGS-84: half its equator, and the square of its eccentricity.
_WGS84_A: Final = 6_378_137.0
_WGS84_EE: Final = 0.006_694_379_990_141_32

#: No fence is wider than 2°: one that is has its numbers mixed up, or crosses the date line.
WIDEST: Final = 2 * UNITS_PER_DEGREE
MOST_CORNERS: Final = 500

#: Programs without a fix write 0, 0, some of them shifted by a datum: it lies within these 10⁻⁷ degrees, in open sea.
_NOWHERE: Final = UNITS_PER_DEGREE // 100
#: Axes are swapped where a fix is further from a fence than the first and, swapped, nearer than the second.
_FAR_CM: Final = 100_000_000
_NEAR_CM: Final = 10_000_000

_INVERSION_ROUNDS: Final = 4
_KRASOVSKY_A: Final = 6_378_245.0
_KRASOVSKY_EE: Final = 0.006_693_421_622_965_943_23
_BD_PI: Final = pi * 3000 / 180


def convert(position: Position, datum: Datum) -> Position:
    """Return ``position`` in another datum, else unchanged; :class:`Refused` for one that is not on Earth."""
    if position.datum == datum:
        _check(position)
        return position
    lat, lon = _FROM_WGS84[datum](_to_wgs84(position))
    return msgspec.structs.replace(
        position, lat=round(lat * UNITS_PER_DEGREE), lon=round(lon * UNITS_PER_DEGREE), datum=datum
    )


def distance_cm(one: Position, other: Position) -> int:
    """Return the distance of two positions in centimetres, each brought to WGS-84 first.

    Exact to a millionth over the kilometres of a site; over a continent off by up to 0.5 %.
    """
    return round(_distance_m(_to_wgs84(one), _to_wgs84(other)) * 100)


def judge(position: Position, fence: Fence) -> FenceReading:
    """Return where ``position`` lies relative to ``fence``, its accuracy counted.

    Inside when its whole accuracy circle is, outside when none of it is; uncertain when the circle crosses the edge,
    and when the fix proves nothing (:func:`doubt_of`). Refuses one that is not on Earth.
    """
    fix = _to_wgs84(position)
    distance = round(_distance_m(fix, _degrees(fence.lat, fence.lon)) * 100)
    edge = _edge(fix, fence)
    verdict, doubt = _verdict(edge, position.accuracy_cm or 0)
    named = doubt_of(position, (fence,))
    if named is not None:
        verdict, doubt = Verdict.UNCERTAIN, named
    return FenceReading(
        fence=fence.id,
        fence_version=fence.version,
        verdict=verdict,
        doubt=doubt,
        mock=position.mock,
        distance_cm=distance,
        edge_cm=edge,
        lat=round(fix[0] * UNITS_PER_DEGREE),
        lon=round(fix[1] * UNITS_PER_DEGREE),
    )


def doubt_of(position: Position, fences: Sequence[Fence] = ()) -> Doubt | None:
    """Return why a position proves nothing about where its phone was; None for one that may be a fix.

    A value that stands for the lack of a fix is not a place: it is inside no fence and outside none. ``fences`` are
    where the phone should be: they show swapped axes where both angles are possible latitudes, and GCJ-02 or BD-09 that
    is called WGS-84.
    """
    if max(abs(position.lat), abs(position.lon)) < _NOWHERE:
        return Doubt.NOWHERE
    swapped = msgspec.structs.replace(position, lat=position.lon, lon=position.lat)
    if not _on_earth(position):
        return Doubt.SWAPPED_AXES if _on_earth(swapped) else Doubt.NOT_ON_EARTH
    if any(_belongs(swapped, position, fence) for fence in fences):
        return Doubt.SWAPPED_AXES
    if position.mock:
        return Doubt.MOCK
    if (position.accuracy_cm or 0) <= 0:  # phones write it for “unknown”
        return Doubt.NO_ACCURACY
    return Doubt.OTHER_DATUM if _is_shifted(position, fences) else None


def _belongs(swapped: Position, position: Position, fence: Fence) -> bool:
    centre = Position(lat=fence.lat, lon=fence.lon, datum=Datum.WGS84)
    far = _on_earth(swapped) and distance_cm(position, centre) >= _FAR_CM
    return far and distance_cm(swapped, centre) < _NEAR_CM


def _is_shifted(position: Position, fences: Sequence[Fence]) -> bool:
    """Return whether a fix called WGS-84 is outside every fence, and inside one if its numbers are of a Chinese map."""
    if position.datum is not Datum.WGS84:
        return False
    accuracy = position.accuracy_cm or 0

    def verdicts(datum: Datum) -> set[Verdict]:
        place = _to_wgs84(msgspec.structs.replace(position, datum=datum))
        return {_verdict(_edge(place, fence), accuracy)[0] for fence in fences}

    shifted = any(Verdict.INSIDE in verdicts(datum) for datum in (Datum.GCJ02, Datum.BD09))
    return shifted and verdicts(Datum.WGS84) == {Verdict.OUTSIDE}


def _edge(fix: Degrees, fence: Fence) -> int:
    """Return the centimetres from a fix to the nearest edge: positive inside, negative outside."""
    if fence.rings:
        return _edge_cm(fix, fence.rings)
    return (fence.radius_cm or 0) - round(_distance_m(fix, _degrees(fence.lat, fence.lon)) * 100)


def _verdict(edge_cm: int, accuracy_cm: int) -> tuple[Verdict, Doubt | None]:
    if edge_cm >= accuracy_cm:
        return Verdict.INSIDE, None
    if edge_cm < -accuracy_cm:
        return Verdict.OUTSIDE, None
    return Verdict.UNCERTAIN, Doubt.CROSSES_EDGE


# Polygons ------------------------------------------------------------------------------------------------------------


def outline(rings: Sequence[Ring], datum: Datum = Datum.WGS84) -> tuple[tuple[Ring, ...], int, int]:
    """Check the rings of a fence and bring them to WGS-84; returns them and the centroid, as latitude and longitude.

    Raises ``projects.bad_fence`` unless the rings are closed, within bounds, simple, and the holes inside the first
    and apart from each other.
    """
    if sum(map(len, rings)) > MOST_CORNERS:
        raise Refused("projects.bad_fence", reason=f"more than {MOST_CORNERS} corners")
    if any(len(ring) < 4 or ring[0] != ring[-1] for ring in rings):
        raise Refused("projects.bad_fence", reason="a ring ends where it began, and has three corners at least")
    drawn = tuple(tuple(_corner(lat, lon, datum) for lon, lat in ring) for ring in rings)
    polygon = shapely.Polygon(drawn[0], drawn[1:])
    west, south, east, north = polygon.bounds
    if east - west > WIDEST or north - south > WIDEST:
        raise Refused("projects.bad_fence", reason="wider than 2 degrees")
    if not polygon.is_valid:
        raise Refused("projects.bad_fence", reason=shapely.is_valid_reason(polygon))
    return drawn, round(polygon.centroid.y), round(polygon.centroid.x)


def circle(lat: int, lon: int, radius_cm: int, corners: int) -> Ring:
    """Return a circle in WGS-84 as a closed ring of so many corners, against the clock from the east."""
    north, east = _metres_per_radian(lat / UNITS_PER_DEGREE)
    radius = radius_cm / 100
    turns = [2 * pi * at / corners for at in range(corners)]
    ring = [
        (
            lon + round(degrees(radius * cos(turn) / east) * UNITS_PER_DEGREE),
            lat + round(degrees(radius * sin(turn) / north) * UNITS_PER_DEGREE),
        )
        for turn in turns
    ]
    return (*ring, ring[0])


def _corner(lat: int, lon: int, datum: Datum) -> tuple[int, int]:
    corner = convert(Position(lat=lat, lon=lon, datum=datum), Datum.WGS84)
    return corner.lon, corner.lat


def _edge_cm(fix: Degrees, rings: Sequence[Ring]) -> int:
    """Return centimetres from a fix to the nearest edge of a polygon: positive inside, negative outside.

    In a plane that touches the Earth at the fix. It stretches both axes evenly, so edges that are straight in degrees,
    as GeoJSON has them, stay straight; lengths are true near the fix, where they decide, and off by 0.2 % at 10 km.
    """
    north, east = _metres_per_radian(fix[0])
    plane = [
        [
            (east * radians(lon / UNITS_PER_DEGREE - fix[1]), north * radians(lat / UNITS_PER_DEGREE - fix[0]))
            for lon, lat in ring
        ]
        for ring in rings
    ]
    polygon, here = shapely.Polygon(plane[0], plane[1:]), shapely.Point(0, 0)
    edge = round(polygon.boundary.distance(here) * 100)
    return edge if polygon.covers(here) else -edge


# Distances -----------------------------------------------------------------------------------------------------------


def _on_earth(position: Position) -> bool:
    return abs(position.lat) <= 90 * UNITS_PER_DEGREE and abs(position.lon) <= 180 * UNITS_PER_DEGREE


def _check(position: Position) -> None:
    if not _on_earth(position):
        raise Refused("media.bad_position", lat=position.lat, lon=position.lon)


def _to_wgs84(position: Position) -> Degrees:
    _check(position)
    return _TO_WGS84[position.datum](_degrees(position.lat, position.lon))


def _degrees(lat: int, lon: int) -> Degrees:
    return lat / UNITS_PER_DEGREE, lon / UNITS_PER_DEGREE


def _distance_m(one: Degrees, other: Degrees) -> float:
    """Return metres: the angle on a sphere whose radius is the ellipsoid's, halfway and in that direction."""
    lat1, lat2 = radians(one[0]), radians(other[0])
    half_lat, half_lon = (lat2 - lat1) / 2, radians(other[1] - one[1]) / 2
    square = sin(half_lat) ** 2 + cos(lat1) * cos(lat2) * sin(half_lon) ** 2
    halfway = (one[0] + other[0]) / 2
    north, east = _metres_per_radian(halfway)
    flat = hypot(half_lat, half_lon * cos(radians(halfway)))
    radius = hypot(half_lat * north, half_lon * east) / flat if flat else _WGS84_A
    return 2 * radius * asin(min(1.0, sqrt(square)))


def _metres_per_radian(lat: float) -> Degrees:
    """Return the metres northward and eastward of one radian of latitude and of longitude, on the ellipsoid."""
    bulge = 1 - _WGS84_EE * sin(radians(lat)) ** 2
    return _WGS84_A * (1 - _WGS84_EE) / bulge**1.5, _WGS84_A / sqrt(bulge) * cos(radians(lat))


# Datums --------------------------------------------------------------------------------------------------------------


def _same(point: Degrees) -> Degrees:
    return point


def _wgs84_to_gcj02(point: Degrees) -> Degrees:
    lat, lon = point
    if not (0.8293 <= lat <= 55.8271 and 72.004 <= lon <= 137.8347):
        return point  # maps outside China are not shifted
    x, y = lon - 105.0, lat - 35.0
    short = (20 * sin(6 * x * pi) + 20 * sin(2 * x * pi)) * 2 / 3
    north = -100 + 2 * x + 3 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * sqrt(abs(x)) + short
    north += (20 * sin(y * pi) + 40 * sin(y / 3 * pi)) * 2 / 3
    north += (160 * sin(y / 12 * pi) + 320 * sin(y / 30 * pi)) * 2 / 3
    east = 300 + x + 2 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * sqrt(abs(x)) + short
    east += (20 * sin(x * pi) + 40 * sin(x / 3 * pi)) * 2 / 3
    east += (150 * sin(x / 12 * pi) + 300 * sin(x / 30 * pi)) * 2 / 3
    bulge = 1 - _KRASOVSKY_EE * sin(radians(lat)) ** 2
    meridian = _KRASOVSKY_A * (1 - _KRASOVSKY_EE) / bulge**1.5
    parallel = _KRASOVSKY_A / sqrt(bulge) * cos(radians(lat))
    return lat + north / radians(meridian), lon + east / radians(parallel)


def _gcj02_to_bd09(point: Degrees) -> Degrees:
    lat, lon = point
    radius = sqrt(lon * lon + lat * lat) + 0.000_02 * sin(lat * _BD_PI)
    angle = atan2(lat, lon) + 0.000_003 * cos(lon * _BD_PI)
    return radius * sin(angle) + 0.006, _wrapped(radius * cos(angle) + 0.0065)


def _wgs84_to_bd09(point: Degrees) -> Degrees:
    return _gcj02_to_bd09(_wgs84_to_gcj02(point))


def _wrapped(lon: float) -> float:
    return fmod(lon + 540, 360) - 180


def _inverse(forward: Callable[[Degrees], Degrees]) -> Callable[[Degrees], Degrees]:
    """Return the inverse of a small shift, by fixed-point iteration: correct a guess by how far its image misses."""

    def backward(shifted: Degrees) -> Degrees:
        lat, lon = shifted
        for _ in range(_INVERSION_ROUNDS):
            reached = forward((lat, lon))
            lat, lon = lat + shifted[0] - reached[0], lon + shifted[1] - reached[1]
        return lat, lon

    return backward


_FROM_WGS84: Final[dict[Datum, Callable[[Degrees], Degrees]]] = {
    Datum.WGS84: _same,
    Datum.GCJ02: _wgs84_to_gcj02,
    Datum.BD09: _wgs84_to_bd09,
}
_TO_WGS84: Final[dict[Datum, Callable[[Degrees], Degrees]]] = {
    Datum.WGS84: _same,
    Datum.GCJ02: _inverse(_wgs84_to_gcj02),
    Datum.BD09: _inverse(_wgs84_to_bd09),
}

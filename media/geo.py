"""Datums and fences: one fix turned into WGS-84, and where it lies.

Chinese maps shift positions by some hundred metres (GCJ-02), Baidu shifts them again (BD-09); a fence is drawn in
WGS-84. The GCJ-02 series is the one every open implementation uses (eviltransform, coordtransform); it has no
published inverse, so the way back is a fixed-point iteration, which after four rounds is off by less than a millimetre.
Outward numbers are integers: 10⁻⁷ degree and centimetres.
"""

from collections.abc import Callable
from math import asin, atan2, cos, fmod, pi, radians, sin, sqrt
from typing import Final

import msgspec

from mobile_contract.media import CircleFence, Datum, FenceReading, Position, Verdict
from mobile_contract.problems import Refused

#: Latitude and longitude in degrees, as floats: only inside this module.
Degrees = tuple[float, float]

UNITS_PER_DEGREE: Final = 10_000_000
#: Mean radius of the Earth (IUGG). A sphere is off by at most 0.5 %, 1.5 m at the edge of a 300 m fence.
EARTH_RADIUS_M: Final = 6_371_008.8

_INVERSION_ROUNDS: Final = 4
_KRASOVSKY_A: Final = 6_378_245.0
_KRASOVSKY_EE: Final = 0.006_693_421_622_965_943_23
_BD_PI: Final = pi * 3000 / 180


def convert(position: Position, datum: Datum) -> Position:
    """Express ``position`` in another datum; everything else about it stays. Refuses one that is not on Earth."""
    if position.datum == datum:
        _check(position)
        return position
    lat, lon = _FROM_WGS84[datum](_to_wgs84(position))
    return msgspec.structs.replace(
        position, lat=round(lat * UNITS_PER_DEGREE), lon=round(lon * UNITS_PER_DEGREE), datum=datum
    )


def distance_cm(one: Position, other: Position) -> int:
    """Give the great-circle distance of two positions in centimetres, each brought to WGS-84 first."""
    return round(_haversine_m(_to_wgs84(one), _to_wgs84(other)) * 100)


def judge(position: Position, fence: CircleFence) -> FenceReading:
    """Say where ``position`` lies relative to ``fence``, its accuracy counted.

    Inside when even the far edge of its accuracy circle is within the radius, outside when even the near edge is
    beyond it. A fix that does not know its accuracy (iOS says so with a negative one) proves nothing: uncertain.
    """
    fix = _to_wgs84(position)
    centre = (fence.lat / UNITS_PER_DEGREE, fence.lon / UNITS_PER_DEGREE)
    distance = round(_haversine_m(fix, centre) * 100)
    return FenceReading(
        fence=fence.id,
        fence_version=fence.version,
        verdict=_verdict(distance, position.accuracy_cm, fence.radius_cm),
        distance_cm=distance,
        lat=round(fix[0] * UNITS_PER_DEGREE),
        lon=round(fix[1] * UNITS_PER_DEGREE),
    )


def _verdict(distance_cm: int, accuracy_cm: int | None, radius_cm: int) -> Verdict:
    if accuracy_cm is None or accuracy_cm < 0:
        return Verdict.UNCERTAIN
    if distance_cm + accuracy_cm <= radius_cm:
        return Verdict.INSIDE
    if distance_cm - accuracy_cm > radius_cm:
        return Verdict.OUTSIDE
    return Verdict.UNCERTAIN


def _check(position: Position) -> None:
    if abs(position.lat) > 90 * UNITS_PER_DEGREE or abs(position.lon) > 180 * UNITS_PER_DEGREE:
        raise Refused("media.bad_position", lat=position.lat, lon=position.lon)


def _to_wgs84(position: Position) -> Degrees:
    _check(position)
    return _TO_WGS84[position.datum]((position.lat / UNITS_PER_DEGREE, position.lon / UNITS_PER_DEGREE))


def _haversine_m(one: Degrees, other: Degrees) -> float:
    lat1, lat2 = radians(one[0]), radians(other[0])
    half_lat, half_lon = (lat2 - lat1) / 2, radians(other[1] - one[1]) / 2
    square = sin(half_lat) ** 2 + cos(lat1) * cos(lat2) * sin(half_lon) ** 2
    return 2 * EARTH_RADIUS_M * asin(min(1.0, sqrt(square)))


# Datums --------------------------------------------------------------------------------------------------------------


def _same(point: Degrees) -> Degrees:
    return point


def _wgs84_to_gcj02(point: Degrees) -> Degrees:
    lat, lon = point
    if not (0.8293 <= lat <= 55.8271 and 72.004 <= lon <= 137.8347):
        return point  # maps of the rest of the world are not shifted
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
    """Undo a small shift: guess, see where the guess would have gone, correct by the difference."""

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

"""Datums and fences, with the numbers of acceptance story 1."""

from math import cos, pi, sin

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from media import geo
from mobile_contract.media import Datum, Doubt, Fence, Position, Verdict
from mobile_contract.problems import Refused
from tests.support.refusals import refuses

FENCE = Fence(id="fence", version=3, lat=320_415_000, lon=1_187_674_000, radius_cm=30_000)
CHECK_IN = Position(lat=320_394_610, lon=1_187_726_190, datum=Datum.GCJ02, accuracy_cm=1_200)

#: Well inside the box in which maps are shifted.
chinese_positions = st.builds(
    Position,
    lat=st.integers(30_000_000, 550_000_000),
    lon=st.integers(730_000_000, 1_370_000_000),
    datum=st.just(Datum.WGS84),
)
earthly_positions = st.builds(
    Position,
    lat=st.integers(-900_000_000, 900_000_000),
    lon=st.integers(-1_800_000_000, 1_800_000_000),
    datum=st.sampled_from(Datum),
    accuracy_cm=st.none() | st.integers(-1, 10_000_000),
)


def position(lat: int, lon: int, datum: Datum = Datum.WGS84, accuracy_cm: int | None = 1) -> Position:
    return Position(lat=lat, lon=lon, datum=datum, accuracy_cm=accuracy_cm)


def test_the_check_in_of_story_1_is_inside_at_about_no_distance() -> None:
    reading = geo.judge(CHECK_IN, FENCE)
    assert reading.verdict is Verdict.INSIDE
    assert reading.distance_cm < 10
    assert (reading.fence, reading.fence_version) == ("fence", 3)
    assert abs(reading.lat - FENCE.lat) < 10
    assert abs(reading.lon - FENCE.lon) < 10


def test_the_same_numbers_called_wgs84_are_at_542_metres_and_doubted() -> None:
    reading = geo.judge(position(CHECK_IN.lat, CHECK_IN.lon, accuracy_cm=1_200), FENCE)
    assert (reading.verdict, reading.doubt) == (Verdict.UNCERTAIN, Doubt.OTHER_DATUM)
    assert round(reading.distance_cm / 100) == 542
    assert (reading.lat, reading.lon) == (CHECK_IN.lat, CHECK_IN.lon)
    away = geo.judge(position(CHECK_IN.lat + 100_000, CHECK_IN.lon, accuracy_cm=1_200), FENCE)
    assert (away.verdict, away.doubt) == (Verdict.OUTSIDE, None)  # on either map


@pytest.mark.parametrize(
    ("city", "lat", "lon", "metres"),
    [
        ("Nanjing", 320_415_000, 1_187_674_000, 542),
        ("Shenzhen", 225_431_000, 1_140_579_000, 606),
        ("Chengdu", 305_728_000, 1_040_668_000, 361),
        ("Urumqi", 438_256_000, 876_168_000, 265),
    ],
)
def test_the_shift_of_gcj02_is_what_it_is_known_to_be(city: str, lat: int, lon: int, metres: int) -> None:
    misread = geo.convert(position(lat, lon), Datum.GCJ02)
    shift = geo.distance_cm(position(lat, lon), position(misread.lat, misread.lon))
    assert shift / 100 == pytest.approx(metres, abs=15)  # the towns are known to a few hundred metres only


def test_a_published_pair_of_gcj02_and_bd09_agrees() -> None:
    # Tiananmen as coordtransform's own documentation has it: GCJ-02 116.404, 39.915
    baidu = geo.convert(position(399_150_000, 1_164_040_000, Datum.GCJ02), Datum.BD09)
    assert baidu.lon == pytest.approx(1_164_103_696, abs=20)
    assert baidu.lat == pytest.approx(399_213_370, abs=20)


@given(chinese_positions, st.sampled_from(Datum))
def test_there_and_back_ends_within_a_hand_of_where_it_began(start: Position, datum: Datum) -> None:
    there = geo.convert(start, datum)
    back = geo.convert(there, Datum.WGS84)
    assert geo.distance_cm(start, back) < 10
    assert geo.distance_cm(start, there) < 10


@given(
    st.builds(
        Position,
        lat=st.integers(560_000_000, 899_000_000) | st.integers(-899_000_000, 0),
        lon=st.integers(-1_790_000_000, 1_790_000_000),
        datum=st.just(Datum.WGS84),
    )
)
def test_outside_china_gcj02_is_wgs84(start: Position) -> None:
    there = geo.convert(start, Datum.GCJ02)
    assert (there.lat, there.lon) == (start.lat, start.lon)
    assert geo.convert(there, Datum.WGS84) == start


@given(earthly_positions, earthly_positions)
def test_distance_is_symmetric_and_at_most_half_the_globe(one: Position, other: Position) -> None:
    assert geo.distance_cm(one, other) == geo.distance_cm(other, one)
    assert geo.distance_cm(one, one) == 0
    assert 0 <= geo.distance_cm(one, other) <= 2_011_000_000


def test_a_minute_of_arc_is_as_long_as_the_ellipsoid_makes_it() -> None:
    # On the ellipsoid 1842.9 m at the equator, 1861.6 m at the pole; a minute of longitude is 1855.3 m at the equator.
    minute = round(1e7 / 60)
    assert geo.distance_cm(position(0, 0), position(minute, 0)) == pytest.approx(184_291, abs=2)
    assert geo.distance_cm(position(900_000_000, 0), position(900_000_000 - minute, 0)) == pytest.approx(186_156, abs=2)
    assert geo.distance_cm(position(0, 0), position(0, minute)) == pytest.approx(185_533, abs=2)


@given(earthly_positions, st.integers(0, 100_000_000))
def test_a_verdict_follows_from_distance_accuracy_and_radius(fix: Position, radius_cm: int) -> None:
    fence = Fence(id="f", version=1, lat=FENCE.lat, lon=FENCE.lon, radius_cm=radius_cm)
    reading = geo.judge(fix, fence)
    if fix.accuracy_cm is None or geo.doubt_of(fix, (fence,)):
        assert reading.verdict is Verdict.UNCERTAIN
    else:
        assert (reading.verdict is Verdict.INSIDE) == (reading.distance_cm + fix.accuracy_cm <= radius_cm)
        assert (reading.verdict is Verdict.OUTSIDE) == (reading.distance_cm - fix.accuracy_cm > radius_cm)


@pytest.mark.parametrize(
    ("accuracy_cm", "verdict"),
    [
        (0, Verdict.UNCERTAIN),
        (1, Verdict.INSIDE),
        (30_000, Verdict.INSIDE),
        (30_001, Verdict.UNCERTAIN),
        (None, Verdict.UNCERTAIN),
    ],
)
def test_a_fix_at_the_centre_is_inside_as_far_as_it_is_accurate(accuracy_cm: int | None, verdict: Verdict) -> None:
    assert geo.judge(position(FENCE.lat, FENCE.lon, accuracy_cm=accuracy_cm), FENCE).verdict is verdict


@pytest.mark.parametrize(("lat", "lon"), [(900_000_001, 0), (0, -1_800_000_001), (1_187_674_000, 320_415_000)])
def test_what_is_no_place_on_earth_is_refused(lat: int, lon: int) -> None:
    for datum in Datum:
        with refuses("media.bad_position"):
            geo.judge(position(lat, lon, datum), FENCE)
        with refuses("media.bad_position"):
            geo.convert(position(lat, lon, datum), Datum.WGS84)


# A yard 400 m by 400 m with a pond 100 m by 100 m in its middle, about the centre of the circle; (lon, lat).
NORTH_M, EAST_M = 90.18, 105.88  # 10⁻⁷ degree per metre at this latitude


def square(half_m: float) -> tuple[tuple[int, int], ...]:
    up, right = round(half_m * NORTH_M), round(half_m * EAST_M)
    signs = ((-1, -1), (1, -1), (1, 1), (-1, 1), (-1, -1))
    return tuple((FENCE.lon + x * right, FENCE.lat + y * up) for x, y in signs)


YARD = Fence(id="yard", version=1, lat=FENCE.lat, lon=FENCE.lon, rings=(square(200), square(50)))


@pytest.mark.parametrize(
    ("east_m", "accuracy_cm", "verdict", "edge_m"),
    [
        (125, 1_000, Verdict.INSIDE, 75),
        (150, 4_900, Verdict.INSIDE, 50),
        (150, 5_100, Verdict.UNCERTAIN, 50),
        (0, 1_000, Verdict.OUTSIDE, -50),  # in the pond
        (45, 1_000, Verdict.UNCERTAIN, -5),
        (195, 1_000, Verdict.UNCERTAIN, 5),
        (205, 1_000, Verdict.UNCERTAIN, -5),
        (215, 1_000, Verdict.OUTSIDE, -15),
        (2_200, 1_000, Verdict.OUTSIDE, -2_000),
    ],
)
def test_a_polygon_judges_by_its_nearest_edge_and_its_holes_are_outside(
    east_m: int, accuracy_cm: int, verdict: Verdict, edge_m: int
) -> None:
    fix = position(FENCE.lat, FENCE.lon + round(east_m * EAST_M), accuracy_cm=accuracy_cm)
    reading = geo.judge(fix, YARD)
    assert reading.verdict is verdict
    assert reading.edge_cm / 100 == pytest.approx(edge_m, abs=0.5 + abs(edge_m) * 0.001)
    assert reading.doubt is (Doubt.CROSSES_EDGE if verdict is Verdict.UNCERTAIN else None)


@given(st.integers(-6_000_000, 6_000_000), st.integers(-6_000_000, 6_000_000))
def test_a_circle_and_a_polygon_of_many_corners_agree(north: int, east: int) -> None:
    ring = tuple(
        (FENCE.lon + round(300 * EAST_M * cos(turn)), FENCE.lat + round(300 * NORTH_M * sin(turn)))
        for turn in (2 * pi * corner / 180 for corner in range(180))
    )
    fix = position(FENCE.lat + north // 100, FENCE.lon + east // 100)
    round_one = geo.judge(fix, FENCE)
    many = geo.judge(fix, msgspec.structs.replace(YARD, rings=((*ring, ring[0]),)))
    assert many.edge_cm == pytest.approx(round_one.edge_cm, abs=100 + abs(round_one.edge_cm) * 0.002)


def test_why_a_verdict_is_uncertain_is_said_and_a_made_up_fix_is_noted() -> None:
    unknown = geo.judge(position(FENCE.lat, FENCE.lon, accuracy_cm=None), FENCE)
    assert (unknown.verdict, unknown.doubt, unknown.edge_cm) == (Verdict.UNCERTAIN, Doubt.NO_ACCURACY, 30_000)
    made_up = geo.judge(msgspec.structs.replace(position(FENCE.lat, FENCE.lon), mock=True), FENCE)
    assert (made_up.verdict, made_up.doubt, made_up.mock) == (Verdict.UNCERTAIN, Doubt.MOCK, True)


@pytest.mark.parametrize(
    ("lat", "lon", "doubt"),
    [
        (0, 0, Doubt.NOWHERE),
        (60_000, 65_000, Doubt.NOWHERE),  # 0, 0 that a program brought to BD-09
        (99_999, -99_999, Doubt.NOWHERE),
        (100_000, 0, None),
        (0, -100_000, None),
        (910_000_000, 1_810_000_000, Doubt.NOT_ON_EARTH),
        (1_187_674_000, 320_415_000, Doubt.SWAPPED_AXES),
        (FENCE.lat, FENCE.lon, None),
    ],
)
def test_a_value_that_stands_for_no_fix_is_no_place_and_says_which(lat: int, lon: int, doubt: Doubt | None) -> None:
    assert geo.doubt_of(position(lat, lon)) is doubt


def test_axes_that_are_both_possible_latitudes_are_told_to_be_swapped_by_the_fence() -> None:
    urumqi = msgspec.structs.replace(FENCE, lat=438_256_000, lon=876_168_000)
    swapped = geo.judge(position(urumqi.lon, urumqi.lat), urumqi)
    assert (swapped.verdict, swapped.doubt) == (Verdict.UNCERTAIN, Doubt.SWAPPED_AXES)
    assert geo.judge(position(urumqi.lat, urumqi.lon), urumqi).verdict is Verdict.INSIDE
    assert geo.judge(position(FENCE.lat, FENCE.lon), urumqi).verdict is Verdict.OUTSIDE


@pytest.mark.parametrize(
    ("centre", "fix", "doubt"),
    [
        ((400_000_000, 472_898_898), (472_898_898, 400_000_000), Doubt.SWAPPED_AXES),  # 1,000 km off as it is
        ((400_000_000, 472_898_897), (472_898_897, 400_000_000), None),
        ((300_000_000, 600_000_000), (610_364_203, 300_000_000), None),  # 100 km off when swapped
        ((300_000_000, 600_000_000), (610_364_202, 300_000_000), Doubt.SWAPPED_AXES),
    ],
)
def test_axes_are_swapped_from_a_thousand_kilometres_off_to_within_a_hundred(
    centre: tuple[int, int], fix: tuple[int, int], doubt: Doubt | None
) -> None:
    fence = msgspec.structs.replace(FENCE, lat=centre[0], lon=centre[1])
    assert geo.doubt_of(position(*fix), (fence,)) is doubt


def test_a_fence_without_a_radius_and_an_outline_holds_nothing() -> None:
    point = msgspec.structs.replace(FENCE, radius_cm=None)
    assert geo.judge(position(FENCE.lat, FENCE.lon), point).verdict is Verdict.UNCERTAIN


def test_rings_are_brought_to_wgs84_with_their_centroid() -> None:
    rings, lat, lon = geo.outline(YARD.rings)
    assert (rings, lat, lon) == (YARD.rings, FENCE.lat, FENCE.lon)
    with refuses("projects.bad_fence"):
        geo.outline([square(200), square(250)])


@pytest.mark.parametrize("side", ["inside", "outside"])
def test_a_fix_whose_accuracy_reaches_the_fence_exactly_is_decided_to_the_centimetre(side: str) -> None:
    """Touching the fence from inside is inside; from outside it may still be within, so it cannot be told."""
    east_m = 100 if side == "inside" else 500
    there = position(FENCE.lat, FENCE.lon + round(east_m * EAST_M))
    edge = geo.judge(there, FENCE).edge_cm
    assert edge is not None
    assert (edge > 0) == (side == "inside")

    def verdict(accuracy_cm: int) -> Verdict:
        return geo.judge(position(there.lat, there.lon, accuracy_cm=accuracy_cm), FENCE).verdict

    clear = Verdict.INSIDE if side == "inside" else Verdict.OUTSIDE
    assert verdict(abs(edge) - 1) is clear
    assert verdict(abs(edge)) is (Verdict.INSIDE if side == "inside" else Verdict.UNCERTAIN)
    assert verdict(abs(edge) + 1) is Verdict.UNCERTAIN


@pytest.mark.parametrize(
    ("wgs84", "gcj02", "bd09"),
    [
        ((320_415_000, 1_187_674_000), (320_394_612, 1_187_726_185), (320_455_097, 1_187_791_048)),
        ((225_431_000, 1_140_579_000), (225_403_828, 1_140_630_140), (225_460_416, 1_140_695_640)),
        ((305_728_000, 1_040_668_000), (305_703_461, 1_040_693_055), (305_763_519, 1_040_757_830)),
        ((438_256_000, 876_168_000), (438_268_054, 876_196_499), (438_329_498, 876_260_998)),
        ((456_789_012, 1_265_432_109), (456_808_958, 1_265_492_025), (456_865_534, 1_265_558_072)),
        ((199_998_888, 1_101_112_222), (199_979_487, 1_101_156_537), (200_037_204, 1_101_221_788)),
    ],
)
def test_datums_are_shifted_as_coordtransform_shifts_them_to_the_last_digit(
    wgs84: tuple[int, int], gcj02: tuple[int, int], bd09: tuple[int, int]
) -> None:
    for datum, shifted in ((Datum.GCJ02, gcj02), (Datum.BD09, bd09)):
        there = geo.convert(position(*wgs84), datum)
        assert ((there.lat, there.lon), there.datum) == (shifted, datum)
        back = geo.convert(there, Datum.WGS84)
        assert (back.lat, back.lon) == pytest.approx(wgs84, abs=1)
    between = geo.convert(position(*gcj02, Datum.GCJ02), Datum.BD09)
    assert (between.lat, between.lon) == pytest.approx(bd09, abs=1)


@pytest.mark.parametrize(
    ("edge", "beyond"),
    [
        ((8_293_000, 1_000_000_000), (8_292_999, 1_000_000_000)),
        ((558_271_000, 1_000_000_000), (558_271_001, 1_000_000_000)),
        ((300_000_000, 720_040_000), (300_000_000, 720_039_999)),
        ((300_000_000, 1_378_347_000), (300_000_000, 1_378_347_001)),
    ],
)
def test_maps_are_shifted_up_to_the_edge_of_a_box_and_not_beyond(
    edge: tuple[int, int], beyond: tuple[int, int]
) -> None:
    shifted, same = (geo.convert(position(*there), Datum.GCJ02) for there in (edge, beyond))
    assert (shifted.lat, shifted.lon) != edge
    assert (same.lat, same.lon) == beyond


@pytest.mark.parametrize(
    ("one", "other", "metres"),
    [
        ((320_415_000, 1_187_674_000), (320_500_000, 1_187_700_000), 974.0073),
        ((320_415_000, 1_187_674_000), (320_415_000, 1_188_674_000), 9_445.0552),
        ((320_415_000, 1_187_674_000), (321_415_000, 1_187_674_000), 11_088.8412),
        ((225_431_000, 1_140_579_000), (225_931_000, 1_141_079_000), 7_556.4819),
        ((500_000_000, 1_000_000_000), (500_300_000, 999_500_000), 4_896.6802),
    ],
)
def test_over_a_site_a_distance_is_that_of_vincenty_to_the_centimetre(
    one: tuple[int, int], other: tuple[int, int], metres: float
) -> None:
    assert geo.distance_cm(position(*one), position(*other)) == pytest.approx(metres * 100, abs=1)


def test_a_position_goes_half_way_round_the_earth_and_over_the_date_line() -> None:
    # Half a meridian is 20,003.9 km; the sphere of the pole's radius that is measured on is 0.5 % off.
    assert geo.distance_cm(position(0, 0), position(0, 1_800_000_000)) == pytest.approx(2_003_750_834, abs=1)
    east, west = position(0, 1_799_999_000), position(0, -1_799_999_000)
    assert geo.distance_cm(east, west) == pytest.approx(2_226, abs=1)
    baidu = geo.convert(position(0, 1_800_000_000), Datum.BD09)
    assert baidu.lon == pytest.approx(-1_799_935_000, abs=200)  # 0.0065° further east


@pytest.mark.parametrize(("lat", "lon"), [(900_000_000, 0), (-900_000_000, 0), (0, 1_800_000_000), (0, -1_800_000_000)])
def test_the_poles_and_the_date_line_are_places_on_earth_and_a_step_beyond_is_none(lat: int, lon: int) -> None:
    assert geo.convert(position(lat, lon), Datum.WGS84) == position(lat, lon)
    beyond = position(lat + (lat > 0) - (lat < 0), lon + (lon > 0) - (lon < 0))
    with pytest.raises(Refused) as refused:
        geo.convert(beyond, Datum.WGS84)
    assert refused.value.params == {"lat": str(beyond.lat), "lon": str(beyond.lon)}


def ring_of(corners: int) -> tuple[tuple[int, int], ...]:
    """Return a closed ring with so many pairs of numbers, the first of them twice."""
    turns = [2 * pi * corner / (corners - 1) for corner in range(corners - 1)]
    ring = tuple((FENCE.lon + round(1e6 * cos(turn)), FENCE.lat + round(1e6 * sin(turn))) for turn in turns)
    return (*ring, ring[0])


def wide(lon: int, lat: int) -> tuple[tuple[int, int], ...]:
    return ((0, 0), (lon, 0), (lon, lat), (0, lat), (0, 0))


@pytest.mark.parametrize(
    "rings",
    [(ring_of(500),), (wide(20_000_000, 1_000),), (wide(1_000, 20_000_000),), (((0, 0), (9, 0), (0, 9), (0, 0)),)],
)
def test_an_outline_may_be_as_large_as_the_limits_say(rings: tuple[tuple[tuple[int, int], ...], ...]) -> None:
    assert geo.outline(rings)[0] == rings


@pytest.mark.parametrize(
    ("rings", "reason"),
    [
        ((ring_of(501),), "more than 500 corners"),
        ((ring_of(251), ring_of(250)), "more than 500 corners"),
        ((wide(20_000_001, 1_000),), "wider than 2 degrees"),
        ((wide(1_000, 20_000_001),), "wider than 2 degrees"),
        ((square(200), ((0, 0), (9, 0), (0, 0))), "a ring ends where it began, and has three corners at least"),
        ((square(200)[:-1],), "a ring ends where it began, and has three corners at least"),
        ((((0, 0), (9, 9), (9, 0), (0, 9), (0, 0)),), "Self-intersection[4.5 4.5]"),
    ],
)
def test_an_outline_that_is_refused_says_why(rings: tuple[tuple[tuple[int, int], ...], ...], reason: str) -> None:
    with pytest.raises(Refused) as refused:
        geo.outline(rings)
    assert (refused.value.code, refused.value.params) == ("projects.bad_fence", {"reason": reason})


def test_an_outline_in_gcj02_is_kept_in_wgs84() -> None:
    shifted = [geo.convert(position(lat, lon), Datum.GCJ02) for lon, lat in square(200)]
    rings, lat, lon = geo.outline([tuple((one.lon, one.lat) for one in shifted)], Datum.GCJ02)
    for corner, expected in zip(rings[0], square(200), strict=True):
        assert corner == pytest.approx(expected, abs=1)
    assert (lat, lon) == pytest.approx((FENCE.lat, FENCE.lon), abs=1)


@pytest.mark.parametrize(("north_m", "east_m", "edge_cm"), [(0, 0, -5_000), (0, 120, 7_000), (260, 0, -6_000)])
def test_the_edge_of_a_yard_is_as_far_as_a_tape_says(north_m: int, east_m: int, edge_cm: int) -> None:
    fix = position(FENCE.lat + round(north_m * NORTH_M), FENCE.lon + round(east_m * EAST_M))
    reading = geo.judge(fix, YARD)
    assert reading.edge_cm == pytest.approx(edge_cm, abs=2)
    assert (reading.lat, reading.lon) == (fix.lat, fix.lon)

"""Datums and fences, with the numbers of acceptance story 1."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from media import geo
from mobile_contract.media import CircleFence, Datum, Position, Verdict
from tests.support.refusals import refuses

FENCE = CircleFence(id="fence", version=3, lat=320_415_000, lon=1_187_674_000, radius_cm=30_000)
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


def position(lat: int, lon: int, datum: Datum = Datum.WGS84, accuracy_cm: int | None = 0) -> Position:
    return Position(lat=lat, lon=lon, datum=datum, accuracy_cm=accuracy_cm)


def test_the_check_in_of_story_1_is_inside_at_about_no_distance() -> None:
    reading = geo.judge(CHECK_IN, FENCE)
    assert reading.verdict is Verdict.INSIDE
    assert reading.distance_cm < 10
    assert (reading.fence, reading.fence_version) == ("fence", 3)
    assert abs(reading.lat - FENCE.lat) < 10
    assert abs(reading.lon - FENCE.lon) < 10


def test_the_same_numbers_read_as_wgs84_are_outside_at_542_metres() -> None:
    reading = geo.judge(position(CHECK_IN.lat, CHECK_IN.lon, accuracy_cm=1_200), FENCE)
    assert reading.verdict is Verdict.OUTSIDE
    assert round(reading.distance_cm / 100) == 542
    assert (reading.lat, reading.lon) == (CHECK_IN.lat, CHECK_IN.lon)


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


@given(earthly_positions, earthly_positions)
def test_distance_is_symmetric_and_at_most_half_the_globe(one: Position, other: Position) -> None:
    assert geo.distance_cm(one, other) == geo.distance_cm(other, one)
    assert geo.distance_cm(one, one) == 0
    assert 0 <= geo.distance_cm(one, other) <= 2_001_600_000


def test_one_minute_of_latitude_is_a_nautical_mile() -> None:
    assert geo.distance_cm(position(0, 0), position(round(1e7 / 60), 0)) == pytest.approx(185_200, rel=0.005)


@given(earthly_positions, st.integers(0, 100_000_000))
def test_a_verdict_follows_from_distance_accuracy_and_radius(fix: Position, radius_cm: int) -> None:
    fence = CircleFence(id="f", version=1, lat=FENCE.lat, lon=FENCE.lon, radius_cm=radius_cm)
    reading = geo.judge(fix, fence)
    if fix.accuracy_cm is None or fix.accuracy_cm < 0:
        assert reading.verdict is Verdict.UNCERTAIN
    else:
        assert (reading.verdict is Verdict.INSIDE) == (reading.distance_cm + fix.accuracy_cm <= radius_cm)
        assert (reading.verdict is Verdict.OUTSIDE) == (reading.distance_cm - fix.accuracy_cm > radius_cm)


@pytest.mark.parametrize(
    ("accuracy_cm", "verdict"),
    [(0, Verdict.INSIDE), (30_000, Verdict.INSIDE), (30_001, Verdict.UNCERTAIN), (None, Verdict.UNCERTAIN)],
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

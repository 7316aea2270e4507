"""What speaks against a capture, by itself and beside another, with the figures of the sentences."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from media import evidence, geo
from media.evidence import CaptureClaim, CaptureFacts
from mobile_contract.media import Datum, Exif, MediaFacts, Position
from mobile_contract.problems import PROBLEMS

SITE = timezone(timedelta(hours=8))
EIGHT = datetime(2026, 11, 18, 8, 7, 31, tzinfo=SITE)
FIX = Position(lat=320_394_610, lon=1_187_726_190, datum=Datum.GCJ02, accuracy_cm=1_200, provider="amap")
WGS84 = geo.convert(FIX, Datum.WGS84)
PHOTO = CaptureFacts(
    record="a",
    person="zhou",
    day="2026-11-18",
    at=EIGHT,
    clock_offset_ms=0,
    lat=WGS84.lat,
    lon=WGS84.lon,
    accuracy_cm=1_200,
    sha256="5" * 64,
    phash=0xF0F0_1234_ABCD_0001,
)
CLAIM = CaptureClaim(capture=PHOTO, written_at=EIGHT, received_at=EIGHT + timedelta(hours=13), position=FIX)


def codes(claim: CaptureClaim, **exif: Any) -> list[str]:
    facts = MediaFacts(media_type="image/jpeg", exif=Exif(**exif)) if exif else None
    return [found.code for found in evidence.check_claim(claim, facts)]


def other(**changes: Any) -> CaptureFacts:
    return msgspec.structs.replace(PHOTO, record="b", **changes)


def test_a_photo_whose_bytes_say_what_its_phone_says_has_no_flag() -> None:
    said = {"taken_at": "2026-11-18T08:07:29", "gps_at": "2026-11-18T00:07:29Z", "software": "MediaTek Camera"}
    assert codes(CLAIM, lat=WGS84.lat, lon=WGS84.lon, **said) == []
    assert codes(CLAIM) == []


@pytest.mark.parametrize("datum", [Datum.WGS84, Datum.GCJ02])
def test_an_exif_position_may_be_of_either_datum(datum: Datum) -> None:
    there = geo.convert(FIX, datum)
    assert codes(CLAIM, lat=there.lat, lon=there.lon) == []


@pytest.mark.parametrize(
    ("exif", "code", "figures"),
    [
        (
            {"taken_at": "2026-11-11T08:07:31"},
            "evidence.time_differs",
            {
                "source": "EXIF",
                "minutes": "10080",
                "taken": "2026-11-11T08:07:31+08:00",
                "captured": "2026-11-18T08:07:31+08:00",
            },
        ),
        ({"taken_at": "2026-11-18T08:07:31+07:00"}, "evidence.time_differs", {"minutes": "-60"}),
        ({"gps_at": "2026-11-17T00:07:31Z"}, "evidence.time_differs", {"source": "GPS", "minutes": "1440"}),
        ({"lat": 390_000_000, "lon": 1_160_000_000}, "evidence.place_differs", {"lat": "39.000000"}),
        ({"software": "Adobe Photoshop 25.0 (Android)"}, "evidence.edited", {}),
        ({"software": "美图秀秀"}, "evidence.edited", {"software": "美图秀秀"}),
    ],
)
def test_bytes_that_say_otherwise_are_flagged_with_both_sayings(
    exif: dict[str, Any], code: str, figures: dict[str, str]
) -> None:
    (found,) = evidence.check_claim(CLAIM, MediaFacts(media_type="image/jpeg", exif=Exif(**exif)))
    assert found.code == code
    assert found.params.items() >= figures.items()


@pytest.mark.parametrize(
    "exif",
    [
        {"gps_at": "2007-04-04T00:07:31Z"},  # 1,024 weeks behind, as receivers are whose count went round
        {"gps_at": "1987-08-19T00:07:31Z"},
        {"gps_at": "2026-11-18T08:07:31Z"},  # local time, called UTC
        {"taken_at": "2026-11-18T08:07:31+00:00"},
        {"taken_at": "2026-11-18T00:07:31+00:00"},
        {"taken_at": "2026-11-18T00:07:31Z"},
    ],
)
def test_times_that_are_written_in_other_ways_are_understood(exif: dict[str, Any]) -> None:
    assert codes(CLAIM, **exif) == []


def test_the_local_day_beside_the_time_in_utc_is_understood() -> None:
    seven = EIGHT.replace(hour=7)  # 23:07 of the day before, in UTC
    early = msgspec.structs.replace(CLAIM, capture=msgspec.structs.replace(PHOTO, at=seven), written_at=seven)
    assert codes(early, gps_at="2026-11-18T23:07:31Z") == []
    assert codes(early, gps_at="2026-11-19T23:07:31Z") == ["evidence.time_differs"]


def test_local_time_of_the_site_is_understood_where_the_phone_writes_utc() -> None:
    zulu = EIGHT.astimezone(UTC)
    claim = msgspec.structs.replace(CLAIM, capture=msgspec.structs.replace(PHOTO, at=zulu), written_at=zulu)
    assert codes(claim, taken_at="2026-11-18T08:07:31") == []
    assert codes(claim, taken_at="2026-11-18T05:07:31") == ["evidence.time_differs"]


@pytest.mark.parametrize(
    "exif",
    [
        {"gps_at": "1980-01-06T00:00:00Z"},
        {"gps_at": "1980-01-06T03:12:00Z"},
        {"gps_at": "1999-08-22T00:00:13Z"},
        {"gps_at": "2019-04-07T00:00:18Z"},
        {"taken_at": "1970-01-01T08:00:00"},
        {"taken_at": "1980-01-01T00:00:00"},
        {"taken_at": "2000-01-01T00:00:00"},
        {"taken_at": "0001-01-01T00:00:00"},
    ],
)
def test_a_clock_that_was_never_set_is_doubted_and_accuses_of_nothing(exif: dict[str, Any]) -> None:
    (found,) = evidence.check_claim(CLAIM, MediaFacts(media_type="image/jpeg", exif=Exif(**exif)))
    assert (found.code, sorted(found.params)) == ("evidence.time_doubtful", ["source", "taken"])


def test_a_camera_and_a_claim_ten_minutes_apart_still_agree() -> None:
    assert codes(CLAIM, taken_at="2026-11-18T07:57:31") == []
    assert codes(CLAIM, taken_at="2026-11-18T07:57:30") == ["evidence.time_differs"]


@pytest.mark.parametrize(
    "written", ["", "yesterday", "0000-00-00T00:00:00", "9999-12-31T23:59:59", "0001-01-01T00:00:00+14:00"]
)
def test_a_tag_that_is_no_time_is_read_over_or_flagged(written: str) -> None:
    assert codes(CLAIM, taken_at=written) in (
        [],
        ["evidence.time_differs"],
        ["evidence.time_doubtful"],
    )


@pytest.mark.parametrize(
    ("claim", "code"),
    [
        ({"position": msgspec.structs.replace(FIX, mock=True)}, "evidence.mock_position"),
        ({"began": "2026-11-19"}, "evidence.before_start"),
        ({"received_at": EIGHT - timedelta(minutes=6)}, "evidence.from_future"),
        ({"capture": msgspec.structs.replace(PHOTO, clock_offset_ms=-400_000)}, "evidence.clock_off"),
    ],
)
def test_a_claim_may_speak_against_itself(claim: dict[str, Any], code: str) -> None:
    assert codes(msgspec.structs.replace(CLAIM, **claim)) == [code]


def test_a_project_that_began_that_day_had_begun() -> None:
    assert codes(msgspec.structs.replace(CLAIM, began="2026-11-18")) == []


def test_the_same_file_on_another_day_or_by_another_person_is_flagged_and_not_twice_in_a_day() -> None:
    assert evidence.pair(PHOTO, other()) == []
    (days,) = evidence.pair(PHOTO, other(day="2026-11-11"))
    assert (days.code, days.other) == ("evidence.same_file", "b")
    assert days.params == {"earlier": "2026-11-11", "later": "2026-11-18", "people": "1", "sha256": "5" * 12}
    (people,) = evidence.pair(PHOTO, other(person="chen"))
    assert (people.code, people.params["people"]) == ("evidence.same_file", "2")


@pytest.mark.parametrize(("bits", "alike"), [(0, True), (5, True), (6, False), (64, False)])
def test_pictures_are_alike_when_few_bits_of_their_hashes_differ(bits: int, *, alike: bool) -> None:
    changed = other(person="chen", sha256="6" * 64, phash=(PHOTO.phash or 0) ^ ((1 << bits) - 1))
    found = evidence.pair(PHOTO, changed)
    assert [(one.code, one.params["bits"]) for one in found] == (
        [("evidence.similar_picture", str(bits))] if alike else []
    )


def test_a_picture_without_a_hash_is_like_no_other() -> None:
    assert evidence.pair(PHOTO, other(person="chen", sha256=None, phash=None)) == []


def test_nobody_is_in_two_towns_within_an_hour() -> None:
    shanghai = {"lat": 312_304_000, "lon": 1_214_737_000}  # 271 km away
    (found,) = evidence.journey(PHOTO, other(at=EIGHT + timedelta(hours=1), **shanghai))
    assert found.code == "evidence.impossible_travel"
    assert (int(found.params["metres"]), found.params["seconds"]) == (pytest.approx(271_000, rel=0.01), "3600")  # type: ignore[comparison-overlap]
    assert int(found.params["kmh"]) == pytest.approx(271, abs=3)
    assert evidence.journey(PHOTO, other(at=EIGHT + timedelta(hours=3), **shanghai)) == []


def test_a_fix_that_jumps_within_its_accuracy_or_half_a_kilometre_is_no_journey() -> None:
    assert evidence.journey(PHOTO, other(lat=WGS84.lat + 45_000)) == []  # 499 m
    assert evidence.journey(PHOTO, other(lat=WGS84.lat + 90_000, accuracy_cm=60_000)) == []
    assert evidence.journey(PHOTO, other(lat=WGS84.lat + 900_000, accuracy_cm=None)) == []
    (found,) = evidence.journey(PHOTO, other(lat=WGS84.lat + 90_000))
    assert found.params["seconds"] == "0"


def test_a_clock_that_moves_between_two_captures_is_flagged() -> None:
    (found,) = evidence.journey(PHOTO, other(at=EIGHT + timedelta(minutes=30), clock_offset_ms=86_400_000))
    assert (found.code, found.params["minutes"]) == ("evidence.clock_changed", "1440")
    assert evidence.journey(PHOTO, other(at=None, clock_offset_ms=86_400_000)) == []


captures = st.builds(
    CaptureFacts,
    record=st.sampled_from(["c", "d", "e"]),
    person=st.sampled_from(["zhou", "chen"]),
    day=st.sampled_from(["2026-11-17", "2026-11-18"]),
    scope=st.sampled_from(["section:1", "section:2"]),
    place=st.sampled_from(["", "k0+560", "k0+620"]),
    at=st.none() | st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001
    clock_offset_ms=st.none() | st.integers(-(2**53) + 1, 2**53 - 1),
    lat=st.none() | st.integers(-900_000_000, 900_000_000),
    lon=st.none() | st.integers(-1_800_000_000, 1_800_000_000),
    accuracy_cm=st.none() | st.integers(-1, 2**53 - 1),
    sha256=st.sampled_from([None, "5" * 64]),
    phash=st.none() | st.integers(0, 7),
)


@given(captures, captures)
def test_both_sides_find_the_same_with_the_same_figures(one: CaptureFacts, two: CaptureFacts) -> None:
    two = msgspec.structs.replace(two, record="f")
    for compare in (evidence.pair, evidence.journey):
        here, there = compare(one, two), compare(two, one)
        assert [(found.code, found.params) for found in here] == [(found.code, found.params) for found in there]
        assert {found.other for found in here} <= {"f"}
        for found in here:
            row = PROBLEMS[found.code]
            for sentence in (row.zh, row.en, row.next_zh, row.next_en):
                sentence.format_map(found.params)  # every figure of a sentence is there

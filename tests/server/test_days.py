"""The days of a site, from what devices wrote."""

from datetime import UTC, datetime

import pytest

from server.kernel.clock import instant
from server.projects import Site


@pytest.mark.parametrize(
    ("captured_at", "day"),
    [
        ("2026-11-18T08:07:31+08:00", "2026-11-18"),
        ("2026-11-17T16:00:00Z", "2026-11-18"),
        ("2026-11-17T15:59:59.999Z", "2026-11-17"),
        ("2026-11-18T00:30:00-05:00", "2026-11-18"),
    ],
)
def test_the_day_is_the_sites(captured_at: str, day: str) -> None:
    moment = instant(captured_at)
    assert moment
    assert Site("Asia/Shanghai").day(moment) == day


@pytest.mark.parametrize(
    "captured_at", ["", "yesterday", "2026-11-17T08:00:00", "9999-12-31T23:59:59Z", "0001-01-01T00:00:00+14:00"]
)
def test_what_a_device_wrote_may_be_no_moment(captured_at: str) -> None:
    assert instant(captured_at) is None


def test_a_clock_that_is_known_to_be_behind_is_corrected() -> None:
    assert instant("2026-11-17T23:50:00+08:00", 900_000) == datetime(2026, 11, 17, 16, 5, tzinfo=UTC)
    assert instant("2026-11-17T23:50:00+08:00", 2**53) is None


@pytest.mark.parametrize(
    ("captured_at", "day"),
    [
        ("2026-11-18T22:10:00+08:00", "2026-11-18"),
        ("2026-11-19T02:10:00+08:00", "2026-11-18"),
        ("2026-11-19T06:00:00+08:00", "2026-11-19"),
    ],
)
def test_a_night_shift_belongs_to_the_day_it_started_on(captured_at: str, day: str) -> None:
    moment = instant(captured_at)
    assert moment
    assert Site("Asia/Shanghai", night_shift_ends="06:00").day(moment) == day


def test_a_day_is_over_when_its_night_shift_goes_home() -> None:
    assert Site("Asia/Shanghai").end_of("2026-11-18") == datetime(2026, 11, 18, 16, tzinfo=UTC)
    nights = Site("Asia/Shanghai", night_shift_ends="06:00")
    assert nights.end_of("2026-11-18") == datetime(2026, 11, 18, 22, tzinfo=UTC)
    assert nights.end_of("2026-11-31") is nights.end_of("9999-12-31") is nights.end_of("yesterday") is None

"""Instants as they stand on the wire and in the database, and those that devices wrote."""

import uuid
from datetime import UTC, datetime, timedelta, timezone

import pytest

from server.kernel.clock import SystemClock, instant, new_id, rfc3339


def test_an_instant_is_written_in_utc_with_milliseconds_and_a_z() -> None:
    here = datetime(2026, 11, 18, 8, 7, 31, 123_999, timezone(timedelta(hours=8)))
    assert rfc3339(here) == "2026-11-18T00:07:31.123Z"
    assert rfc3339(datetime(2026, 1, 1, tzinfo=UTC)) == "2026-01-01T00:00:00.000Z"


def test_the_clock_of_the_machine_is_in_utc() -> None:
    now = SystemClock().now()
    assert now.utcoffset() == timedelta()
    assert abs(now.timestamp() - SystemClock().now().timestamp()) < 3600


@pytest.mark.parametrize("edge", ["1970-01-01T00:00:00Z", "9998-12-31T23:59:59.999Z"])
def test_the_first_and_the_last_instant_that_a_site_may_see(edge: str) -> None:
    assert instant(edge) == datetime.fromisoformat(edge)


@pytest.mark.parametrize("beyond", ["1969-12-31T23:59:59.999Z", "9999-01-01T00:00:00Z"])
def test_none_is_seen_before_or_after(beyond: str) -> None:
    assert instant(beyond) is None


def test_a_clock_is_corrected_by_milliseconds_both_ways() -> None:
    written = "2026-11-18T08:00:00Z"
    assert instant(written, 1) == datetime(2026, 11, 18, 8, 0, 0, 1000, UTC)
    assert instant(written, -1500) == datetime(2026, 11, 18, 7, 59, 58, 500_000, UTC)
    assert instant(written, 0) == instant(written) == datetime(2026, 11, 18, 8, tzinfo=UTC)


def test_ids_are_uuids_of_version_seven_in_the_order_in_which_they_were_made() -> None:
    made = [new_id() for _ in range(50)]
    assert made == sorted(set(made))
    assert {uuid.UUID(one).version for one in made} == {7}

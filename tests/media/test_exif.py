"""Offsets from UTC as cameras write them."""

import pytest

from media import exif as exif_tags
from mobile_contract.media import Exif


@pytest.mark.parametrize(
    ("offset", "said"),
    [
        ("+08:00", "+08:00"),
        ("+0800", "+08:00"),
        ("+8:00", "+08:00"),
        ("Z", "+00:00"),
        ("+00:00", "+00:00"),
        ("-03:30", "-03:30"),
        ("-00:00", ""),
        ("+14:15", ""),
        ("-13:00", ""),
        ("+08:07", ""),
        ("+99:99", ""),
        ("East", ""),
    ],
)
def test_an_offset_is_one_that_is_in_use_or_none_and_the_wall_time_stays(offset: str, said: str) -> None:
    found = exif_tags.read({}, {0x9003: "2026:11:18 08:07:31", 0x9011: offset}, {})
    assert found == Exif(taken_at=f"2026-11-18T08:07:31{said}")

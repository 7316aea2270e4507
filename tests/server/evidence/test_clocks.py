"""What evidence makes of clocks: of cameras, of satellites, of phones."""

import io
from typing import Any

import pytest
from PIL import Image

from tests.media import images
from tests.server.evidence.house import Site, shot

pytestmark = pytest.mark.anyio


def written(camera: dict[int, Any], gps: dict[int, Any]) -> bytes:
    """Return a photograph with these tags and no others."""
    tags = Image.Exif()
    tags.get_ifd(0x8769).update(camera)
    tags.get_ifd(0x8825).update(gps)
    with Image.open(io.BytesIO(shot(b"a trench"))) as drawn:
        return images.encode(drawn, "image/jpeg", exif=tags)


def at_seven_fifty(date: str, hour: int) -> dict[int, Any]:
    return {29: date, 7: (images.rational(hour), images.rational(50), images.rational(0))}


@pytest.mark.parametrize(
    ("camera", "gps", "codes"),
    [
        ({0x9003: "2026:11:18 07:50:00", 0x9011: "+08:00"}, at_seven_fifty("2026:11:17", 23), []),
        ({0x9003: "2026:11:18 07:50:00", 0x9011: "+00:00"}, at_seven_fifty("2026:11:18", 7), []),
        ({0x9003: "2026:11:17 23:50:00", 0x9011: "Z"}, at_seven_fifty("2007:04:03", 23), []),
        ({0x9003: "2026:11:18 07:50:00", 0x9011: "+99:99"}, at_seven_fifty("2026:11:18", 23), []),
        ({}, {29: "1980:01:06", 7: (images.rational(0),) * 3}, ["evidence.time_doubtful"]),
        ({0x9003: "2025:11:18 07:50:00", 0x9011: "Z"}, {}, ["evidence.time_differs"]),
    ],
)
async def test_cameras_and_satellites_are_understood_or_doubted(
    site: Site, camera: dict[int, Any], gps: dict[int, Any], codes: list[str]
) -> None:
    assert await site.codes(await site.photo("chen", written(camera, gps))) == codes

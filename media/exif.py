"""What EXIF tags say, without trusting them: any value may be missing, of the wrong type, or nonsense.

Tags are those of CIPA DC-008 (EXIF 2.32). Pure: takes the decoded tag tables, knows no image library.
"""

import re
from collections.abc import Mapping
from fractions import Fraction
from typing import Any, Final

import msgspec

MAKE, MODEL, ORIENTATION, SOFTWARE, DATE_TIME = 0x010F, 0x0110, 0x0112, 0x0131, 0x0132
EXIF_TABLE, GPS_TABLE = 0x8769, 0x8825
DATE_TIME_ORIGINAL, OFFSET_TIME_ORIGINAL = 0x9003, 0x9011
GPS_LATITUDE_REF, GPS_LATITUDE, GPS_LONGITUDE_REF, GPS_LONGITUDE = 1, 2, 3, 4

_LONGEST_TEXT: Final = 120
_WALL_TIME = re.compile(r"(\d{4}):(\d\d):(\d\d) (\d\d:\d\d:\d\d)")
_OFFSET = re.compile(r"[+-]\d\d:\d\d")

Tags = Mapping[int, Any]


class Said(msgspec.Struct, frozen=True, kw_only=True):
    """The tags that matter here. ``taken_at`` is the wall time as written, with an offset only if one was written."""

    taken_at: str | None
    lat: int | None
    lon: int | None
    device: str | None
    software: str | None


def read(main: Tags, camera: Tags, gps: Tags) -> Said:
    """Read the three tag tables: the main one, the EXIF one and the GPS one (positions in 10⁻⁷ degree)."""
    lat = _angle(gps.get(GPS_LATITUDE), gps.get(GPS_LATITUDE_REF), "NS", 90)
    lon = _angle(gps.get(GPS_LONGITUDE), gps.get(GPS_LONGITUDE_REF), "EW", 180)
    whole = lat is not None and lon is not None
    return Said(
        taken_at=_time(camera.get(DATE_TIME_ORIGINAL), camera.get(OFFSET_TIME_ORIGINAL)),
        lat=lat if whole else None,
        lon=lon if whole else None,
        device=_device(_text(main.get(MAKE)), _text(main.get(MODEL))),
        software=_text(main.get(SOFTWARE)),
    )


def _text(value: object) -> str | None:
    if isinstance(value, bytes):
        value = value.decode("utf-8", "replace")
    if not isinstance(value, str):
        return None
    shown = "".join(letter for letter in value.split("\0")[0] if letter.isprintable()).strip()
    return shown[:_LONGEST_TEXT] or None


def _device(make: str | None, model: str | None) -> str | None:
    if make and model and not model.lower().startswith(make.lower()):
        return f"{make} {model}"
    return model or make


def _time(written: object, offset: object) -> str | None:
    found = _WALL_TIME.fullmatch(_text(written) or "")
    if found is None:
        return None
    zone = _OFFSET.fullmatch(_text(offset) or "")
    return f"{found[1]}-{found[2]}-{found[3]}T{found[4]}{zone[0] if zone else ''}"


def _angle(value: object, reference: object, references: str, limit: int) -> int | None:
    """Turn degrees, minutes and seconds as rationals into 10⁻⁷ degree, exactly."""
    side = (_text(reference) or "").upper()
    if len(side) != 1 or side not in references or not isinstance(value, tuple) or len(value) != 3:
        return None
    try:
        degrees, minutes, seconds = (_fraction(part) for part in value)
    except (AttributeError, TypeError, ValueError, ArithmeticError):
        return None
    angle = degrees + minutes / 60 + seconds / 3600
    if min(degrees, minutes, seconds) < 0 or angle > limit:
        return None
    return round(angle * 10_000_000) * (1 if side == references[0] else -1)


def _fraction(part: Any) -> Fraction:
    return Fraction(int(part.numerator), int(part.denominator)) if hasattr(part, "numerator") else Fraction(part)

"""Reading EXIF tags without trusting them: any value may be missing, of the wrong type, or nonsense.

Tags are those of CIPA DC-008 (EXIF 2.32). Pure: takes the decoded tag tables, knows no image library.
"""

import re
from collections.abc import Mapping
from datetime import datetime
from fractions import Fraction
from typing import Any, Final

from mobile_contract.media import Doubt, Exif

MAKE, MODEL, ORIENTATION, SOFTWARE, DATE_TIME = 0x010F, 0x0110, 0x0112, 0x0131, 0x0132
EXIF_TABLE, GPS_TABLE = 0x8769, 0x8825
DATE_TIME_ORIGINAL, OFFSET_TIME, OFFSET_TIME_ORIGINAL = 0x9003, 0x9010, 0x9011
GPS_LATITUDE_REF, GPS_LATITUDE, GPS_LONGITUDE_REF, GPS_LONGITUDE = 1, 2, 3, 4
GPS_TIME, GPS_STATUS, GPS_DATUM, GPS_DATE, GPS_ERROR = 7, 9, 18, 29, 31

_LONGEST_TEXT: Final = 120
_WALL_TIME = re.compile(r"(\d{4}):(\d\d):(\d\d) (\d\d:\d\d:\d\d)", re.ASCII)
_DATE = re.compile(r"(\d{4}):(\d\d):(\d\d)", re.ASCII)
_OFFSET = re.compile(r"([+-])(\d{1,2}):?(00|15|30|45)", re.ASCII)
#: Offsets from UTC that are in use somewhere, in minutes.
_OFFSETS: Final = range(-12 * 60, 14 * 60 + 1)
_LARGEST_ERROR_CM: Final = 10_000_000
_RIGHT_ANGLE: Final = 900_000_000

Tags = Mapping[int, Any]


def read(main: Tags, camera: Tags, gps: Tags) -> Exif | None:
    """Return what the main, EXIF and GPS tag tables say; None where no tag in them is known."""
    lat, lon, doubt = _place(gps)
    turned = main.get(ORIENTATION)
    found = Exif(
        taken_at=_time(camera.get(DATE_TIME_ORIGINAL), camera.get(OFFSET_TIME_ORIGINAL)),
        changed_at=_time(main.get(DATE_TIME), camera.get(OFFSET_TIME)),
        gps_at=_satellite_time(gps.get(GPS_DATE), gps.get(GPS_TIME)),
        lat=lat,
        lon=lon,
        datum=_text(gps.get(GPS_DATUM)),
        accuracy_cm=_centimetres(gps.get(GPS_ERROR)),
        doubt=doubt,
        make=_text(main.get(MAKE)),
        model=_text(main.get(MODEL)),
        software=_text(main.get(SOFTWARE)),
        orientation=turned if type(turned) is int and 1 <= turned <= 8 else None,
    )
    return None if found == Exif() else found


def _text(value: object) -> str | None:
    if isinstance(value, bytes):
        value = value[: 4 * _LONGEST_TEXT].decode("utf-8", "replace")
    if not isinstance(value, str):
        return None
    shown = "".join(letter for letter in value[: 4 * _LONGEST_TEXT].split("\0")[0] if letter.isprintable()).strip()
    return shown[:_LONGEST_TEXT] or None


def _time(written: object, offset: object) -> str | None:
    """Return a wall time that exists as ISO 8601 text, with its offset if one was written."""
    found = _WALL_TIME.fullmatch(_text(written) or "")
    if found is None:
        return None
    return _real(f"{found[1]}-{found[2]}-{found[3]}T{found[4]}{_offset(offset)}")


def _offset(written: object) -> str:
    """Return an offset as ``+08:00``; empty for what none is or can be. ``-00:00`` says that it is unknown."""
    text = (_text(written) or "").upper()
    if text in {"Z", "UTC"}:
        return "+00:00"
    found = _OFFSET.fullmatch(text)
    if found is None:
        return ""
    minutes = (int(found[2]) * 60 + int(found[3])) * (-1 if found[1] == "-" else 1)
    unknown = found[1] == "-" and minutes == 0
    return f"{found[1]}{int(found[2]):02}:{found[3]}" if minutes in _OFFSETS and not unknown else ""


def _satellite_time(date: object, time: object) -> str | None:
    day = _DATE.fullmatch(_text(date) or "")
    parts = _rationals(time)
    if day is None or parts is None or max(parts) >= 100:
        return None
    hour, minute, second = (int(part) for part in parts)
    return _real(f"{day[1]}-{day[2]}-{day[3]}T{hour:02}:{minute:02}:{second:02}Z")


def _real(text: str) -> str | None:
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return None
    return text


def _centimetres(value: object) -> int | None:
    try:
        error = _fraction(value) * 100
    except (AttributeError, TypeError, ValueError, ArithmeticError):
        return None
    return round(error) if 0 < error <= _LARGEST_ERROR_CM else None


def _place(gps: Tags) -> tuple[int | None, int | None, Doubt | None]:
    """Return latitude and longitude, or why what stands there is no place; three times None where nothing stands."""
    lat = _angle(gps.get(GPS_LATITUDE), gps.get(GPS_LATITUDE_REF), "NS")
    lon = _angle(gps.get(GPS_LONGITUDE), gps.get(GPS_LONGITUDE_REF), "EW")
    if lat is None or lon is None:
        return None, None, None
    if lat == lon == 0:
        return None, None, Doubt.NOWHERE
    if (_text(gps.get(GPS_STATUS)) or "").upper() == "V":  # “void”: the last known place, or none
        return None, None, Doubt.NOT_FIXED
    if abs(lat) > _RIGHT_ANGLE or abs(lon) > 2 * _RIGHT_ANGLE:
        turned = abs(lon) <= _RIGHT_ANGLE and abs(lat) <= 2 * _RIGHT_ANGLE
        return None, None, Doubt.SWAPPED_AXES if turned else Doubt.NOT_ON_EARTH
    return lat, lon, None


def _angle(value: object, reference: object, references: str) -> int | None:
    """Return degrees, minutes and seconds (rationals) as 10⁻⁷ degree, exactly; None where they are no angle."""
    side = (_text(reference) or "").upper()
    parts = _rationals(value)
    if len(side) != 1 or side not in references or parts is None:
        return None
    degrees, minutes, seconds = parts
    angle = degrees + minutes / 60 + seconds / 3600
    return min(round(angle * 10_000_000), 10 * _RIGHT_ANGLE) * (1 if side == references[0] else -1)


def _rationals(value: object) -> tuple[Fraction, Fraction, Fraction] | None:
    """Return three rationals that are not negative; None for anything else."""
    if not isinstance(value, tuple) or len(value) != 3:
        return None
    try:
        first, second, third = (_fraction(part) for part in value)
    except (AttributeError, TypeError, ValueError, ArithmeticError):
        return None
    return None if min(first, second, third) < 0 else (first, second, third)


def _fraction(part: Any) -> Fraction:
    return Fraction(int(part.numerator), int(part.denominator)) if hasattr(part, "numerator") else Fraction(part)

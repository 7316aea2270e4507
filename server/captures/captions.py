"""What the captioned copy of a photograph says (水印): as the trade writes it, from the record and nothing else."""

from datetime import datetime
from typing import Final

import msgspec

from media import geo
from media.caption import Caption
from mobile_contract.media import Datum, Position
from mobile_contract.problems import Refused
from mobile_contract.records import PhotoValues
from server.projects import Place

_DAYS: Final = "一二三四五六日"
#: A phone's clock that is off by more is worth a word, in milliseconds.
_CLOCK_OFF_MS: Final = 5 * 60 * 1000


def caption_of(photo: PhotoValues, place: Place | None, person: str) -> Caption:
    """Return the caption: the phone's wall time, the site, the position in WGS-84, a mark of the original's digest."""
    time, date = _moment(photo.captured.at)
    labelled = {
        "标段": f"{place.section} {place.contractor}".strip() if place else "",
        "部位": photo.place,
        "坐标": _coordinates(photo.position),
        "说明": photo.note,
        "拍摄": person,
        "注意": _clock(photo.captured.clock_offset_ms),
    }
    return Caption(
        time=time,
        date=date,
        title=place.project if place else "未归入项目",
        rows=tuple((label, text) for label, text in labelled.items() if text.strip()),
        mark=f"铅垂 · 防伪码 {mark_of(photo.blob)}",
    )


def mark_of(sha256: str) -> str:
    """Return the mark that ties a copy to its original: the first 16 hex digits of the digest, in groups of four."""
    return " ".join(sha256[at : at + 4].upper() for at in range(0, 16, 4))


def _moment(at: str) -> tuple[str, str]:
    try:
        moment = datetime.fromisoformat(at)
    except ValueError:
        return "--:--", "时间不明"
    return f"{moment:%H:%M}", f"{moment:%Y-%m-%d} 星期{_DAYS[moment.weekday()]}"


def _coordinates(position: Position | None) -> str:
    if position is None:
        return ""
    try:
        fix = geo.convert(position, Datum.WGS84)
    except Refused:
        return "无效"
    accuracy = fix.accuracy_cm
    return " ".join(
        [
            _degrees(fix.lat, "N", "S"),
            _degrees(fix.lon, "E", "W"),
            *([f"±{-(-accuracy // 100)} m"] if accuracy is not None and accuracy >= 0 else []),
            *(["模拟定位"] if fix.mock else []),
        ]
    )


def _degrees(angle: int, positive: str, negative: str) -> str:
    whole, rest = divmod((abs(angle) + 50) // 100, 100_000)
    return f"{whole}.{rest:05}°{positive if angle >= 0 else negative}"


def _clock(offset_ms: int | None) -> str:
    if offset_ms is None or abs(offset_ms) <= _CLOCK_OFF_MS:
        return ""
    minutes = abs(offset_ms) // 60_000
    shown = f"{minutes} 分钟" if minutes < 120 else f"{minutes // 60} 小时"
    return f"手机时间比服务器{'慢' if offset_ms > 0 else '快'}约 {shown}"


def photo_values(values: object) -> PhotoValues | None:
    """Read a photograph's values; None where they are not those of a photograph."""
    try:
        return msgspec.convert(values, PhotoValues)
    except msgspec.ValidationError:
        return None

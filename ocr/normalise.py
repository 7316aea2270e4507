"""From what is written to what a record holds: dates, times, numbers and stakes. Pure; ``None`` means "not one".

Closed patterns, no guessing: what does not fit is left for a person. Confusions are put right only where the pattern
leaves no other reading (a stake has no letter but K).
"""

import re
import unicodedata
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Final

_DIGITS: Final = {c: i for i, c in enumerate("零一二三四五六七八九")} | {"〇": 0, "○": 0, "两": 2}
_FORMAL: Final = {c: i for i, c in enumerate("零壹贰叁肆伍陆柒捌玖")}
#: Old forms, and characters a reader takes for the right ones, in amounts in words.
_VARIANTS: Final = str.maketrans("叄参弎貳弍壱陸柴漆萬億圆圓園正另〇", "叁叁叁贰贰壹陆柒柒万亿元元元整零零")
_TENS: Final = {"十": 10, "拾": 10, "百": 100, "佰": 100, "千": 1000, "仟": 1000}
_MYRIADS: Final = {"万": 10**4, "亿": 10**8}
_NUMBER: Final = re.compile(r"[+-]?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?")
#: What may stand behind a number: a short word, or a length with its power (m², m³).
_UNIT: Final = re.compile(r"\D{0,4}|[A-Za-z]{1,2}[23]")
_STAKE: Final = re.compile(r"([A-Z]?K)(\d{1,4})\+(\d{3}(?:\.\d{1,3})?)")

_DATE_TIME: Final = re.compile(r"(.+?)(?:日|号|T|\s)\s*((?:上午|早上|下午|晚上|晚)?\s*\d{1,2}\s*(?::|时|点).*)")
_SITE_CLOCK: Final = "+08:00"  # one zone in the whole country, and no summer time


def clean(text: str) -> str:
    """Return the text in its usual width (NFKC), without spaces at its ends."""
    return unicodedata.normalize("NFKC", text).strip()


def plain_text(text: str) -> str:
    """Return the text with letters and digits in their usual width, Chinese punctuation as it is written."""
    wide = {code: code - 0xFEE0 for first, last in ((0xFF10, 0xFF19), (0xFF21, 0xFF3A), (0xFF41, 0xFF5A))
            for code in range(first, last + 1)}  # fmt: skip
    return text.translate(wide).strip()


def chinese_integer(text: str) -> int | None:
    """Read a Chinese numeral (一百二十三, 壹佰贰拾叁, 二〇二六); ``None`` when its units do not descend."""
    text = text.translate(_VARIANTS)
    values = _DIGITS | _FORMAL
    if text and all(char in values for char in text):  # read out digit by digit, as years are
        return int("".join(str(values[char]) for char in text))
    total, section, digit, last_unit, last_myriad = 0, 0, -1, 10**4, 10**12
    for index, char in enumerate(text):
        if char in values:
            if digit > 0:
                return None
            digit = values[char]
        elif char in _TENS:
            unit = _TENS[char]
            if unit >= last_unit or digit == 0 or (digit < 0 and (unit != 10 or index > 0)):
                return None
            section += max(digit, 1) * unit
            digit, last_unit = -1, unit
        elif char in _MYRIADS:
            unit = _MYRIADS[char]
            section += max(digit, 0)
            if digit != 0 and 0 < total < unit:  # 壹万贰仟亿: 亿 counts all that stands before it
                section, total = section + total, 0
            elif unit >= last_myriad or section == 0:
                return None
            total += section * unit
            section, digit, last_unit, last_myriad = 0, -1, 10**4, unit
        else:
            return None
    return total + section + max(digit, 0) if text else None


def read_date(text: str, year: int | None = None) -> str | None:
    """Read 2026.11.18, 2026年11月18日, 二〇二六年十一月十八日, 20261118; 十一月十八日 only when ``year`` is known."""
    text = re.sub(r"\s+", "", clean(text)).removesuffix("日").removesuffix("号")
    parts = re.split(r"[年月./\-—–、]+", text.replace("(", "").replace(")", ""))
    if len(parts) == 1 and re.fullmatch(r"\d{8}", text):
        parts = [text[:4], text[4:6], text[6:]]
    numbers = [int(part) if re.fullmatch(r"\d{1,4}", part) else chinese_integer(part) for part in parts]
    if len(numbers) == 2 and year is not None:
        numbers.insert(0, year)
    if len(numbers) != 3 or None in numbers:
        return None
    try:
        day = date(*(number for number in numbers if number is not None))
    except ValueError:
        return None
    return day.isoformat() if 1990 <= day.year <= 2100 else None


def read_time(text: str) -> str | None:
    """Read 8:30, 08时30分, 下午3点, 晚上8点半 as ``HH:MM``."""
    found = re.fullmatch(
        r"(上午|早上|下午|晚上|晚)?(\d{1,2})(?::|时|点)(?:(\d{1,2})分?|(半))?", re.sub(r"\s+", "", clean(text))
    )
    if found is None:
        return None
    hour = int(found[2])
    minute = 30 if found[4] else int(found[3] or 0)
    if found[1] in ("下午", "晚上", "晚") and hour < 12:
        hour += 12
    return f"{hour:02d}:{minute:02d}" if hour < 24 and minute < 60 else None


def read_date_time(text: str, year: int | None = None) -> str | None:
    """Read a date and a time behind it (2026-11-18 22:00, 11月18日22时30分) as RFC 3339, by the clock of the site.

    Readers drop the space between them: without one, the only place that leaves a date and a time is taken.
    """
    text = clean(text)
    found = _DATE_TIME.fullmatch(text)
    halves = [(found[1], found[2])] if found else [(text[:at], text[at:]) for at in range(1, len(text))]
    read = {(read_date(before, year), read_time(after)) for before, after in halves}
    whole = [f"{day}T{time}:00{_SITE_CLOCK}" for day, time in read if day and time]
    return whole[0] if len(whole) == 1 else None


def read_decimal(text: str, scale: int | None = None) -> str | None:
    """Read a number of at most ``scale`` places, a unit behind it dropped; without needless zeros (``80.00`` → 80)."""
    text = re.sub(r"\s+", "", clean(text))
    found = _NUMBER.match(text)
    if found is None or _UNIT.fullmatch(text, found.end()) is None:
        return None
    try:
        number = Decimal(found[0].replace(",", ""))
    except InvalidOperation:
        return None
    plain = f"{number:f}"
    plain = plain.rstrip("0").rstrip(".") if "." in plain else plain
    places = len(plain.partition(".")[2])
    return plain if scale is None or places <= scale else None


def read_integer(text: str) -> int | None:
    """Read a whole number in digits (commas in their places) or Chinese numerals, a unit behind it dropped."""
    plain = read_decimal(text, 0)
    number = chinese_integer(re.sub(r"\s+", "", clean(text))) if plain is None else int(plain)
    return number if number is not None and abs(number) < 2**53 else None


def read_stake(text: str) -> str | None:
    """Read a stake or a range of stakes (桩号): ``K0+620``, ``K0+560~K0+640``. O and l inside can only be digits."""
    plain = re.sub(r"\s+", "", clean(text)).upper()
    ends = [_one_stake(part) for part in re.split(r"[~\-—–至到]+", plain)]
    if len(ends) > 2 or None in ends:
        return None
    return "~".join(end for end in ends if end is not None)


def _one_stake(text: str) -> str | None:
    head = re.match(r"[A-Z]?K", text)
    if head is None:
        return None
    digits = text[head.end() :].translate(str.maketrans("OQDILSZB", "00011528"))
    found = _STAKE.fullmatch(head[0] + digits)
    return found[0] if found else None

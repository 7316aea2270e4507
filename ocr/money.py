"""Amounts of money on paper, in figures and in words (票据 rules: 大写), as integer 分."""

import re
from typing import Final

from ocr.normalise import chinese_integer, clean

#: What an amount in words is written with, and nothing else.
WORDS_ALPHABET: Final = "零壹贰叁肆伍陆柒捌玖拾佰仟万亿元圆角分整正〇一二三四五六七八九十百千"
FIGURES_ALPHABET: Final = "0123456789.,¥-元"
_VARIANTS: Final = str.maketrans("圆圓園正另", "元元元整零")
_FORMAL_DIGITS: Final = "零壹贰叁肆伍陆柒捌玖"


def figures_to_fen(text: str) -> int | None:
    """Return ``¥2,684,382.50`` as 268438250 分; at most two places, commas only where thousands have them.

    A minus stands before ¥ or after it.
    """
    plain = re.sub(r"\s+", "", clean(text))  # in usual width: ￥ is ¥
    plain = re.sub(r"^(-?)(?:人民币|RMB|CNY|¥|Y(?=\d))+", r"\1", plain)
    plain = re.sub(r"元?整?$", "", plain)
    found = re.fullmatch(r"(-?)(\d{1,3}(?:,\d{3})+|\d+)(?:\.(\d{1,2}))?", plain)
    if found is None:
        return None
    whole = int(found[2].replace(",", ""))
    fen = whole * 100 + int((found[3] or "").ljust(2, "0"))
    return None if fen >= 2**53 else (-fen if found[1] else fen)


def words_to_fen(text: str) -> int | None:
    """Read an amount in words; ``None`` when it is not one.

    整 must follow 元, may follow 角 and never follows 分. 107000.53 has two legal forms (壹拾万柒仟元伍角叁分 and
    壹拾万零柒仟元零伍角叁分): amounts are compared, strings are not.
    """
    plain = re.sub(r"\s+", "", clean(text)).removeprefix("人民币").removeprefix(":").translate(_VARIANTS)
    found = re.fullmatch(r"(?:([^元角分整]+)元)?零?(?:([^元角分整])角)?零?(?:([^元角分整])分)?(整?)", plain)
    if found is None or not any(found.group(1, 2, 3)):
        return None
    yuan, jiao, fen = (chinese_integer(part) if part else 0 for part in found.group(1, 2, 3))
    if yuan is None or jiao is None or fen is None or jiao > 9 or fen > 9:
        return None
    whole_yuan = not found[2] and not found[3]
    if (whole_yuan and not found[4]) or (found[3] and found[4]):
        return None
    total = yuan * 100 + jiao * 10 + fen
    return total if total < 2**53 else None


def fen_to_figures(fen: int) -> str:
    """Return 268438250 分 as ``¥2,684,382.50``."""
    sign = "-" if fen < 0 else ""
    return f"{sign}¥{abs(fen) // 100:,}.{abs(fen) % 100:02d}"


def fen_to_words(fen: int) -> str:
    """Return an amount (0 … 2⁵³ − 1 分) in words, in the form without optional 零 before 角."""
    yuan, jiao, cent = fen // 100, fen // 10 % 10, fen % 10
    words = _integer_words(yuan) + "元" if yuan else ""
    if jiao:
        words += _FORMAL_DIGITS[jiao] + "角"
    elif cent and yuan:
        words += "零"
    words += _FORMAL_DIGITS[cent] + "分" if cent else "整"
    return "零元整" if fen == 0 else words


def _integer_words(number: int) -> str:
    words, gap = "", False
    for unit, name in ((10**8, "亿"), (10**4, "万"), (1, "")):
        section, number = divmod(number, unit)
        if section == 0:
            gap = bool(words)
            continue
        inner = _integer_words(section) if section >= 10**4 else _section_words(section)
        words += ("零" if gap or (words and section < 1000) else "") + inner + name
        gap = False
    return words


def _section_words(section: int) -> str:
    words, gap = "", False
    for unit, name in ((1000, "仟"), (100, "佰"), (10, "拾"), (1, "")):
        digit = section // unit % 10
        if digit:
            words += ("零" if gap else "") + _FORMAL_DIGITS[digit] + name
        gap = bool(words) and (not digit)
    return words

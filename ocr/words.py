"""The words a sheet is printed with, in the language it is printed in."""

from dataclasses import dataclass
from typing import Final

from mobile_contract.forms import Field, Label

CHINESE: Final = "zh-CN"
_MM_PER_POINT: Final = 25.4 / 72

#: What people read for a unit that is a code: zh-CN, en; others are printed as they are.
_UNIT_WORDS: Final = {
    "CNY_FEN": ("元", "CNY"),
    "h": ("小时", "h"),
    "d": ("天", "days"),
    "人": ("人", ""),
    "级": ("级", ""),
    "台班": ("台班", "shifts"),
}


@dataclass(frozen=True, kw_only=True)
class Words:
    """Every text on a sheet that is not the form's own. ``{}`` stands for what is filled in, in order.

    ``amount`` names the worth of each cell of an amount, down to 分.
    """

    project: str
    serial: str
    page: str
    origin: str
    ordinal: str
    continued: str
    required: str
    amount: tuple[str, ...]
    yes: str
    no: str


_WORDS: Final = {
    CHINESE: Words(
        project="项目：{}",
        serial="编号：{}",
        page="第 {} 页 共 {} 页",
        origin="铅垂 {} 第 {} 版 · 请勿遮挡四周标记",
        ordinal="序号",
        continued="{}(续)",
        required="* 必填",
        amount=tuple("亿千百十万千百十元角分"),
        yes="是",
        no="否",
    ),
    "en": Words(
        project="Project: {}",
        serial="No.: {}",
        page="Page {} of {}",
        origin="Plumbline {} v{} · keep the marks in view",
        ordinal="No.",
        continued="{} (continued)",
        required="* required",
        amount=("", "", "M", "", "", "k", "", "", "1", "", ""),
        yes="Yes",
        no="No",
    ),
}


def words_of(language: str) -> Words:
    """Return the words of a language; of one that is not here, the English ones."""
    return _WORDS.get(language) or _WORDS["en"]


def label_text(label: Label, language: str = CHINESE) -> str:
    """Return the words to print: of the sheet's language, else Chinese, else English, else any there are."""
    return label.get(language) or label.get(CHINESE) or label.get("en") or next(iter(label.values()), "")


def field_label(field: Field, language: str = CHINESE) -> str:
    """Return the printed name of a field with its unit, and a star where an answer is required."""
    unit = field.unit or ""
    if unit in _UNIT_WORDS:
        unit = _UNIT_WORDS[unit][language != CHINESE]
    text = label_text(field.label, language) or field.name
    if unit and unit not in text:
        text += f"({unit})" if language == CHINESE else f" ({unit})"
    return f"{text}*" if field.required and field.computed is None else text


def text_width(text: str, size: float) -> float:
    """Return the estimated width of ``text`` in millimetres at ``size`` points: Chinese is one em, others less."""
    return sum(1.0 if ord(char) > 0x2E7F else 0.55 for char in text) * size * _MM_PER_POINT


def line_count(text: str, size: float, width: float) -> int:
    """Return the estimated lines of ``text`` in ``width`` millimetres: Chinese breaks anywhere, others at spaces."""
    lines, used, space = 1, 0.0, text_width(" ", size)
    for word in _breakable(text):
        room = text_width(word, size)
        if used and used + room > width:
            lines, used = lines + 1, 0.0
        used += room + (space if word[-1] == " " else 0.0)
        while used > width + space:  # one word longer than a line
            lines, used = lines + 1, used - width
    return lines


def _breakable(text: str) -> list[str]:
    """Return a text's parts between which a line may end: after every Chinese character, and between words."""
    parts: list[str] = []
    word = ""
    for char in text:
        if ord(char) > 0x2E7F:
            parts += [word, char] if word else [char]
            word = ""
        else:
            word += char
            if char == " ":
                parts.append(word)
                word = ""
    return [*parts, word] if word else parts

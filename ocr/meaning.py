"""What a field's text means: its type and ``means`` choose its alphabet, how it is understood and checked."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from mobile_contract.forms import Field, FieldType, FormDefinition
from ocr import identifiers, money, normalise

#: Lists of the project by name (``people``, ``contractors``): what a reading may snap to.
Vocabularies = Mapping[str, Sequence[str]]

_DATE_ALPHABET: Final = "0123456789年月日号.-/〇零一二三四五六七八九十"
_TIME_ALPHABET: Final = "0123456789:时分点半上下午晚"
_CODE_ALPHABET: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_TELLERS: Final = re.compile(
    r"(?<![a-z])\d+|[〇零一二三四五六七八九十甲乙丙丁东南西北左右上下]|(?<![A-Za-z])[A-Z](?![A-Za-z])"
)
_AMONG_DIGITS: Final = re.compile(r"(?<=\d)[OolIZSB]+|[OolIZSB]+(?=\d)")
_AS_DIGITS: Final = str.maketrans("OolIZSB", "0011258")
_PROJECT_ALPHABET: Final = "0123456789-"
_MIN_SNAP: Final = 75.0
_MIN_SNAP_LEAD: Final = 8.0


@dataclass(frozen=True, kw_only=True)
class Meant:
    """A reading understood: its ``value`` (``None``: not one of that type) and the ``rule`` that changed the text."""

    value: Any = None
    rule: str | None = None


def is_money(field: Field) -> bool:
    """Return whether a field holds integer 分."""
    return field.type is FieldType.INTEGER and field.unit == "CNY_FEN"


def role(field: Field) -> str:
    """Return the last part of what the field means: ``usci`` of ``organisation.usci``; empty when it says nothing."""
    return (field.means or "").rpartition(".")[2]


def alphabet(field: Field) -> str | None:
    """Return the characters a crop of this field may show; ``None`` for free text.

    A 统一社会信用代码 may show letters that none has (O, I), so that a writer's slip is read as it stands.
    """
    if is_money(field):
        return money.FIGURES_ALPHABET
    if field.type is FieldType.TEXT and role(field) == "words":
        return money.WORDS_ALPHABET
    if field.type is FieldType.TEXT and role(field) == "usci":
        return _CODE_ALPHABET
    if field.type is FieldType.TEXT and field.means == "project.code":
        return _PROJECT_ALPHABET
    return {
        FieldType.INTEGER: "0123456789,-零一二三四五六七八九十百千万",
        FieldType.DECIMAL: "0123456789.,-",
        FieldType.DATE: _DATE_ALPHABET,
        FieldType.TIME: _TIME_ALPHABET,
        FieldType.DATE_TIME: _DATE_ALPHABET + _TIME_ALPHABET + " ",
    }.get(field.type)


def understand(field: Field, form: FormDefinition, text: str, lists: Vocabularies, year: int | None) -> Meant:
    """Read ``text`` as a value of ``field``. ``year`` completes dates that are written without one."""
    if field.type in (FieldType.SELECT_ONE, FieldType.SELECT_MULTIPLE):
        return _choice(field, form, text)
    value: Any
    match field.type:
        case FieldType.INTEGER if is_money(field):
            value, rule = money.figures_to_fen(text), "money"
        case FieldType.INTEGER:
            value, rule = normalise.read_integer(text), "integer"
        case FieldType.DECIMAL:
            value, rule = normalise.read_decimal(text, field.scale), "decimal"
        case FieldType.DATE:
            value, rule = normalise.read_date(text, year), "date"
        case FieldType.TIME:
            value, rule = normalise.read_time(text), "time"
        case FieldType.DATE_TIME:
            value, rule = normalise.read_date_time(text, year), "dateTime"
        case _:
            return _text(field, text, lists)
    return Meant(value=value, rule=rule if value is not None else None)


def _text(field: Field, text: str, lists: Vocabularies) -> Meant:
    kind = role(field)
    text = normalise.plain_text(text)
    if not text:
        return Meant()
    if kind == "usci":
        return Meant(value=identifiers.usci(text))
    if kind == "stake" and (stake := normalise.read_stake(text)) is not None:
        return Meant(value=stake, rule="stake")
    if kind == "words":
        return Meant(value=re.sub(r"\s+", "", text))
    if field.vocabulary and (snapped := snap(text, lists.get(field.vocabulary, ()))) is not None:
        return Meant(value=snapped, rule=f"vocabulary:{field.vocabulary}" if snapped != text else None)
    return Meant(value=text)


def _choice(field: Field, form: FormDefinition, text: str) -> Meant:
    names: dict[str, str] = {}
    for choice in form.choices.get(field.choices or "", ()):
        names |= dict.fromkeys((choice.name, *choice.label.values()), choice.name)
    label = snap(normalise.clean(text), tuple(names))
    if label is None:
        return Meant()
    name = names[label]
    return Meant(value=[name] if field.type is FieldType.SELECT_MULTIPLE else name, rule="choice")


def snap(text: str, words: Sequence[str]) -> str | None:
    """Find the one entry of a list that ``text`` clearly is: similar enough, and clearly ahead of the next.

    What tells one thing from another of its kind must agree: 钢筋二班 is not a misread 钢筋一班, nor DN300 a DN800.
    """
    from rapidfuzz import fuzz, process

    best = process.extract(text, words, scorer=fuzz.ratio, limit=2)
    if not best or best[0][1] < _MIN_SNAP:
        return None
    if len(best) > 1 and best[0][1] < 100 and best[0][1] - best[1][1] < _MIN_SNAP_LEAD:
        return None
    return str(best[0][0]) if _tellers(text) == _tellers(best[0][0]) else None


def _tellers(text: str) -> list[str]:
    """Return the numbers, sides and single letters of a name; letters that readers take for digits count as these."""
    text = _AMONG_DIGITS.sub(lambda found: found[0].translate(_AS_DIGITS), text)
    return _TELLERS.findall(text)

"""Answers to a form: what is written, as people write it, and the value that means. Drawn by dice, never by ``ocr``."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any, Final

import numpy as np

from mobile_contract.forms import Field, FieldType, FormDefinition
from ocr.geometry import Layout, Place
from ocr.identifiers import is_usci
from ocr.meaning import is_money, role
from ocr.money import fen_to_words
from server.forms.compute import recompute
from tests.ocr.bench.world import WORLDS, World

_USCI: Final = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_DAY: Final = date(2026, 11, 18)
#: What whole numbers may be, by the last part of what they mean; the upper end is not reached.
_RANGES: Final = {
    "temperature_min": (-9, 9),
    "temperature_max": (10, 38),
    "wind_force": (0, 7),
    "item": (1, 30),
    "full_marks": (10, 21),
    "deducted": (0, 9),
}
_NUMBERED: Final = ("number", "code", "batch", "retest_report")
_EM_MM: Final = 4.4  # a comfortable character


@dataclass(frozen=True, kw_only=True)
class Answer:
    """``text`` is written (names of choices for check boxes), ``value`` is what it means; ``kind`` groups it in tables.

    ``scored`` is false for what no reader proposes: computed values.
    """

    text: str
    value: Any
    kind: str
    scored: bool = True


@dataclass(kw_only=True)
class _Writer:
    """One person in front of one form."""

    form: FormDefinition
    world: World
    language: str
    dice: np.random.Generator
    day: date = _DAY
    fen: int = 0
    values: dict[str, Any] = field(default_factory=dict)

    def pick(self, options: Sequence[str]) -> str:
        return options[int(self.dice.integers(len(options)))]

    def chance(self, share: float) -> bool:
        return float(self.dice.random()) < share


def answers(form: FormDefinition, layout: Layout, language: str, seed: int) -> dict[str, Answer]:
    """Fill ``form`` whole: every question outside tables but one in twelve, and some rows of every table."""
    dice = np.random.default_rng(seed)
    writer = _Writer(form=form, world=WORLDS[language], language=language, dice=dice)
    writer.day = _DAY - timedelta(days=int(dice.integers(400)))
    writer.fen = int(dice.integers(10_000, 10**9))
    by_path: dict[str, list[Place]] = {}
    for page in layout.pages:
        for place in page.places:
            by_path.setdefault(place.path, []).append(place)
    rows = {path.split("/")[1]: 0 for path in by_path if path.count("/") == 3}
    for table in rows:
        last = max(int(path.split("/")[2]) for path in by_path if path.startswith(f"fields/{table}/"))
        rows[table] = int(dice.integers(max(1, last // 2), last + 1))
    given: dict[str, Answer] = {}
    for path, places in by_path.items():
        asked, parts = places[0].field, path.split("/")
        in_table = len(parts) == 4
        if asked.computed is not None or asked.type is FieldType.SIGNATURE:
            continue
        if (in_table and int(parts[2]) > rows[parts[1]]) or (not in_table and writer.chance(1 / 12)):
            continue
        answer = _answer(writer, places)
        if answer.text:
            given[path] = answer
    return given | _computed(form, by_path, given)


def _computed(
    form: FormDefinition, by_path: Mapping[str, Sequence[Place]], given: Mapping[str, Answer]
) -> dict[str, Answer]:
    """Write what the server would compute, as people do."""
    fields: dict[str, Any] = {}
    for path, answer in given.items():
        parts = path.split("/")
        if len(parts) == 2:
            fields[parts[1]] = answer.value
        else:
            fields.setdefault(parts[1], {}).setdefault(parts[2], {})[parts[3]] = answer.value
    full = recompute(form, fields)
    found: dict[str, Answer] = {}
    for path, places in by_path.items():
        asked, parts = places[0].field, path.split("/")
        if asked.computed is None:
            continue
        value = full.get(parts[1])
        if len(parts) == 4:
            value = full.get(parts[1], {}).get(parts[2], {}).get(parts[3])
        if value is not None:
            text = _money(value) if is_money(asked) else str(value)
            found[path] = Answer(text=text, value=value, kind="computed", scored=False)
    return found


def _answer(writer: _Writer, places: Sequence[Place]) -> Answer:
    asked = places[0].field
    if places[0].choice is not None:
        return _ticked(writer, asked, [place.choice or "" for place in places])
    match asked.type:
        case FieldType.INTEGER:
            return _integer(writer, asked)
        case FieldType.DECIMAL:
            return _decimal(writer, asked)
        case FieldType.DATE | FieldType.TIME | FieldType.DATE_TIME:
            return _moment(writer, asked)
        case FieldType.SELECT_ONE | FieldType.SELECT_MULTIPLE:
            choices = writer.form.choices[asked.choices or ""]
            choice = choices[int(writer.dice.integers(len(choices)))]
            value: Any = [choice.name] if asked.type is FieldType.SELECT_MULTIPLE else choice.name
            return Answer(text=next(iter(choice.label.values())), value=value, kind="choice written")
        case _:
            return _text(writer, asked, places[0])


def _ticked(writer: _Writer, asked: Field, names: Sequence[str]) -> Answer:
    if asked.type is FieldType.SELECT_MULTIPLE:
        chosen = [name for name in names if writer.chance(0.5)]
        return Answer(text=" ".join(chosen), value=chosen, kind="check boxes")
    if len(names) == 1 and writer.chance(0.4):  # the single box of a table row is often left empty
        return Answer(text="", value=None, kind="check boxes")
    name = writer.pick(names)
    return Answer(text=name, value=name == "true" if asked.type is FieldType.BOOLEAN else name, kind="check boxes")


def _integer(writer: _Writer, asked: Field) -> Answer:
    if is_money(asked):
        fen = writer.fen if role(asked) == "figures" else max(100, int(writer.fen * writer.dice.uniform(0.02, 0.9)))
        return Answer(text=_money(fen, symbol=writer.chance(0.4)), value=fen, kind="money")
    low, high = _RANGES.get(role(asked), (1, 400))
    number = int(writer.dice.integers(low, high))
    return Answer(text=str(number), value=number, kind="integer")


def _decimal(writer: _Writer, asked: Field) -> Answer:
    if (asked.unit or "") in ("h", "d"):
        value = f"{int(writer.dice.integers(0, 9)) / 2:g}"
    else:
        places = int(writer.dice.integers(0, min(asked.scale or 0, 3) + 1))
        value = f"{float(writer.dice.uniform(0.5, 10 ** float(writer.dice.uniform(1, 3.6)))):.{places}f}"
    plain = value.rstrip("0").rstrip(".") if "." in value else value
    whole, _, rest = value.partition(".")
    grouped = f"{int(whole):,}" + (f".{rest}" if rest else "")
    return Answer(text=grouped if writer.chance(0.2) else value, value=plain, kind="decimal")


def _money(fen: int, *, symbol: bool = False) -> str:
    return f"{'¥' if symbol else ''}{fen // 100:,}.{fen % 100:02d}"


def _direction(asked: Field) -> int:
    """Return whether a date lies before (-1), on (0) or after (1) the day of the form."""
    kind = role(asked)
    return {"done_on": -1, "due_on": 1, "reinspected_on": 1}.get(kind, 0)


def _date(writer: _Writer, day: date) -> str:
    styles = [f"{day.year}.{day.month}.{day.day}", day.isoformat(), f"{day.year}/{day.month:02d}/{day.day:02d}"]
    if writer.language == "zh-CN":
        styles += [f"{day.year}年{day.month}月{day.day}日"] * 3
        year = "".join("〇一二三四五六七八九"[int(digit)] for digit in str(day.year))
        styles.append(f"{year}年{_chinese(day.month)}月{_chinese(day.day)}日")
    return writer.pick(styles)


def _chinese(number: int) -> str:
    tens, ones = divmod(number, 10)
    digits = " 一二三四五六七八九"
    return (("" if tens == 1 else digits[tens].strip()) + "十" if tens else "") + digits[ones].strip()


def _time(writer: _Writer, hour: int, minute: int) -> str:
    styles = [f"{hour}:{minute:02d}"]
    if writer.language == "zh-CN":
        styles.append(f"{hour}时{minute:02d}分")
        if hour > 12:
            styles.append(f"下午{hour - 12}:{minute:02d}")
    return writer.pick(styles)


def _moment(writer: _Writer, asked: Field) -> Answer:
    """Write a date, before or after the day of the form as its meaning asks, a time, or both."""
    hour, minute = int(writer.dice.integers(6, 23)), 5 * int(writer.dice.integers(12))
    clock, written = f"{hour:02d}:{minute:02d}", _time(writer, hour, minute)
    if asked.type is FieldType.TIME:
        return Answer(text=written, value=clock, kind="time")
    if asked.type is FieldType.DATE_TIME:
        return Answer(
            text=f"{_date(writer, writer.day)} {written}",
            value=f"{writer.day.isoformat()}T{clock}:00+08:00",
            kind="dateTime",
        )
    day = writer.day + timedelta(days=int(writer.dice.integers(1, 20)) * _direction(asked))
    return Answer(text=_date(writer, day), value=day.isoformat(), kind="date")


def _text(writer: _Writer, asked: Field, place: Place) -> Answer:
    coded = _coded(writer, asked)
    if coded is not None:
        return coded
    listed = writer.world.lists.get(asked.vocabulary or "", ())
    if listed:
        text, kind = writer.pick(_fitting(listed, place)), "text from a list"
    elif asked.paper_lines > 1:
        several = int(writer.dice.integers(1, asked.paper_lines + 1))
        lines = [writer.pick(_fitting(writer.world.sentences, place)) for _ in range(several)]
        text, kind = "\n".join(dict.fromkeys(lines)), "free text"
    else:
        text, kind = writer.pick(_fitting((*writer.world.words, *writer.world.sentences), place)), "free text"
    return Answer(text=text, value=text, kind=kind)


def _coded(writer: _Writer, asked: Field) -> Answer | None:
    """Write what has a form of its own: amounts in words, identifiers, stakes and numbers of papers."""
    roll, kind = writer.dice.integers, role(asked)
    if kind == "words":
        text, group = fen_to_words(writer.fen), "amount in words"
    elif kind == "usci":
        text, group = _usci(writer), "identifier"
    elif kind == "stake":
        text, group = f"K{roll(30)}+{roll(1000):03d}", "identifier"
    elif asked.means == "project.code":
        text, group = f"{roll(2018, 2027)}-320{roll(100, 999)}-04-01-{roll(100000, 999999)}", "identifier"
    elif kind in _NUMBERED:
        head = writer.pick(("NZ", "JL", "CL", "YB", "TZ"))
        text, group = f"{head}-{roll(2024, 2027)}-{roll(1, 1000):03d}", "number of a paper"
    else:
        return None
    return Answer(text=text, value=text, kind=group)


def _fitting(options: Sequence[str], place: Place) -> list[str]:
    """Keep what fits the box without small writing, else the shortest."""
    room = (place.box.width - 4.0) / _EM_MM
    fitting = [option for option in options if _ems(option) <= room]
    return fitting or sorted(options, key=_ems)[:2]


def _ems(text: str) -> float:
    return sum(1.0 if ord(char) > 0x2E7F else 0.55 for char in text)


def _usci(writer: _Writer) -> str:
    while True:
        body = "".join(writer.pick(_USCI) for _ in range(9))
        stem = f"9132{writer.dice.integers(100, 999)}0{body}"[:17]
        for check in _USCI:
            if is_usci(stem + check):
                return stem + check

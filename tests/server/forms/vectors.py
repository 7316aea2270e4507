"""Records what the server makes of filled forms: ``python -m tests.server.forms.vectors`` rewrites the vector.

``mobile_contract/vectors/forms/filled.json`` is replayed by the phone's own evaluator, so that what a person sees
while typing is what the server computes after the merge.
"""

import random
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any, Final

import msgspec

from mobile_contract.forms import Field, FieldType, FormDefinition, Repeat, fields_of, repeats_of
from mobile_contract.ids import natural_id
from mobile_contract.values import MAX_INTEGER, Values
from server.forms import check, compile_form, library, recompute
from server.forms.compute import Evaluation, Place
from tests.server.forms.build import compiled

FILE: Final = Path(__file__).parents[3] / "mobile_contract" / "vectors" / "forms" / "filled.json"
CASES: Final = 8
SEED: Final = 20261118

#: A form with every member of the closed set, in the report and in rows.
EVERYTHING: Final = compiled(
    """
| | type | name | label::中文 (zh-CN) | calculation | relevant | constraint | required | plumbline::scale |
| | date | from | 起 | | | | yes | |
| | date | to | 止 | | | . >= ${from} | | |
| | integer | days | 天数 | ${to} - ${from} + 1 | | | | |
| | time | began | 始 | | | . != '12:00' | | |
| | time | ended | 终 | | | . > ${began} | | |
| | dateTime | due | 限 | | | | | |
| | dateTime | done | 完 | | ${due} != '' | . <= ${due} | yes | |
| | select_one yes_no | urgent | 急 | | | | | |
| | text | why | 因 | | ${urgent} = 'yes' | . != ${other} | yes | |
| | text | other | 他 | | not(${urgent}) | | | |
| | select_one risk | worst | 最险 | | | . != 'water' | | |
| | select_multiple risk | risks | 险 | | | not(selected(., 'water')) | | |
| | integer | points | 分 | if(${urgent} and selected(${risks}, 'fire'), 10, 1) | | | | |
| | integer | after_all | 全 | if(${days} > 3 or ${points} = 10, ${points} * ${days} - 3, 0 - ${points}) | | | | |
| | calculate | said | 说 | if(${why} = '', ${other}, ${why}) | | | | |
| | decimal | factor | 系数 | | | . > 0 and . <= 2.5 | | 4 |
| | geopoint | place | 处 | | | | | |
| | image | photo | 照 | | | | | |
| | barcode | code | 码 | | | | | |
| | begin_repeat | lines | 表 | | ${factor} != 0.5 | | | |
| | decimal | quantity | 量 | | | | yes | 3 |
| | integer | price | 价 | | ${quantity} > 0 | . >= 0 | yes | |
| | decimal | cost | 额 | ${quantity} * ${price} * ${factor} | | | | 2 |
| | decimal | exact | 准 | ${quantity} * ${quantity} - ${factor} | | | | |
| | integer | rounded | 整 | round(${cost}) | | | | |
| | calculate | large | 大 | ${cost} >= 1000 and ${quantity} != 3 | | | | |
| | end_repeat | | | | | | | |
| | decimal | total | 合计 | sum(${cost}) | | | | 2 |
| | decimal | tenth | 约 | round(${total} * 0.1, 1) | | | | |
| | integer | whole | 整 | round(${total}) | | . >= 0 | | |
| | integer | lines_count | 行数 | count(${lines}) | | | | |
""",
    choices="| | yes_no | yes | 是 |\n| | yes_no | no | 否 |\n| | risk | fire | 火 |\n| | risk | water | 水 |",
    form_id="everything",
).form

_ODD: Final[tuple[Any, ...]] = (
    "",
    "many",
    "1e3",
    " 1",
    "\uff11",
    True,
    [],
    {},
    ["fire", 3],
    "9" * 31,
    -1,
    MAX_INTEGER,
    None,
)
_TEXTS: Final = ("K0+620", "安全交底", "yes", "12:00", "管道工", "0")
_DECIMALS: Final = ("0.005", "-0.005", "2.50", "0.1", "12", "1000", "0.333", "-0.0", "90071992547409.93", "0.5", "3")


def forms() -> list[FormDefinition]:
    """Return every shipped form, and the one that has everything."""
    return [*(compile_form(source).form for source in library().values()), EVERYTHING]


def filled(form: FormDefinition, rng: random.Random) -> Values:
    """Fill a form at random: mostly values of the right type, some blank, some that are none."""
    fields = {field.name: _value(form, field, rng) for field in fields_of(form) if rng.random() < 0.85}
    for repeat in repeats_of(form):
        if rng.random() < 0.1:
            fields[repeat.name] = rng.choice(_ODD)
            continue
        fields[repeat.name] = {
            natural_id(form.id, repeat.name, str(row)): (
                {column.name: _value(form, column, rng) for column in repeat.fields if rng.random() < 0.9}
                if rng.random() < 0.97
                else rng.choice(("", 7))
            )
            for row in range(rng.randrange(4))
        }
    return fields


def _value(form: FormDefinition, field: Field, rng: random.Random) -> Any:
    if rng.random() < 0.12:
        return rng.choice(_ODD)
    names = [choice.name for choice in form.choices.get(field.choices or "", ())]
    make = _VALUES.get(field.type)
    return make(rng, names) if make else rng.choice(_TEXTS)


def _day(rng: random.Random) -> str:
    return (date(2026, 2, 26) + timedelta(days=rng.randrange(5))).isoformat()


def _moment(rng: random.Random, _names: list[str]) -> str:
    times = ("08:07:31+08:00", "00:07:31Z", "08:07:31.250000+08:00", "08:07:31", "23:59:60+08:00")
    return f"{_day(rng)}T{rng.choice(times)}"


def _position(rng: random.Random, _names: list[str]) -> Values:
    return {"lat": 320394610, "lon": rng.choice((1187726190, 10**10)), "datum": rng.choice(("GCJ02", "NAD27"))}


def _file(rng: random.Random, _names: list[str]) -> str:
    return rng.choice(("ab" * 32, "AB" * 32))


#: What is filled in by type; a text where there is nothing else.
_VALUES: Final[dict[FieldType, Callable[[random.Random, list[str]], Any]]] = {
    FieldType.INTEGER: lambda rng, _: rng.choice((0, 1, 12, 100, rng.randrange(-9, 99), rng.randrange(10**7))),
    FieldType.DECIMAL: lambda rng, _: rng.choice(_DECIMALS),
    FieldType.BOOLEAN: lambda rng, _: rng.random() < 0.5,
    FieldType.DATE: lambda rng, _: rng.choice((_day(rng), _day(rng), "2026-02-30")),
    FieldType.TIME: lambda rng, _: rng.choice(("08:07", "12:00", "23:59", "24:00")),
    FieldType.DATE_TIME: _moment,
    FieldType.SELECT_ONE: lambda rng, names: rng.choice([*names, "hail"]),
    FieldType.SELECT_MULTIPLE: lambda rng, names: [name for name in names if rng.random() < 0.5],
    FieldType.GEOPOINT: _position,
    FieldType.PHOTO: _file,
    FieldType.AUDIO: _file,
    FieldType.VIDEO: _file,
    FieldType.SIGNATURE: _file,
}


def answered(form: FormDefinition, fields: Values) -> dict[str, Any]:
    """Return what the server says of a filled form."""
    run = Evaluation(form, fields)
    return {
        "fields": fields,
        "computed": recompute(form, fields),
        "hidden": sorted(_hidden(form, run)),
        "flags": [list(flag) for flag in check(form, fields)],
    }


def _hidden(form: FormDefinition, run: Evaluation) -> Iterator[str]:
    """Name what is not asked; columns once for every row."""

    def asked(item: Field | Repeat, place: Place) -> bool:
        rule = item.relevant
        return rule is None or rule.expression is None or run.holds(rule.expression, place)

    items: list[Field | Repeat] = [*fields_of(form), *repeats_of(form)]
    for item in items:
        if not asked(item, None):
            yield item.name
    for repeat in repeats_of(form):
        for row in run.rows(repeat):
            yield from (
                f"{repeat.name}/{row}/{field.name}" for field in repeat.fields if not asked(field, (repeat, row))
            )


def recorded() -> bytes:
    """Write the vector: each form with what was filled in, and what the server says of it."""
    rng = random.Random(SEED)
    told = [
        {"form": form, "cases": [answered(form, filled(form, rng)) for _ in range(_cases(form))]} for form in forms()
    ]
    lines = ",\n".join(msgspec.json.encode(each).decode() for each in told)
    about = "Filled forms, and what the server computes and says of each."
    return f'{{"about":"{about}","forms":[\n{lines}\n]}}\n'.encode()


def _cases(form: FormDefinition) -> int:
    return CASES * 8 if form is EVERYTHING else CASES


if __name__ == "__main__":
    FILE.parent.mkdir(exist_ok=True)
    FILE.write_bytes(recorded())

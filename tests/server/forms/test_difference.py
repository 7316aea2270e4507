"""What became of a form between two versions: every difference is told, by name, in both languages."""

import msgspec
import pytest

from mobile_contract.forms import Field, FieldType, FormDefinition, Group, Note, Repeat
from server.forms import compile_form, difference, library
from server.forms.difference import ASPECTS
from tests.server.forms.build import text_form

HEAD = (
    "| | type | name | label::中文 (zh-CN) | label::English (en) | required | constraint | calculation "
    "| plumbline::unit |"
)
CHOICES = "| | yn | yes | 是 |\n| | yn | no | 否 |"
BEFORE = f"""{HEAD}
| | date | day | 日期 | Day | | | | |
| | text | who | 姓名 | Name | | | | |
| | begin_repeat | rows | 人员 | People | | | | |
| | integer | count | 人数 | Headcount | | . >= 0 | | 人 |
| | end_repeat | | | | | | | |
| | integer | total | 合计 | Total | | | sum(${{count}}) | 人 |
| | select_one yn | done | 完成 | Done | | | | |
"""


def told(after: str, choices: str = CHOICES) -> list[tuple[str, str, str]]:
    """Return path, change and aspect of what differs from BEFORE."""
    found = difference(
        compile_form(text_form(BEFORE, choices=CHOICES)).form, compile_form(text_form(after, choices=choices)).form
    )
    for change in found.changes:
        assert set(change.said) == {"zh-CN", "en"}
        assert all(change.said.values())
    return [(change.path, change.change, change.aspect) for change in found.changes]


@pytest.mark.parametrize("name", library())
def test_a_form_does_not_differ_from_itself(name: str) -> None:
    form = compile_form(library()[name]).form
    assert difference(form, msgspec.structs.replace(form, version=2)).changes == ()


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("| 姓名 | Name |", "| 负责人 | Name |", [("who", "changed", "label")]),
        ("| text | who | 姓名 | Name | |", "| text | who | 姓名 | Name | yes |", [("who", "changed", "required")]),
        ("| . >= 0 |", "| . >= 1 |", [("rows/count", "changed", "constraint")]),
        ("sum(${count})", "sum(${count}) + 1", [("total", "changed", "computed")]),
        ("| | text | who | 姓名 | Name | | | | |\n", "", [("who", "removed", "")]),
        ("| | date |", "| | note | hint | 说明 | Hint | | | | |\n| | date |", [("hint", "added", "")]),
        ("| text | who |", "| barcode | who |", [("who", "changed", "type")]),
        ("| 人 |\n| | end", "| |\n| | end", [("rows/count", "changed", "unit")]),
    ],
)
def test_each_difference_is_told_at_its_name(old: str, new: str, expected: list[tuple[str, str, str]]) -> None:
    assert BEFORE.count(old) == 1
    assert told(BEFORE.replace(old, new)) == expected


def test_a_question_that_stands_elsewhere_was_moved_and_the_others_were_not() -> None:
    who = "| | text | who | 姓名 | Name | | | | |\n"
    assert told(BEFORE.replace(who, "") + who) == [("who", "moved", "")]


def test_a_choice_that_is_new_or_called_otherwise_is_told() -> None:
    choices = "| | yn | yes | 完成 |\n| | yn | no | 否 |"
    assert told(BEFORE, choices) == [("choices/yn/yes", "changed", "label")]


def test_a_difference_reads_as_a_sentence_in_both_languages() -> None:
    made = BEFORE.replace("| 姓名 | Name | |", "| 姓名 | Name | yes |").replace("sum(${count})", "sum(${count}) * 2")
    found = difference(
        compile_form(text_form(BEFORE, choices=CHOICES)).form, compile_form(text_form(made, choices=CHOICES)).form
    )
    assert [(change.said["zh-CN"], change.said["en"]) for change in found.changes] == [
        ("“姓名” (who): 必填 否 → 是", "“Name” (who): required no → yes"),
        (
            "“合计” (total): 计算 sum(rows: count) → (sum(rows: count) * 2)",
            "“Total” (total): calculation sum(rows: count) → (sum(rows: count) * 2)",
        ),
    ]


def test_every_attribute_a_definition_can_have_has_a_name_for_people() -> None:
    attributes = {name for of in (Field, Note, Group, Repeat) for name in of.__struct_fields__}
    assert attributes - {"name", "items", "fields"} <= set(ASPECTS)


def test_a_new_title_or_natural_key_is_told_of_the_form() -> None:
    field = Field(name="a", type=FieldType.TEXT, label={"zh-CN": "甲"})
    old = FormDefinition(id="f", version=1, title={"zh-CN": "旧"}, items=(field,))
    new = msgspec.structs.replace(old, version=2, title={"zh-CN": "新"}, unique_by=("a",))
    assert [change.aspect for change in difference(old, new).changes] == ["title", "unique_by"]

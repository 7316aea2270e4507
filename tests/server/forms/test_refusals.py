"""Bad forms: every mistake at once, each with its sheet, its row and what to do."""

import io
import json
import zipfile
from datetime import date
from typing import Any

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mobile_contract.forms import FieldType, fields_of
from mobile_contract.problems import PROBLEMS, details
from server.forms import NotAForm, compile_form, library
from server.forms.sheets import MAX_BYTES, MAX_ROWS, MAX_UNPACKED
from tests.server.forms.build import HEAD, findings, text_form

#: The line of the first question in ``text_form``.
FIRST = 6


def one(source: bytes) -> tuple[str, dict[str, str]]:
    found = findings(source)
    assert len(found) == 1, found
    return found[0]


def test_an_unknown_type_is_refused_with_the_types_there_are() -> None:
    code, params = one(text_form(f"{HEAD}\n| | text | a | 甲 |\n| | geotrace | b | 乙 |"))
    assert code == "forms.unknown_type"
    assert (params["sheet"], params["row"], params["type"]) == ("survey", str(FIRST + 1), "geotrace")
    assert "geopoint" in params["known"]


def test_a_name_used_twice_is_refused_with_both_rows() -> None:
    code, params = one(text_form(f"{HEAD}\n| | text | a | 甲 |\n| | integer | a | 乙 |"))
    assert code == "forms.duplicate_name"
    assert (params["row"], params["first"], params["name"]) == (str(FIRST + 1), str(FIRST), "a")


def test_a_name_outside_and_inside_a_repeat_is_used_twice_too() -> None:
    rows = "| | text | a | 甲 |\n| | begin_repeat | r | 表 |\n| | text | a | 乙 |\n| | end_repeat | | |"
    assert one(text_form(f"{HEAD}\n{rows}"))[0] == "forms.duplicate_name"


def test_an_unknown_choice_list_is_refused_with_the_lists_there_are() -> None:
    code, params = one(text_form(f"{HEAD}\n| | select_one colour | a | 甲 |", choices="| | shape | round | 圆 |"))
    assert code == "forms.unknown_list"
    assert (params["list"], params["known"], params["row"]) == ("colour", "shape", str(FIRST))


def test_a_repeat_inside_a_repeat_is_refused() -> None:
    rows = (
        "| | begin_repeat | outer | 外 |\n| | begin_repeat | inner | 内 |\n| | text | a | 甲 |\n"
        "| | end_repeat | | |\n| | end_repeat | | |"
    )
    code, params = one(text_form(f"{HEAD}\n{rows}"))
    assert code == "forms.nested_repeat"
    assert (params["outer"], params["name"]) == ("outer", "inner")


@pytest.mark.parametrize("row", ["| | begin_group | g | 组 |", "| | end_group | | |", "| | end_repeat | | |"])
def test_a_begin_or_end_without_its_partner_is_refused(row: str) -> None:
    code, params = one(text_form(f"{HEAD}\n{row}\n| | text | a | 甲 |"))
    assert code == "forms.unbalanced"
    assert params["row"] == str(FIRST)


def test_a_label_without_chinese_is_refused() -> None:
    code, params = one(text_form("| | type | name | label::English (en) |\n| | text | a | A |"))
    assert code == "forms.label_missing"
    assert (params["sheet"], params["row"], params["name"]) == ("survey", str(FIRST), "a")


def test_a_choice_without_chinese_is_refused_on_the_sheet_choices() -> None:
    code, params = one(text_form(f"{HEAD}\n| | select_one l | a | 甲 |", choices="| | l | x | |"))
    assert (code, params["sheet"]) == ("forms.label_missing", "choices")


def test_a_reference_to_nothing_is_refused_with_its_column() -> None:
    head = "| | type | name | label::中文 (zh-CN) | calculation |"
    code, params = one(text_form(f"{head}\n| | integer | a | 甲 | ${{b}} + 1 |"))
    assert code == "forms.unknown_reference"
    assert (params["column"], params["name"]) == ("calculation", "b")


def test_calculations_in_a_circle_are_refused_with_the_names() -> None:
    head = "| | type | name | label::中文 (zh-CN) | calculation |"
    rows = "| | integer | a | 甲 | ${b} + 1 |\n| | integer | b | 乙 | ${c} + 1 |\n| | integer | c | 丙 | ${a} + 1 |"
    code, params = one(text_form(f"{head}\n{rows}"))
    assert code == "forms.cycle"
    assert {"a", "b", "c"} <= set(params["names"].split(" → "))


def test_a_misspelt_column_of_ours_is_refused_with_those_there_are() -> None:
    code, params = one(text_form("| | type | name | label::中文 (zh-CN) | plumbline::units |\n| | text | a | 甲 | m |"))
    assert code == "forms.unknown_column"
    assert params["column"] == "plumbline::units"
    assert "plumbline::unit," in params["known"]


@pytest.mark.parametrize(
    ("column", "type_", "cell"),
    [
        ("paper_width", "text", "13"),
        ("paper_width", "text", "half"),
        ("scale", "decimal", "-1"),
        ("scale", "integer", "2"),
        ("carry", "text", "perhaps"),
        ("row_key", "text", "a"),
        ("means", "text", "Labour Count"),
    ],
)
def test_a_bad_cell_of_ours_is_refused_with_what_it_takes(column: str, type_: str, cell: str) -> None:
    head = f"| | type | name | label::中文 (zh-CN) | plumbline::{column} |"
    code, params = one(text_form(f"{head}\n| | {type_} | a | 甲 | {cell} |"))
    assert code == "forms.bad_cell"
    assert (params["column"], params["value"]) == (f"plumbline::{column}", cell)
    assert params["expected"]


def test_a_row_key_must_be_a_column_of_the_repeat_and_unique_by_a_question_outside() -> None:
    head = "| | type | name | label::中文 (zh-CN) | plumbline::row_key |"
    rows = "| | begin_repeat | r | 表 | day |\n| | text | a | 甲 | |\n| | end_repeat | | | |\n| | date | day | 日 | |"
    found = findings(text_form(f"{head}\n{rows}", settings="a"))
    assert [(code, params["value"]) for code, params in found] == [("forms.bad_cell", "day"), ("forms.bad_cell", "a")]


@pytest.mark.parametrize("name", ["1st", "a b", "人数", "a/b", "x" * 65])
def test_a_name_that_cannot_stand_in_a_path_is_refused(name: str) -> None:
    assert one(text_form(f"{HEAD}\n| | text | {name} | 甲 |"))[0] == "forms.bad_name"


@pytest.mark.parametrize("row", ["| | | a | 甲 |", "| | text | | 甲 |"])
def test_a_row_without_type_or_name_is_refused(row: str) -> None:
    code, params = one(text_form(f"{HEAD}\n{row}"))
    assert (code, params["row"]) == ("forms.cell_missing", str(FIRST))


def test_a_form_without_settings_or_survey_is_refused() -> None:
    assert findings(b"| choices |\n| | list_name | name |") == [
        ("forms.sheet_missing", {"sheet": "survey"}),
        ("forms.sheet_missing", {"sheet": "settings"}),
    ]


def test_all_mistakes_are_told_at_once_in_both_languages_with_what_to_do() -> None:
    source = text_form(f"{HEAD}\n| | geotrace | a | 甲 |\n| | text | b | |\n| | select_one l | c | 丙 |")
    with pytest.raises(NotAForm) as caught:
        compile_form(source)
    refused = caught.value
    assert refused.params["count"] == "3"
    listed = json.loads(refused.params["findings"])
    assert {int(found["params"]["row"]) for found in listed} == {FIRST, FIRST + 1, FIRST + 2}
    assert {PROBLEMS[found["code"]].status for found in listed} == {422}
    told = details(refused.code, refused.params)
    for line, (chinese, english) in enumerate([("题型", "type"), ("标签", "label"), ("列表", "list")], start=FIRST):
        assert f"第 {line} 行" in told.title_zh
        assert chinese in told.title_zh
        assert english in details(refused.code, refused.params, "en").title


def test_what_pyxform_refuses_names_its_row() -> None:
    code, params = one(text_form(f"{HEAD}\n| | text | a | 甲 |\n| | text | b | 乙 ${{nobody}} |"))
    assert code == "forms.xform"
    assert (params["sheet"], params["row"]) == ("survey", str(FIRST + 1))
    assert "nobody" in params["reason"]


# Files that are no forms ----------------------------------------------------------------------------------------------


def workbook(sheets: dict[str, list[list[Any]]]) -> bytes:
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


SETTINGS: list[list[Any]] = [["form_id", "form_title"], ["f", "表"]]


def test_a_workbook_compiles_and_its_mistakes_are_told_by_the_row_of_the_sheet() -> None:
    good: list[list[Any]] = [
        ["type", "name", "label::中文 (zh-CN)"],
        ["text", "a", "甲"],
        [None],
        ["integer", "b", "乙"],
    ]
    form = compile_form(workbook({"survey": good, "settings": SETTINGS})).form
    assert [item.name for item in form.items] == ["a", "b"]
    bad = [*good, ["colour", "c", "丙"]]
    (code, params), *_ = findings(workbook({"survey": bad, "settings": SETTINGS}))
    assert (code, params["row"]) == ("forms.unknown_type", "5")


COLUMNS = ["type", "name", "label::中文 (zh-CN)"]
CHOICES = [["list_name", "name", "label::中文 (zh-CN)"], ["c", "x", "一"]]
Rows = list[list[Any]]


def survey(*rows: list[Any], column: str = "hint", **others: Rows) -> dict[str, Rows]:
    return {"survey": [[*COLUMNS, column], ["text", "first", "甲"], *rows], "settings": SETTINGS, **others}


@pytest.mark.parametrize(
    ("sheets", "code", "sheet", "row"),
    [
        ({"settings": SETTINGS}, "forms.sheet_missing", "survey", None),
        (survey(["textt", "a", "乙"]), "forms.unknown_type", "survey", "3"),
        (survey(["select_one", "a", "乙"]), "forms.unknown_type", "survey", "3"),
        (survey(["select_one d", "a", "乙"], choices=CHOICES), "forms.unknown_list", "survey", "3"),
        (survey(choices=[*CHOICES, ["c", None, "二"]]), "forms.cell_missing", "choices", "3"),
        (survey(choices=[*CHOICES, ["c", "x", "二"]]), "forms.duplicate_name", "choices", "3"),
        (survey([], ["text", "姓名", "乙"]), "forms.bad_name", "survey", "4"),
        (survey(["text", "a", None]), "forms.label_missing", "survey", "3"),
        (survey(["text", "a", "=A1"]), "forms.label_missing", "survey", "3"),
        (survey(["begin repeat", "r", "表"], ["text", "a", "乙"]), "forms.unbalanced", "survey", "3"),
        (survey(["end repeat"]), "forms.unbalanced", "survey", "3"),
        (survey(["integer", "a", "乙", "1 +"], column="calculation"), "forms.unfinished", "survey", "3"),
        (survey(["integer", "a", "乙", "(. > 1"], column="constraint"), "forms.unfinished", "survey", "3"),
        (survey(["integer", "a", "乙", ". > ${b}"], column="constraint"), "forms.unknown_reference", "survey", "3"),
        (survey(["integer", "a", "乙", "${a"], column="calculation"), "forms.xform", "survey", "3"),
        (survey(["integer", "a", "乙", "k g"], column="plumbline::unit"), "forms.bad_cell", "survey", "3"),
        (survey(["integer", "a", "乙", 13], column="plumbline::paper_width"), "forms.bad_cell", "survey", "3"),
        (survey(["text", "a", "乙", "yes"], column="requird"), "forms.unknown_column", "survey", "1"),
        (survey(["text", "a", "乙", "kg"], column="plumbline::units"), "forms.unknown_column", "survey", "1"),
        ({**survey(), "settings": [["form_id", "form_title"], ["日志", "表"]]}, "forms.bad_name", "settings", "2"),
        ({**survey(), "settings": [["form_id"], ["f"]]}, "forms.cell_missing", "settings", "2"),
        (survey(["integer", "a", "乙", ".＞＝0"], column="constraint"), "forms.full_width", "survey", "3"),
        (survey(["text", "a", "乙", "${first} = ‘y’"], column="relevant"), "forms.full_width", "survey", "3"),
        (survey(["integer", "a", "乙", "if(true()，1，2)"], column="calculation"), "forms.full_width", "survey", "3"),
        (survey(["text", "a", "乙", "是"], column="required"), "forms.bad_cell", "survey", "3"),
        (survey(["date", "a", "乙", 45979], column="default"), "forms.bad_cell", "survey", "3"),
        (survey(["date", "a", "乙", date(2026, 11, 18)], column="default"), "forms.bad_cell", "survey", "3"),
        (
            {**survey(), "survey": [["类型", "名称", "标签"], ["text", "a", "甲"]]},
            "forms.column_missing",
            "survey",
            "1",
        ),
        ({**survey(), "survey": [["问卷"], ["type", "name", "label"]]}, "forms.column_missing", "survey", "1"),
    ],
)
def test_a_broken_workbook_is_told_by_sheet_and_row_with_what_to_do_in_both_languages(
    sheets: dict[str, Rows], code: str, sheet: str, row: str | None
) -> None:
    found, params = one(workbook(sheets))
    assert (found, params["sheet"], params.get("row")) == (code, sheet, row)
    told = details(found, params)
    for sentence in (told.title_zh, told.next_zh, told.next_en, details(found, params, "en").title):
        assert sentence
        assert "{" not in sentence.replace("${", "")


@pytest.mark.parametrize(
    "source",
    [b"", b"PK\x03\x04", b"PK" + bytes(100), b"\xff\xfe\x00", b"hello", b"|", workbook({"survey": SETTINGS})[:-30]],
)
def test_bytes_that_are_no_form_are_refused_as_unreadable(source: bytes) -> None:
    assert one(source)[0] == "forms.unreadable"


def test_a_workbook_of_an_old_excel_is_told_what_to_do() -> None:
    assert one(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600))[0] == "forms.old_workbook"


def test_what_an_input_method_leaves_in_names_and_headings_is_taken_for_what_it_stands_for() -> None:
    head = "| | type | name　| label：：中文（zh-CN） | plumbline：：unit |"
    form = compile_form(text_form(f"{head}\n| | ｉｎｔｅｇｅｒ | ａ１\u200b | 金额（元） | CNY_FEN |")).form
    (field,) = fields_of(form)
    assert (field.name, field.type, field.unit) == ("a1", FieldType.INTEGER, "CNY_FEN")
    assert field.label == {"zh-CN": "金额（元）"}


def test_quoted_words_and_sentences_may_hold_any_character() -> None:
    head = "| | type | name | label | constraint | constraint_message |"
    compile_form(text_form(f"{head}\n| | text | a | 甲（乙） | . != '无；' | 不能填“无” |"))


def test_a_zip_that_is_no_workbook_is_unreadable() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("xl/workbook.xml", "<not>")
    assert one(out.getvalue())[0] == "forms.unreadable"


def test_a_file_beyond_the_limits_is_refused_before_it_is_read() -> None:
    assert one(b"|" * (MAX_BYTES + 1))[0] == "forms.too_large"
    bomb = io.BytesIO()
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", bytes(MAX_UNPACKED + 1))
    assert len(bomb.getvalue()) < MAX_BYTES
    assert one(bomb.getvalue())[0] == "forms.too_large"
    assert one(text_form(HEAD + "\n| | text | a | 甲 |" * (MAX_ROWS + 1)))[0] == "forms.too_large"


def test_a_row_with_more_cells_than_columns_is_unreadable_and_names_its_line() -> None:
    code, params = one(text_form(f"{HEAD}\n| | text | a | 甲 | 乙 |"))
    assert code == "forms.unreadable"
    assert f"line {FIRST}" in params["reason"]


def test_characters_that_no_xform_can_hold_are_refused() -> None:
    code, params = one(text_form(f"{HEAD}\n| | text | a | 甲\x01 |"))
    assert (code, params["reason"]) == ("forms.unreadable", "control character U+0001")


LINES = [source.decode().splitlines() for source in library().values()]
DAMAGE = """begin_repeat end_repeat begin_group end_group note calculate rank start range audit ${x} sum( ${count} yes }
    ' settings survey choices entities name meta .. instanceID plumbline::unit repeat_count {} today() < &amp; | 😀"""
WORDS = st.text(max_size=8) | st.sampled_from(DAMAGE.split())


@settings(deadline=None)
@given(st.sampled_from(LINES), st.lists(st.tuples(st.integers(0, 200), st.integers(1, 18), WORDS), max_size=4))
def test_a_form_damaged_anyhow_compiles_or_is_refused_and_nothing_else(
    lines: list[str], damages: list[tuple[int, int, str]]
) -> None:
    damaged = list(lines)
    for line, cell, word in damages:
        cells = damaged[line % len(damaged)].split("|")
        cells[cell % len(cells)] = word
        damaged[line % len(damaged)] = "|".join(cells)
    source = "\n".join(damaged).encode()
    assert isinstance(findings(source), list)

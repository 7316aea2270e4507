"""Every type of question, from the sheet to the definition, the check, the XForm and the paper."""

from typing import Any

import pytest

from mobile_contract.forms import Field, FieldType, Merge, fields_of, repeats_of
from ocr.layout import layout_of
from server.forms import check, compile_form
from tests.server.forms.build import findings, text_form

SHA256 = "a" * 64
POSITION = {"lat": 320415000, "lon": 1187674000, "datum": "WGS84"}
CHOICES = "| | yn | yes | 是 |\n| | yn | no | 否 |\n| | c | x | 一 |\n| | c | y | 二 |"
HEAD = (
    "| | type | name | label::中文 (zh-CN) | label::English (en) | hint::中文 (zh-CN) | hint::English (en) "
    "| appearance |"
)

#: What the author writes → the type, a good value, a bad one, and the type pyxform binds it to.
TYPES: dict[str, tuple[FieldType, Any, Any, str]] = {
    "text": (FieldType.TEXT, "沟槽", 1, "string"),
    "integer": (FieldType.INTEGER, 12, "12", "int"),
    "decimal": (FieldType.DECIMAL, "1.50", 1, "decimal"),
    "date": (FieldType.DATE, "2026-11-18", "18.11.2026", "date"),
    "time": (FieldType.TIME, "08:07", "25:00", "time"),
    "dateTime": (FieldType.DATE_TIME, "2026-11-18T08:07:00+08:00", "2026-11-18T08:07:00", "dateTime"),
    "select_one c": (FieldType.SELECT_ONE, "x", "z", "string"),
    "select_multiple c": (FieldType.SELECT_MULTIPLE, ["x", "y"], "x", "string"),
    "select_one yn": (FieldType.BOOLEAN, True, "yes", "string"),
    "geopoint": (FieldType.GEOPOINT, POSITION, {"lat": 91 * 10**7, "lon": 0, "datum": "WGS84"}, "geopoint"),
    "image": (FieldType.PHOTO, SHA256, "photo.jpg", "binary"),
    "audio": (FieldType.AUDIO, SHA256, "", "binary"),
    "video": (FieldType.VIDEO, SHA256, 7, "binary"),
    "barcode": (FieldType.BARCODE, "6901234567892", 6901234567892, "barcode"),
    "image signature": (FieldType.SIGNATURE, SHA256, "me", "binary"),
}
ON_SCREEN_ONLY = {FieldType.PHOTO, FieldType.AUDIO, FieldType.VIDEO, FieldType.GEOPOINT}


def row(written: str) -> str:
    type_, appearance = ("image", "signature") if written == "image signature" else (written, "")
    return f"| | {type_} | a | 甲 | A | 提示 | Hint | {appearance} |"


@pytest.mark.parametrize("written", TYPES)
def test_a_type_goes_from_the_sheet_to_the_definition_the_check_the_xform_and_the_paper(written: str) -> None:
    type_, good, bad, bound = TYPES[written]
    compiled = compile_form(text_form(f"{HEAD}\n{row(written)}", choices=CHOICES))
    (field,) = fields_of(compiled.form)
    assert (field.type, field.label, field.hint) == (
        type_,
        {"zh-CN": "甲", "en": "A"},
        {"zh-CN": "提示", "en": "Hint"},
    )
    assert check(compiled.form, {"a": good}) == []
    assert not bad or [path for path, _ in check(compiled.form, {"a": bad})] == ["fields/a"]
    assert f'nodeset="/data/a" type="{bound}"' in compiled.xform
    placed = {place.path for page in layout_of(compiled.form).pages for place in page.places}
    assert placed == (set() if type_ in ON_SCREEN_ONLY else {"fields/a"})


def test_every_type_there_is_has_a_row_here() -> None:
    assert {type_ for type_, *_ in TYPES.values()} == set(FieldType)


def test_each_of_our_columns_reaches_the_definition() -> None:
    own = {
        "unit": "kg",
        "scale": "2",
        "means": "material.mass",
        "vocabulary": "masses",
        "carry": "yes",
        "paper_width": "6",
        "paper_lines": "2",
        "paper_cells": "7",
        "merge": "conflict",
    }
    head = " | ".join(f"plumbline::{name}" for name in own)
    form = compile_form(
        text_form(
            f"| | type | name | label::中文 (zh-CN) | plumbline::row_key "
            f"| plumbline::paper_rows | plumbline::paper_across | {head} |\n"
            f"| | decimal | mass | 重量 | | | | {' | '.join(own.values())} |\n"
            f"| | begin_repeat | rows | 表 | n | 9 | 2 |{' |' * len(own)}\n| | text | n | 名 | | | |{' |' * len(own)}\n"
            f"| | end_repeat | | | | | |{' |' * len(own)}"
        )
    ).form
    assert fields_of(form)[0] == Field(
        name="mass",
        type=FieldType.DECIMAL,
        label={"zh-CN": "重量"},
        unit="kg",
        scale=2,
        means="material.mass",
        vocabulary="masses",
        carry=True,
        paper_width=6,
        paper_lines=2,
        paper_cells=7,
    )
    (repeat,) = repeats_of(form)
    assert (repeat.row_key, repeat.paper_rows, repeat.paper_across) == (("n",), 9, 2)


def test_choices_may_merge_one_by_one_and_nothing_else_may() -> None:
    sheet = (
        "| | type | name | label | plumbline::merge |\n| | select_multiple c | ticks | 勾选 | {} |\n"
        "| | text | note | 备注 | {} |"
    )
    ticks, note = fields_of(compile_form(text_form(sheet.format("union", ""), choices=CHOICES)).form)
    assert (ticks.merge, note.merge) == (Merge.UNION, Merge.CONFLICT)
    for ticked, noted in (("latest", ""), ("", "union")):
        ((code, params),) = findings(text_form(sheet.format(ticked, noted), choices=CHOICES))
        assert (code, params["column"]) == ("forms.bad_cell", "plumbline::merge")

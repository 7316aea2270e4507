"""The shipped forms: they compile, in both languages, and pyxform makes their XForm."""

from typing import Any
from xml.etree import ElementTree as ET

import pytest
from pyxform.xls2json_backends import md_to_dict

from mobile_contract.forms import Field, FieldType, FormDefinition, Item, Label, fields_of, repeats_of
from ocr.layout import layout_of
from server.forms import check, compile_form, library, recompute
from server.forms.sheets import SHEETS, read

XFORM = "{http://www.w3.org/2002/xforms}"


def definition(name: str) -> FormDefinition:
    return compile_form(library()[name]).form


def field(form: FormDefinition, name: str) -> Field:
    every = [*fields_of(form), *(column for repeat in repeats_of(form) for column in repeat.fields)]
    return next(each for each in every if each.name == name)


def labels(items: tuple[Item, ...]) -> list[Label]:
    found = []
    for item in items:
        found.append(item.label)
        found += labels(getattr(item, "items", ()) or getattr(item, "fields", ()))
    return found


@pytest.mark.parametrize("name", library())
def test_a_shipped_form_compiles_to_a_definition_that_bears_the_name_of_its_file(name: str) -> None:
    assert definition(name).id == name


@pytest.mark.parametrize("name", library())
def test_every_label_of_a_shipped_form_is_in_chinese_and_english(name: str) -> None:
    form = definition(name)
    choices = [choice.label for offered in form.choices.values() for choice in offered]
    for label in [form.title, *labels(form.items), *choices]:
        assert label.get("zh-CN"), label
        assert label.get("en"), label


@pytest.mark.parametrize("name", library())
def test_pyxform_makes_the_xform_of_a_shipped_form_under_its_version(name: str) -> None:
    root = ET.fromstring(compile_form(library()[name], version=7).xform)  # noqa: S314 - our own output
    instance = root.find(f".//{XFORM}instance/{XFORM}data")
    assert instance is not None
    assert (instance.get("id"), instance.get("version")) == (name, "7")
    binds = {bind.get("nodeset") for bind in root.iter(f"{XFORM}bind")}
    for field_ in fields_of(definition(name)):
        assert any(str(path).endswith(f"/{field_.name}") for path in binds)


@pytest.mark.parametrize("name", library())
def test_our_reader_of_the_text_form_sees_what_pyxforms_own_sees(name: str) -> None:
    theirs = md_to_dict(library()[name].decode())
    ours = read(library()[name])
    for sheet in SHEETS:
        assert [row.cells for row in ours[sheet].rows] == theirs.get(sheet)


def test_the_daily_log_is_one_per_day_and_its_labour_one_row_per_trade() -> None:
    form = definition("daily_log")
    assert form.unique_by == ("business_date",)
    labour = next(repeat for repeat in repeats_of(form) if repeat.name == "labour")
    assert labour.row_key == ("trade",)
    assert field(form, "labour_total").computed is not None


def test_the_daily_log_never_carries_over_weather_headcount_or_work_done() -> None:
    form = definition("daily_log")
    every = [*fields_of(form), *(column for repeat in repeats_of(form) for column in repeat.fields)]
    carried = {each.name for each in every if each.carry}
    assert carried == {"location", "trade", "machine", "recorder"}


def test_yes_no_is_a_boolean_and_an_image_to_sign_is_a_signature() -> None:
    form = definition("daily_log")
    assert field(form, "sampled").type is FieldType.BOOLEAN
    assert field(form, "recorder_signature").type is FieldType.SIGNATURE


def test_the_payment_application_names_what_paper_checks_compare() -> None:
    form = definition("payment_application")
    means = {each.means: each for each in fields_of(form)}
    assert means["amount.figures"].unit == "CNY_FEN"
    assert means["amount.figures"].type is FieldType.INTEGER
    assert {"amount.words", "org.usci", "project.code", "document.number", "document.person"} <= means.keys()


SHIPPED = {
    "concealed_acceptance": "隐蔽工程验收",
    "daily_log": "施工日志",
    "labour_attendance": "劳务考勤表",
    "material_acceptance": "材料进场验收",
    "notice_reply": "监理通知回复单",
    "payment_application": "工程款支付报审表",
    "safety_check": "安全检查表",
    "standby_record": "旁站记录",
    "supervision_log": "监理日志",
    "supervision_notice": "监理通知单",
}


def test_the_forms_of_the_trade_are_shipped() -> None:
    assert {name: definition(name).title["zh-CN"] for name in library()} == SHIPPED


@pytest.mark.parametrize("name", library())
def test_a_shipped_form_prints_on_one_page_and_the_daily_log_on_two_without_cutting_a_table(name: str) -> None:
    pages = layout_of(definition(name)).pages
    assert len(pages) == (2 if name == "daily_log" else 1)
    tables = [{place.path.split("/")[1] for place in page.places if place.path.count("/") > 1} for page in pages]
    assert sum(map(len, tables)) == len(set().union(*tables))


@pytest.mark.parametrize("name", library())
def test_every_question_of_a_shipped_form_says_what_it_means_and_who_answers_for_it(name: str) -> None:
    form = definition(name)
    every = [*fields_of(form), *(column for repeat in repeats_of(form) for column in repeat.fields)]
    assert [each.name for each in every if each.means is None] == []
    assert "document.person" in {each.means for each in every}


def test_what_is_kept_by_a_natural_key_says_so() -> None:
    assert {name: definition(name).unique_by for name in library() if definition(name).unique_by} == {
        "daily_log": ("business_date",),
        "labour_attendance": ("business_date", "crew"),
        "notice_reply": ("number",),
        "supervision_log": ("business_date",),
        "supervision_notice": ("number",),
    }


def test_a_reply_answers_a_notice_item_by_item_under_the_same_key() -> None:
    for name in ("supervision_notice", "notice_reply"):
        (items,) = repeats_of(definition(name))
        assert (items.name, items.row_key) == ("items", ("item_number",))


def test_the_days_of_a_crew_are_counted_in_halves_and_added_up() -> None:
    rows: dict[str, Any] = {
        "a": {"worker_number": "1", "morning": True, "afternoon": True, "overtime": "2.5"},
        "b": {"worker_number": "2", "morning": True, "afternoon": False},
        "c": {"worker_number": "3"},
    }
    totals = recompute(definition("labour_attendance"), {"workers": rows})
    assert (totals["headcount"], totals["days_total"], totals["overtime_total"]) == (3, "1.5", "2.5")


def test_the_marks_of_a_safety_check_are_what_was_not_deducted() -> None:
    rows: dict[str, Any] = {
        "a": {"subject": "scaffold", "full_marks": 10, "deducted": 3},
        "b": {"subject": "excavation", "full_marks": 10, "deducted": 0},
    }
    totals = recompute(definition("safety_check"), {"subjects": rows})
    assert (totals["full_marks_total"], totals["marks_total"]) == (20, 17)


@pytest.mark.parametrize(
    ("ended", "flags"),
    [
        ("2026-11-19T02:10:00+08:00", []),
        ("2026-11-18T21:59:00+08:00", [("fields/ended_at", "field.out_of_range")]),
    ],
)
def test_standing_by_may_cross_midnight_and_never_ends_before_it_began(ended: str, flags: list[Any]) -> None:
    filled = {
        "number": "PZ-2026-018",
        "business_date": "2026-11-18",
        "location": "K0+620",
        "process": "沟槽回填",
        "started_at": "2026-11-18T22:00:00+08:00",
        "ended_at": ended,
        "work_observed": "分层回填,压路机 1 台",
        "problems": "未发现问题",
        "supervisor": "李卫东",
    }
    assert check(definition("standby_record"), filled) == flags


def test_what_the_payment_application_leaves_to_the_phone_is_listed() -> None:
    left = compile_form(library()["payment_application"]).phone_only
    assert {(each.name, each.column) for each in left} == {
        ("project_code", "constraint"),
        ("contractor_usci", "constraint"),
    }
    lines = library()["payment_application"].decode().splitlines()
    for each in left:
        assert each.name in lines[each.row - 1]

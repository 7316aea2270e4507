"""The shipped forms: they compile, in both languages, and pyxform makes their XForm."""

from xml.etree import ElementTree as ET

import pytest
from pyxform.xls2json_backends import md_to_dict

from mobile_contract.forms import Field, FieldType, FormDefinition, Item, Label, fields_of, repeats_of
from ocr.layout import layout_of
from server.forms import compile_form, library
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


def test_the_payment_application_prints_on_one_page() -> None:
    assert len(layout_of(definition("payment_application")).pages) == 1


def test_what_the_payment_application_leaves_to_the_phone_is_listed() -> None:
    left = compile_form(library()["payment_application"]).phone_only
    assert {(each.name, each.column) for each in left} == {
        ("project_code", "constraint"),
        ("contractor_usci", "constraint"),
    }
    lines = library()["payment_application"].decode().splitlines()
    for each in left:
        assert each.name in lines[each.row - 1]

"""Flags of a filled form: what a person should look at, and nothing else."""

from typing import Any

import pytest

from mobile_contract.problems import PROBLEMS
from server.forms import check, compile_form, library
from tests.server.forms.build import compiled

DAILY_LOG = compile_form(library()["daily_log"]).form
GOOD: dict[str, Any] = {
    "business_date": "2026-11-18",
    "weather_am": "overcast",
    "weather_pm": "light_rain",
    "temperature_min": 6,
    "temperature_max": 11,
    "work_done": "K0+560~K0+640 沟槽开挖、DN800 管道安装 42 m",
    "labour": {"a": {"trade": "pipefitter", "count": 12}},
    "machinery": {"b": {"machine": "挖掘机", "shifts": "2"}},
    "materials": {"c": {"material": "DN800 钢筋混凝土管", "quantity": "20", "sampled": True}},
    "recorder": "陈建国",
}


def test_a_well_filled_log_has_no_flags() -> None:
    assert check(DAILY_LOG, GOOD) == []


def test_blank_required_fields_are_flagged_in_the_order_of_the_form() -> None:
    paths = [path for path, code in check(DAILY_LOG, {"weather_pm": "", "work_done": ""}) if code == "field.blank"]
    assert paths == ["fields/business_date", "fields/weather_am", "fields/work_done", "fields/recorder"]


@pytest.mark.parametrize(
    ("change", "flag"),
    [
        ({"weather_am": "hail"}, ("fields/weather_am", "field.not_a_choice")),
        ({"weather_am": 3}, ("fields/weather_am", "field.not_a_value")),
        ({"temperature_min": 12}, ("fields/temperature_max", "field.out_of_range")),
        ({"temperature_max": 99}, ("fields/temperature_max", "field.out_of_range")),
        ({"temperature_max": "11"}, ("fields/temperature_max", "field.not_a_value")),
        ({"business_date": "2026-02-30"}, ("fields/business_date", "field.not_a_value")),
        ({"recorder_signature": "me"}, ("fields/recorder_signature", "field.not_a_value")),
        ({"labour": []}, ("fields/labour", "field.not_a_value")),
        ({"labour": {"a": 1}}, ("fields/labour/a", "field.not_a_value")),
        ({"labour": {"a": {"trade": "driver"}}}, ("fields/labour/a/count", "field.blank")),
        ({"labour": {"a": {"trade": "driver", "count": -1}}}, ("fields/labour/a/count", "field.out_of_range")),
        ({"machinery": {"b": {"machine": "x", "shifts": "1.25"}}}, ("fields/machinery/b/shifts", "field.not_a_value")),
    ],
)
def test_each_fault_is_flagged_at_its_path(change: dict[str, Any], flag: tuple[str, str]) -> None:
    assert check(DAILY_LOG, GOOD | change) == [flag]
    assert PROBLEMS[flag[1]].status == 200


def test_what_is_not_asked_is_not_missed() -> None:
    form = compiled(
        "| | type | name | label::中文 (zh-CN) | required | relevant |\n| | select_one yn | stopped | 停工 | | |\n"
        "| | text | why | 原因 | yes | ${stopped} = 'yes' |\n| | text | who | 谁 | yes | once(${why}) = 'x' |",
        choices="| | yn | yes | 是 |\n| | yn | no | 否 |",
    ).form
    assert check(form, {"stopped": False}) == []
    assert check(form, {"stopped": True}) == [("fields/why", "field.blank")]


@pytest.mark.parametrize(
    ("type_", "good", "bad"),
    [
        ("time", "08:07", "8:07"),
        ("dateTime", "2026-11-18T08:07:31+08:00", "2026-11-18T08:07:31"),
        ("geopoint", {"lat": 320394610, "lon": 1187726190, "datum": "GCJ02"}, {"lat": 32.03, "lon": 118.77}),
        ("geopoint", {"lat": 0, "lon": 0, "datum": "WGS84"}, {"lat": 9 * 10**9, "lon": 0, "datum": "WGS84"}),
        ("image", "a" * 64, "a" * 63),
        ("decimal", "-1.50", "1.5e3"),
        ("select_multiple l", ["x"], ["z"]),
        ("select_multiple l", [], [1]),
        ("select_one yn", True, "yes"),
        ("barcode", "6901234567892", 6901234567892),
    ],
)
def test_each_type_knows_its_values(type_: str, good: Any, bad: Any) -> None:
    choices = "| | l | x | 甲 |\n| | l | y | 乙 |\n| | yn | yes | 是 |\n| | yn | no | 否 |"
    form = compiled(f"| | type | name | label::中文 (zh-CN) |\n| | {type_} | a | 甲 |", choices=choices).form
    assert check(form, {"a": good}) == []
    assert [path for path, _ in check(form, {"a": bad})] == ["fields/a"]

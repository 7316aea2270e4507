"""Recomputation: exact, idempotent, never taking a computed value from anybody, never raising."""

import copy
import inspect
import sys
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mobile_contract.forms import FormDefinition, fields_of, repeats_of
from mobile_contract.values import MAX_INTEGER, Values, canonical
from mobile_contract.values import check as check_value
from server.forms import TooManySteps, compile_form, library, recompute
from server.forms.compute import MAX_STEPS
from server.forms.expression import MAX_CHAIN, MAX_DEPTH
from tests.server.forms.build import compiled

DAILY_LOG = compile_form(library()["daily_log"]).form
PAYMENT = compile_form(library()["payment_application"]).form
HEAD = "| | type | name | label::中文 (zh-CN) | calculation | plumbline::scale |"
#: A form with calculations of every kind.
RICH = compiled(
    f"""{HEAD}
| | date | from | 起 | | |
| | date | to | 止 | | |
| | integer | days | 天数 | ${{to}} - ${{from}} + 1 | |
| | select_one yes_no | urgent | 急 | | |
| | select_multiple risk | risks | 险 | | |
| | integer | points | 分 | if(${{urgent}} = 'yes' and selected(${{risks}}, 'fire'), 10, 1) | |
| | begin_repeat | lines | 表 | | |
| | decimal | quantity | 量 | | 3 |
| | integer | price | 价 | | |
| | decimal | cost | 额 | ${{quantity}} * ${{price}} * ${{factor}} | 2 |
| | calculate | large | 大 | ${{cost}} >= 1000 | |
| | end_repeat | | | | |
| | decimal | factor | 系数 | | 4 |
| | decimal | total | 合计 | sum(${{cost}}) | 2 |
| | integer | whole | 整 | round(${{total}}) | |
| | integer | lines_count | 行数 | count(${{lines}}) | |
| | calculate | best | 最 | if(${{urgent}}, ${{risk_note}}, '') | |
| | text | risk_note | 注 | | |
""",
    choices="| | yes_no | yes | 是 |\n| | yes_no | no | 否 |\n| | risk | fire | 火 |\n| | risk | water | 水 |",
).form


def one_row(**cells: Any) -> Values:
    return {"factor": "1", "lines": {"r": cells}}


def test_the_total_of_labour_is_the_sum_of_its_rows() -> None:
    labour = {
        "a": {"trade": "pipefitter", "count": 12},
        "b": {"trade": "labourer", "count": 18},
        "c": {"trade": "driver", "count": 4},
    }
    assert recompute(DAILY_LOG, {"labour": labour})["labour_total"] == 34


def test_money_of_the_bill_is_rounded_to_whole_fen_in_each_row_and_then_added() -> None:
    items = {
        "1": {"quantity": "42.000", "unit_price": 185_050},
        "2": {"quantity": "0.333", "unit_price": 1_001},  # 333.333 fen
        "3": {"quantity": "0.5", "unit_price": 1},  # half a fen is rounded away from zero
        "4": {"quantity": "7", "unit_price": None},
    }
    fields = recompute(PAYMENT, {"items": items})
    assert [row.get("amount") for row in fields["items"].values()] == [7_772_100, 333, 1, None]
    assert fields["items_total"] == 7_772_434


def test_decimals_are_exact_where_floats_are_not() -> None:
    fields = recompute(RICH, one_row(quantity="0.1", price=3) | {"factor": "0.1"})
    assert fields["lines"]["r"]["cost"] == "0.03"
    fields = recompute(RICH, {"factor": "1", "lines": {str(i): {"quantity": "0.1", "price": 1} for i in range(10)}})
    assert fields["total"] == "1.00"


def test_a_product_keeps_digits_beyond_any_float() -> None:
    row = one_row(quantity="90071992547409.93", price=MAX_INTEGER)
    hundredths = 9_007_199_254_740_993 * MAX_INTEGER
    assert recompute(RICH, row)["lines"]["r"]["cost"] == f"{hundredths // 100}.{hundredths % 100:02}"


@pytest.mark.parametrize(
    "operand", ["many", True, 1.5, [], {}, "1e3", "NaN", "Infinity", "1_0", "\uff11", " 1", "9" * 99]
)
def test_a_bad_operand_makes_the_results_that_need_it_missing(operand: Any) -> None:
    fields = recompute(RICH, one_row(quantity=operand, price=5))
    assert "cost" not in fields["lines"]["r"]
    assert "total" not in fields
    assert "whole" not in fields
    assert fields["lines_count"] == 1


def test_a_missing_operand_makes_a_product_missing_and_counts_as_nothing_in_a_sum() -> None:
    fields = recompute(RICH, {"factor": "1", "lines": {"a": {"price": 5}, "b": {"quantity": "2", "price": 5}}})
    assert "cost" not in fields["lines"]["a"]
    assert fields["total"] == "10.00"


def test_the_sum_of_nothing_is_nought() -> None:
    assert recompute(DAILY_LOG, {}) == {"labour_total": 0}


def test_an_integer_beyond_what_json_holds_is_missing() -> None:
    labour = {"a": {"count": MAX_INTEGER}, "b": {"count": 1}}
    assert "labour_total" not in recompute(DAILY_LOG, {"labour": labour})


def test_days_and_conditions_are_worked_out() -> None:
    fields = recompute(RICH, {"from": "2026-11-18", "to": "2026-12-01", "urgent": True, "risks": ["fire"]})
    assert (fields["days"], fields["points"]) == (14, 10)
    assert recompute(RICH, {"from": "2026-11-18", "urgent": False})["points"] == 1
    assert "days" not in recompute(RICH, {"from": "2026-11-18", "to": "2026-02-30"})


def test_a_condition_takes_one_of_two_values() -> None:
    assert recompute(RICH, {"urgent": True, "risk_note": "深基坑"})["best"] == "深基坑"
    assert "best" not in recompute(RICH, {"risk_note": "深基坑"})


@pytest.mark.parametrize(
    ("condition", "t", "holds"),
    [
        ("${t} = ''", None, True),
        ("${t} = ''", "", True),
        ("${t} = ''", "x", False),
        ("${t} != ''", None, False),
        ("${t} != 'x'", None, True),
        ("${t} = 'x'", None, False),
        ("not(${t} = 'x')", None, True),
    ],
)
def test_a_missing_text_compares_as_it_does_on_the_phone(condition: str, t: str | None, holds: bool) -> None:
    form = compiled(f"{HEAD}\n| | text | t | 甲 | | |\n| | calculate | c | 乙 | {condition} | |").form
    assert recompute(form, {"t": t})["c"] is holds


@pytest.mark.parametrize("condition", ["${n} < 5", "${n} <= 5", "${n} > 5", "${n} >= 5", "${n} = 5"])
def test_a_missing_number_comes_neither_before_nor_after_anything(condition: str) -> None:
    form = compiled(f"{HEAD}\n| | integer | n | 甲 | | |\n| | calculate | c | 乙 | {condition} | |").form
    assert recompute(form, {})["c"] is False


def test_text_where_rows_should_be_is_left_alone() -> None:
    fields = {"labour": "none", "note": 1}
    assert recompute(DAILY_LOG, fields) == {**fields, "labour_total": 0}
    assert recompute(RICH, {"lines": {"r": 7}})["lines"] == {"r": 7}


def test_the_deepest_form_there_can_be_is_recomputed_within_pythons_own_limit() -> None:
    """Compiling bounds chains and depths, so that no report can exhaust the stack – whatever the form."""
    deep = "${%s}"
    for level in range(MAX_DEPTH - 1):
        deep = f"({deep} {'+-'[level % 2]} ${{n}})"
    rows = [
        f"| | integer | c{i} | 甲 | {deep % (f'c{i + 1}' if i < MAX_CHAIN else 'n')} | |"
        for i in range(1, MAX_CHAIN + 1)
    ]
    result = compiled(HEAD + "\n" + "\n".join([*rows, "| | integer | n | 甲 | | |"]))
    assert result.phone_only == ()
    depth = len(inspect.stack())
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(depth + 800)
    try:
        assert recompute(result.form, {"n": 1})["c1"] >= 0
    finally:
        sys.setrecursionlimit(limit)


# Properties -----------------------------------------------------------------------------------------------------------

NAMES = sorted(
    {field.name for field in fields_of(RICH)}
    | {column.name for repeat in repeats_of(RICH) for column in repeat.fields}
    | {"lines", "unknown"}
)
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-MAX_INTEGER, MAX_INTEGER)
    | st.decimals(allow_nan=False, allow_infinity=False, places=3).map(lambda number: format(number, "f"))
    | st.dates().map(str)
    | st.sampled_from(["", "yes", "fire", "-0", "1e5", "1"])
    | st.text(max_size=5)
    | st.lists(st.sampled_from(["fire", "water"]), max_size=2)
)
ROWS = st.dictionaries(st.text(max_size=3), st.dictionaries(st.sampled_from(NAMES), SCALARS) | SCALARS, max_size=4)
FIELDS = st.dictionaries(st.sampled_from(NAMES), SCALARS) | st.builds(
    lambda fields, rows: fields | {"lines": rows}, st.dictionaries(st.sampled_from(NAMES), SCALARS), ROWS
)


def computed_of(form: FormDefinition) -> set[str]:
    return {field.name for field in fields_of(form) if field.computed}


def stripped(fields: Values) -> Values:
    """Take away whatever stands under a computed name."""
    top = {name: value for name, value in fields.items() if name not in computed_of(RICH)}
    if isinstance(top.get("lines"), dict):
        top["lines"] = {
            key: {name: cell for name, cell in row.items() if name not in ("cost", "large")}
            if isinstance(row, dict)
            else row
            for key, row in top["lines"].items()
        }
    return top


@given(FIELDS)
def test_recomputing_again_changes_nothing(fields: Values) -> None:
    once = recompute(RICH, fields)
    assert canonical(recompute(RICH, once)) == canonical(once)


@given(FIELDS)
def test_what_somebody_wrote_under_a_computed_name_is_never_looked_at(fields: Values) -> None:
    assert canonical(recompute(RICH, fields)) == canonical(recompute(RICH, stripped(fields)))


@given(FIELDS)
def test_everything_that_is_not_computed_is_kept_and_the_input_is_untouched(fields: Values) -> None:
    before = copy.deepcopy(fields)
    result = recompute(RICH, fields)
    assert fields == before
    assert stripped(result) == stripped(fields)


@given(FIELDS)
def test_results_are_values_a_record_may_hold(fields: Values) -> None:
    check_value(recompute(RICH, fields))


@given(st.dictionaries(st.text(max_size=4), st.none() | st.integers(0, 9999), max_size=20))
def test_the_total_is_that_of_the_counts_there_are(counts: dict[str, int | None]) -> None:
    fields = {"labour": {key: {"count": count} for key, count in counts.items()}, "labour_total": 7}
    assert recompute(DAILY_LOG, fields)["labour_total"] == sum(count or 0 for count in counts.values())


def test_a_report_of_so_many_rows_that_computing_them_takes_long_is_given_up_and_long_ones_are_not() -> None:
    row = {"quantity": "1", "price": 2}
    done = recompute(RICH, {"factor": "1", "lines": {str(key): row for key in range(20_000)}})
    assert done["total"] == "40000.00"  # 20,000 times 1 at 2
    with pytest.raises(TooManySteps) as caught:
        recompute(RICH, {"factor": "1", "lines": {str(key): {} for key in range(100_000)}})
    assert caught.value.limit == MAX_STEPS

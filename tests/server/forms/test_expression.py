"""XPath into the closed set: what lies in it, what stays with the phone."""

import pytest

from mobile_contract.forms import (
    Arithmetic,
    Compare,
    Days,
    Expression,
    Field,
    FieldType,
    If,
    Literal,
    Logic,
    Ref,
    Repeat,
    Round,
    Selected,
    Sum,
    fields_of,
)
from server.forms.expression import MAX_CHAIN, Name, parse, references
from server.forms.typed import Outside
from tests.server.forms.build import compiled

NAMES = {
    "n": Name(FieldType.INTEGER),
    "d": Name(FieldType.DECIMAL),
    "t": Name(FieldType.TEXT),
    "from": Name(FieldType.DATE),
    "to": Name(FieldType.DATE),
    "one": Name(FieldType.SELECT_ONE),
    "many": Name(FieldType.SELECT_MULTIPLE),
    "yes": Name(FieldType.BOOLEAN),
    "photo": Name(FieldType.PHOTO),
    "rows": Name(None),
    "cell": Name(FieldType.INTEGER, "rows"),
    "other": Name(FieldType.INTEGER, "others"),
}


def names(name: str) -> Name:
    try:
        return NAMES[name]
    except KeyError:
        raise Outside(name) from None


N, D, T = Ref(name="n"), Ref(name="d"), Ref(name="t")


def whole(value: int) -> Literal:
    return Literal(value=value, type=FieldType.INTEGER)


def add(*operands: Expression) -> Arithmetic:
    return Arithmetic(operator="+", operands=operands)


@pytest.mark.parametrize(
    ("xpath", "expected", "type_"),
    [
        ("1 + 2 * ${n}", add(whole(1), Arithmetic(operator="*", operands=(whole(2), N))), FieldType.INTEGER),
        (
            "(1 + 2) * ${n}",
            Arithmetic(operator="*", operands=(add(whole(1), whole(2)), N)),
            FieldType.INTEGER,
        ),
        ("${n} + ${n} + ${d}", add(N, N, D), FieldType.DECIMAL),
        (
            "${n} - (${n} - 1)",
            Arithmetic(operator="-", operands=(N, Arithmetic(operator="-", operands=(N, whole(1))))),
            FieldType.INTEGER,
        ),
        ("-5", whole(-5), FieldType.INTEGER),
        ("${n} * .5", Arithmetic(operator="*", operands=(N, Literal(value="0.5", type=FieldType.DECIMAL))), "decimal"),
        ("sum(${cell})", Sum(repeat="rows", item=Ref(name="cell")), FieldType.INTEGER),
        ("count(${rows})", Sum(repeat="rows", item=whole(1)), FieldType.INTEGER),
        ("round(${d})", Round(item=D), FieldType.INTEGER),
        ("round(${d} , 2)", Round(item=D, places=2), FieldType.DECIMAL),
        ("${to} - ${from}", Days(start=Ref(name="from"), end=Ref(name="to")), FieldType.INTEGER),
        (
            "decimal-date-time(${to}) - decimal-date-time(${from})",
            Days(start=Ref(name="from"), end=Ref(name="to")),
            FieldType.INTEGER,
        ),
        (
            "${from} < date('2026-11-18')",
            Compare(
                operator="<",
                type=FieldType.DATE,
                left=Ref(name="from"),
                right=Literal(value="2026-11-18", type=FieldType.DATE),
            ),
            FieldType.BOOLEAN,
        ),
        ("${t} != ''", Compare(operator="!=", type=FieldType.TEXT, left=T, right=Literal(value="")), "boolean"),
        (
            "${yes} = 'no'",
            Compare(
                operator="=",
                type=FieldType.BOOLEAN,
                left=Ref(name="yes"),
                right=Literal(value=False, type=FieldType.BOOLEAN),
            ),
            FieldType.BOOLEAN,
        ),
        ("selected(${many}, 'a')", Selected(name="many", choice="a"), FieldType.BOOLEAN),
        (
            "if(${n} >= 3, ${n}, 0)",
            If(
                condition=Compare(operator=">=", type=FieldType.DECIMAL, left=N, right=whole(3)),
                then=N,
                otherwise=whole(0),
            ),
            FieldType.INTEGER,
        ),
        (
            "${yes} or not(${yes}) or selected(${one}, 'b')",
            Logic(
                operator="or",
                operands=(
                    Ref(name="yes"),
                    Logic(operator="not", operands=(Ref(name="yes"),)),
                    Selected(name="one", choice="b"),
                ),
            ),
            FieldType.BOOLEAN,
        ),
    ],
)
def test_the_closed_set_is_parsed_with_its_types(xpath: str, expected: Expression, type_: FieldType) -> None:
    found = parse(xpath, names)
    assert found.expression == expected
    assert found.type == type_


def test_and_binds_tighter_than_or_and_comparison_tighter_than_both() -> None:
    found = parse("${n} = 1 or ${n} = 2 and ${n} < 3", names).expression
    assert isinstance(found, Logic)
    assert found.operator == "or"
    assert isinstance(found.operands[1], Logic)
    assert found.operands[1].operator == "and"


@pytest.mark.parametrize(
    "xpath",
    [
        "${n} div 2",  # not exact
        "${n} mod 2",
        "regex(${t}, '^a')",
        "today()",
        "concat(${t}, 'x')",
        "../n + 1",
        "/data/n",
        "${rows}[1]",
        "${cell}",  # which row?
        "sum(${n})",  # not in a repeat
        "sum(${cell} + 1)",
        "count(${n})",
        "${t} + 1",
        "${t} < 'b'",
        "${from} = ${t}",
        "${from} + 1",
        "${many} = 'a'",
        "if(${n}, 1, 2)",
        "if(${yes}, 1, 'a')",
        "selected(${t}, 'a')",
        "selected(${one}, ${t})",
        "round(${n}, ${n})",
        "round(${n}, 99)",
        "${last-saved#n}",
        "${nobody}",
        "position(..)",
        "1 +",
        "(1",
        "1 2",
        "",
        ", 1",
        "'open",
        "9007199254740993",
        "1" * 5000,
        "(" * 500 + "1" + ")" * 500,
        "-" * 500 + "${n}",
        " - ".join(["${n} + ${n}"] * 100),
        "²",
        "\uff11",  # full-width digits are no number
    ],
)
def test_everything_else_stays_with_the_phone(xpath: str) -> None:
    with pytest.raises(Outside):
        parse(xpath, names)


def test_a_row_sees_its_own_columns_and_the_report_but_no_other_table() -> None:
    assert parse("${cell} * ${n}", names, row_of="rows").type is FieldType.INTEGER
    for xpath in ("${other}", "sum(${cell})"):
        with pytest.raises(Outside):
            parse(xpath, names, row_of="rows")


def test_the_dot_is_the_field_itself_in_a_constraint_and_nothing_elsewhere() -> None:
    assert parse(". >= 0", names, itself="n").type is FieldType.BOOLEAN
    with pytest.raises(Outside):
        parse(". + 1", names)


def test_references_are_found_wherever_they_stand() -> None:
    assert references("concat(${a}, ' ', ${last-saved#b}) = ${ c }") == ("a", "b", "c")


HEAD = "| | type | name | label::中文 (zh-CN) | calculation | relevant |"


def fields(survey: str) -> dict[str, Field]:
    items = compiled(f"{HEAD}\n{survey}").form.items
    columns = [column for item in items if isinstance(item, Repeat) for column in item.fields]
    return {item.name: item for item in (*items, *columns) if isinstance(item, Field)}


def test_a_calculate_has_the_type_of_its_calculation() -> None:
    found = fields(
        "| | integer | n | 甲 | | |\n| | calculate | twice | 乙 | ${n} * 2 | |\n"
        "| | calculate | much | 丙 | ${twice} > 5 | |\n| | calculate | name | 丁 | concat(${n}, 'x') | |"
    )
    assert [found[name].type for name in ("twice", "much", "name")] == [
        FieldType.INTEGER,
        FieldType.BOOLEAN,
        FieldType.TEXT,
    ]
    assert found["name"].computed is None
    assert found["name"].phone_only == "concat(${n}, 'x')"


def test_a_calculation_may_stand_above_what_it_cites() -> None:
    found = fields("| | integer | total | 乙 | ${n} * 2 | |\n| | integer | n | 甲 | | |")
    assert found["total"].computed is not None


def test_what_cites_a_calculation_of_the_phone_is_the_phones_too() -> None:
    survey = "| | calculate | a | 甲 | once(random()) | |\n| | integer | b | 乙 | ${a} + 1 | |"
    assert [each.name for each in compiled(f"{HEAD}\n{survey}").phone_only] == ["a", "b"]


def test_a_calculation_of_another_type_than_its_field_stays_with_the_phone() -> None:
    survey = "| | integer | n | 甲 | | |\n| | text | t | 乙 | ${n} + 1 | |"
    (left,) = compiled(f"{HEAD}\n{survey}").phone_only
    assert (left.name, left.column, left.text) == ("t", "calculation", "${n} + 1")


def test_calculations_that_feed_each_other_too_far_stay_with_the_phone() -> None:
    rows = ["| | integer | n0 | 甲 | | |"]
    rows += [f"| | integer | n{i} | 甲 | ${{n{i - 1}}} + 1 | |" for i in range(1, MAX_CHAIN + 3)]
    left = compiled(HEAD + "\n" + "\n".join(rows)).phone_only
    assert [each.name for each in left] == [f"n{MAX_CHAIN + 1}", f"n{MAX_CHAIN + 2}"]


def test_the_relevance_of_a_group_is_that_of_its_fields() -> None:
    survey = (
        "| | integer | n | 甲 | | |\n| | begin_group | g | 组 | | ${n} > 1 |\n| | text | a | 甲 | | ${n} < 9 |\n"
        "| | end_group | | | | |"
    )
    field = fields_of(compiled(f"{HEAD}\n{survey}").form)[1]
    rule = field.relevant
    assert rule is not None
    assert rule.xpath == "(${n} > 1) and (${n} < 9)"
    assert isinstance(rule.expression, Logic)


def test_columns_that_the_definition_does_not_carry_are_listed() -> None:
    survey = (
        "| | type | name | label::中文 (zh-CN) | default | required |\n| | text | a | 甲 | x | |\n"
        "| | text | b | 乙 | | ${a} = 'x' |\n| | start | s | | | |"
    )
    left = compiled(survey).phone_only
    assert [(each.name, each.column) for each in left] == [("a", "default"), ("b", "required")]


def test_metadata_stays_in_the_xform_and_is_no_field() -> None:
    form = compiled("| | type | name | label::中文 (zh-CN) |\n| | start | begun | |\n| | text | a | 甲 |")
    assert [item.name for item in form.form.items] == ["a"]
    assert "begun" in form.xform

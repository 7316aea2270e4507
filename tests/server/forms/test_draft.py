"""A form begun from a sample of paper: whatever was read, it compiles; what is known is named as elsewhere."""

import msgspec
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mobile_contract.extractions import (
    FoundCell,
    FoundChoice,
    FoundLine,
    FoundPair,
    FoundTable,
)
from mobile_contract.forms import Field, FieldType, FormDefinition, Group, Repeat, fields_of, repeats_of
from server.forms import Sample, compile_form, draft
from server.forms.xlsform import define


def pair(key: str, value: str = "", *, top: int = 100, height: int = 60, ticks: str = "", group: str = "") -> FoundPair:
    """A pair whose check boxes are named in ``ticks``, those with ink by a ``+`` in front."""
    choices = tuple(FoundChoice(text=tick.removeprefix("+"), checked=tick[0] == "+") for tick in ticks.split())
    box, key_box = (200, top, 500, top + height), (10, top, 190, top + height)
    return FoundPair(
        key=key, value=value, page=1, box=box, key_box=key_box, confidence=900, choices=choices, group=group
    )


def table(label: str, *rows: list[str], top: int = 500) -> FoundTable:
    cells = tuple(
        FoundCell(row=row, column=column, text=text, box=(0, 0, 1, 1), confidence=900)
        for row, texts in enumerate(rows)
        for column, text in enumerate(texts)
    )
    box = (0, top, 900, top + 200)
    return FoundTable(page=1, box=box, rows=len(rows), columns=len(rows[0]), cells=cells, label=label)


def drafted(*found: FoundPair | FoundTable, lines: tuple[FoundLine, ...] = ()) -> FormDefinition:
    pairs = [one for one in found if isinstance(one, FoundPair)]
    tables = [one for one in found if isinstance(one, FoundTable)]
    return compile_form(draft(Sample(pairs=pairs, tables=tables, lines=lines)).encode()).form


def test_a_sample_becomes_a_form_in_the_order_of_the_paper() -> None:
    title = FoundLine(text="沟槽验收记录", page=1, box=(300, 20, 600, 80), confidence=990)
    small = FoundLine(text="表 C.0.1", page=1, box=(10, 30, 90, 50), confidence=990)
    form = drafted(
        pair("记录人", "陈建国", top=900),
        table("完成量", ["序号", "项目", "数量(m)", "合格"], ["1", "管道安装", "42.5", "☑"], ["2", "", "", "□"]),
        pair("工程名称*", "中山南路", top=100),
        pair("槽底标高", "12.35", top=200),
        lines=(small, title),
    )
    assert form.title == {"zh-CN": "沟槽验收记录"}
    assert [item.label["zh-CN"] for item in form.items] == ["工程名称", "槽底标高", "完成量", "记录人"]
    (repeat,) = repeats_of(form)
    assert repeat.paper_rows == 2
    assert [(one.label["zh-CN"], one.type, one.unit) for one in repeat.fields] == [
        ("项目", FieldType.TEXT, None),
        ("数量(m)", FieldType.DECIMAL, "m"),
        ("合格", FieldType.BOOLEAN, None),
    ]


def test_questions_of_one_row_are_asked_from_left_to_right_though_the_photograph_hangs() -> None:
    left = pair("甲", top=104)
    right = msgspec.structs.replace(pair("乙"), key_box=(510, 100, 600, 160))
    assert [one.label["zh-CN"] for one in fields_of(drafted(right, left))] == ["甲", "乙"]


def test_what_the_shipped_forms_ask_too_is_named_and_meant_as_there() -> None:
    name, keeper, usci = fields_of(
        drafted(pair("工程名称*"), pair("记录人", top=200), pair("统一社会信用代码", top=300))
    )
    assert (name.name, name.means, name.vocabulary, name.required) == ("project_name", "project.name", "projects", True)
    assert keeper.vocabulary == "people"
    assert usci.means is not None
    assert usci.means.endswith(".usci")


def test_types_are_guessed_from_labels_check_boxes_and_what_is_written() -> None:
    asked = {
        "开挖日期": (pair("开挖日期"), FieldType.DATE),
        "验槽": (pair("验槽", "2026.11.18"), FieldType.DATE),
        "投入人数": (pair("投入人数"), FieldType.INTEGER),
        "孔数": (pair("孔数", "12"), FieldType.INTEGER),
        "坡度": (pair("坡度", "0.35"), FieldType.DECIMAL),
        "土质": (pair("土质", ticks="+黏土 砂土 岩石"), FieldType.SELECT_ONE),
        "附图": (pair("附图", ticks="+平面 +剖面 照片"), FieldType.SELECT_MULTIPLE),
        "支护": (pair("支护", ticks="+是 否"), FieldType.BOOLEAN),
        "验槽人签字": (pair("验槽人签字"), FieldType.SIGNATURE),
        "抽水费(元)": (pair("抽水费(元)"), FieldType.INTEGER),
        "情况": (pair("情况", "槽底平整", height=240), FieldType.TEXT),
    }
    found = {one.label["zh-CN"]: one for one in fields_of(drafted(*(given_pair for given_pair, _ in asked.values())))}
    assert {label: one.type for label, one in found.items()} == {label: kind for label, (_, kind) in asked.items()}
    assert found["抽水费(元)"].unit == "CNY_FEN"
    assert found["情况"].paper_lines == 3


def test_questions_under_one_heading_are_a_group() -> None:
    form = drafted(pair("甲", top=10), pair("乙", top=100, group="检查"), pair("丙", top=200, group="检查"))
    assert isinstance(form.items[0], Field)
    group = form.items[1]
    assert isinstance(group, Group)
    assert (group.label["zh-CN"], len(group.items)) == ("检查", 2)


def test_a_table_printed_twice_side_by_side_is_one_of_twice_the_rows() -> None:
    form = drafted(table("人数", ["序号", "班组", "到岗"] * 2, ["1", "", "", "3", "", ""], ["2", "", "", "4", "", ""]))
    (repeat,) = [item for item in form.items if isinstance(item, Repeat)]
    assert ([one.label["zh-CN"] for one in repeat.fields], repeat.paper_rows) == (["班组", "到岗"], 4)


def test_english_samples_get_names_of_their_own_words_and_none_twice() -> None:
    form = drafted(pair("Site engineer"), pair("Site engineer", top=200), pair("meta", top=300))
    assert [one.name for one in fields_of(form)] == ["site_engineer", "site_engineer_2", "meta_field"]


anything = st.text(max_size=40)
pairs = st.builds(
    lambda key, value, top, choices, group: msgspec.structs.replace(
        pair(key, value, top=top, group=group),
        choices=tuple(FoundChoice(text=text, checked=checked) for text, checked in choices),
    ),
    anything,
    anything,
    st.integers(0, 2000),
    st.lists(st.tuples(anything, st.booleans()), max_size=3),
    st.sampled_from(["", "检查", "|x|", "${a}"]),
)


@given(st.lists(pairs, max_size=4), st.lists(st.lists(anything, min_size=3, max_size=3), max_size=3), anything)
@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow], deadline=None)
def test_whatever_was_read_the_draft_is_a_form(found: list[FoundPair], rows: list[list[str]], title: str) -> None:
    tables = [table(title, *rows)] if rows else []
    lines = [FoundLine(text=title, page=1, box=(0, 0, 10, 10), confidence=1)]
    define(draft(Sample(pairs=found, tables=tables, lines=lines)).encode())

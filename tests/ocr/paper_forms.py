"""A form of this suite, with every kind of answer that paper can hold, and the shipped one of story 3."""

from pathlib import Path

from mobile_contract.forms import Choice, Field, FieldType, FormDefinition, Group, Item, Note, Ref, Repeat, Sum
from server.demo import paper
from server.forms.xlsform import compile_form

PROJECT = "2603-320104-04-01-482176"
PROJECT_NAME = "秦淮区中山南路雨污分流及路面改造工程"
LIBRARY = Path(__file__).parents[2] / "server" / "forms" / "library"

#: Story 3: the words say 328.50 where the figures say 382.50, and the first 0 of the code is the letter O.
STORY_3 = paper.ANSWERS | {
    "fields/items/1/amount": "52,500.00",
    "fields/opinion": "同意按合同支付\n请财务核对人工费用",
}
#: What a perfect reader proposes for it. Computed cells are not proposed.
STORY_3_VALUES = paper.EXPECTED | {
    "fields/items/1/quantity": "42",
    "fields/opinion": STORY_3["fields/opinion"],
}
VOCABULARIES = {
    "organisations": ("江苏宁筑建设有限公司", "南京路桥工程有限公司"),
    "people": ("陈建国", "周敏", "王丽", "李卫东", "赵倩"),
    "projects": (PROJECT_NAME,),
    "units": ("m", "m²", "m³", "根", "台班"),
}


def shipped(name: str) -> FormDefinition:
    """A form of the library, as version 1."""
    return compile_form((LIBRARY / f"{name}.md").read_bytes(), version=1).form


def zh(text: str) -> dict[str, str]:
    return {"zh-CN": text}


def text_field(name: str, label: str, **more: object) -> Field:
    return Field(name=name, type=FieldType.TEXT, label=zh(label), **more)  # type: ignore[arg-type]


def money_field(name: str, label: str, **more: object) -> Field:
    return Field(name=name, type=FieldType.INTEGER, unit="CNY_FEN", label=zh(label), **more)  # type: ignore[arg-type]


def _head() -> tuple[Item, ...]:
    return (
        text_field("name", "名称", required=True, paper_width=8),
        Field(name="date", type=FieldType.DATE, label=zh("日期"), required=True, paper_width=4),
        text_field("usci", "统一社会信用代码", means="org.usci"),
        text_field("place", "桩号", means="place.stake", paper_width=7),
        Field(name="photo", type=FieldType.PHOTO, label=zh("照片")),
        Field(name="start", type=FieldType.TIME, label=zh("开始"), paper_width=5),
    )


def _money() -> tuple[Item, ...]:
    return (
        Field(name="kind", type=FieldType.SELECT_ONE, label=zh("款项类别"), choices="kind"),
        Field(name="papers", type=FieldType.SELECT_MULTIPLE, label=zh("附件"), choices="papers"),
        Field(name="urgent", type=FieldType.BOOLEAN, label=zh("加急"), paper_width=6),
        text_field("words", "大写", means="amount.words"),
        money_field("figures", "小写", means="amount.figures"),
    )


def crowded() -> FormDefinition:
    """Forty fields and a table of sixteen rows, as the largest forms of the trade have them."""
    types = (FieldType.TEXT, FieldType.INTEGER, FieldType.DATE, FieldType.BOOLEAN)
    fields = tuple(
        Field(name=f"f{n}", type=types[n % 4], label=zh(f"第{n + 1}项内容"), paper_width=(12, 6, 6, 4, 4, 4)[n % 6])
        for n in range(40)
    )
    table = Repeat(
        name="rows",
        label=zh("明细"),
        fields=tuple(text_field(f"c{n}", f"第{n + 1}列", paper_width=3) for n in range(5)),
        paper_rows=16,
    )
    return FormDefinition(id="crowded", version=1, title=zh("大表"), items=(*fields[:25], table, *fields[25:]))


def everything(rows: int = 4) -> FormDefinition:
    """A form with each type of answer, a group, a note, and a table of ``rows`` rows with its total."""
    item = (
        text_field("what", "内容", paper_width=6),
        Field(name="count", type=FieldType.DECIMAL, scale=2, label=zh("数量"), paper_width=3),
        money_field("value", "金额", paper_width=4),
        Field(name="passed", type=FieldType.BOOLEAN, label=zh("合格"), paper_width=2),
    )
    kinds = tuple(Choice(name=name, label=zh(label)) for name, label in (("advance", "预付款"), ("progress", "进度款")))
    papers = tuple(Choice(name=name, label=zh(label)) for name, label in (("bill", "工程量"), ("proof", "证明")))
    return FormDefinition(
        id="everything",
        version=3,
        title=zh("样表"),
        choices={"kind": kinds, "papers": papers},
        items=(
            *_head(),
            Group(name="money", label=zh("金额"), items=_money()),
            Repeat(name="items", label=zh("清单"), fields=item, paper_rows=rows),
            money_field("total", "合计", computed=Sum(repeat="items", item=Ref(name="value")), paper_width=7),
            text_field("keeper", "记录人", vocabulary="people", paper_width=5),
            text_field("remarks", "说明", paper_lines=2),
            Field(name="signature", type=FieldType.SIGNATURE, label=zh("签字"), paper_lines=2),
            Note(name="advice", label=zh("请用黑色或蓝色笔填写。")),
        ),
    )

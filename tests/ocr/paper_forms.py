"""Forms of this suite, written as literals so that reading paper is tested apart from compiling forms."""

from mobile_contract.forms import Choice, Field, FieldType, FormDefinition, Group, Note, Ref, Repeat, Sum

PROJECT = "2603-320104-04-01-482176"
PROJECT_NAME = "秦淮区中山南路雨污分流及路面改造工程"


def zh(text: str) -> dict[str, str]:
    return {"zh-CN": text}


def payment_application() -> FormDefinition:
    """The 工程款支付报审表 of story 3."""
    text, money = FieldType.TEXT, FieldType.INTEGER
    return FormDefinition(
        id="payment_application",
        version=1,
        title=zh("工程款支付报审表"),
        choices={
            "payment_kind": (
                Choice(name="advance", label=zh("预付款")),
                Choice(name="progress", label=zh("进度款")),
                Choice(name="final", label=zh("竣工结算款")),
                Choice(name="retention", label=zh("质保金")),
            ),
            "attachments": (
                Choice(name="measured", label=zh("已完工程量报表")),
                Choice(name="certificates", label=zh("工程竣工结算证明材料")),
                Choice(name="other", label=zh("相应支持性证明文件")),
            ),
        },
        items=(
            Field(name="project_name", type=text, label=zh("工程名称"), required=True, paper_width=8),
            Field(name="number", type=text, label=zh("编号"), required=True, paper_width=4),
            Field(
                name="project_code", type=text, label=zh("项目代码"), means="project.code", required=True, paper_width=7
            ),
            Field(name="apply_date", type=FieldType.DATE, label=zh("申请日期"), required=True, paper_width=5),
            Group(
                name="party",
                label=zh("施工单位"),
                items=(
                    Field(name="contractor", type=text, label=zh("单位名称"), vocabulary="contractors", required=True),
                    Field(
                        name="usci", type=text, label=zh("统一社会信用代码"), means="organisation.usci", required=True
                    ),
                ),
            ),
            Group(
                name="claim",
                label=zh("申请支付"),
                items=(
                    Field(name="kind", type=FieldType.SELECT_ONE, label=zh("款项类别"), choices="payment_kind"),
                    Field(name="amount_words", type=text, label=zh("金额大写"), means="amount.words", required=True),
                    Field(
                        name="amount",
                        type=money,
                        unit="CNY_FEN",
                        label=zh("金额小写"),
                        means="amount",
                        required=True,
                        paper_width=7,
                    ),
                    Field(name="labour_separate", type=FieldType.BOOLEAN, label=zh("人工费单列"), paper_width=5),
                    Field(name="attachments", type=FieldType.SELECT_MULTIPLE, label=zh("附件"), choices="attachments"),
                    Field(name="remarks", type=text, label=zh("说明"), paper_lines=2),
                ),
            ),
            Repeat(
                name="items",
                label=zh("已完工程量"),
                paper_rows=5,
                fields=(
                    Field(name="part", type=text, label=zh("部位(桩号)"), paper_width=4),
                    Field(name="work", type=text, label=zh("工作内容"), paper_width=5),
                    Field(name="quantity", type=FieldType.DECIMAL, scale=2, label=zh("数量"), paper_width=2),
                    Field(
                        name="value", type=money, unit="CNY_FEN", label=zh("金额"), means="item.amount", paper_width=4
                    ),
                ),
            ),
            Field(
                name="items_total",
                type=money,
                unit="CNY_FEN",
                label=zh("合计"),
                computed=Sum(repeat="items", item=Ref(name="value")),
                paper_width=7,
            ),
            Field(name="keeper", type=text, label=zh("项目经理"), vocabulary="people", paper_width=5),
            Field(name="signature", type=FieldType.SIGNATURE, label=zh("签字(盖章)"), paper_lines=2),
            Note(name="advice", label=zh("填写说明:请用黑色或蓝色笔填写,一格一项;大写与小写须一致。")),
        ),
    )

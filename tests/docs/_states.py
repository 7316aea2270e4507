"""``docs/states.md``: a picture of each table of states, in Chinese and English. Run it to write the page again."""

from enum import StrEnum
from typing import Final

from mobile_contract.states import AnyTable
from server.evidence.model import FLAGS
from server.forms.model import FORMS
from server.insight.takeaways_model import TAKEAWAYS
from server.jobs.model import JOBS
from server.reports.model import REVIEWS
from server.scans.model import EXTRACTIONS, PAIRS, SCANS
from sync.conflicts import CONFLICTS
from sync.parking import PARKED_OPS
from tests.architecture._reader import ROOT

PAGE = ROOT / "docs" / "states.md"
#: Every table there is, with what it is about; a test says which one was forgotten.
TABLES: Final[tuple[tuple[AnyTable, str, str], ...]] = (
    (PARKED_OPS, "暂存的操作", "A parked op"),
    (CONFLICTS, "冲突", "A conflict"),
    (REVIEWS, "填报的审阅", "The review of a report"),
    (SCANS, "扫描件", "A scan"),
    (EXTRACTIONS, "识别结果", "An extraction"),
    (PAIRS, "疑似重复的一对", "A pair that may be one"),
    (FLAGS, "疑点", "A flag of evidence"),
    (FORMS, "表单版本", "A version of a form"),
    (JOBS, "后台任务", "A job"),
    (TAKEAWAYS, "导出文件", "A takeaway"),
)
#: The Chinese word of each state and act.
WORDS: Final[dict[str, dict[str, str]]] = {
    "parked": {"waiting": "待处理", "applied": "已应用", "discarded": "已弃用",
               "try": "重试未成", "apply": "应用", "discard": "弃用",
               "reopen": "撤销弃用"},
    "conflict": {"open": "未解决", "resolved": "已解决", "join": "又有不同的值", "agree": "撤回不同的值",
                 "resolve": "选定"},
    "review": {"reviewed": "已阅", "returned": "已退回", "approved": "已通过"},
    "scan": {"waiting": "等待页面送达", "queued": "排队识别", "read": "已识别", "failed": "识别失败",
             "arranged": "已重新编排", "rejected": "已退回", "arrive": "页面到齐", "fail": "无法识别",
             "readAgain": "重新识别", "arrange": "重新编排", "reject": "退回"},
    "extraction": {"proposed": "待确认", "confirmed": "已确认", "discarded": "已弃用",
                   "confirm": "确认", "discard": "弃用"},
    "duplicate": {"open": "待判断", "merged": "已合并", "kept": "两份都保留", "moot": "无须判断",
                  "merge": "合并", "keep": "都保留", "discard": "识别结果被弃用"},
    "evidence": {"open": "待核查", "dismissed": "已排除", "confirmed": "已确认",
                 "find": "发现", "withdraw": "不再成立", "dismiss": "排除", "confirm": "确认",
                 "reopen": "重新核查"},
    "form": {"draft": "草稿", "published": "已发布", "retired": "已停用", "publish": "发布", "retire": "停用"},
    "job": {"ready": "待执行", "running": "执行中", "dead": "已放弃", "aside": "已搁置", "enqueue": "加入",
            "claim": "领取", "finish": "完成", "putBack": "退回", "bury": "放弃", "revive": "重试", "dismiss": "搁置"},
    "takeaway": {"waiting": "等待", "making": "生成中", "ready": "可下载", "failed": "失败", "cancelled": "已取消",
                 "ask": "申请", "begin": "开始", "finish": "完成", "fail": "失败", "cancel": "取消", "expire": "过期"},
}  # fmt: skip

_HEAD = """# 状态 · States

每张图由代码中的状态表生成,请勿手改:`.venv/bin/python -m tests.docs._states`。图中没有的操作会被拒绝;
图下写明拒绝时的错误代码。起点和终点的圆点表示尚不存在或已不存在。

Each picture is drawn from its table in the code, never by hand: `.venv/bin/python -m tests.docs._states`. What is not
in a picture is refused, with the code that stands below it. The round ends mean that there is no such thing: not yet,
or no more. The states of an upload, whose steps depend on offsets and times, are the table in
[`media/upload.py`](../media/upload.py).
"""


def page() -> str:
    """Write the page in Markdown, with a Mermaid diagram for each table."""
    return "\n".join((_HEAD, *(_section(table, zh, en) for table, zh, en in TABLES)))


def _section(table: AnyTable, zh: str, en: str) -> str:
    words = WORDS[table.name]
    states = [state for state in table.rows if state is not None]
    lines = [f'    state "{words[state]} {state.value}" as {state.value}' for state in states]
    lines += [f"    [*] --> {state.value}" for state in table.starts if state is not None]
    for state, row in table.rows.items():
        by_target: dict[StrEnum | None, list[StrEnum]] = {}
        for act, target in row.items():
            by_target.setdefault(target, []).append(act)
        for target, acts in by_target.items():
            said = "、".join(words[act] for act in acts) + " " + ", ".join(act.value for act in acts)
            lines.append(f"    {_end(state)} --> {_end(target)}: {said}")
    picture = "\n".join(("```mermaid", "stateDiagram-v2", *lines, "```"))
    return f"## {zh} · {en}\n\n{picture}\n\n拒绝 · refused with: `{table.illegal}`\n"


def _end(state: StrEnum | None) -> str:
    return "[*]" if state is None else str(state.value)


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")

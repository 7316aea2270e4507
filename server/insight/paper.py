"""A report, and a day of a section, in the trade's layout: form, photographs, evidence, signatures."""

import itertools
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

import msgspec

from mobile_contract.evidence import EvidenceFlag
from mobile_contract.forms import Field, FieldType, FormDefinition, Group, Item, Repeat
from mobile_contract.media import FenceReading, Verdict
from mobile_contract.problems import PROBLEMS, details
from mobile_contract.records import CheckInServer, CheckInValues, PhotoServer, PhotoValues, ReportServer, ReportValues
from mobile_contract.reviews import ReviewState
from mobile_contract.values import Values
from server.insight.columns import Words
from server.insight.document import AnyBlock, Document, Facts, Grid, Heading, Pair, Picture, Pictures, Text, pairs
from server.projects import Place
from server.replication import server_of, values_of
from sync.state import Record

#: Rows of a table, and captures of a day, that a document holds; of more it says how many are left out.
MOST_ROWS: Final = 500
_REVIEWS: Final = {
    ReviewState.REVIEWED: "已审核",
    ReviewState.RETURNED: "已退回",
    ReviewState.APPROVED: "已通过",
}
_VERDICTS: Final = {Verdict.INSIDE: "围栏内", Verdict.OUTSIDE: "围栏外", Verdict.UNCERTAIN: "无法判断"}
_PICTURES: Final = frozenset({FieldType.PHOTO, FieldType.SIGNATURE})


class Surroundings(msgspec.Struct, frozen=True, kw_only=True):
    """What stands around records: the place, names by person, pictures' files by digest, and the photographs."""

    place: Place | None
    people: Mapping[str, str]
    files: Mapping[str, str]
    photos: Sequence[Record] = ()

    def name(self, person: str | None) -> str:
        """Return how a person is called."""
        return self.people.get(person or "", "") or "—"


def report_document(record: Record, form: FormDefinition, around: Surroundings) -> Document:
    """Return a report as its form, with its photographs, what speaks against it, reviews and signatures."""
    values = values_of(record, ReportValues)
    words = Words("zh-CN", form.choices)
    return Document(
        title=words.of(form.title),
        date=_date(record),
        foot=f"铅垂 · 记录 {record.id} · 第 {record.rev} 稿 · 摘要 {record.digest[:16]}",
        subtitle=_subtitle(around.place),
        blocks=[*report_blocks(record, form, values.fields, around), *_photographs(around.photos, around)],
    )


def report_blocks(record: Record, form: FormDefinition, fields: Values, around: Surroundings) -> list[AnyBlock]:
    """Return the blocks of a report: its fields in the form's order, then what is said of it."""
    words, blocks = Words("zh-CN", form.choices), list[AnyBlock]()
    _items(form.items, fields, words, around, blocks)
    blocks += _said_of(record, around)
    return blocks


def _items(items: Iterable[Item], fields: Values, words: Words, around: Surroundings, blocks: list[AnyBlock]) -> None:
    """Append the blocks of a form's items: answers that follow each other share one, and so do pictures."""
    for sort, some in itertools.groupby(items, _sort):
        found = list(some)
        if sort == "answers":
            blocks.append(
                Facts(pairs=pairs([_answer(item, fields, words) for item in found if isinstance(item, Field)]))
            )
        elif sort == "pictures":
            named = [item for item in found if isinstance(item, Field) and isinstance(fields.get(item.name), str)]
            shown = [_picture(str(fields[item.name]), [words.of(item.label)], around) for item in named]
            blocks += [Pictures(pictures=shown, height=40)] if shown else []
        for item in found:
            if isinstance(item, Repeat):
                blocks += _table(item, fields.get(item.name), words)
            elif isinstance(item, Group):
                blocks.append(Heading(text=words.of(item.label)))
                _items(item.items, fields, words, around, blocks)


def _sort(item: Item) -> str:
    if isinstance(item, Field):
        return "pictures" if item.type in _PICTURES else "answers"
    return "others"


def _answer(field: Field, fields: Values, words: Words) -> Pair:
    cell = words.cell(field, fields.get(field.name))
    return Pair(label=words.head(field), text="" if cell is None else f"{cell}")


def _table(repeat: Repeat, rows: Any, words: Words) -> list[AnyBlock]:
    found = [row for row in rows.values() if isinstance(row, dict)] if isinstance(rows, dict) else []
    cells = [
        ["" if (cell := words.cell(field, row.get(field.name))) is None else f"{cell}" for field in repeat.fields]
        for row in found[:MOST_ROWS]
    ]
    blocks: list[AnyBlock] = [
        Heading(text=words.of(repeat.label)),
        Grid(
            head=[words.head(field) for field in repeat.fields],
            rows=cells or [[""] * len(repeat.fields)],
            widths=[max(field.paper_width or 2, 1) for field in repeat.fields],
        ),
    ]
    left_out = len(found) - len(cells)
    return [*blocks, Text(text=f"另有 {left_out} 行未列出")] if left_out > 0 else blocks


def _said_of(record: Record, around: Surroundings) -> list[AnyBlock]:
    """Return what the server says of a report: doubts, its review, its signatures."""
    server = server_of(record, ReportServer)
    doubts = [f"补录:当日结束 {server.late.minutes} 分钟后填写"] if server.late else []
    doubts += [f"{flag.path}:{_sentence(flag.code, {})}" for flag in server.field_flags]
    doubts += [f"有 {len(server.open_conflicts)} 处不同填写尚未选定"] if server.open_conflicts else []
    blocks: list[AnyBlock] = []
    if doubts:
        blocks += [Heading(text="疑点"), *(Text(text=each) for each in doubts)]
    if server.review is not None:
        review = server.review
        changed = "" if review.digest == record.digest else "(其后内容有改动)"
        said = [_REVIEWS[review.state] + changed, around.name(review.by), _time(review.at), review.reason]
        blocks += [Heading(text="审核"), Text(text="  ".join(filter(None, said)))]
    if server.signed:
        rows = [
            [f"第 {each.version} 版", around.name(each.by), _time(each.at), each.digest[:16]] for each in server.signed
        ]
        blocks += [
            Heading(text="签署"),
            Grid(head=["版本", "签署人", "时间", "所签内容的摘要"], rows=rows, widths=[2, 3, 4, 4]),
        ]
    return blocks


def day_document(
    day: str,
    reports: Sequence[tuple[Record, FormDefinition]],
    check_ins: Sequence[Record],
    around: Surroundings,
    left_out: int = 0,
) -> Document:
    """Return a day of a section: its reports one after the other, check-ins, photographs."""
    blocks: list[AnyBlock] = []
    for record, form in reports:
        blocks.append(Heading(text=Words("zh-CN", form.choices).of(form.title), level=1))
        blocks += report_blocks(record, form, values_of(record, ReportValues).fields, around)
    if check_ins:
        blocks += [Heading(text=f"签到({len(check_ins)})", level=1), _check_ins(check_ins, around)]
    blocks += _photographs(around.photos, around)
    if left_out:
        blocks.append(Text(text=f"另有 {left_out} 条记录未列出"))
    if not blocks:
        blocks.append(Text(text="当日没有记录"))
    newest = max([*(record.digest for record, _ in reports), *(record.digest for record in check_ins), ""])
    year, month, number = (int(part) for part in day.split("-"))
    return Document(
        title=f"{day} 现场记录",
        date=(year, month, number),
        foot=f"铅垂 · {day} · {len(reports)} 份填报,{len(check_ins)} 次签到,{len(around.photos)} 张照片 {newest[:8]}",
        subtitle=_subtitle(around.place),
        blocks=blocks,
    )


def _check_ins(found: Sequence[Record], around: Surroundings) -> Grid:
    rows = []
    for record in found[:MOST_ROWS]:
        values, server = values_of(record, CheckInValues), server_of(record, CheckInServer)
        rows.append(
            [
                around.name(server.by),
                _time(values.captured.at),
                _fence(server.fence),
                "\n".join(filter(None, [values.note, *map(_flag, server.flags)])),
            ]
        )
    return Grid(head=["人员", "时间", "位置", "说明与疑点"], rows=rows, widths=[2, 3, 2, 5])


def _photographs(found: Sequence[Record], around: Surroundings) -> list[AnyBlock]:
    shown = []
    for record in found:
        values, server = values_of(record, PhotoValues), server_of(record, PhotoServer)
        lines = [
            "  ".join(filter(None, [values.place, _time(values.captured.at), around.name(server.by)])),
            values.note,
            *map(_flag, server.flags),
            f"原件 {values.blob[:16]}",
        ]
        shown.append(_picture(values.blob, [line for line in lines if line], around))
    return [Heading(text=f"照片({len(shown)})", level=1), Pictures(pictures=shown)] if shown else []


def _picture(sha256: str, lines: list[str], around: Surroundings) -> Picture:
    return Picture(file=around.files.get(sha256, ""), missing="原件尚未送达或无法显示", lines=lines)


def _subtitle(place: Place | None) -> list[str]:
    return [place.project, " ".join(filter(None, [place.section, place.contractor]))] if place else []


def _fence(reading: FenceReading | None) -> str:
    return "无围栏" if reading is None else _VERDICTS[reading.verdict]


def _flag(flag: EvidenceFlag) -> str:
    return f"疑点:{_sentence(flag.code, flag.params)}"


def _sentence(code: str, params: Mapping[str, str]) -> str:
    return details(code, dict(params)).title_zh if code in PROBLEMS else code


def _time(at: str) -> str:
    return at[:16].replace("T", " ")


def _date(record: Record) -> tuple[int, int, int]:
    """Return the day on which a report came: a document's date is that of what it holds."""
    year, month, day = (int(part) for part in server_of(record, ReportServer).received_at[:10].split("-"))
    return year, month, day

"""What every parameter means, in Chinese and English, by its name; and what a place in an address must look like."""

from typing import Any, Final

from mobile_contract.ids import SHA256_PATTERN, UUID_PATTERN

#: Name, or ``tag.name`` where a name means something else there → description.
DESCRIPTIONS: Final[dict[str, str]] = {
    "after": "上一页的 next;空为第一页 · the `next` of the page before; empty for the first page",
    "forms.after": "上一页最后一个表单的名称 · the last form of the page before",
    "replication.after": "已有的最后一条的 seq(须指明 scope) · the `seq` of the last entry one has; takes a scope",
    "replication.list_phones.after": "上一页的 next · the `next` of the page before; empty for the first page",
    "replication.timeline.after": "上一页的 next · the `next` of the page before; empty for the first page",
    "replication.conflicts.after": "上一页的 next · the `next` of the page before; empty for the first page",
    "replication.parked.after": "上一页的 next · the `next` of the page before; empty for the first page",
    "author": "最初填报人的编号 · id of the person who first wrote it",
    "code": "原因代码 · the code of what is wrong, as problems have it",
    "conflict_id": "冲突编号 · id of a conflict",
    "conflicts": "有无冲突 · whether people disagree on a field of it",
    "bbox": "范围:西,南,东,北(度) · a box: west,south,east,north in degrees",
    "collection": "要素集名称 · name of a collection: `check-ins`, `photographs` or `fences`",
    "datetime": "时刻或时段(RFC 3339,可用 ..) · an instant or an interval (RFC 3339; `..` is open)",
    "feature": "要素编号 · id of a feature",
    "figure": "数字的名称,如 late · name of a figure, as `late`",
    "period": "周期:day、week 或 month · the period: `day`, `week` or `month`",
    "date": "业务日期 · the business date, YYYY-MM-DD",
    "device": "设备编号 · id of an enrolled device",
    "dismissed": "true:列出已搁置的 · true: those that were put aside",
    "draft": "true:存为草稿,不发布 · keep it as a draft instead of publishing it",
    "extraction": "识别结果编号 · id of an extraction",
    "free": "true:不列出他人正在处理的 · leave out what another clerk is working on",
    "flag": "疑点编号 · id of a flag",
    "flags": "有无表单不接受的值 · whether it holds values that its form does not admit",
    "form": "表单名称 · name of a form, as `daily_log`",
    "job_id": "任务编号 · id of a job",
    "jobs.kind": "任务类型 · kind of job",
    "kind": "记录类型 · kind of record, as `report`, `photo` or `parked`",
    "scans.kind": "值的类型 · kind of value",
    "insight.person": "责任人姓名,或拍摄人、提交人的编号 · name of who is responsible, or id of who captured it",
    "insight.since": "起始日期(含) · first day, YYYY-MM-DD",
    "insight.until": "截止日期(含) · last day, YYYY-MM-DD",
    "q": "要找的词,以空格分隔 · words to find, apart by blanks",
    "language": "语言标记 · language tag of the printed labels (RFC 5646)",
    "late": "是否补录 · whether it was written after its day was over",
    "limit": "每页条数 · entries in one page",
    "month": "月份 · a month, YYYY-MM",
    "name": "词表名称 · name of a list, as `materials`",
    "newest": "true:新的在前 · true: the newest first, false: the oldest",
    "number": "编号 · number of the report",
    "order": "先列等候最久的,或最没把握的 · what comes first: the longest wait, or the lowest confidence",
    "pair": "疑似重复编号 · id of a pair",
    "parked_id": "暂存操作编号 · id of a parked op",
    "person": "人员编号 · id of a person",
    "reports.person": "责任人 · the responsible person, as the report names them",
    "place": "范围 · a scope: `section:<id>`, `project:<id>` or `system`",
    "project": "工程编号 · id of a project",
    "record_id": "记录编号 · id of a record",
    "role": "角色 · the role to hold",
    "scan": "扫描件编号 · id of a scan",
    "scans.queue.form": "表单名称;空为未知 · name of a form; empty: those whose form is unknown",
    "scans.queue.state": "等待什么;不指明则不含等待识别的 · what is waited for; left out: all but the machine",
    "scope": "范围 · a scope: `section:<id>`, `project:<id>`, `person:<id>` or `archive:…`",
    "section": "标段编号 · id of a section",
    "serial": "印在表上的编号 · serial printed on every page and held in its QR code",
    "sha256": "文件的 SHA-256 · SHA-256 of the file, 64 lower-case hex digits",
    "strangers": "true:只列从未参与该项目的人发来的 · true: only what came of people who never had a role there",
    "signature": "签字状态 · whether it is signed",
    "side": "长边像素,向上取整到已有尺寸 · longest side in pixels; rounded up to a size that is made",
    "reports.since": "起始日期(含) · the first day, YYYY-MM-DD",
    "reports.until": "截止日期(含) · the last day, YYYY-MM-DD",
    "reports.state": "审核状态 · where it stands in its review",
    "since": "起始版本 · the earlier version; left out or 1: see the description",
    "state": "状态 · the state that is listed",
    "summary": "汇总编号 · id of a summary",
    "takeaway": "导出编号 · id of a takeaway",
    "until": "截止版本,0 为当前草稿 · the later version; 0: the draft that stands now",
    "upload_id": "上传编号 · id of an upload",
    "version": "版本号,从 1 起 · version, counted from 1",
    # headers
    "If-None-Match": "已有的 ETag · the ETag one has: 304 when it still holds",
    "Range": "字节范围 · one range of bytes (RFC 9110)",
    "Tus-Resumable": "tus 协议版本 · version of the tus protocol",
    "Upload-Checksum": "本次字节的摘要 · digest of the bytes sent: algorithm, space, base64",
    "Upload-Length": "文件总字节数 · bytes of the whole file",
    "Upload-Metadata": "sha256(必填)、filename、filetype · pairs of a key and base64; `sha256` must be there",
    "Upload-Offset": "从第几个字节起 · where the bytes sent begin",
    "X-HTTP-Method-Override": "PATCH 或 DELETE · the method that is meant",
}

#: What a place in an address must look like; another one is answered with ``request.not_found``.
PLACES: Final[dict[str, dict[str, Any]]] = {
    **{
        name: {"type": "string", "pattern": UUID_PATTERN}
        for name in (
            "conflict_id",
            "device",
            "extraction",
            "flag",
            "job_id",
            "pair",
            "parked_id",
            "person",
            "project",
            "record_id",
            "scan",
            "section",
            "summary",
            "takeaway",
        )
    },
    "collection": {"enum": ["check-ins", "photographs", "fences"]},
    "feature": {"type": "string", "maxLength": 64},
    "form": {"type": "string", "maxLength": 64},
    "name": {"type": "string", "pattern": "^[a-z][a-z0-9_]{0,31}$"},
    "place": {"type": "string", "maxLength": 64},
    "role": {"$ref": "#/components/schemas/Role"},
    "sha256": {"type": "string", "pattern": SHA256_PATTERN},
    "upload_id": {"type": "string", "maxLength": 64},
    "version": {"type": "integer", "minimum": 1},
}

HEADERS: Final[dict[str, dict[str, Any]]] = {
    "If-None-Match": {"type": "string"},
    "Range": {"type": "string", "pattern": "^bytes="},
    "Tus-Resumable": {"const": "1.0.0"},
    "Upload-Checksum": {"type": "string"},
    "Upload-Length": {"type": "integer", "minimum": 0},
    "Upload-Metadata": {"type": "string"},
    "Upload-Offset": {"type": "integer", "minimum": 0},
    "X-HTTP-Method-Override": {"enum": ["PATCH", "DELETE"]},
}
#: Headers without which a request is refused.
REQUIRED: Final = frozenset({"Tus-Resumable", "Upload-Length", "Upload-Metadata", "Upload-Offset"})


def description(tag: str, operation: str, name: str) -> str:
    """Return what a parameter of an operation means."""
    for key in (f"{tag}.{operation}.{name}", f"{tag}.{name}", name):
        if key in DESCRIPTIONS:
            return DESCRIPTIONS[key]
    return ""

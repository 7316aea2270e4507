"""Every error of Plumbline, once: a stable code, what happened, and what to do next, in zh-CN and en.

A row is an error of a request (its ``status`` is the HTTP status of the RFC 9457 problem), or the code of a receipt,
a notice or a flag (``status`` 200: nothing is wrong with the request). Rooms refuse by raising :class:`Refused`;
only the edge turns that into HTTP. Codes never change their meaning; a new case gets a new row.
"""

from typing import Final

from mobile_contract.base import Wire


class Problem(Wire, frozen=True, kw_only=True):
    """One row of the list. Sentences may hold ``{parameters}``, filled from what the raiser names."""

    code: str
    status: int
    zh: str
    en: str
    next_zh: str
    next_en: str


def _row(code: str, status: int, zh: str, next_zh: str, en: str, next_en: str) -> Problem:
    return Problem(code=code, status=status, zh=zh, en=en, next_zh=next_zh, next_en=next_en)


# fmt: off
_ROWS: Final = (
    # requests
    _row("request.malformed", 400,
         "请求内容无法解析:{reason}", "请检查格式后重发;手机端会把批次减半重试。",
         "The body could not be read: {reason}",
         "Check its format and send again; a phone halves its batch."),
    _row("request.too_large", 413,
         "请求超过 {limit} 字节", "请减小批次后重发。",
         "The request exceeds {limit} bytes",
         "Send a smaller batch."),
    _row("request.invalid", 422,
         "字段不符合要求:{reason}", "请按提示改正后重发。",
         "A field is not as it must be: {reason}",
         "Correct it as told and send again."),
    _row("request.not_found", 404,
         "没有找到该内容", "请核对地址;可能已被移走或您无权查看。",
         "There is nothing here",
         "Check the address; it may have moved, or may not be yours to see."),
    _row("request.method_not_allowed", 405,
         "该地址不支持此操作", "请查阅接口文档 /docs。",
         "This address does not support that method",
         "See the API documentation at /docs."),
    _row("request.encoding", 415,
         "不支持的内容编码或类型:{encoding}", "请使用 JSON,可用 gzip 压缩。",
         "Unsupported content encoding or type: {encoding}",
         "Use JSON, optionally gzip-compressed."),
    _row("server.failed", 500,
         "服务器出错,编号 {reference}", "数据未丢失,请稍后重试;如持续出现请把编号告知管理员。",
         "The server failed, reference {reference}",
         "Nothing is lost; try again later, and tell the operator the reference."),
    _row("server.busy", 503,
         "服务器繁忙", "请在 {seconds} 秒后重试。",
         "The server is busy",
         "Try again in {seconds} seconds."),
    # identity
    _row("identity.unauthenticated", 401,
         "尚未登录或令牌已失效", "请重新登录或重新登记设备;未上传的数据仍保存在手机上。",
         "Not signed in, or the token is no longer valid",
         "Sign in or enrol again; unsent work stays on the phone."),
    _row("identity.forbidden", 403,
         "您没有此项权限", "请联系项目管理员授权。",
         "You may not do this",
         "Ask the project's administrator for a grant."),
    _row("identity.locked", 429,
         "尝试次数过多,已暂时锁定", "请在 {seconds} 秒后重试。",
         "Too many attempts; locked for now",
         "Try again in {seconds} seconds."),
    # values
    _row("value.float", 422,
         "不接受浮点数:{path}", "小数请用字符串,金额请用整数分。",
         "Floats are not accepted: {path}",
         "Send decimals as strings and money as integer fen."),
    _row("value.integer_too_large", 422,
         "整数超出 ±(2^53−1):{path}", "请用字符串表示更大的数。",
         "An integer beyond ±(2^53−1): {path}",
         "Send larger numbers as strings."),
    _row("value.too_deep", 422,
         "内容嵌套过深:{path}", "最多嵌套 12 层。",
         "Nested too deeply: {path}",
         "At most 12 levels."),
    _row("value.unknown_type", 422,
         "不支持的值类型:{path}", "只接受 JSON 的字符串、整数、布尔、空、对象和数组。",
         "An unsupported type of value: {path}",
         "Only JSON strings, integers, booleans, null, objects and arrays."),
    # receipts
    _row("op.applied", 200,
         "已保存", "无需操作。",
         "Saved",
         "Nothing to do."),
    _row("op.nothing_to_do", 200,
         "内容与服务器一致", "无需操作。",
         "The server already holds this",
         "Nothing to do."),
    _row("op.merged", 200,
         "已与他人的修改合并", "无需操作。",
         "Merged with somebody else's edit",
         "Nothing to do."),
    _row("op.conflict", 200,
         "与他人的修改冲突,双方内容均已保留", "请打开冲突记录,选择一个值。",
         "It clashes with somebody else's edit; both values are kept",
         "Open the conflict and choose a value."),
    _row("op.new_candidates", 200,
         "出现了您未看到的新候选值,冲突保持打开", "请刷新后重新选择。",
         "New candidates came that you had not seen; the conflict stays open",
         "Refresh and choose again."),
    _row("op.became_amendment", 200,
         "记录已签字,修改已存为待签的修订稿", "请签署修订稿使其生效。",
         "The record is signed; the edit became a draft amendment",
         "Sign the amendment to put it in force."),
    _row("op.undecodable", 200,
         "无法识别的操作,已原样保存:{reason}", "请升级应用;数据已保留,由资料员处理。",
         "An op that could not be read is kept as it is: {reason}",
         "Update the app; the desk sees the kept data."),
    _row("op.id_reused", 200,
         "操作编号已用于其他内容,已原样保存", "请重新登记设备以取得新的副本编号。",
         "The op id was used for other content; kept as it is",
         "Enrol the device again to get a new replica."),
    _row("op.scope_not_held", 200,
         "您已不在该标段,内容已保存在您名下", "请联系项目管理员恢复授权后重试。",
         "You do not hold this scope; the op is kept under your name",
         "Ask for the grant, then retry it."),
    _row("op.role_may_not", 200,
         "您的角色不能填写此类记录,内容已保存", "请由有权限的人员提交。",
         "Your role may not write this kind; the op is kept",
         "Let somebody with the right role submit it."),
    _row("op.unknown_kind", 200,
         "未知的记录类型:{kind},内容已保存", "请升级服务器或应用。",
         "An unknown kind of record: {kind}; the op is kept",
         "Update the server or the app."),
    _row("op.unknown_record", 200,
         "服务器上还没有该记录,内容已保存", "缺少的记录到达后会自动重试。",
         "The server does not have this record yet; the op is kept",
         "It is retried when the missing record arrives."),
    _row("op.deleted_record", 200,
         "该记录已被删除,内容已保存", "可由资料员恢复。",
         "The record was deleted; the op is kept",
         "The desk can restore it."),
    _row("op.append_only", 200,
         "此类记录只能新增,内容已保存", "请新增一条记录说明更正。",
         "This kind of record is append-only; the op is kept",
         "Add a new record that says what was wrong."),
    _row("op.server_field", 200,
         "该字段由服务器维护:{path},内容已保存", "请勿填写此字段。",
         "The server owns this field: {path}; the op is kept",
         "Do not set this field."),
    _row("op.bad_path", 200,
         "字段路径无效:{path},内容已保存", "请升级应用。",
         "Not a path of a field: {path}; the op is kept",
         "Update the app."),
    _row("op.bad_value", 200,
         "字段的值无效:{path},内容已保存", "请改正该字段后重新提交。",
         "Not a value the field can hold: {path}; the op is kept",
         "Correct the field and submit again."),
    _row("op.bad_id", 200,
         "记录编号无效:{id},内容已保存", "编号须为 UUIDv7,或由自然键得出的 UUIDv5。",
         "Not a valid record id: {id}; the op is kept",
         "Ids are UUIDv7, or UUIDv5 of the natural key."),
    _row("op.other_scope", 200,
         "该编号属于另一标段的记录,内容已保存", "请联系资料员。",
         "The id belongs to a record of another scope; the op is kept",
         "Ask the desk."),
    _row("op.moved_since", 200,
         "内容在签字前已变化,内容已保存", "请查看最新内容后重新签字。",
         "The record moved before it was signed; the op is kept",
         "Look at the latest values and sign again."),
    _row("op.open_conflicts", 200,
         "存在未解决的冲突,不能签字,内容已保存", "请先解决冲突。",
         "Open conflicts stand in the way of signing; the op is kept",
         "Resolve them first."),
    _row("op.signed_record", 200,
         "已签字的记录不能删除,内容已保存", "请以修订稿更正。",
         "A signed record is never deleted; the op is kept",
         "Amend it instead."),
    _row("op.not_signable", 200,
         "此类记录不能签字,内容已保存", "请检查应用版本。",
         "This kind of record is not signed; the op is kept",
         "Update the app."),
    _row("op.unit_parked", 200,
         "同一组中的另一项未能保存,本项一并保留", "处理该项后整组重试。",
         "Another op of its unit was parked, so this one is too",
         "Settle that one and retry the unit."),
    _row("op.too_large", 200,
         "操作超过 {limit} 字节,已原样保存", "请减小内容;照片应走上传通道。",
         "The op exceeds {limit} bytes; kept as it is",
         "Make it smaller; photos travel by upload."),
    _row("op.unit_too_long", 200,
         "一组操作超过 {limit} 项,已保存", "请拆分后重试。",
         "A unit of more than {limit} ops; kept",
         "Split it and retry."),
    _row("op.refused_by_database", 200,
         "数据库拒绝了该操作,内容已保存", "请把编号 {reference} 告知管理员。",
         "The database refused it; the op is kept",
         "Tell the operator the reference {reference}."),
    # notices
    _row("sync.gap", 200,
         "操作序号 {first}–{last} 缺失", "请检查手机队列;已到达的不受影响。",
         "Ops {first}–{last} are missing",
         "Look at the phone's queue; what arrived stands."),
    _row("sync.replica_forked", 200,
         "操作序号 {n} 已用于其他内容", "请重新登记设备以取得新的副本编号。",
         "Op number {n} was used for other content",
         "Enrol again to get a new replica."),
    _row("sync.cursor_reset", 200,
         "同步进度与服务器不符,已从头同步", "请重发保留期内的操作;重发总是安全的。",
         "The cursor is not of this server's history; reading starts afresh",
         "Replay acknowledged ops that you still keep; replay is always safe."),
    # media
    _row("media.bad_digest", 422,
         "SHA-256 不是 64 位小写十六进制", "请重新计算文件摘要。",
         "Not a SHA-256 in 64 lower-case hex digits",
         "Compute the digest of the file again."),
    _row("media.digest_mismatch", 460,
         "收到的内容与声明的摘要不符", "本段已丢弃,请从 {offset} 处重发。",
         "The bytes do not have the digest that was declared",
         "They were dropped; send again from {offset}."),
    _row("media.file_mismatch", 460,
         "完整文件的 SHA-256 与声明不符", "已删除此次上传,请重新计算摘要并重新上传。",
         "The whole file does not have the SHA-256 that was declared",
         "The upload is gone; compute the digest and upload again."),
    _row("media.wrong_offset", 409,
         "偏移量应为 {offset}", "请用 HEAD 查询后从该处继续。",
         "The offset is {offset}",
         "Ask with HEAD and go on from there."),
    _row("media.preempted", 409,
         "同一上传的较新请求已接管", "请用 HEAD 查询偏移量后继续。",
         "A newer request for the same upload took over",
         "Ask for the offset with HEAD and go on."),
    _row("media.too_long", 413,
         "文件超过 {limit} 字节", "请压缩或分割文件。",
         "The file exceeds {limit} bytes",
         "Compress or split it."),
    _row("media.beyond_length", 413,
         "数据超过声明的长度 {length}", "请核对文件长度后重新上传。",
         "More bytes than the declared length {length}",
         "Check the length and upload again."),
    _row("media.expired", 410,
         "上传已过期", "请重新创建上传。",
         "The upload has expired",
         "Create it again."),
    _row("media.tus_version", 412,
         "不支持的 tus 版本", "请使用 Tus-Resumable: 1.0.0。",
         "Unsupported tus version",
         "Use Tus-Resumable: 1.0.0."),
    _row("media.undecodable", 422,
         "无法解码的图像或文件:{reason}", "请重新拍摄或转换格式。",
         "Not an image that can be decoded: {reason}",
         "Take it again or convert it."),
    _row("media.too_many_pixels", 422,
         "图像超过 {limit} 像素", "请降低分辨率后重试。",
         "The image has more than {limit} pixels",
         "Lower its resolution and try again."),
    _row("media.too_many_pages", 422,
         "文件超过 {limit} 页", "请拆分后重新上传。",
         "The file has more than {limit} pages",
         "Split it and upload the pieces."),
    _row("media.bad_position", 422,
         "坐标超出范围:{lat}, {lon}(单位 10⁻⁷ 度)", "请检查定位数据的单位和顺序(先纬度后经度)。",
         "Not a place on Earth: {lat}, {lon} (in 10⁻⁷ degree)",
         "Check the unit and the order: latitude, then longitude."),
    _row("media.store_unavailable", 503,
         "文件存储暂不可用", "数据仍在手机上,稍后会自动重试。",
         "The blob store is unavailable",
         "The phone keeps its copy and tries again later."),
    # paper
    _row("paper.models_missing", 503,
         "缺少文字识别模型 {model}(应在 {folder})", "请运行 make models,或 python -m ocr.models {folder}。",
         "The recognition model {model} is missing or altered in {folder}",
         "Run `make models`, or `python -m ocr.models {folder}`."),
    _row("paper.form_too_wide", 422,
         "表单无法排入纸面:{reason}", "请减少该行字段或调整 paper_width。",
         "The form does not fit on paper: {reason}",
         "Put fewer fields in that line or change paper_width."),
    _row("paper.worker_stopped", 200,
         "识别进程已终止:{reason}", "原件已保存;请重新识别或人工录入。",
         "The reading process was stopped: {reason}",
         "The original is kept; read it again, or enter it by hand."),
    _row("paper.page_failed", 200,
         "第 {page} 页识别失败:{reason}", "其余页不受影响;请重新拍摄该页或人工录入。",
         "Page {page} could not be read: {reason}",
         "The other pages stand; photograph it again, or enter it by hand."),
    _row("paper.blank_page", 200,
         "第 {page} 页为空白", "请确认没有拍错面。",
         "Page {page} is blank",
         "Check that the right side was photographed."),
    _row("paper.no_sheet", 200,
         "第 {page} 页没有找到定位标记或二维码", "请把整张表(四角标记)拍入画面,或人工录入。",
         "Page {page} shows no marks or no QR code of a sheet",
         "Photograph the whole sheet with its corner marks, or enter it by hand."),
    _row("paper.two_sheets", 200,
         "第 {page} 页里有多张表", "请每次只拍一张。",
         "Page {page} shows more than one sheet",
         "Photograph one sheet at a time."),
    _row("paper.unknown_form", 200,
         "未知的表单 {form} 第 {version} 版", "请先发布该表单,或改用现行版本的纸表。",
         "Unknown form {form} version {version}",
         "Publish the form first, or use a sheet of a current version."),
    _row("paper.layout_mismatch", 200,
         "第 {page} 页的印刷内容与二维码所述表单不符(吻合 {matched}%)", "请核对纸表;识别值均需人工确认。",
         "What is printed on page {page} is not the form its QR code names ({matched} % matches)",
         "Check the sheet; confirm every value by hand."),
    _row("paper.other_form", 200,
         "第 {page} 页属于另一份表单", "请分开扫描。",
         "Page {page} belongs to another form",
         "Scan it separately."),
    _row("paper.page_repeated", 200,
         "第 {page} 页与前面的页重复", "请删除重复页;只采用了第一次出现的页。",
         "Page {page} repeats an earlier one",
         "Remove it; only the first was used."),
    _row("paper.page_missing", 200,
         "缺少该表的第 {page} 页", "请补拍。",
         "Page {page} of the sheet is missing",
         "Photograph it too."),
    _row("paper.amount_mismatch", 200,
         "大写 {words} 与小写 {figures} 不一致", "请核对原件后填写正确金额;系统不会自动改正。",
         "The amount in words {words} differs from the figures {figures}",
         "Look at the original and enter what is right; nothing is corrected by itself."),
    _row("paper.identifier_invalid", 200,
         "{value} 未通过校验", "请核对原件。",
         "{value} fails its check",
         "Look at the original."),
    _row("paper.identifier_confusable", 200,
         "{value} 未通过校验,改为 {suggestion} 后通过", "请核对原件;确认后再采用建议值。",
         "{value} fails its check; {suggestion} passes",
         "Look at the original, and take the suggestion only if it says so."),
    _row("paper.readings_differ", 200,
         "两次识别不一致:{crop} / {page}", "请对照原件选择。",
         "Two readings differ: {crop} / {page}",
         "Choose by the original."),
    _row("paper.not_a_value", 200,
         "识别文字 {text} 不是有效的{type}", "请按原件录入。",
         "{text} is not a valid {type}",
         "Enter it by the original."),
    _row("paper.required_blank", 200,
         "必填项为空", "请核对原件,必要时退回补填。",
         "A required field is blank",
         "Check the original; send it back if need be."),
    _row("paper.check_uncertain", 200,
         "勾选不清", "请对照原件选择。",
         "A check box is unclear",
         "Choose by the original."),
)
# fmt: on

PROBLEMS: Final[dict[str, Problem]] = {row.code: row for row in _ROWS}


class Refused(Exception):
    """A listed problem, raised by any room: ``code`` is in :data:`PROBLEMS`, ``params`` fill its sentences."""

    def __init__(self, code: str, **params: str | int) -> None:
        self.problem = PROBLEMS[code]
        self.params = {name: str(value) for name, value in params.items()}
        super().__init__(code, self.params)

    @property
    def code(self) -> str:
        """The stable code."""
        return self.problem.code


class ProblemDetails(Wire, frozen=True, kw_only=True):
    """RFC 9457 problem+json as every error answer carries it: what happened and what to do next, in both languages."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    title_zh: str
    next_zh: str
    next_en: str
    params: dict[str, str]


def details(code: str, params: dict[str, str], language: str = "zh-CN") -> ProblemDetails:
    """Fill the sentences of ``code``; parameters that nobody named stay visible as ``{name}``."""
    row = PROBLEMS[code]
    known = _Visible(params)
    zh, en = row.zh.format_map(known), row.en.format_map(known)
    next_zh, next_en = row.next_zh.format_map(known), row.next_en.format_map(known)
    chinese = language.lower().startswith("zh")
    return ProblemDetails(
        type=f"urn:plumbline:problem:{code}",
        title=zh if chinese else en,
        status=row.status,
        detail=next_zh if chinese else next_en,
        code=code,
        title_zh=zh,
        next_zh=next_zh,
        next_en=next_en,
        params=params,
    )


class _Visible(dict[str, str]):
    def __missing__(self, key: str) -> str:
        return "{" + key + "}"

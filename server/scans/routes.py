"""HTTP of scans: sheets to fill in, and what a clerk decides about what a machine read."""

from typing import Annotated, Any

from litestar import Request, Response, get, post, put
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath, QueryParameter

from mobile_contract.extractions import ValueKind
from mobile_contract.scans import (
    Alternatives,
    BroughtScan,
    Comparison,
    Confirmation,
    Confirmed,
    Duplicate,
    Duplicates,
    DuplicateState,
    KeepDuplicate,
    MergeDuplicate,
    NewScan,
    NewThreshold,
    Threshold,
    Thresholds,
)
from server.identity import Caller
from server.kernel.bodies import Body
from server.kernel.declared import declare
from server.scans import queue_routes
from server.scans.confirming import Confirming
from server.scans.duplicates import DuplicateDecisions
from server.scans.judging import Judging
from server.scans.service import Scans
from server.scans.sheets import Sheets, Wanted
from server.uploads import AS_IT_IS, INERT, disposition, names_tag

AnyRequest = Request[Any, Any, Any]
BODY_BYTES = 262_144
#: What fits into a QR code that a bad photograph still shows: letters of any script, digits, and what joins them.
SERIAL = r"^[\w./()（）〔〕-]*$"
LANGUAGE = r"^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})?$"


def wanted(
    project: Annotated[str, QueryParameter(max_length=36, pattern="^[0-9a-f-]*$")] = "",
    serial: Annotated[str, QueryParameter(max_length=24, pattern=SERIAL)] = "",
    language: Annotated[str, QueryParameter(max_length=12, pattern=LANGUAGE)] = "zh-CN",
) -> Wanted:
    """Return what a sheet is to be printed for, from the query."""
    return Wanted(project=project, serial=serial, language=language)


@get(
    "/v1/forms/{form:str}/{version:int}/sheet.pdf",
    opt=AS_IT_IS
    | declare(
        "forms.unknown", "forms.not_printable", "paper.form_too_wide", "identity.forbidden", gives=("application/pdf",)
    ),
    dependencies={"wanted": Provide(wanted, sync_to_thread=False)},
    summary="打印空白表 · Print a blank sheet",
    description="打印某个版本的空白表,供手工填写后扫描:A4,黑白。"
    "\n\n``project``(调用者的工程之一)和 ``serial`` 印在每一页上,并写入二维码。",
)
async def sheet(
    request: AnyRequest,
    form: FromPath[str],
    version: FromPath[int],
    caller: NamedDependency[Caller],
    sheets: NamedDependency[Sheets],
    wanted: NamedDependency[Wanted],
) -> Response[bytes]:
    """Print the sheet of a version, to be filled in by hand and scanned: A4, black and white.

    ``project`` (one of the caller's) and ``serial`` are printed on every page and stand in its QR code.
    """
    found = await sheets.prepare(caller, form, version, wanted)
    tag = f'"{found.tag}"'
    headers = {
        **INERT,
        "ETag": tag,
        "Cache-Control": "private, no-cache",
        "Content-Disposition": disposition("inline", found.filename),
    }
    if names_tag(request.headers.get("if-none-match"), tag):
        return Response(b"", status_code=304, headers=headers)
    return Response(await sheets.print(found), media_type="application/pdf", headers=headers)


@post(
    "/v1/extractions/{extraction:str}/confirm",
    status_code=200,
    summary="确认识别结果 · Confirm a reading",
    description="确认识别结果并附更正:随即形成报告。限该范围的资料员。",
    opt=declare(
        "identity.forbidden",
        "scans.claimed",
        "scans.decided",
        "scans.maybe_duplicate",
        "scans.nothing_read",
        "scans.report_refused",
        limit=BODY_BYTES,
    ),
)
async def confirm(
    sent: NamedDependency[Body[Confirmation]],
    extraction: FromPath[str],
    caller: NamedDependency[Caller],
    confirming: NamedDependency[Confirming],
) -> Confirmed:
    """Confirm what was read, with corrections: the report is filed. Clerks of the scope only."""
    return await confirming.confirm(caller, extraction, await sent.read())


@post(
    "/v1/extractions/{extraction:str}/discard",
    status_code=204,
    summary="放弃识别结果 · Discard a reading",
    description="放弃识别结果,不形成报告。限该范围的资料员。",
    opt=declare("identity.forbidden", "scans.claimed", "scans.decided"),
)
async def discard(
    extraction: FromPath[str], caller: NamedDependency[Caller], confirming: NamedDependency[Confirming]
) -> None:
    """Put aside what was read: no report comes of it. Clerks of the scope only."""
    await confirming.discard(caller, extraction)


@get(
    "/v1/extractions/{extraction:str}/alternatives",
    summary="列出其他可能的值 · List what else values may be",
    description="逐个字段返回还可能是什么,以及理由(代码见问题列表)。限该范围的资料员。",
    opt=declare("identity.forbidden"),
)
async def list_alternatives(
    extraction: FromPath[str], caller: NamedDependency[Caller], confirming: NamedDependency[Confirming]
) -> Alternatives:
    """Return by field what else it may be, and why, as codes of the list of problems. Clerks of the scope only."""
    return await confirming.alternatives(caller, extraction)


@get(
    "/v1/extractions/{extraction:str}/form-draft",
    media_type="text/markdown",
    summary="由扫描样表起草表单 · Draft a form of a sample",
    description="由扫描的样表起草表单:文本形式的 XLSForm,供人编辑。限该范围的资料员。",
    opt=declare("identity.forbidden", "scans.nothing_read", gives=("text/markdown",)),
)
async def form_draft(
    extraction: FromPath[str], caller: NamedDependency[Caller], confirming: NamedDependency[Confirming]
) -> Response[str]:
    """Draft a form of a scanned sample: an XLSForm in its text form, for a person to edit. Clerks of the scope only."""
    return Response(await confirming.form_draft(caller, extraction), media_type="text/markdown; charset=utf-8")


@post(
    "/v1/scans/{scan:str}/read",
    status_code=202,
    summary="重新识别扫描件 · Read a scan again",
    description="让识别失败的扫描件重新识别。限该范围的资料员。",
    opt=declare("identity.forbidden", "scans.claimed", "scans.not_failed"),
)
async def read_again(
    scan: FromPath[str], caller: NamedDependency[Caller], scans: NamedDependency[Scans]
) -> Response[bytes]:
    """Have a scan that failed read again. Clerks of the scope only."""
    await scans.read_again(caller, scan)
    return Response(b"", status_code=202)


@get(
    "/v1/duplicates",
    summary="列出疑似重复 · List possible duplicates",
    description="列出可能与另一份单据或已填报告重复的单据,限调用者任资料员的范围。",
)
async def list_duplicates(
    caller: NamedDependency[Caller],
    duplicates: NamedDependency[DuplicateDecisions],
    project: Annotated[str | None, QueryParameter(max_length=36)] = None,
    within: Annotated[str | None, QueryParameter(name="scope", max_length=64)] = None,  # Litestar keeps `scope`
    wanted: Annotated[DuplicateState, QueryParameter(name="state")] = DuplicateState.OPEN,
    after: Annotated[str, QueryParameter(max_length=36, pattern="^[0-9a-f-]*$")] = "",
    limit: Annotated[int, QueryParameter(ge=1, le=500)] = 100,
) -> Duplicates:
    """List papers that may be one with another paper or a filed report, in scopes where the caller is a clerk."""
    return await duplicates.listing(caller, wanted, (project, within), after, limit)


@get(
    "/v1/duplicates/{pair:str}",
    summary="逐项比较疑似重复 · Compare a pair",
    description="逐个字段比较疑似重复的两份。限该范围的资料员。",
    opt=declare("identity.forbidden"),
)
async def one_duplicate(
    pair: FromPath[str], caller: NamedDependency[Caller], duplicates: NamedDependency[DuplicateDecisions]
) -> Comparison:
    """Compare a pair field by field. Clerks of the scope only."""
    return await duplicates.compare(caller, pair)


@post(
    "/v1/duplicates/{pair:str}/merge",
    status_code=200,
    summary="合并重复 · Merge a pair",
    description="把两份合并为一份,逐个字段选择。限该范围的资料员;记入日志链。",
    opt=declare(
        "identity.forbidden",
        "scans.choose_each",
        "scans.claimed",
        "scans.pair_decided",
        "scans.report_refused",
        "scans.decided",
        "scans.nothing_read",
        limit=BODY_BYTES,
    ),
)
async def merge_duplicate(
    sent: NamedDependency[Body[MergeDuplicate]],
    pair: FromPath[str],
    caller: NamedDependency[Caller],
    duplicates: NamedDependency[DuplicateDecisions],
) -> Duplicate:
    """Make one of a pair, choosing per field. Clerks of the scope only; journaled."""
    return await duplicates.merge(caller, pair, await sent.read())


@post(
    "/v1/duplicates/{pair:str}/keep",
    status_code=200,
    summary="保留两份 · Keep both of a pair",
    description="认定两份并非重复,并说明理由。限该范围的资料员;记入日志链。",
    opt=declare("identity.forbidden", "scans.pair_decided"),
)
async def keep_duplicate(
    sent: NamedDependency[Body[KeepDuplicate]],
    pair: FromPath[str],
    caller: NamedDependency[Caller],
    duplicates: NamedDependency[DuplicateDecisions],
) -> Duplicate:
    """Decide that the two of a pair are two, and why. Clerks of the scope only; journaled."""
    asked = await sent.read()
    return await duplicates.keep(caller, pair, asked.reason)


@get(
    "/v1/ocr/thresholds",
    summary="列出识别阈值 · List thresholds of reading",
    description="按值的类型返回置信度达到多少即不必人工查看。限管理员。",
    opt=declare("identity.forbidden"),
)
async def list_thresholds(caller: NamedDependency[Caller], judging: NamedDependency[Judging]) -> Thresholds:
    """Return from which confidence on values need not be looked at, by kind. Administrators only."""
    caller.require_admin()
    return await judging.thresholds()


@put(
    "/v1/ocr/thresholds/{kind:str}",
    summary="设定识别阈值 · Set a threshold of reading",
    description="设定或取消一类值的阈值。限管理员;记入日志链。",
    opt=declare("identity.forbidden"),
)
async def set_threshold(
    sent: NamedDependency[Body[NewThreshold]],
    kind: FromPath[ValueKind],
    caller: NamedDependency[Caller],
    judging: NamedDependency[Judging],
) -> Threshold:
    """Set the threshold of a kind of values, or take it away. Administrators only; journaled."""
    caller.require_admin()
    asked = await sent.read()
    return await judging.set_threshold(caller.person, kind, asked.threshold)


@post(
    "/v1/scans",
    status_code=200,
    summary="提交扫描件 · Bring a scan",
    description="在桌面端提交扫描件:文件可先传或后传。重复提交结果相同。限该范围可提交扫描件的人员。",
    opt=declare("identity.forbidden", limit=BODY_BYTES),
)
async def bring(
    sent: NamedDependency[Body[NewScan]], caller: NamedDependency[Caller], scans: NamedDependency[Scans]
) -> BroughtScan:
    """Bring a scan at the desk; its files are sent before or after. The same files are the same scan."""
    return await scans.bring(caller, await sent.read())


ROUTES = [
    *queue_routes.ROUTES,
    sheet,
    bring,
    confirm,
    discard,
    list_alternatives,
    form_draft,
    read_again,
    list_duplicates,
    one_duplicate,
    merge_duplicate,
    keep_duplicate,
    list_thresholds,
    set_threshold,
]

"""HTTP of forms."""

from typing import Annotated

from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, QueryParameter

from mobile_contract.forms import FormDefinition, FormDifference, FormList, PublishedForm
from mobile_contract.problems import PROBLEMS
from server.forms.service import Forms
from server.forms.sheets import MAX_BYTES
from server.identity import Caller
from server.kernel.bodies import Body
from server.kernel.declared import declare

#: An XLSForm is a workbook, or its sheets as Markdown tables.
SOURCES = ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "text/markdown")
#: What an XLSForm may be refused for; ``forms.invalid`` counts and lists them when there are several.
FORM_PROBLEMS = (*(code for code in PROBLEMS if code.startswith("forms.")), "paper.form_too_wide")


@get("/v1/forms", summary="列出表单 · List forms", description="列出每个表单的最新版本;版本号从 1 起连续编号。")
async def list_forms(
    caller: NamedDependency[Caller],
    forms: NamedDependency[Forms],
    after: Annotated[str, QueryParameter(max_length=64)] = "",
) -> FormList:
    """List the newest version of each form; the versions of a form are counted from 1 without gaps."""
    return await forms.listed(caller, after)


@get(
    "/v1/forms/{form:str}/{version:int}",
    summary="取一个表单版本 · One version of a form",
    description="返回表单的一个版本;版本发布后不再改变。管理员以版本号 0 读取草稿。",
    opt=declare("forms.unknown"),
)
async def one_form(
    form: FromPath[str],
    version: FromPath[int],
    caller: NamedDependency[Caller],
    forms: NamedDependency[Forms],
) -> FormDefinition:
    """Return one version of a form, which never changes; as version 0 administrators read the draft."""
    return await forms.shown(caller, form, version)


@post(
    "/v1/forms",
    summary="发布表单或存为草稿 · Publish a form, or keep a draft",
    description="发布正文中的 XLSForm(.xlsx 或其文本形式),或存为草稿。限管理员。",
    opt=declare("identity.forbidden", *FORM_PROBLEMS, limit=MAX_BYTES, takes=SOURCES),
)
async def submit_form(
    sent: NamedDependency[Body[bytes]],
    caller: NamedDependency[Caller],
    forms: NamedDependency[Forms],
    draft: Annotated[bool, QueryParameter()] = False,
) -> PublishedForm:
    """Publish the XLSForm in the body (.xlsx, or its text form), or keep it as a draft. Administrators only."""
    caller.require_admin()
    source = await sent.read()
    return await (forms.keep_draft if draft else forms.publish)(caller.person, source)


@post(
    "/v1/forms/{form:str}/publish",
    summary="发布草稿 · Publish a draft",
    description="发布表单的草稿。限管理员。",
    opt=declare("identity.forbidden", *FORM_PROBLEMS),
)
async def publish_draft(
    form: FromPath[str], caller: NamedDependency[Caller], forms: NamedDependency[Forms]
) -> PublishedForm:
    """Publish the draft of a form. Administrators only."""
    caller.require_admin()
    return await forms.publish_draft(caller.person, form)


@post(
    "/v1/forms/{form:str}/{version:int}/retire",
    status_code=200,
    summary="停用表单版本 · Retire a version of a form",
    description="停用该版本及更早的版本:不再用于新报告,但已有报告照常读取和接收。限管理员。",
    opt=declare("identity.forbidden", "forms.unknown"),
)
async def retire_form(
    form: FromPath[str], version: FromPath[int], caller: NamedDependency[Caller], forms: NamedDependency[Forms]
) -> PublishedForm:
    """Retire a version and those before it: not offered for new reports, still read and taken. Administrators only."""
    caller.require_admin()
    return await forms.retire(caller.person, form, version)


@get(
    "/v1/forms/{form:str}/{version:int}/changes",
    summary="比较表单版本 · Compare versions of a form",
    description="逐个字段返回一个版本相对较早版本的变化;未给 ``since`` 时与前一版本比较,草稿(0)与最新版本比较。",
    opt=declare("forms.unknown"),
)
async def form_changes(
    form: FromPath[str],
    version: FromPath[int],
    caller: NamedDependency[Caller],
    forms: NamedDependency[Forms],
    since: Annotated[int | None, QueryParameter(ge=1)] = None,
) -> FormDifference:
    """Return field by field what a version changed since an earlier one; without ``since``, since the one before it.

    A draft (version 0) is compared with the newest version.
    """
    return await forms.compare(caller, form, since, version)


ROUTES = [list_forms, one_form, submit_form, publish_draft, retire_form, form_changes]

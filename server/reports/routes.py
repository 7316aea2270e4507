"""HTTP of reports."""

from typing import Annotated

from litestar import Response, get, post
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath, QueryParameter

from mobile_contract.ids import is_id
from mobile_contract.problems import Refused
from mobile_contract.reports import (
    ReportCalendar,
    ReportCounts,
    ReportFilter,
    ReportRows,
    ReportState,
    Signature,
)
from mobile_contract.reviews import ReportReview, ReviewMatching, ReviewReport, ReviewReports, ReviewResults
from mobile_contract.sync import Upsert
from server.identity import Caller
from server.kernel.bodies import Body
from server.kernel.declared import declare
from server.kernel.pages import After
from server.reports.lists import ReportLists
from server.reports.reviews import Reviews
from server.reports.service import Reports
from server.reports.store import COLUMNS

#: Bytes of many reviews, with their reasons.
MANY_BYTES = 1_048_576
REVIEW_BYTES = 262_144

Wanted = Annotated[str | None, QueryParameter(max_length=128)]


@get(
    "/v1/reports",
    summary="查找报告 · Find reports",
    description="按表单、编号、日期或责任人查找报告。",
    opt=declare(answer=tuple[Upsert, ...]),
)
async def find(
    caller: NamedDependency[Caller],
    reports: NamedDependency[Reports],
    form: Wanted = None,
    number: Wanted = None,
    business_date: Annotated[str | None, QueryParameter(name="date", max_length=10)] = None,
    person: Wanted = None,
    limit: Annotated[int, QueryParameter(ge=1, le=500)] = 100,
) -> Response[bytes]:
    """Find reports by form, number (编号), date (日期) or responsible person (责任人)."""
    asked = dict(zip(COLUMNS, (form, number, business_date, person), strict=True))
    wanted = {column: value for column, value in asked.items() if value is not None}
    return Response(await reports.find(caller, wanted, limit), media_type="application/json")


Reviewed = Annotated[ReportState | None, QueryParameter(name="state")]
Marked = Annotated[bool | None, QueryParameter()]
Day = Annotated[str | None, QueryParameter(pattern=r"^\d{4}-\d{2}-\d{2}$")]


def wanted(  # noqa: PLR0913, PLR0917 - one for each question
    project: Annotated[str | None, QueryParameter(max_length=36)] = None,
    within: Annotated[str | None, QueryParameter(name="scope", max_length=64)] = None,
    form: Annotated[str | None, QueryParameter(max_length=64)] = None,
    since: Day = None,
    until: Day = None,
    author: Annotated[str | None, QueryParameter(max_length=36)] = None,
    person: Wanted = None,
    standing: Reviewed = None,  # Litestar keeps `state` and `scope` for itself
    signature: Annotated[Signature | None, QueryParameter()] = None,
    late: Marked = None,
    conflicts: Marked = None,
    flags: Marked = None,
) -> ReportFilter:
    """Return which reports are meant, from the query."""
    return ReportFilter(
        project=project,
        scope=within,
        form=form,
        since=since,
        until=until,
        author=author,
        person=person,
        state=standing,
        signature=signature,
        late=late,
        conflicts=conflicts,
        flags=flags,
    )


WANTED = {"wanted": Provide(wanted, sync_to_thread=False)}


@get(
    "/v1/reports/rows",
    dependencies=WANTED,
    summary="报告列表 · List reports",
    description="按业务日期列出调用者可读的报告,每份一行,附所提及的表单、标段和人员的名称。",
)
async def rows(
    caller: NamedDependency[Caller],
    report_lists: NamedDependency[ReportLists],
    wanted: NamedDependency[ReportFilter],
    after: After = "",
    limit: Annotated[int, QueryParameter(ge=1, le=200)] = 50,
    newest: Annotated[bool, QueryParameter()] = True,
) -> ReportRows:
    """List the reports the caller may read, by day, a row each, with the names of forms, sections and people."""
    return await report_lists.page(caller, wanted, after, limit, newest=newest)


@get(
    "/v1/reports/counts",
    dependencies=WANTED,
    summary="报告计数 · Count reports",
    description="统计符合条件的报告,并按审核状态和问题分列;只计调用者可读的。",
    opt=declare("request.invalid"),  # its parameters are those of a dependency
)
async def counts(
    caller: NamedDependency[Caller],
    report_lists: NamedDependency[ReportLists],
    wanted: NamedDependency[ReportFilter],
) -> ReportCounts:
    """Count the reports that match, and the same by state and by what speaks against them."""
    return await report_lists.counts(caller, wanted)


@get(
    "/v1/reports/calendar",
    summary="应报与实报日历 · Expected against received",
    description="某月逐标段、逐日对照应报与实报:按日填报的表单,缺报、补录一目了然。",
    opt=declare("forms.unknown"),
)
async def month_calendar(
    caller: NamedDependency[Caller],
    report_lists: NamedDependency[ReportLists],
    month: Annotated[str, QueryParameter(pattern=r"^\d{4}-\d{2}$")],
    form: Annotated[str | None, QueryParameter(max_length=64)] = None,
    project: Annotated[str | None, QueryParameter(max_length=36)] = None,
    within: Annotated[str | None, QueryParameter(name="scope", max_length=64)] = None,
    after: After = "",
) -> ReportCalendar:
    """Hold what is expected of a form that is kept by the day against what came: sections by days of a month."""
    asked = ReportFilter(project=project, scope=within)
    return await report_lists.calendar(caller, month, form, asked, after)


@post(
    "/v1/reports/{record_id:str}/review",
    status_code=200,
    summary="审核、退回或通过报告 · Review, return or approve a report",
    description="审核报告、附理由退回或通过。限其标段的监理。",
    opt=declare(
        "identity.forbidden", "reports.moved_since", "reports.own", "reports.reason_missing", limit=REVIEW_BYTES
    ),
)
async def review(
    sent: NamedDependency[Body[ReviewReport]],
    record_id: FromPath[str],
    caller: NamedDependency[Caller],
    reviews: NamedDependency[Reviews],
) -> ReportReview:
    """Review a report (审核), return it with a reason (退回) or approve it (通过): supervisors of its section."""
    return await reviews.review(caller, _id(record_id), await sent.read())


@post(
    "/v1/reports/reviews",
    status_code=200,
    summary="批量审核 · Review many reports",
    description="一次审核多份报告:逐份校验权限,逐份答复,一份被拒不影响其他。限各自标段的监理。",
    opt=declare(limit=MANY_BYTES),
)
async def review_all(
    sent: NamedDependency[Body[ReviewReports]], caller: NamedDependency[Caller], reviews: NamedDependency[Reviews]
) -> ReviewResults:
    """Review many reports, each by itself: of each it is said what became of it. Supervisors of their sections."""
    return await reviews.review_all(caller, await sent.read())


@post(
    "/v1/reports/reviews/matching",
    status_code=200,
    summary="审核符合条件的报告 · Review what matches",
    description="审核符合条件的全部报告(含未翻到的页),按某一时刻的快照,最旧的在前,逐份校验权限并答复。",
)
async def review_matching(
    sent: NamedDependency[Body[ReviewMatching]], caller: NamedDependency[Caller], reviews: NamedDependency[Reviews]
) -> ReviewResults:
    """Review what matches a filter, also what no page has shown, each by itself and as one snapshot has it."""
    return await reviews.review_matching(caller, await sent.read())


def _id(text: str) -> str:
    if not is_id(text):
        raise Refused("request.not_found")
    return text


ROUTES = [find, rows, counts, month_calendar, review, review_all, review_matching]

"""HTTP of reports."""

from typing import Annotated

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, QueryParameter

from mobile_contract.ids import is_id
from mobile_contract.problems import Refused
from mobile_contract.reviews import ReportReview, ReviewReport
from mobile_contract.sync import Upsert
from server.identity import Caller
from server.kernel.bodies import Body
from server.kernel.declared import declare
from server.reports.reviews import Reviews
from server.reports.service import Reports
from server.reports.store import COLUMNS

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


@post(
    "/v1/reports/{record_id:str}/review",
    status_code=200,
    summary="审核、退回或通过报告 · Review, return or approve a report",
    description="审核报告、附理由退回或通过。限其标段的监理。",
    opt=declare("identity.forbidden", "reports.moved_since", "reports.own", "reports.reason_missing"),
)
async def review(
    sent: NamedDependency[Body[ReviewReport]],
    record_id: FromPath[str],
    caller: NamedDependency[Caller],
    reviews: NamedDependency[Reviews],
) -> ReportReview:
    """Review a report (审核), return it with a reason (退回) or approve it (通过): supervisors of its section."""
    return await reviews.review(caller, _id(record_id), await sent.read())


def _id(text: str) -> str:
    if not is_id(text):
        raise Refused("request.not_found")
    return text


ROUTES = [find, review]

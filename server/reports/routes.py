"""HTTP of reports."""

from typing import Annotated

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.params import QueryParameter

from server.identity import Caller
from server.reports.service import Reports
from server.reports.store import COLUMNS

Wanted = Annotated[str | None, QueryParameter(max_length=128)]


@get("/v1/reports")
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


ROUTES = [find]

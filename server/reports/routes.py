"""HTTP of reports."""

from typing import Annotated, Any

from litestar import Request, Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath, QueryParameter

from server.identity import Caller
from server.reports.service import Reports
from server.reports.store import COLUMNS
from server.reports.watermarks import Watermarks
from server.uploads import AS_IT_IS, INERT

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


@get("/v1/photos/{record_id:str}/watermarked", opt=AS_IT_IS)
async def watermarked(
    request: Request[Any, Any, Any],
    record_id: FromPath[str],
    caller: NamedDependency[Caller],
    watermarks: NamedDependency[Watermarks],
) -> Response[bytes]:
    """Give the captioned copy (水印照片) of a photograph, a JPEG; ``request.not_found`` until it is made."""
    made, data = await watermarks.read(caller, record_id)
    said = INERT | {"ETag": f'"{made}"', "Cache-Control": "private, no-cache"}  # it is made anew when its facts change
    if said["ETag"] in request.headers.get("if-none-match", ""):
        return Response(b"", status_code=304, headers=said)
    return Response(data, media_type="image/jpeg", headers=said)


ROUTES = [find, watermarked]

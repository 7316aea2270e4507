"""HTTP of scans: sheets to fill in, and what a clerk decides about what a machine read."""

from typing import Annotated, Any

from litestar import Request, Response, get, post
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath, QueryParameter

from mobile_contract.scans import Confirmation, Confirmed
from server.identity import Caller
from server.kernel.bodies import decode, read
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
    """Read what a sheet is to be printed for."""
    return Wanted(project=project, serial=serial, language=language)


@get(
    "/v1/forms/{form:str}/{version:int}/sheet.pdf",
    opt=AS_IT_IS,
    dependencies={"wanted": Provide(wanted, sync_to_thread=False)},
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
    said = {
        **INERT,
        "ETag": tag,
        "Cache-Control": "private, no-cache",
        "Content-Disposition": disposition("inline", found.filename),
    }
    if names_tag(request.headers.get("if-none-match"), tag):
        return Response(b"", status_code=304, headers=said)
    return Response(await sheets.print(found), media_type="application/pdf", headers=said)


@post("/v1/extractions/{extraction:str}/confirm", status_code=200)
async def confirm(
    request: AnyRequest,
    extraction: FromPath[str],
    caller: NamedDependency[Caller],
    scans: NamedDependency[Scans],
) -> Confirmed:
    """Confirm what was read, with corrections: the report is filed. Clerks of the scope only."""
    return await scans.confirm(caller, extraction, decode(await read(request, BODY_BYTES), Confirmation))


@post("/v1/extractions/{extraction:str}/discard", status_code=204)
async def discard(extraction: FromPath[str], caller: NamedDependency[Caller], scans: NamedDependency[Scans]) -> None:
    """Put aside what was read: no report comes of it. Clerks of the scope only."""
    await scans.discard(caller, extraction)


@post("/v1/scans/{scan:str}/read", status_code=202)
async def read_again(scan: FromPath[str], caller: NamedDependency[Caller], scans: NamedDependency[Scans]) -> None:
    """Have a scan that failed read again. Clerks of the scope only."""
    await scans.read_again(caller, scan)


ROUTES = [sheet, confirm, discard, read_again]

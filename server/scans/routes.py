"""HTTP of scans: what a clerk decides about what a machine read."""

from typing import Any

from litestar import Request, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from mobile_contract.scans import Confirmation, Confirmed
from server.identity import Caller
from server.kernel.bodies import decode, read
from server.scans.service import Scans

BODY_BYTES = 262_144


@post("/v1/extractions/{extraction:str}/confirm", status_code=200)
async def confirm(
    request: Request[Any, Any, Any],
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


ROUTES = [confirm, discard, read_again]

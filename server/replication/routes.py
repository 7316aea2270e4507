"""HTTP of replication: the exchange, and reading for those who have no replica."""

from typing import Annotated, Any

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import QueryParameter

from mobile_contract.sync import SyncRequest
from mobile_contract.values import MAX_INTEGER
from server.identity import Caller
from server.kernel.bodies import decode, read
from server.replication.model import Actor
from server.replication.service import Replication

JSON = "application/json"


@post("/v1/sync", status_code=200)
async def exchange(
    request: Request[Any, Any, Any], caller: NamedDependency[Caller], replication: NamedDependency[Replication]
) -> Response[bytes]:
    """Take a phone's queued ops and give it a receipt for each and a page of changes."""
    body = decode(await read(request, replication.limits.request_bytes), SyncRequest)
    return Response(await replication.exchange(_actor(caller), body), media_type=JSON)


@get("/v1/records/{record_id:str}")
async def record(
    record_id: str, caller: NamedDependency[Caller], replication: NamedDependency[Replication]
) -> Response[bytes]:
    """Give one record as its feed entry."""
    return Response(await replication.read(_actor(caller), record_id), media_type=JSON)


@get("/v1/records")
async def records(
    caller: NamedDependency[Caller],
    replication: NamedDependency[Replication],
    kind: Annotated[str, QueryParameter(max_length=32)],
    within: Annotated[
        str | None, QueryParameter(name="scope", max_length=64)
    ] = None,  # Litestar keeps `scope` for itself
    after: Annotated[int, QueryParameter(ge=0, le=MAX_INTEGER)] = 0,
    limit: Annotated[int, QueryParameter(ge=1, le=500)] = 100,
) -> Response[bytes]:
    """List live records of a kind – reports, conflicts, parked ops – in the scopes the caller may read."""
    return Response(await replication.listing(_actor(caller), kind, within, after, limit), media_type=JSON)


def _actor(caller: Caller) -> Actor:
    return Actor(person=caller.person, replica=caller.replica)


ROUTES = [exchange, record, records]

"""HTTP of replication: the exchange, and reading for those who have no replica."""

from typing import Annotated, Any

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, QueryParameter
from litestar.response import Stream

from mobile_contract.archive import ArchivedRecords, ArchiveRecords, RestoreRecord
from mobile_contract.parked import ApplyParked, DiscardParked, ParkedList, ParkedState, RetryParked
from mobile_contract.problems import Refused
from mobile_contract.records import VersionChanges
from mobile_contract.repair import BucketsAnswer, BucketsAsked
from mobile_contract.states import ParkedOpState
from mobile_contract.sync import SyncAnswer, SyncRequest, Upsert
from mobile_contract.values import MAX_INTEGER
from server.identity import QUARANTINED_TOO, Caller, DeviceTrust, Identity, desk_replica, provide_caller
from server.kernel.bodies import Body
from server.kernel.declared import declare
from server.replication.model import Actor
from server.replication.service import Replication

AnyRequest = Request[Any, Any, Any]
JSON = "application/json"
DECISION_BYTES = 8_192
ARCHIVE_BYTES = 65_536
#: Sums of buckets are made by reading the whole scope.
REPAIR_COST = 10


@post(
    "/v1/sync",
    status_code=200,
    opt=QUARANTINED_TOO
    | declare(
        "sync.too_many", "identity.quarantine_full", limit=lambda settings: settings.request_bytes, answer=SyncAnswer
    ),
    summary="同步:上传操作,取回变更",
)
async def exchange(
    sent: NamedDependency[Body[SyncRequest]],
    caller: NamedDependency[Caller],
    identity: NamedDependency[Identity],
    replication: NamedDependency[Replication],
) -> Response[bytes]:
    """Take a phone's queued ops and give it a receipt for each and a page of changes."""
    with replication.pace.admit(caller.replica):
        body = await sent.read()
        if caller.trust is DeviceTrust.FULL:
            answer = await replication.exchange(_actor(caller), body)
        else:
            answer = await replication.quarantine(_actor(caller), body, identity.quarantined(caller))
        return Response(answer, media_type=JSON)


@post(
    "/v1/sync/buckets",
    status_code=200,
    summary="按桶核对副本",
    opt=declare("request.not_found", "sync.too_many", "identity.forbidden", answer=BucketsAnswer),
)
async def buckets(
    sent: NamedDependency[Body[BucketsAsked]],
    caller: NamedDependency[Caller],
    replication: NamedDependency[Replication],
) -> Response[bytes]:
    """Return sums or records of a scope's buckets, for a phone whose copies do not add up."""
    with replication.pace.admit(caller.replica, cost=REPAIR_COST):
        asked = await sent.read()
        return Response(await replication.buckets(_actor(caller), asked), media_type=JSON)


@get("/v1/records/{record_id:str}", summary="取一条记录", opt=declare(answer=Upsert))
async def record(
    record_id: FromPath[str], caller: NamedDependency[Caller], replication: NamedDependency[Replication]
) -> Response[bytes]:
    """Return one record as its feed entry."""
    return Response(await replication.read(_actor(caller), record_id), media_type=JSON)


@get("/v1/records/{record_id:str}/changes", summary="比较签署版本")
async def changes(
    record_id: FromPath[str],
    caller: NamedDependency[Caller],
    replication: NamedDependency[Replication],
    since: Annotated[int, QueryParameter(ge=1, le=MAX_INTEGER)] = 1,
    until: Annotated[int, QueryParameter(ge=0, le=MAX_INTEGER)] = 0,
) -> VersionChanges:
    """Compare a signed version with a later one, or (``until`` 0) with the draft that stands now, field by field."""
    return await replication.changes(_actor(caller), record_id, since, until)


@get("/v1/records", summary="列出记录", opt=declare("identity.forbidden", answer=tuple[Upsert, ...]))
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
    """List live records of a kind – reports, conflicts, parked ops – in the scopes the caller may read.

    ``after`` is the ``seq`` of the last entry that one has: it counts within a ``scope``, which is to be named then.
    """
    if after and within is None:
        raise Refused("request.invalid", reason="after: counts within a scope, so name the scope")
    return Response(await replication.listing(_actor(caller), kind, within, after, limit), media_type=JSON)


@post(
    "/v1/archive",
    status_code=200,
    summary="归档或取回记录",
    opt=declare("request.not_found", "identity.forbidden", limit=ARCHIVE_BYTES),
)
async def archive(
    sent: NamedDependency[Body[ArchiveRecords]],
    caller: NamedDependency[Caller],
    replication: NamedDependency[Replication],
) -> ArchivedRecords:
    """Put records into the archive of their scope, or bring them back. Supervisors and administrators only."""
    asked = await sent.read()
    return await replication.archive(_decider(caller), asked)


@post(
    "/v1/records/{record_id:str}/restore",
    status_code=200,
    summary="恢复已删除的记录",
    opt=declare("identity.forbidden", answer=Upsert),
)
async def restore(
    sent: NamedDependency[Body[RestoreRecord]],
    record_id: FromPath[str],
    caller: NamedDependency[Caller],
    replication: NamedDependency[Replication],
) -> Response[bytes]:
    """Bring a deleted record back with the values it had. Clerks and supervisors of its scope, and administrators."""
    asked = await sent.read()
    return Response(await replication.restore(_decider(caller), record_id, asked.reason), media_type=JSON)


@get("/v1/parked", summary="列出搁置的操作", opt=declare(answer=ParkedList))
async def parked(
    caller: NamedDependency[Caller],
    replication: NamedDependency[Replication],
    # Litestar keeps `state` for itself.
    standing: Annotated[ParkedOpState, QueryParameter(name="state")] = ParkedOpState.WAITING,
    after: Annotated[str, QueryParameter(max_length=80, pattern=r"^([0-9TZ:.-]+_[0-9a-f-]+)?$")] = "",
    limit: Annotated[int, QueryParameter(ge=1, le=500)] = 100,
) -> Response[bytes]:
    """List parked ops, the oldest first: one's own, and those of the scopes one looks after."""
    return Response(await replication.parked(_decider(caller), standing, after, limit), media_type=JSON)


@post(
    "/v1/parked/{parked_id:str}/retry",
    status_code=200,
    summary="重试搁置的操作",
    opt=declare("identity.forbidden", "parked.settled", optional=True),
)
async def retry_parked(
    sent: NamedDependency[Body[RetryParked]],
    parked_id: FromPath[str],
    caller: NamedDependency[Caller],
    replication: NamedDependency[Replication],
) -> ParkedState:
    """Have a parked op tried again under its author, with the others of its unit."""
    asked = await sent.read()
    return await replication.retry_parked(_decider(caller), parked_id, asked.reason)


@post(
    "/v1/parked/{parked_id:str}/apply",
    status_code=200,
    summary="采用搁置的操作",
    opt=declare(
        "identity.forbidden",
        "parked.settled",
        "value.float",
        "value.integer_too_large",
        "value.too_deep",
        "value.unknown_type",
        limit=lambda settings: settings.op_bytes + DECISION_BYTES,
    ),
)
async def apply_parked(
    sent: NamedDependency[Body[ApplyParked]],
    parked_id: FromPath[str],
    caller: NamedDependency[Caller],
    replication: NamedDependency[Replication],
) -> ParkedState:
    """Apply a parked op, corrected or as it came, under who decides; its author is kept."""
    asked = await sent.read()
    return await replication.apply_parked(_decider(caller), parked_id, asked)


@post(
    "/v1/parked/{parked_id:str}/discard",
    status_code=200,
    summary="作废搁置的操作",
    opt=declare("identity.forbidden", "parked.settled"),
)
async def discard_parked(
    sent: NamedDependency[Body[DiscardParked]],
    parked_id: FromPath[str],
    caller: NamedDependency[Caller],
    replication: NamedDependency[Replication],
) -> ParkedState:
    """Return a parked op up, with a reason; it stays readable."""
    asked = await sent.read()
    return await replication.discard_parked(_decider(caller), parked_id, asked.reason)


@get(
    "/v1/wake",
    exclude_from_compression=True,
    summary="等待新变更的通知",
    opt=declare("sync.too_many", gives=("text/event-stream",)),
)
async def wake(
    request: AnyRequest,
    caller: NamedDependency[Caller],
    identity: NamedDependency[Identity],
    replication: NamedDependency[Replication],
) -> Stream:
    """Keep a connection open that says when there is something to fetch, as server-sent events."""
    actor = _actor(caller)
    replication.wakes.admit(actor)
    events = replication.wakes.listen(actor, lambda: provide_caller(request, identity))
    return Stream(events, media_type="text/event-stream", headers={"Cache-Control": "no-store"})


def _actor(caller: Caller) -> Actor:
    return Actor(person=caller.person, replica=caller.replica)


def _decider(caller: Caller) -> Actor:
    """Decisions are written under the desk's replica: the numbers of a phone's are that phone's to give."""
    return Actor(person=caller.person, replica=desk_replica(caller.person), admin=caller.admin)


ROUTES = [
    exchange,
    buckets,
    record,
    changes,
    records,
    archive,
    restore,
    parked,
    retry_parked,
    apply_parked,
    discard_parked,
    wake,
]

"""HTTP of replication: the exchange, and reading for those who have no replica."""

from typing import Annotated, Any

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, QueryParameter
from litestar.response import Stream

from mobile_contract.archive import ArchivedRecords, ArchiveRecords, RestoreRecord
from mobile_contract.phones import Phones
from mobile_contract.problems import Refused
from mobile_contract.records import VersionChanges
from mobile_contract.repair import BucketsAnswer, BucketsAsked
from mobile_contract.sync import SyncAnswer, SyncRequest, Upsert
from mobile_contract.timeline import Timeline
from mobile_contract.values import MAX_INTEGER
from server.identity import QUARANTINED_TOO, Caller, DeviceTrust, Identity, provide_caller
from server.kernel.bodies import Body
from server.kernel.declared import declare
from server.kernel.pages import After
from server.replication import deciding
from server.replication.deciding import decider
from server.replication.model import Actor
from server.replication.phones import Sightings
from server.replication.service import Replication
from server.replication.timeline import Timelines

AnyRequest = Request[Any, Any, Any]
JSON = "application/json"
ARCHIVE_BYTES = 65_536
#: Sums of buckets are made by reading the whole scope.
REPAIR_COST = 10


@post(
    "/v1/sync",
    status_code=200,
    opt=QUARANTINED_TOO
    | declare(
        "sync.too_many",
        "sync.parked_full",
        "identity.quarantine_full",
        limit=lambda settings: settings.request_bytes,
        answer=SyncAnswer,
    ),
    summary="同步:上传操作,取回变更 · Sync: send ops, fetch changes",
    description="接收手机排队的操作,逐条给出回执,并返回一页变更。",
)
async def exchange(
    sent: NamedDependency[Body[SyncRequest]],
    caller: NamedDependency[Caller],
    identity: NamedDependency[Identity],
    replication: NamedDependency[Replication],
    phones: NamedDependency[Sightings],
) -> Response[bytes]:
    """Take a phone's queued ops and give it a receipt for each and a page of changes."""
    with replication.pace.admit(caller.replica):
        body = await sent.read()
        if caller.trust is DeviceTrust.FULL:
            answer = await replication.exchange(_actor(caller), body)
        else:
            answer = await replication.quarantine(_actor(caller), body, identity.quarantined(caller))
        await phones.note(caller.replica, body)
        return Response(answer, media_type=JSON)


@post(
    "/v1/sync/buckets",
    status_code=200,
    summary="按桶核对副本 · Compare copies by buckets",
    description="返回一个范围各桶的校验和或记录,供副本核对不上的手机修复。",
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


@get(
    "/v1/records/{record_id:str}",
    summary="取一条记录 · One record",
    description="以同步条目的形式返回一条记录。",
    opt=declare(answer=Upsert),
)
async def record(
    record_id: FromPath[str], caller: NamedDependency[Caller], replication: NamedDependency[Replication]
) -> Response[bytes]:
    """Return one record as its feed entry."""
    return Response(await replication.read(_actor(caller), record_id), media_type=JSON)


@get(
    "/v1/records/{record_id:str}/changes",
    summary="比较签署版本 · Compare signed versions",
    description="逐个字段比较一个签署版本与较晚的版本,或(``until`` 为 0)与当前草稿。",
)
async def changes(
    record_id: FromPath[str],
    caller: NamedDependency[Caller],
    replication: NamedDependency[Replication],
    since: Annotated[int, QueryParameter(ge=1, le=MAX_INTEGER)] = 1,
    until: Annotated[int, QueryParameter(ge=0, le=MAX_INTEGER)] = 0,
) -> VersionChanges:
    """Compare a signed version with a later one, or (``until`` 0) with the draft that stands now, field by field."""
    return await replication.changes(_actor(caller), record_id, since, until)


@get(
    "/v1/records/{record_id:str}/timeline",
    summary="一条记录的经过 · What happened to a record",
    description="按日志链列出记录的经过:何人何时做了什么、结果如何;只含调用者可读的范围。",
)
async def timeline(
    record_id: FromPath[str],
    caller: NamedDependency[Caller],
    timelines: NamedDependency[Timelines],
    after: After = "",
    limit: Annotated[int, QueryParameter(ge=1, le=200)] = 50,
    newest: Annotated[bool, QueryParameter()] = True,
) -> Timeline:
    """List what happened to a record: who did what when, and what became of it; of what the caller may read."""
    return await timelines.page(caller, record_id, after, limit, newest=newest)


@get(
    "/v1/records",
    summary="列出记录 · List records",
    description="列出某一类型的有效记录(报告、冲突、暂存的操作等),限调用者可读的范围。"
    "\n\n``after`` 是已有的最后一条的 ``seq``:它在 ``scope`` 之内计数,因此须同时指明 ``scope``。",
    opt=declare("identity.forbidden", answer=tuple[Upsert, ...]),
)
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
    summary="归档或取回记录 · Archive records, or bring them back",
    description="把记录放入其范围的归档,或从归档取回。限监理和管理员。",
    opt=declare("request.not_found", "identity.forbidden", limit=ARCHIVE_BYTES),
)
async def archive(
    sent: NamedDependency[Body[ArchiveRecords]],
    caller: NamedDependency[Caller],
    replication: NamedDependency[Replication],
) -> ArchivedRecords:
    """Put records into the archive of their scope, or bring them back. Supervisors and administrators only."""
    asked = await sent.read()
    return await replication.archive(decider(caller), asked)


@post(
    "/v1/records/{record_id:str}/restore",
    status_code=200,
    summary="恢复已删除的记录 · Restore a deleted record",
    description="按删除前的值恢复记录。限其范围的资料员、监理和管理员。",
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
    return Response(await replication.restore(decider(caller), record_id, asked.reason), media_type=JSON)


@get(
    "/v1/phones",
    summary="列出手机及其状况 · List phones and how they fare",
    description="列出手机:所属人员、上次同步、时钟偏差、待传内容、卡住的内容及原因。管理员可列出全部,其他人只列自己的。",
    opt=declare("identity.forbidden"),
)
async def list_phones(
    caller: NamedDependency[Caller],
    phones: NamedDependency[Sightings],
    person: Annotated[str, QueryParameter(max_length=36, pattern="^[0-9a-f-]*$")] = "",
    after: Annotated[str, QueryParameter(max_length=36, pattern="^[0-9a-f-]*$")] = "",
    limit: Annotated[int, QueryParameter(ge=1, le=200)] = 50,
) -> Phones:
    """List phones: whose, last exchange, clock, what is unsent, what is stuck and why. Administrators list all."""
    mine = None if caller.admin and not person else person or caller.person
    return await phones.page(caller, mine, after, limit)


@get(
    "/v1/wake",
    exclude_from_compression=True,
    summary="等待新变更的通知 · Wait for changes",
    description="保持一个连接,有新变更时以 SSE 通知。",
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


ROUTES = [
    exchange,
    buckets,
    record,
    changes,
    timeline,
    records,
    archive,
    restore,
    *deciding.ROUTES,
    list_phones,
    wake,
]

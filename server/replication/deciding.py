"""HTTP of what waits for a decision on the desk: parked ops and conflicts."""

from collections.abc import Sequence
from typing import Annotated

import sqlalchemy as sa
from litestar import Response, get, post
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath, QueryParameter

from mobile_contract.conflicts import ConflictDecision, ConflictList, ResolveConflict
from mobile_contract.parked import ApplyParked, DiscardParked, ParkedList, ParkedState, ReopenParked, RetryParked
from mobile_contract.states import ConflictState, ParkedOpState
from server import projects
from server.identity import Caller, desk_replica
from server.kernel.bodies import Body
from server.kernel.declared import declare
from server.kernel.pages import After
from server.replication.disputes import Asked, Disputes
from server.replication.model import Actor
from server.replication.service import Replication
from server.replication.waiting import asked_for, by_strangers

JSON = "application/json"
DECISION_BYTES = 8_192


def asked(
    project: Annotated[str | None, QueryParameter(max_length=36)] = None,
    within: Annotated[str | None, QueryParameter(name="scope", max_length=64)] = None,  # Litestar keeps `scope`
    kind: Annotated[str | None, QueryParameter(max_length=32)] = None,
) -> Asked:
    """Return which of a list are meant, from the query."""
    return Asked(project=project, scope=within, kind=kind)


ASKED = {"asked": Provide(asked, sync_to_thread=False)}


@get(
    "/v1/parked",
    dependencies=ASKED,
    summary="列出暂存的操作 · List parked ops",
    description="列出暂存的操作,最早的在前:自己的,以及自己负责范围内的。"
    "\n\n从未参与该项目的人发来的,仅在 ``strangers`` 为 true 时单独列给管理员。",
    opt=declare(answer=ParkedList),
)
async def parked(  # noqa: PLR0913, PLR0917 - what a list may be asked
    caller: NamedDependency[Caller],
    replication: NamedDependency[Replication],
    asked: NamedDependency[Asked],
    standing: Annotated[ParkedOpState, QueryParameter(name="state")] = ParkedOpState.WAITING,
    code: Annotated[str | None, QueryParameter(max_length=64)] = None,
    strangers: Annotated[bool, QueryParameter()] = False,
    after: Annotated[str, QueryParameter(max_length=80, pattern=r"^([0-9TZ:.-]+_[0-9a-f-]+)?$")] = "",
    limit: Annotated[int, QueryParameter(ge=1, le=500)] = 100,
) -> Response[bytes]:
    """List parked ops, the oldest first: one's own, and those of the scopes one looks after.

    What people sent to scopes of projects in which they never had a role is listed to administrators, by itself, where
    ``strangers`` is true.
    """

    def narrower(tx: sa.Connection) -> Sequence[sa.ColumnElement[bool]]:
        named = asked_for(projects.within(tx, asked.project, asked.scope), asked.kind, code)
        return [*named, by_strangers(caller.person, strangers=strangers)]

    return Response(await replication.parked(decider(caller), standing, after, limit, narrower), media_type=JSON)


@post(
    "/v1/parked/{parked_id:str}/retry",
    status_code=200,
    summary="重试暂存的操作 · Retry a parked op",
    description="以原作者的身份重试暂存的操作,连同其同组的操作。",
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
    return await replication.retry_parked(decider(caller), parked_id, asked.reason)


@post(
    "/v1/parked/{parked_id:str}/apply",
    status_code=200,
    summary="采用暂存的操作 · Apply a parked op",
    description="采用暂存的操作,可先更正或照原样,由决定者负责;原作者予以保留。",
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
    return await replication.apply_parked(decider(caller), parked_id, asked)


@post(
    "/v1/parked/{parked_id:str}/discard",
    status_code=200,
    summary="作废暂存的操作 · Discard a parked op",
    description="作废暂存的操作,并说明理由;内容仍可查看。",
    opt=declare("identity.forbidden", "parked.settled"),
)
async def discard_parked(
    sent: NamedDependency[Body[DiscardParked]],
    parked_id: FromPath[str],
    caller: NamedDependency[Caller],
    replication: NamedDependency[Replication],
) -> ParkedState:
    """Discard a parked op for good, with a reason; it stays readable."""
    asked = await sent.read()
    return await replication.discard_parked(decider(caller), parked_id, asked.reason)


@post(
    "/v1/parked/{parked_id:str}/reopen",
    status_code=200,
    summary="撤销作废 · Reopen a discarded op",
    description="撤销对暂存操作的作废,并说明理由:它重新等待处理。",
    opt=declare("identity.forbidden", "parked.settled"),
)
async def reopen_parked(
    sent: NamedDependency[Body[ReopenParked]],
    parked_id: FromPath[str],
    caller: NamedDependency[Caller],
    replication: NamedDependency[Replication],
) -> ParkedState:
    """Have a discarded parked op wait again, with a reason."""
    asked = await sent.read()
    return await replication.reopen_parked(decider(caller), parked_id, asked.reason)


@get(
    "/v1/conflicts",
    dependencies=ASKED,
    summary="列出冲突 · List conflicts",
    description="列出调用者可读的冲突,最早的在前:双方的值、填报人和时间。",
    opt=declare(answer=ConflictList),
)
async def conflicts(
    caller: NamedDependency[Caller],
    disputes: NamedDependency[Disputes],
    asked: NamedDependency[Asked],
    standing: Annotated[ConflictState, QueryParameter(name="state")] = ConflictState.OPEN,
    after: After = "",
    limit: Annotated[int, QueryParameter(ge=1, le=200)] = 50,
) -> Response[bytes]:
    """List the conflicts the caller may read, the oldest first: all values, by whom and when."""
    return Response(await disputes.page(caller, asked, standing, after, limit), media_type=JSON)


@post(
    "/v1/conflicts/{conflict_id:str}/resolve",
    status_code=200,
    summary="处理冲突 · Settle a conflict",
    description="选定冲突的取值,可说明理由。限可填报该记录的人员;其间有新的取值时冲突仍然保留。",
    opt=declare(
        "identity.forbidden",
        "value.float",
        "value.integer_too_large",
        "value.too_deep",
        "value.unknown_type",
        limit=lambda settings: settings.op_bytes + DECISION_BYTES,
    ),
)
async def resolve_conflict(
    sent: NamedDependency[Body[ResolveConflict]],
    conflict_id: FromPath[str],
    caller: NamedDependency[Caller],
    disputes: NamedDependency[Disputes],
) -> ConflictDecision:
    """Choose the value of a field that people disagree on: by who may write the record."""
    return await disputes.resolve(caller, conflict_id, await sent.read())


def decider(caller: Caller) -> Actor:
    """Return who decides: under the desk's replica, since the numbers of a phone's are that phone's to give."""
    return Actor(person=caller.person, replica=desk_replica(caller.person), admin=caller.admin)


ROUTES = [parked, retry_parked, apply_parked, discard_parked, reopen_parked, conflicts, resolve_conflict]

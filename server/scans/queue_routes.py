"""HTTP of the queue of scans, of the claims on them, and of what is done with their pages."""

from typing import Annotated

from litestar import delete, get, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, QueryParameter

from mobile_contract.pages import ArrangedScans, ArrangeScans, RejectScan
from mobile_contract.queue import ClaimedNext, ClaimScan, NextScan, QueueOrder, QueueState, ScanClaim, ScanQueue
from server.identity import Caller
from server.kernel.bodies import Body
from server.kernel.declared import declare
from server.scans.arranging import Arranging
from server.scans.queue import Queue

#: So many pages as may be arranged at once, with room for their ids.
ARRANGEMENT_BYTES = 262_144


@get(
    "/v1/scans/queue",
    summary="列出待处理的扫描件 · List the scans that wait",
    description="列出等待资料员处理的扫描件,限调用者任资料员的范围:先列等候最久的,或最没把握的。",
)
async def queue(  # noqa: PLR0913, PLR0917 - one for each parameter
    caller: NamedDependency[Caller],
    queue: NamedDependency[Queue],
    project: Annotated[str, QueryParameter(max_length=36, pattern="^[0-9a-f-]*$")] = "",
    place: Annotated[str, QueryParameter(name="scope", max_length=64)] = "",
    form: Annotated[str | None, QueryParameter(max_length=64)] = None,
    wanted: Annotated[QueueState | None, QueryParameter(name="state")] = None,
    order: Annotated[QueueOrder, QueryParameter()] = QueueOrder.AGE,
    free: Annotated[bool, QueryParameter()] = False,
    after: Annotated[str, QueryParameter(max_length=80, pattern="^[0-9A-Za-z:.~-]*$")] = "",
    limit: Annotated[int, QueryParameter(ge=1, le=500)] = 100,
) -> ScanQueue:
    """List the scans that wait for a clerk, of the scopes in which the caller is one.

    First comes the one that waits longest, or of whose values the machine is least sure.
    """
    asked = NextScan(project=project, scope=place, form=form, state=wanted, order=order)
    return await queue.listing(caller, asked, after, limit, free=free)


@post(
    "/v1/scans/queue/next",
    status_code=200,
    summary="领取下一份扫描件 · Claim the next scan",
    description="领取待办中下一份无人处理的扫描件;同时领取的人不会领到同一份。没有时 scan 为 null。",
    opt=declare("scans.claims_full", optional=True),
)
async def claim_next(
    sent: NamedDependency[Body[NextScan]], caller: NamedDependency[Caller], queue: NamedDependency[Queue]
) -> ClaimedNext:
    """Claim the next scan of the queue that is free; two who ask at once never get the same. None: ``scan`` is null."""
    return await queue.next(caller, await sent.read())


@put(
    "/v1/scans/{scan:str}/claim",
    summary="领取或续领扫描件 · Claim a scan, or renew the claim",
    description="领取扫描件,或续领;注明理由可从他人处接手,记入日志链。限该范围的资料员。",
    opt=declare("identity.forbidden", "scans.not_waiting", "scans.claimed", "scans.claims_full", optional=True),
)
async def claim(
    sent: NamedDependency[Body[ClaimScan]],
    scan: FromPath[str],
    caller: NamedDependency[Caller],
    queue: NamedDependency[Queue],
) -> ScanClaim:
    """Claim a scan for a while, or renew one's claim. Clerks of the scope only.

    With a reason it is taken over from another clerk, which is journaled.
    """
    asked = await sent.read()
    return await queue.claim(caller, scan, asked.take_over)


@delete(
    "/v1/scans/{scan:str}/claim",
    summary="退回领取的扫描件 · Release a scan",
    description="退回自己领取的扫描件,供他人处理。限该范围的资料员。",
    opt=declare("identity.forbidden", "scans.claimed"),
)
async def release(scan: FromPath[str], caller: NamedDependency[Caller], queue: NamedDependency[Queue]) -> None:
    """Drop one's claim on a scan, for others to work on it. Clerks of the scope only."""
    await queue.release(caller, scan)


@post(
    "/v1/scans/arrange",
    status_code=200,
    summary="重新编排扫描件 · Arrange scans anew",
    description="把同一范围内若干扫描件的页面重新编排:拆分、合并、调整顺序、旋转,或指明是哪种表单。"
    "新扫描件重新识别,原件不变。限该范围的资料员。",
    opt=declare(
        "request.not_found",
        "identity.forbidden",
        "forms.unknown",
        "scans.claimed",
        "scans.not_read_yet",
        "scans.not_waiting",
        "scans.pages_apart",
        "scans.pages_left",
        "scans.report_refused",
        limit=ARRANGEMENT_BYTES,
    ),
)
async def arrange(
    sent: NamedDependency[Body[ArrangeScans]],
    caller: NamedDependency[Caller],
    arranging: NamedDependency[Arranging],
) -> ArrangedScans:
    """Arrange the pages of some scans of one scope anew: split, merge, reorder, turn, or say which form it is.

    The new scans are read; the others stay as they came. Clerks of the scope only.
    """
    return await arranging.arrange(caller, await sent.read())


@post(
    "/v1/scans/{scan:str}/reject",
    status_code=204,
    summary="退回扫描件 · Reject a scan",
    description="退回扫描件并说明理由:不形成报告,页面仍保留,提交人可见理由。限该范围的资料员。",
    opt=declare("identity.forbidden", "scans.claimed", "scans.not_read_yet", "scans.not_waiting"),
)
async def reject(
    sent: NamedDependency[Body[RejectScan]],
    scan: FromPath[str],
    caller: NamedDependency[Caller],
    arranging: NamedDependency[Arranging],
) -> None:
    """Put a scan aside with a reason, which who brought it sees; its pages stay. Clerks of the scope only."""
    asked = await sent.read()
    await arranging.reject(caller, scan, asked.reason)


ROUTES = [queue, claim_next, claim, release, arrange, reject]

"""HTTP of takeaways."""

from typing import Annotated

from litestar import delete, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, QueryParameter
from litestar.response import Stream

from mobile_contract.ids import is_id
from mobile_contract.problems import Refused
from mobile_contract.takeaways import NewTakeaway, Takeaway, Takeaways
from server.identity import Caller
from server.insight.takeaways import TakeawayDesk
from server.kernel.bodies import Body
from server.kernel.declared import declare
from server.uploads import AS_IT_IS, INERT, disposition


@post(
    "/v1/takeaways",
    summary="申请导出文件 · Ask for a takeaway",
    description="申请把可读的内容做成文件;由后台任务生成,可离开后再来取。",
    opt=declare("takeaways.too_many"),
)
async def ask_takeaway(
    sent: NamedDependency[Body[NewTakeaway]],
    caller: NamedDependency[Caller],
    takeaways: NamedDependency[TakeawayDesk],
) -> Takeaway:
    """Ask for a file of what one may read. A job makes it; one may leave and come back for it."""
    return await takeaways.ask(caller, await sent.read())


@get(
    "/v1/takeaways",
    summary="列出自己的导出文件 · List one's takeaways",
    description="列出调用者的导出文件及进度,最新的在前。",
)
async def list_takeaways(
    caller: NamedDependency[Caller],
    takeaways: NamedDependency[TakeawayDesk],
    after: Annotated[str, QueryParameter(max_length=36, pattern="^[0-9a-f-]*$")] = "",
) -> Takeaways:
    """List the caller's takeaways with how far they have come, the latest first."""
    return await takeaways.mine(caller, after)


@get(
    "/v1/takeaways/{takeaway:str}",
    summary="查询导出文件 · One takeaway",
    description="返回自己的一个导出文件的状态和进度。",
)
async def one_takeaway(
    takeaway: FromPath[str], caller: NamedDependency[Caller], takeaways: NamedDependency[TakeawayDesk]
) -> Takeaway:
    """Return how far a takeaway of the caller has come."""
    return await takeaways.one(caller, _id(takeaway))


@get(
    "/v1/takeaways/{takeaway:str}/file",
    opt=AS_IT_IS | declare("takeaways.not_ready", gives=("application/octet-stream",)),
    summary="下载导出文件 · Fetch the file of a takeaway",
    description="返回已生成的文件。若调用者已失去其中任一范围的权限,则为 ``request.not_found``。",
)
async def takeaway_file(
    takeaway: FromPath[str], caller: NamedDependency[Caller], takeaways: NamedDependency[TakeawayDesk]
) -> Stream:
    """Return the file that was made. ``request.not_found`` where the caller lost a scope that it was made of."""
    found, media_type, data = await takeaways.fetch(caller, _id(takeaway))
    fields = {
        **INERT,
        "Cache-Control": "private, no-store",
        "Content-Length": str(found.size),
        "Content-Disposition": disposition("attachment", found.name or ""),
    }
    return Stream(data, media_type=media_type, headers=fields)


@delete(
    "/v1/takeaways/{takeaway:str}",
    status_code=200,
    summary="取消导出 · Cancel a takeaway",
    description="取消尚未完成的导出。",
    opt=declare("takeaways.settled"),
)
async def cancel_takeaway(
    takeaway: FromPath[str], caller: NamedDependency[Caller], takeaways: NamedDependency[TakeawayDesk]
) -> Takeaway:
    """Cancel a takeaway that is not settled."""
    return await takeaways.cancel(caller, _id(takeaway))


def _id(text: str) -> str:
    if not is_id(text):
        raise Refused("request.not_found")
    return text


ROUTES = [ask_takeaway, list_takeaways, one_takeaway, takeaway_file, cancel_takeaway]

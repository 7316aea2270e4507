"""HTTP of summaries."""

from typing import Annotated

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, QueryParameter

from mobile_contract.ids import is_id
from mobile_contract.problems import Refused
from mobile_contract.summaries import CountedRecords, NewSummary, Period, Summaries, Summary
from server.identity import Caller
from server.insight.summaries import SummaryDesk
from server.kernel.bodies import Body
from server.kernel.declared import declare

After = Annotated[str, QueryParameter(max_length=36, pattern="^[0-9a-f-]*$")]


@post(
    "/v1/summaries",
    summary="生成日报、周报或月报 · Make a summary",
    description="按当前状况汇总一个范围的一日、一周或一月;与上一版相比没有变化时,返回上一版。",
    opt=declare("request.not_found", "takeaways.too_large"),
)
async def make_summary(
    sent: NamedDependency[Body[NewSummary]],
    caller: NamedDependency[Caller],
    summaries: NamedDependency[SummaryDesk],
) -> Summary:
    """Summarise a day, a week or a month of a scope as it stands now. What has not changed is the version before."""
    return await summaries.make(caller, await sent.read())


@get(
    "/v1/summaries",
    summary="列出汇总 · List summaries",
    description="列出一个范围的汇总,最新的在前。",
    opt=declare("request.not_found"),
)
async def list_summaries(
    caller: NamedDependency[Caller],
    summaries: NamedDependency[SummaryDesk],
    within: Annotated[str, QueryParameter(name="scope", max_length=64)],  # Litestar keeps `scope` for itself
    period: Annotated[Period | None, QueryParameter()] = None,
    after: After = "",
) -> Summaries:
    """List the summaries of a scope, the latest first."""
    return await summaries.listing(caller, within, period, after)


@get(
    "/v1/summaries/{summary:str}",
    summary="取一份汇总 · One summary",
    description="返回一份汇总:无论何时再取,字节都相同。",
    opt=declare(answer=Summary),
)
async def one_summary(
    summary: FromPath[str], caller: NamedDependency[Caller], summaries: NamedDependency[SummaryDesk]
) -> Response[bytes]:
    """Return a summary as it was made: the same bytes whenever it is asked for."""
    return Response(await summaries.one(caller, _id(summary)), media_type="application/json")


@get(
    "/v1/summaries/{summary:str}/records",
    summary="汇总数字所计的记录 · What a figure counts",
    description="列出一个数字所计的每条记录,以及当时内容的摘要。",
)
async def summary_records(
    summary: FromPath[str],
    caller: NamedDependency[Caller],
    summaries: NamedDependency[SummaryDesk],
    figure: Annotated[str, QueryParameter(max_length=80, pattern="^[A-Za-z0-9_.-]+$")],
    after: After = "",
) -> CountedRecords:
    """List each record that a figure counts, with the digest of what it held then."""
    return await summaries.records(caller, _id(summary), figure, after)


def _id(text: str) -> str:
    if not is_id(text):
        raise Refused("request.not_found")
    return text


ROUTES = [make_summary, list_summaries, one_summary, summary_records]

"""HTTP of search."""

from typing import Annotated, Final

from litestar import get
from litestar.di import NamedDependency
from litestar.params import QueryParameter

from mobile_contract.ids import UUID_PATTERN
from mobile_contract.records import Kind
from mobile_contract.search import SearchAnswer
from server.identity import Caller
from server.insight.searching import Asked, Search

#: The most that a place of the index can be.
_LAST: Final = 2**63 - 1
Id = Annotated[str | None, QueryParameter(pattern=UUID_PATTERN)]
Named = Annotated[str | None, QueryParameter(max_length=128)]
Day = Annotated[str | None, QueryParameter(pattern=r"^\d{4}-\d{2}-\d{2}$")]


@get(
    "/v1/search",
    summary="搜索 · Search",
    description="在调用者可读的报告、照片、扫描件与识别文字以及文件名中查找,最新的在前。"
    "\n\n中文按字词连续匹配,单字也可;字母和数字按整词匹配,如 ``K0+620``、``DN800``;各词须同时出现。"
    "词可省略,只按编号、日期、人员等查找。",
)
async def search_records(  # noqa: PLR0913, PLR0917 - one for each thing that can be asked for
    caller: NamedDependency[Caller],
    search: NamedDependency[Search],
    words: Annotated[str, QueryParameter(name="q", max_length=200)] = "",
    number: Named = None,
    person: Named = None,
    project: Id = None,
    section: Id = None,
    kind: Annotated[Kind | None, QueryParameter()] = None,
    form: Annotated[str | None, QueryParameter(max_length=64)] = None,
    since: Day = None,
    until: Day = None,
    after: Annotated[str, QueryParameter(pattern=r"^\d{0,19}$")] = "",
    limit: Annotated[int, QueryParameter(ge=1, le=200)] = 50,
) -> SearchAnswer:
    """Find reports, photographs, scans and what was read from them, and file names, that the caller may read.

    The latest stand first. Chinese is matched as it stands, single characters too; letters and numbers by whole words,
    as ``K0+620`` or ``DN800``; all of them must be there. Without words, by number, day, person and the like alone.
    """
    asked = Asked(
        words=words,
        number=_text(number),
        person=_text(person),
        project=project,
        section=section,
        kind=kind,
        form=_text(form),
        since=since,
        until=until,
        after=min(int(after), _LAST) if after else None,
        limit=limit,
    )
    return await search.find(caller, asked)


def _text(asked: str | None) -> str | None:
    """Return what is asked for without NUL, which no text in a database holds."""
    return None if asked is None else asked.replace("\0", "")


ROUTES = [search_records]

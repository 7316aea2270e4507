"""HTTP of reports, and of the lists that help to write them."""

import re
from typing import Annotated, Any

from litestar import Request, Response, get, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, QueryParameter

from mobile_contract.ids import is_id
from mobile_contract.problems import Refused
from mobile_contract.projects import NewVocabulary, Vocabularies, Vocabulary
from mobile_contract.reviews import ReportReview, ReviewReport
from mobile_contract.sync import Upsert
from server.identity import Caller
from server.kernel.bodies import Body
from server.kernel.declared import declare
from server.reports.reviews import Reviews
from server.reports.service import Reports
from server.reports.store import COLUMNS
from server.reports.vocabularies import VocabularyService
from server.reports.watermarks import Watermarks
from server.uploads import AS_IT_IS, INERT

VOCABULARY_NAME = re.compile(r"[a-z][a-z0-9_]{0,31}")
VOCABULARY_BYTES = 200_000
Wanted = Annotated[str | None, QueryParameter(max_length=128)]


@get("/v1/reports", summary="查找报告", opt=declare(answer=tuple[Upsert, ...]))
async def find(
    caller: NamedDependency[Caller],
    reports: NamedDependency[Reports],
    form: Wanted = None,
    number: Wanted = None,
    business_date: Annotated[str | None, QueryParameter(name="date", max_length=10)] = None,
    person: Wanted = None,
    limit: Annotated[int, QueryParameter(ge=1, le=500)] = 100,
) -> Response[bytes]:
    """Find reports by form, number (编号), date (日期) or responsible person (责任人)."""
    asked = dict(zip(COLUMNS, (form, number, business_date, person), strict=True))
    wanted = {column: value for column, value in asked.items() if value is not None}
    return Response(await reports.find(caller, wanted, limit), media_type="application/json")


@post(
    "/v1/reports/{record_id:str}/review",
    status_code=200,
    summary="审核、退回或通过报告",
    opt=declare("identity.forbidden", "reports.moved_since", "reports.own", "reports.reason_missing"),
)
async def review(
    sent: NamedDependency[Body[ReviewReport]],
    record_id: FromPath[str],
    caller: NamedDependency[Caller],
    reviews: NamedDependency[Reviews],
) -> ReportReview:
    """Review a report (审核), return it with a reason (退回) or approve it (通过): supervisors of its section."""
    return await reviews.review(caller, _id(record_id), await sent.read())


@get("/v1/photos/{record_id:str}/watermarked", opt=AS_IT_IS | declare(gives=("image/jpeg",)), summary="取水印照片")
async def watermarked(
    request: Request[Any, Any, Any],
    record_id: FromPath[str],
    caller: NamedDependency[Caller],
    watermarks: NamedDependency[Watermarks],
) -> Response[bytes]:
    """Return the captioned copy (水印照片) of a photograph, a JPEG; ``request.not_found`` until it is made."""
    made, data = await watermarks.read(caller, record_id)
    said = INERT | {"ETag": f'"{made}"', "Cache-Control": "private, no-cache"}  # it is made anew when its facts change
    if said["ETag"] in request.headers.get("if-none-match", ""):
        return Response(b"", status_code=304, headers=said)
    return Response(data, media_type="image/jpeg", headers=said)


@get("/v1/projects/{project:str}/vocabularies", summary="列出词表")
async def list_vocabularies(
    project: FromPath[str],
    caller: NamedDependency[Caller],
    vocabularies: NamedDependency[VocabularyService],
) -> Vocabularies:
    """List the lists (词表) that are kept for a project."""
    return await vocabularies.listed(caller, _id(project))


@put(
    "/v1/projects/{project:str}/vocabularies/{name:str}",
    summary="保存词表",
    opt=declare("identity.forbidden", "projects.too_many_vocabularies", limit=VOCABULARY_BYTES),
)
async def keep_vocabulary(
    sent: NamedDependency[Body[NewVocabulary]],
    project: FromPath[str],
    name: FromPath[str],
    caller: NamedDependency[Caller],
    vocabularies: NamedDependency[VocabularyService],
) -> Vocabulary:
    """Put a list of a project in place of the one that was: materials, machines, locations, or any that a form names.

    Its clerks and supervisors, and administrators; phones get it on the feed.
    """
    if VOCABULARY_NAME.fullmatch(name) is None:
        raise Refused("request.not_found")
    new = await sent.read()
    return await vocabularies.keep(caller, _id(project), name, new)


def _id(text: str) -> str:
    if not is_id(text):
        raise Refused("request.not_found")
    return text


ROUTES = [find, review, watermarked, list_vocabularies, keep_vocabulary]

"""HTTP of captures: the captioned copies of photographs."""

from typing import Any

from litestar import Request, Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath

from server.captures.watermarks import Watermarks
from server.identity import Caller
from server.kernel.declared import declare
from server.uploads import AS_IT_IS, INERT


@get(
    "/v1/photos/{record_id:str}/watermarked",
    opt=AS_IT_IS | declare(gives=("image/jpeg",)),
    summary="取水印照片 · Captioned copy of a photograph",
    description="返回照片的水印副本(JPEG);生成前为 ``request.not_found``。",
)
async def watermarked(
    request: Request[Any, Any, Any],
    record_id: FromPath[str],
    caller: NamedDependency[Caller],
    watermarks: NamedDependency[Watermarks],
) -> Response[bytes]:
    """Return the captioned copy (水印照片) of a photograph, a JPEG; ``request.not_found`` until it is made."""
    made, data = await watermarks.read(caller, record_id)
    # Not kept without asking: a copy is drawn anew when its facts change.
    headers = INERT | {"ETag": f'"{made}"', "Cache-Control": "private, no-cache"}
    if headers["ETag"] in request.headers.get("if-none-match", ""):
        return Response(b"", status_code=304, headers=headers)
    return Response(data, media_type="image/jpeg", headers=headers)


ROUTES = [watermarked]

"""HTTP of blobs by digest (RFC 9110, 6266): which are stored, their bytes, thumbnails and facts.

A file's type follows from its bytes; types on a short list are shown in a browser, all others offered as a download.
"""

from typing import Annotated, Any, Final

from litestar import Request, Response, get, head, post
from litestar.di import NamedDependency
from litestar.params import FromPath, QueryParameter
from litestar.response import Stream

from mobile_contract.media import BlobsAsked, BlobsHeld, MediaFacts
from server.identity import Caller
from server.kernel.bodies import Body
from server.kernel.declared import declare
from server.uploads import headers
from server.uploads.model import HAVE_AT_ONCE, Blob
from server.uploads.service import Uploads

AnyRequest = Request[Any, Any, Any]

#: Shown in a browser's window; everything else is offered as a file.
SHOWN: Final = frozenset({"image/jpeg", "image/png", "image/webp"})
#: Whatever a blob is, a browser runs nothing of it and guesses nothing about it.
INERT: Final = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "sandbox; default-src 'none'",
    "Cache-Control": "private, max-age=31536000, immutable",
    "Vary": "Authorization",
}
#: For ``kernel.compression``: compressing would break ranges, and photos do not shrink.
AS_IT_IS: Final = {"exclude_from_compression": True}


@post(
    "/v1/blobs/have",
    status_code=200,
    summary="查询已有文件 · Ask which files are there",
    description="返回哪些文件不必再传(仅限调用者可以知道的)。",
    opt=declare("media.bad_digest", limit=HAVE_AT_ONCE * 100),
)
async def have(
    sent: NamedDependency[Body[BlobsAsked]], caller: NamedDependency[Caller], uploads: NamedDependency[Uploads]
) -> BlobsHeld:
    """Return which files need not be sent, as far as the caller may know."""
    asked = await sent.read()
    return BlobsHeld(sha256=tuple(await uploads.blobs.have(caller, asked.sha256)))


@get(
    "/v1/blobs/{sha256:str}",
    opt=AS_IT_IS
    | declare(
        "media.bad_range",
        "media.store_unavailable",
        gives=("application/octet-stream",),
        headers=("Range", "If-None-Match"),
    ),
    summary="下载文件 · Download a file",
    description="返回文件或其中一段:由本服务直接返回,或转到 S3 上短时有效的地址。",
)
async def blob(
    request: AnyRequest, sha256: FromPath[str], caller: NamedDependency[Caller], uploads: NamedDependency[Uploads]
) -> Stream | Response[None] | Response[bytes]:
    """Return a file, or a range of it: from here, or by an address at the S3 service that works for a short while."""
    found = await uploads.blobs.find(caller, sha256)
    fields = _about(found)
    if headers.names(request.headers.get("if-none-match"), fields["ETag"]):
        return Response(None, status_code=304, headers={"ETag": fields["ETag"], **INERT})
    same = request.headers.get("if-range", fields["ETag"]) == fields["ETag"]
    part = headers.byte_range(request.headers.get("range"), found.size) if same else None
    link = await uploads.blobs.link(found, fields["Content-Disposition"])
    if link is not None:
        away = {"Location": link, "Referrer-Policy": "no-referrer", **INERT, "Cache-Control": "no-store"}
        return Response(b"", status_code=302, media_type="text/plain", headers=away)
    start, stop = part or (0, found.size)
    fields["Content-Length"] = str(stop - start)
    if part:
        fields["Content-Range"] = f"bytes {start}-{stop - 1}/{found.size}"
    data = uploads.blobs.read(sha256, start, stop)
    return Stream(data, status_code=206 if part else 200, media_type=found.media_type, headers=fields)


@head(
    "/v1/blobs/{sha256:str}",
    opt=AS_IT_IS,
    summary="查询文件信息 · Ask about a file",
    description="只返回文件的标头,不含内容。",
)
async def about(
    sha256: FromPath[str], caller: NamedDependency[Caller], uploads: NamedDependency[Uploads]
) -> Response[None]:
    """Answer with the headers of a file, without its bytes."""
    found = await uploads.blobs.find(caller, sha256)
    fields = {**_about(found), "Content-Type": found.media_type, "Content-Length": str(found.size)}
    return Response(None, headers=fields)


@get(
    "/v1/blobs/{sha256:str}/thumbnail",
    opt=AS_IT_IS
    | declare(
        "media.undecodable",
        "media.encrypted",
        "media.too_many_pixels",
        "media.too_many_pages",
        "media.too_costly",
        "media.too_long",
        "media.store_unavailable",
        gives=("image/jpeg",),
    ),
    summary="取缩略图 · Thumbnail of a file",
    description="返回图片或文档首页的缩略图:方向已校正的 JPEG,不含 EXIF。",
)
async def thumbnail(
    sha256: FromPath[str],
    caller: NamedDependency[Caller],
    uploads: NamedDependency[Uploads],
    side: Annotated[int, QueryParameter(ge=1, le=4096)] = 256,
) -> Response[bytes]:
    """Return a small upright JPEG without EXIF of an image or of a document's first page."""
    return Response(await uploads.examiner.thumbnail(caller, sha256, side), media_type="image/jpeg", headers=INERT)


@get(
    "/v1/blobs/{sha256:str}/facts",
    summary="取文件的检测结果 · Facts of a file",
    description="返回文件的检测结果:类型、大小、时长和 EXIF;检测完成前为 ``request.not_found``。",
)
async def facts(
    sha256: FromPath[str], caller: NamedDependency[Caller], uploads: NamedDependency[Uploads]
) -> MediaFacts:
    """Return the facts of a file: its type, size, length and EXIF. ``request.not_found`` until it was examined."""
    return await uploads.blobs.facts(caller, sha256)


def _about(found: Blob) -> dict[str, str]:
    shown = "inline" if found.media_type in SHOWN else "attachment"
    return {
        "ETag": f'"{found.sha256}"',
        "Accept-Ranges": "bytes",
        "Content-Disposition": headers.disposition(shown, found.filename),
        **INERT,
    }


ROUTES = [have, blob, about, thumbnail, facts]

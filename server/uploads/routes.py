"""HTTP of uploads: tus 1.0 (https://tus.io/protocols/resumable-upload) at ``/v1/uploads``."""

from datetime import datetime
from email.utils import format_datetime
from typing import Any

from litestar import Request, Response, delete, get, head, patch, post, route
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.types import ExceptionHandlersMap

from media.upload import longest
from mobile_contract.media import Upload
from mobile_contract.problems import Refused
from server.identity import QUARANTINED_TOO, Caller, DeviceTrust, Identity
from server.kernel.bodies import Body
from server.kernel.declared import declare
from server.kernel.problems import answer
from server.kernel.settings import Settings
from server.uploads import headers
from server.uploads.model import declared
from server.uploads.service import Uploads

AnyRequest = Request[Any, Any, Any]

TUS = {"Tus-Resumable": "1.0.0"}
EXTENSIONS = "creation,creation-with-upload,checksum,expiration,termination"
BYTES = "application/offset+octet-stream"
TUS_PROBLEMS = ("media.tus_version", "media.expired", "media.file_mismatch")
BYTES_PROBLEMS = (
    "identity.quarantine_full",
    "media.beyond_length",
    "media.digest_mismatch",
    "media.preempted",
    "media.store_unavailable",
    "media.uploads_at_once",
    "media.wrong_offset",
)


def _refused(request: AnyRequest, refusal: Refused) -> Response[bytes]:
    """Return a refusal with the headers that tus wants on every answer."""
    response = answer(request, refusal.code, refusal.params)
    response.headers.update(TUS | {"Tus-Version": "1.0.0"})
    return response


SPEAKING_TUS: ExceptionHandlersMap = {Refused: _refused}


@route(
    "/v1/uploads",
    http_method=["OPTIONS"],
    status_code=204,
    summary="上传服务的能力 · What the upload service takes",
    description="返回本服务支持的 tus 协议版本、扩展和最大文件。",
)
async def capabilities(settings: NamedDependency[Settings]) -> Response[None]:
    """Return which tus protocol, extensions and size this server takes."""
    fields = {
        "Tus-Version": "1.0.0",
        "Tus-Extension": EXTENSIONS,
        "Tus-Max-Size": str(longest(settings.upload_bytes)),
        "Tus-Checksum-Algorithm": ",".join(headers.CHECKSUMS),
    }
    return Response(None, status_code=204, headers=TUS | fields)


@post(
    "/v1/uploads",
    status_code=201,
    request_max_body_size=None,
    opt=QUARANTINED_TOO
    | declare(
        *TUS_PROBLEMS,
        *BYTES_PROBLEMS,
        "media.too_long",
        "media.bad_digest",
        "media.too_many_uploads",
        "media.project_uploads",
        "media.person_full",
        "media.project_full",
        takes=(BYTES,),
        optional=True,
        headers=("Tus-Resumable", "Upload-Length", "Upload-Metadata", "Upload-Checksum"),
    ),
    exception_handlers=SPEAKING_TUS,
    summary="开始上传 · Begin an upload",
    description="开始一次上传,并接收随请求带来的字节。``Upload-Metadata`` 须含 ``sha256``。",
)
async def create(
    request: AnyRequest,
    sent: NamedDependency[Body[bytes]],
    caller: NamedDependency[Caller],
    identity: NamedDependency[Identity],
    uploads: NamedDependency[Uploads],
) -> Response[bytes]:
    """Begin an upload, and take bytes that come along. ``Upload-Metadata`` must carry ``sha256``."""
    _speaks_tus(request)
    length = headers.length(request.headers.get("upload-length"), "Upload-Length")
    sha256, filename, filetype = declared(headers.metadata(request.headers.get("upload-metadata")))
    expected = headers.checksum(request.headers.get("upload-checksum"))
    quarantined = None if caller.trust is DeviceTrust.FULL else identity.quarantined(caller)
    begun = await uploads.create(caller, length, sha256, filename, filetype, quarantined)
    if headers.is_type(request.headers.get("content-type"), BYTES) and begun.offset < length:
        begun = await uploads.append(caller, begun.id, 0, sent.pieces(), expected)
    return Response(b"", status_code=201, headers={"Location": f"/v1/uploads/{begun.id}", **_state(begun)})


@get("/v1/uploads", summary="列出未完成的上传 · List unfinished uploads", description="列出调用者未完成的上传。")
async def unfinished(caller: NamedDependency[Caller], uploads: NamedDependency[Uploads]) -> list[Upload]:
    """List the caller's unfinished uploads."""
    return await uploads.listing(caller)


@head(
    "/v1/uploads/{upload_id:str}",
    opt=QUARANTINED_TOO | declare(*TUS_PROBLEMS, headers=("Tus-Resumable",)),
    exception_handlers=SPEAKING_TUS,
    summary="查询上传进度 · Progress of an upload",
    description="返回上传已收到多少字节。",
)
async def offset(
    request: AnyRequest, upload_id: FromPath[str], caller: NamedDependency[Caller], uploads: NamedDependency[Uploads]
) -> Response[None]:
    """Answer how many bytes of an upload have arrived."""
    _speaks_tus(request)
    found = await uploads.offset(caller, upload_id)
    fields = {
        "Upload-Length": str(found.length),
        "Cache-Control": "no-store",
        "Content-Length": "0",
    }  # there is no body
    return Response(None, headers=fields | _state(found))


@patch(
    "/v1/uploads/{upload_id:str}",
    status_code=204,
    request_max_body_size=None,
    opt=QUARANTINED_TOO
    | declare(
        *TUS_PROBLEMS, *BYTES_PROBLEMS, takes=(BYTES,), headers=("Tus-Resumable", "Upload-Offset", "Upload-Checksum")
    ),
    exception_handlers=SPEAKING_TUS,
    summary="继续上传 · Continue an upload",
    description="继续接收上传的字节。",
)
async def append(
    request: AnyRequest,
    sent: NamedDependency[Body[bytes]],
    upload_id: FromPath[str],
    caller: NamedDependency[Caller],
    uploads: NamedDependency[Uploads],
) -> Response[None]:
    """Take more bytes of an upload."""
    return await _append(request, upload_id, caller, uploads, sent)


@post(
    "/v1/uploads/{upload_id:str}",
    status_code=204,
    request_max_body_size=None,
    exception_handlers=SPEAKING_TUS,
    summary="以 POST 代替 PATCH 或 DELETE · POST in place of PATCH or DELETE",
    description="在途中设备只放行 POST 时,以 POST 代替 PATCH 或 DELETE。",
    opt=declare(
        *TUS_PROBLEMS,
        *BYTES_PROBLEMS,
        "request.method_not_allowed",
        takes=(BYTES,),
        optional=True,
        headers=("Tus-Resumable", "X-HTTP-Method-Override"),
    ),
)
async def overridden(
    request: AnyRequest,
    sent: NamedDependency[Body[bytes]],
    upload_id: FromPath[str],
    caller: NamedDependency[Caller],
    uploads: NamedDependency[Uploads],
) -> Response[None]:
    """Take a POST with ``X-HTTP-Method-Override``, from behind proxies that let no other method pass."""
    method = request.headers.get("x-http-method-override", "").upper()
    if method not in _OVERRIDES:
        raise Refused("request.method_not_allowed")
    return await _OVERRIDES[method](request, upload_id, caller, uploads, sent)


@delete(
    "/v1/uploads/{upload_id:str}",
    status_code=204,
    exception_handlers=SPEAKING_TUS,
    summary="放弃上传 · End an upload",
    description="放弃上传:已收到的字节随即删除,除非文件已完整。",
    opt=declare(*TUS_PROBLEMS, headers=("Tus-Resumable",)),
)
async def terminate(
    request: AnyRequest, upload_id: FromPath[str], caller: NamedDependency[Caller], uploads: NamedDependency[Uploads]
) -> Response[None]:
    """End an upload: its bytes are deleted, unless they are complete."""
    _speaks_tus(request)
    await uploads.terminate(caller, upload_id)
    return Response(None, status_code=204, headers=TUS)


async def _append(
    request: AnyRequest, upload_id: str, caller: Caller, uploads: Uploads, sent: Body[bytes]
) -> Response[None]:
    _speaks_tus(request)
    if not headers.is_type(request.headers.get("content-type"), BYTES):
        raise Refused("request.encoding", encoding=request.headers.get("content-type", "")[:100])
    start = headers.length(request.headers.get("upload-offset"), "Upload-Offset")
    expected = headers.checksum(request.headers.get("upload-checksum"))
    received = await uploads.append(caller, upload_id, start, sent.pieces(), expected)
    return Response(None, status_code=204, headers=_state(received))


async def _terminate(
    request: AnyRequest, upload_id: str, caller: Caller, uploads: Uploads, _sent: Body[bytes]
) -> Response[None]:
    _speaks_tus(request)
    await uploads.terminate(caller, upload_id)
    return Response(None, status_code=204, headers=TUS)


_OVERRIDES = {"PATCH": _append, "DELETE": _terminate}


def _speaks_tus(request: AnyRequest) -> None:
    if request.headers.get("tus-resumable") != "1.0.0":
        raise Refused("media.tus_version")


def _state(upload: Upload) -> dict[str, str]:
    expires = format_datetime(datetime.fromisoformat(upload.expires_at), usegmt=True)
    return {"Upload-Offset": str(upload.offset), "Upload-Expires": expires, "Upload-State": upload.state, **TUS}


ROUTES = [capabilities, create, unfinished, offset, append, overridden, terminate]

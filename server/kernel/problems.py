"""The edge where a refusal becomes HTTP: RFC 9457 ``application/problem+json`` in the reader's language."""

import logging
from typing import Any, cast

import msgspec
import sqlalchemy as sa
from litestar import Request, Response
from litestar.exceptions import HTTPException
from litestar.types import ExceptionHandlersMap

from mobile_contract.problems import Refused, details
from server.kernel.bodies import shortened
from server.kernel.clock import new_id
from server.kernel.declared import problems

log = logging.getLogger("plumbline")

MEDIA_TYPE = "application/problem+json"

#: Begins the line of the log when the API document would be wrong; the tests fail wherever a server logs it.
UNDECLARED = "a problem that its route does not declare"

#: What Litestar itself refuses, by HTTP status.
_BY_STATUS = {
    400: "request.invalid",
    401: "identity.unauthenticated",
    403: "identity.forbidden",
    404: "request.not_found",
    405: "request.method_not_allowed",
    413: "request.too_large",
    415: "request.encoding",
    422: "request.invalid",
}

#: The class of SQLSTATE that is about the values of a statement.
_DATA_EXCEPTION = "22"

AnyRequest = Request[Any, Any, Any]


def answer(request: AnyRequest, code: str, params: dict[str, str]) -> Response[bytes]:
    """Make the problem+json answer for a listed code."""
    handler = cast(Any, request.scope).get("route_handler")  # none: the address led nowhere
    if handler is not None and code not in problems(handler):
        log.error("%s: %s answers %s", UNDECLARED, handler, code)
    body = details(code, params, request.headers.get("accept-language", "zh-CN"))
    headers = {"Retry-After": params["seconds"]} if "seconds" in params else {}
    if body.status == 416:
        headers["Content-Range"] = f"bytes */{params['size']}"
    if body.status == 401:
        headers["WWW-Authenticate"] = "Bearer"
    return Response(msgspec.json.encode(body), status_code=body.status, media_type=MEDIA_TYPE, headers=headers)


def _refused(request: AnyRequest, error: Exception) -> Response[bytes]:
    assert isinstance(error, Refused)  # noqa: S101 - the handler is registered for this type
    return answer(request, error.code, error.params)


def _http(request: AnyRequest, error: Exception) -> Response[bytes]:
    assert isinstance(error, HTTPException)  # noqa: S101 - the handler is registered for this type
    code = _BY_STATUS.get(error.status_code)
    if code is None:
        return _unexpected(request, error)
    return answer(request, code, {"reason": _reason(error), "limit": "?", "encoding": ""})


def _reason(error: HTTPException) -> str:
    extra = error.extra
    if isinstance(extra, list):
        return "; ".join(
            f"{item.get('key', '')}: {shortened(str(item.get('message', '')))}"
            for item in extra
            if isinstance(item, dict)
        )
    return error.detail


def _invalid(request: AnyRequest, error: Exception) -> Response[bytes]:
    return answer(request, "request.invalid", {"reason": shortened(str(error))})


def _away(request: AnyRequest, error: Exception) -> Response[bytes]:
    """Answer for a database that is away, full or overrun: nothing was committed, and later it may work."""
    log.error("the database cannot serve %s %s", request.method, request.url.path, exc_info=error)
    return answer(request, "server.busy", {"seconds": "5"})


def _unexpected(request: AnyRequest, error: Exception) -> Response[bytes]:
    reference = new_id()
    log.error("unexpected error %s on %s %s", reference, request.method, request.url.path, exc_info=error)
    return answer(request, "server.failed", {"reference": reference})


def _database(request: AnyRequest, error: Exception) -> Response[bytes]:
    """Blame the request for a value that no column can hold: PostgreSQL takes no NUL in a text, SQLite does."""
    state = getattr(getattr(error, "orig", None), "sqlstate", None) or ""
    if not state.startswith(_DATA_EXCEPTION):
        return _unexpected(request, error)
    return answer(request, "request.invalid", {"reason": str(getattr(error, "orig", error)).partition("\n")[0][:200]})


HANDLERS: ExceptionHandlersMap = {
    Refused: _refused,
    HTTPException: _http,
    sa.exc.DBAPIError: _database,
    msgspec.ValidationError: _invalid,
    sa.exc.OperationalError: _away,
    sa.exc.TimeoutError: _away,
    Exception: _unexpected,
}

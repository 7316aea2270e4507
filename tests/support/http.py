"""The HTTP face of one domain or of the whole program, on the event loop of the test.

Not Litestar's own test client: that one runs the application on a loop of its own, where the test's connections to
PostgreSQL cannot be used.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any, cast

import httpx
import msgspec
from litestar import Litestar
from litestar.di import Provide
from litestar.types import ASGIApp, ControllerRouterHandler, HTTPResponseStartEvent, Message, Receive, Scope, Send

from mobile_contract.problems import ProblemDetails
from server.kernel.bodies import decompress, provide_body
from server.kernel.declared import problems
from server.kernel.problems import HANDLERS, MEDIA_TYPE
from server.kernel.settings import Settings

_ALWAYS: dict[str, Any] = {"sent": Provide(provide_body, sync_to_thread=False), "settings": Settings()}


@asynccontextmanager
async def client(
    routes: Sequence[ControllerRouterHandler], dependencies: Mapping[str, Any]
) -> AsyncIterator[httpx.AsyncClient]:
    """Serve ``routes`` with the problem handlers. A dependency is a ``Provide``, or the thing itself.

    ``sent`` and default settings are there unless given.
    """
    app = Litestar(
        route_handlers=list(routes),
        exception_handlers=HANDLERS,
        dependencies={name: _provide(thing) for name, thing in (_ALWAYS | dict(dependencies)).items()},
        openapi_config=None,
    )
    async with serving(app) as http:
        yield http


@asynccontextmanager
async def serving(app: Litestar, *, strict: bool = False) -> AsyncIterator[httpx.AsyncClient]:
    """Serve a whole application. ``strict``: fail where a route answers with a problem that it does not declare."""
    transport = httpx.ASGITransport(
        cast(Any, _watched(app) if strict else app)
    )  # both speak ASGI; their types spell it differently
    async with app.lifespan(), httpx.AsyncClient(transport=transport, base_url="http://plumbline.test") as http:
        yield http


def _watched(app: Litestar) -> ASGIApp:
    """Fail where a route answers with a problem that it does not declare: the API document would be wrong."""

    async def asgi(scope: Scope, receive: Receive, send: Send) -> None:
        heads: list[HTTPResponseStartEvent] = []
        body = bytearray()

        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                heads.append(message)
            elif message["type"] == "http.response.body" and _is_problem(heads[0]):
                body.extend(message["body"])
            await send(message)

        await app(scope, receive, sending)
        if body and "route_handler" in scope:
            code, handler = _code(heads[0], bytes(body)), scope["route_handler"]
            assert code in problems(handler), f"{handler} does not declare {code}"

    return asgi


def _is_problem(head: HTTPResponseStartEvent) -> bool:
    return dict(head["headers"]).get(b"content-type", b"").startswith(MEDIA_TYPE.encode())


def _code(head: HTTPResponseStartEvent, body: bytes) -> str:
    encoding = dict(head["headers"]).get(b"content-encoding", b"").decode()
    read = decompress(body, encoding, 1 << 20) if encoding else body
    return msgspec.json.decode(read, type=ProblemDetails).code


def _provide(thing: Any) -> Provide:
    return thing if isinstance(thing, Provide) else Provide(lambda: thing, sync_to_thread=False)

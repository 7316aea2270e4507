"""The HTTP face of one domain or of the whole program, on the event loop of the test.

Not Litestar's own test client: that one runs the application on a loop of its own, where the test's connections to
PostgreSQL cannot be used.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any, cast

import httpx
from litestar import Litestar
from litestar.di import Provide
from litestar.types import ControllerRouterHandler

from server.kernel.bodies import provide_body
from server.kernel.problems import HANDLERS
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
async def serving(app: Litestar) -> AsyncIterator[httpx.AsyncClient]:
    """Serve a whole application."""
    transport = httpx.ASGITransport(cast(Any, app))  # both speak ASGI; their types spell it differently
    async with app.lifespan(), httpx.AsyncClient(transport=transport, base_url="http://plumbline.test") as http:
        yield http


def _provide(thing: Any) -> Provide:
    return thing if isinstance(thing, Provide) else Provide(lambda: thing, sync_to_thread=False)

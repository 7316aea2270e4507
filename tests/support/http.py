"""The HTTP face of one domain or of the whole program, on the event loop of the test.

Not Litestar's own test client: that one runs the application on a loop of its own, where the test's connections to
PostgreSQL cannot be used.
"""

from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager, nullcontext
from typing import Any, cast

import httpx
from litestar import Litestar
from litestar.di import Provide
from litestar.types import ControllerRouterHandler

from server import webapp
from server.app import DOMAINS, Front, Program
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
async def serving(served: Program | Litestar) -> AsyncIterator[httpx.AsyncClient]:
    """Serve a whole program, or any application."""
    with front(served) if isinstance(served, Program) else nullcontext(served) as app:
        transport = httpx.ASGITransport(cast(Any, app))  # both speak ASGI; their types spell it differently
        async with app.lifespan(), httpx.AsyncClient(transport=transport, base_url="http://plumbline.test") as http:
            yield http


#: Fronts that serve nothing now. Making one takes a third of a second of a processor, more than most tests do.
_idle: list[Front] = []


@contextmanager
def front(program: Program) -> Iterator[Litestar]:
    """Give the HTTP front of a program while the block lasts: a new one, or that of a program which is over."""
    if program.house.domains is not DOMAINS or webapp.guards(program.settings) != webapp.guards(Settings()):
        yield program.litestar()
        return
    given = _idle.pop() if _idle else Front(program)
    given.program = program
    yield given.app
    _idle.append(given)  # one whose test failed serves no other


def _provide(thing: Any) -> Provide:
    return thing if isinstance(thing, Provide) else Provide(lambda: thing, sync_to_thread=False)

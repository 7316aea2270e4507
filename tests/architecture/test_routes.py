"""The question of ``open_routes``, asked of the running program: whatever is routed is seen, however it is made."""

from pathlib import Path

import pytest
from litestar.handlers import HTTPRouteHandler
from litestar.routes import HTTPRoute

from server.app import Program
from server.kernel.settings import Settings
from tests.architecture.test_rooms import PUBLIC

#: What Litestar itself adds: the API document.
DOCUMENT = "/docs"


def _asks(handler: HTTPRouteHandler) -> bool:
    return "caller" in handler.parsed_fn_signature.parameters


@pytest.mark.anyio
async def test_every_route_of_the_program_asks_who_calls_or_is_public(tmp_path: Path) -> None:
    program = Program(Settings(data_dir=str(tmp_path)))
    app = program.litestar()
    open_ = {
        f"{method} {route.path}"
        for route in app.routes
        if isinstance(route, HTTPRoute) and not route.path.startswith(DOCUMENT)
        for method, (handler, _) in route.route_handler_map.items()
        if method != "OPTIONS" and not _asks(handler)
    }
    await program.close()
    assert open_ - PUBLIC.keys() == set()
    named = {address for address in PUBLIC if not address.startswith("ROUTE ")}  # OPTIONS, which Litestar adds too
    assert named - open_ == set(), "these are not public any more: strike them"

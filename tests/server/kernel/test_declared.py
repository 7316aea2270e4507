"""What routes declare, and what follows from their shape."""

from typing import Annotated, Any

import pytest
from litestar import get, post
from litestar.di import NamedDependency
from litestar.handlers import BaseRouteHandler
from litestar.params import FromPath, QueryParameter

from server.identity import Caller
from server.kernel.bodies import Body
from server.kernel.declared import BODY_BYTES, declaration, declare, problems
from server.kernel.settings import Settings

ANY = {"server.busy", "server.failed"}


@get("/plain")
async def plain() -> None: ...


@get("/own", opt=declare("identity.forbidden", "server.busy"))
async def of_its_own() -> None: ...


@post("/body")
async def with_body(sent: NamedDependency[Body[Any]]) -> None: ...


@get("/caller")
async def for_callers(caller: NamedDependency[Caller]) -> None: ...


@get("/places/{place:str}")
async def of_a_place(place: FromPath[str]) -> None: ...


@get("/pages")
async def in_pages(after: Annotated[str, QueryParameter(max_length=36)] = "") -> None: ...


@pytest.mark.parametrize(
    ("handler", "more"),
    [
        (plain, set()),
        (of_its_own, {"identity.forbidden"}),
        (
            with_body,
            {"request.encoding", "request.invalid", "request.malformed", "request.stalled", "request.too_large"},
        ),
        (for_callers, {"identity.device_revoked", "identity.device_wiped", "identity.unauthenticated"}),
        (of_a_place, {"request.invalid", "request.not_found"}),
        (in_pages, {"request.invalid"}),
    ],
    ids=lambda value: value.fn.__name__ if isinstance(value, BaseRouteHandler) else "",
)
def test_a_route_declares_its_own_problems_and_those_of_its_shape_once_each(
    handler: BaseRouteHandler, more: set[str]
) -> None:
    assert problems(handler) == tuple(sorted(ANY | more))


def test_what_a_route_does_not_say_has_a_default() -> None:
    found = declaration(plain)
    assert (found.problems, found.takes, found.optional, found.gives) == ((), ("application/json",), False, ())
    assert found.limit_under(Settings()) == BODY_BYTES == 16_384


def test_a_limit_is_a_number_or_follows_from_the_settings() -> None:
    fixed, chosen = declare(limit=5)["declared"], declare(limit=lambda settings: settings.port)["declared"]
    assert (fixed.limit_under(Settings()), chosen.limit_under(Settings(port=9))) == (5, 9)

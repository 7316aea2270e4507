"""What a route says of itself for the API document, beside what its arguments already say: ``opt=declare(…)``.

A route lists the problems of its own; those that follow from its shape – that it reads a body, has parameters, asks who
calls – are added here, once. A test fails when a route answers with a problem that it does not declare.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from litestar.handlers import BaseRouteHandler
from litestar.params import QueryParameter

from server.kernel.settings import Settings

JSON: Final = "application/json"
#: Bytes of a body whose route says nothing else.
BODY_BYTES: Final = 16_384
_KEY: Final = "declared"

#: What any route may answer, and any that reads a body, has parameters, or asks who calls.
ANY: Final = ("server.busy", "server.failed")
BODY: Final = ("request.encoding", "request.malformed", "request.stalled", "request.too_large")
PARAMETERS: Final = ("request.invalid",)
PLACE: Final = ("request.not_found",)
CALLER: Final = ("identity.unauthenticated", "identity.device_revoked", "identity.device_wiped")


@dataclass(frozen=True)
class Declared:
    """What one route declares.

    ``problems``: codes of its own. ``limit``: bytes of its body, a number or what follows from the settings. ``takes``:
    media types of its body. ``optional``: a body without bytes counts as ``{}``. ``answer``: the type in the JSON of a
    handler that encodes its answer itself. ``gives``: media types of an answer that is no JSON. ``headers``: request
    headers that the handler reads by hand.
    """

    problems: tuple[str, ...] = ()
    limit: int | Callable[[Settings], int] = BODY_BYTES
    takes: tuple[str, ...] = (JSON,)
    optional: bool = False
    answer: Any = None
    gives: tuple[str, ...] = ()
    headers: tuple[str, ...] = ()

    def limit_under(self, settings: Settings) -> int:
        """Return the bytes that a body may have, sent and decompressed."""
        return self.limit(settings) if callable(self.limit) else self.limit


def declare(*problems: str, **rest: Any) -> dict[str, Any]:
    """Make the ``opt`` of a handler; ``rest`` are the fields of :class:`Declared`."""
    return {_KEY: Declared(problems=problems, **rest)}


def declaration(handler: BaseRouteHandler) -> Declared:
    """Return what a handler declared, or the defaults."""
    found: Declared = handler.opt.get(_KEY, _NOTHING)
    return found


def problems(handler: BaseRouteHandler) -> tuple[str, ...]:
    """Return the codes of all problems that a route may answer with, sorted."""
    arguments = handler.parsed_fn_signature.parameters
    found = {*ANY, *declaration(handler).problems}
    if "sent" in arguments:
        found |= {*BODY, *PARAMETERS}
    if "caller" in arguments:
        found |= {*CALLER}
    if any("{" in path for path in handler.paths):
        found |= {*PLACE, *PARAMETERS}
    if any(isinstance(each.kwarg_definition, QueryParameter) for each in arguments.values()):
        found |= {*PARAMETERS}
    return tuple(sorted(found))


_NOTHING: Final = Declared()

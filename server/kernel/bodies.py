"""Request bodies: declared by a handler's argument, read with a limit on bytes sent and bytes after decompression.

A handler that reads a body asks for ``sent: NamedDependency[Body[NewProject]]`` and calls ``await sent.read()`` once
the caller is known to be allowed. The API document shows what was asked for; a test refuses any other way of reading.
"""

import asyncio
import zlib
from collections.abc import AsyncIterator
from typing import Any, Generic, TypeVar

import msgspec
import zstandard
from litestar import Request
from litestar.di import NamedDependency
from litestar.exceptions import InternalServerException
from litestar.handlers import BaseRouteHandler

from mobile_contract.problems import Refused
from server.kernel.declared import declaration
from server.kernel.settings import Settings

T = TypeVar("T")

#: Characters of what a decoder says that a problem repeats.
REASON_CHARACTERS = 400

#: The argument by which a handler asks for its body.
ARGUMENT = "sent"

#: Seconds without a byte after which the sender is taken to be cut off. A phone that loses its network says no
#: goodbye: what waits for it for ever would count against it for ever.
SILENCE_SECONDS = 60.0


class Body(Generic[T]):
    """The body of one request, not read yet. ``T`` is the wire type it holds; ``bytes`` where it is no JSON."""

    def __init__(self, request: Request[Any, Any, Any], shape: type[T], limit: int, *, optional: bool) -> None:
        self._request = request
        self._shape = shape
        self._limit = limit
        self._optional = optional

    async def read(self) -> T:
        """Return the body, decompressed and decoded. Raise what :func:`read` and :func:`decode` raise."""
        body = await read(self._request, self._limit)
        if self._shape is bytes:
            return body  # type: ignore[return-value]  # T is bytes
        return decode(body or b"{}" if self._optional else body, self._shape)

    async def pieces(self) -> AsyncIterator[bytes]:
        """Yield the body as it arrives; the handler limits what it takes.

        It ends where a link breaks: what arrived before is kept, and resumed from.
        """
        try:
            async for piece in self._request.stream():
                yield piece
        except InternalServerException:  # what Litestar makes of a client that went away
            return


def shape_of(handler: BaseRouteHandler) -> Any:
    """Return the ``T`` of the :class:`Body` that a handler asks for; None: it reads no body."""
    argument = handler.parsed_fn_signature.parameters.get(ARGUMENT)
    return argument.args[0] if argument else None


def provide_body(request: Request[Any, Any, Any], settings: NamedDependency[Settings]) -> Body[Any]:
    """Return the dependency ``sent``, as the handler's argument and its declaration say."""
    handler = request.route_handler
    declared = declaration(handler)
    return Body(request, shape_of(handler), declared.limit_under(settings), optional=declared.optional)


async def read(request: Request[Any, Any, Any], limit: int, silence: float = SILENCE_SECONDS) -> bytes:
    """Read the body, decompressed.

    Raise ``request.stalled``, ``request.too_large``, ``request.encoding`` or ``request.malformed``.
    """
    encoding = request.headers.get("content-encoding", "identity").lower()
    parts, size = [], 0
    try:
        async with asyncio.timeout(silence) as patience:
            async for part in request.stream():
                patience.reschedule(asyncio.get_running_loop().time() + silence)
                size += len(part)
                if size > limit:
                    raise Refused("request.too_large", limit=limit)
                parts.append(part)
    except (TimeoutError, InternalServerException) as error:  # the latter is Litestar's word for a client that left
        raise Refused("request.stalled") from error
    sent = b"".join(parts)
    if encoding in ("identity", ""):
        return sent
    return decompress(sent, encoding, limit)


def decompress(sent: bytes, encoding: str, limit: int) -> bytes:
    """Undo gzip or zstd, never producing more than ``limit`` bytes."""
    try:
        if encoding == "gzip":
            stream = zlib.decompressobj(wbits=31)
            body = stream.decompress(sent, limit + 1)
            whole = stream.eof or len(body) > limit
        elif encoding == "zstd":
            opener = zstandard.ZstdDecompressor(max_window_size=8 << 20)
            body = opener.stream_reader(sent).read(limit + 1)
            # A reader does not say where it ended, and what says so has no limit: it runs once the size is known.
            whole = len(body) > limit or _zstd_ends(opener, sent)
        else:
            raise Refused("request.encoding", encoding=encoding[:40])
    except (zlib.error, zstandard.ZstdError) as error:
        raise Refused("request.malformed", reason=str(error)) from error
    if len(body) > limit:
        raise Refused("request.too_large", limit=limit)
    if not whole:
        raise Refused("request.malformed", reason="the compressed body ends early")
    return body


def _zstd_ends(opener: zstandard.ZstdDecompressor, sent: bytes) -> bool:
    """Return whether the first frame is there to its end."""
    stream = opener.decompressobj()
    stream.decompress(sent)
    return stream.eof


def decode(body: bytes, shape: type[T]) -> T:
    """Decode JSON into a wire type. Raise ``request.malformed`` or ``request.invalid`` with the place."""
    try:
        decoder: msgspec.json.Decoder[T] = _decoder(shape)
        decoded = decoder.decode(body)
    except msgspec.ValidationError as error:
        raise Refused("request.invalid", reason=shortened(str(error))) from error
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Refused("request.malformed", reason=shortened(str(error))) from error
    return decoded


def shortened(said: str) -> str:
    """Return what msgspec says, without the middle where it repeats a long value: the place stands at its end."""
    return said if len(said) <= REASON_CHARACTERS else f"{said[:200]}…{said[-REASON_CHARACTERS + 201 :]}"


_DECODERS: dict[Any, msgspec.json.Decoder[Any]] = {}


def _decoder(shape: Any) -> msgspec.json.Decoder[Any]:
    """Return the decoder of a wire type, made once: there are as many as declared bodies."""
    if shape not in _DECODERS:
        _DECODERS[shape] = msgspec.json.Decoder(shape)
    return _DECODERS[shape]

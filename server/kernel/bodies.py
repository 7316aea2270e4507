"""Reading a request's body with a limit on everything: bytes sent, and bytes after decompression."""

import asyncio
import zlib
from typing import Any, TypeVar

import msgspec
import zstandard
from litestar import Request

from mobile_contract.problems import Refused

T = TypeVar("T")

#: Seconds without a byte after which whoever sends is taken to be cut off. A phone that loses its network says no
#: goodbye: what waits for it for ever would count against it for ever.
SILENCE_SECONDS = 60.0


async def read(request: Request[Any, Any, Any], limit: int, silence: float = SILENCE_SECONDS) -> bytes:
    """Read the body, decompressed.

    Raises ``request.stalled``, ``request.too_large``, ``request.encoding`` or ``request.malformed``.
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
    except TimeoutError as error:
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
            reader = zstandard.ZstdDecompressor(max_window_size=8 << 20).stream_reader(sent)
            body = reader.read(limit + 1)
            whole = True
        else:
            raise Refused("request.encoding", encoding=encoding[:40])
    except (zlib.error, zstandard.ZstdError) as error:
        raise Refused("request.malformed", reason=str(error)) from error
    if len(body) > limit:
        raise Refused("request.too_large", limit=limit)
    if not whole:
        raise Refused("request.malformed", reason="the compressed body ends early")
    return body


def decode(body: bytes, shape: type[T]) -> T:
    """Decode JSON into a wire type. Raises ``request.malformed`` or ``request.invalid`` with the place."""
    try:
        return msgspec.json.decode(body, type=shape)
    except msgspec.ValidationError as error:
        raise Refused("request.invalid", reason=str(error)) from error
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Refused("request.malformed", reason=str(error)) from error

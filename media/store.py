"""Where bytes are stored: a small core that every store offers, and capabilities that only some offer.

A blob is addressed by its SHA-256 and never changes, which is what makes the core this small: a put can be repeated,
two puts can race, and nothing is ever overwritten with anything else.
"""

import hashlib
from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator
from pathlib import Path
from typing import Final, Protocol, runtime_checkable

import anyio
import msgspec

from mobile_contract.ids import is_sha256
from mobile_contract.problems import Refused

#: What a put reads from: bytes at hand, a local file, or a stream.
Source = bytes | bytearray | Path | AsyncIterable[bytes]

CHUNK_BYTES: Final = 1024 * 1024


class BlobStore(Protocol):
    """The core. Every method may raise :class:`Refused` ``media.store_unavailable``; the caller tries again later."""

    async def put(self, sha256: str, size: int, source: Source) -> None:
        """Store ``size`` bytes under their digest.

        The store guarantees that on return they are durable and verified, and that no reader sees a part of
        them: other bytes are ``media.file_mismatch`` and leave nothing behind. Blobs already there stay.
        The source is read once, in pieces; the caller guarantees only that it ends.
        """
        ...

    def read(self, sha256: str, start: int = 0, stop: int | None = None) -> AsyncGenerator[bytes]:
        """Stream the bytes from ``start`` up to and without ``stop``; ``request.not_found`` at the first piece.

        A range past the end gives what is there. A caller that stops early closes it (``contextlib.aclosing``).
        """
        ...

    async def size(self, sha256: str) -> int | None:
        """Return the size in bytes, or None when there is no such blob."""
        ...

    async def listing(self, after: str, limit: int) -> list[tuple[str, int]]:
        """Return digest and size of up to ``limit`` blobs, in order of their digests, those behind ``after``.

        Fewer than ``limit`` are the last ones. What is stored or deleted meanwhile may be in it or not.
        """
        ...

    async def delete(self, sha256: str) -> None:
        """Delete a blob; one that is not there is no error. The caller guarantees that no record cites it."""
        ...


class PartStaging(Protocol):
    """Where the parts of unfinished uploads wait (see ``media.upload``): a file with a folder, an object with S3.

    A store with this capability lets any process go on with an upload that another one began. Which parts count is in
    the upload's committed state alone; the staging may hold stale ones besides, until ``discard``.
    """

    async def stage(self, upload: str, index: int, token: int, data: bytes) -> None:
        """Keep a part under its name. Durable and whole on return; the same name again replaces it whole."""
        ...

    async def staged(self, upload: str, index: int, token: int) -> bytes:
        """Read a part back; ``request.not_found`` when it is not there."""
        ...

    async def discard(self, upload: str) -> None:
        """Forget every part of an upload, stale ones too."""
        ...

    async def waiting(self, after: str, limit: int) -> list[str]:
        """Return up to ``limit`` ids of uploads that have parts here, stale ones too: in order, behind ``after``."""
        ...

    async def tidy(self, older_seconds: float, limit: int) -> int:
        """Remove up to ``limit`` half-written files or uploads older than so many seconds; return how many.

        They never had a name that is read. The age must exceed what a put may take.
        """
        ...


@runtime_checkable
class Links(Protocol):
    """A store that signs addresses at which its blobs can be read without further authority."""

    async def link(self, sha256: str, seconds: int, media_type: str, disposition: str) -> str:
        """Return an address that works for so long, and answers with this type and ``Content-Disposition``."""
        ...


class Promise(msgspec.Struct, frozen=True, kw_only=True):
    """One thing a service may be able to do; ``seen`` is what was amiss where it is not ``kept``."""

    name: str
    kept: bool
    seen: str = ""


@runtime_checkable
class Probes(Protocol):
    """A store that can find out what its service can and cannot do."""

    async def probe(self) -> tuple[Promise, ...]:
        """Return what the service was found to do; what is written to find out is removed again."""
        ...


class StagingStore(BlobStore, PartStaging, Protocol):
    """What the server needs: blobs, and the parts of those on their way."""


class Verifier:
    """Counts and hashes the bytes that pass, and compares size and digest with those declared."""

    def __init__(self, sha256: str, size: int) -> None:
        self._expected, self._size, self._seen, self._hash = checked(sha256), size, 0, hashlib.sha256()

    def update(self, piece: bytes | bytearray) -> None:
        """Take the next piece; stops a source that outgrows its declared size."""
        self._seen += len(piece)
        if self._seen > self._size:
            raise Refused("media.file_mismatch")
        self._hash.update(piece)

    def finish(self) -> None:
        """Raise :class:`Refused` ``media.file_mismatch`` unless size and digest are as declared."""
        if self._seen != self._size or self._hash.hexdigest() != self._expected:
            raise Refused("media.file_mismatch")


def checked(sha256: str) -> str:
    """Return ``sha256`` if it is a well-formed digest; what becomes part of a path or key is checked here alone."""
    if not is_sha256(sha256):
        raise Refused("media.bad_digest")
    return sha256


async def blocks(source: Source, size: int = CHUNK_BYTES) -> AsyncIterator[bytes]:
    """Yield a source in blocks of ``size`` bytes; only the last may be shorter."""
    if isinstance(source, bytes | bytearray):
        for start in range(0, len(source), size):
            yield bytes(source[start : start + size])
        return
    held = bytearray()
    async for piece in _pieces(source, size):
        start = size - len(held) if held else 0
        held += piece[:start]
        if len(held) == size:
            yield bytes(held)
            held.clear()
        whole = start + max(0, len(piece) - start) // size * size
        for at in range(start, whole, size):
            yield piece[at : at + size]
        held += piece[whole:]
    if held:
        yield bytes(held)


async def read_all(store: BlobStore, sha256: str, limit: int) -> bytes:
    """Read a whole blob into memory; ``media.too_long`` when it has more than ``limit`` bytes."""
    held = bytearray()
    async for piece in store.read(sha256):
        held += piece
        if len(held) > limit:
            raise Refused("media.too_long", limit=limit)
    return bytes(held)


async def _pieces(source: Path | AsyncIterable[bytes], size: int) -> AsyncIterator[bytes]:
    if isinstance(source, Path):
        async with await anyio.open_file(source, "rb") as file:
            while piece := await file.read(size):
                yield piece
    else:
        async for piece in source:
            yield piece

"""Blobs and parts in memory: for tests and simulations, under the same conformance suite as the real stores."""

from collections.abc import AsyncGenerator

from media.store import CHUNK_BYTES, Source, Verifier, blocks, checked
from mobile_contract.problems import Refused


class MemoryStore:
    """Implements ``BlobStore`` and ``PartStaging``; durable as long as the process."""

    def __init__(self) -> None:
        self._blobs: dict[str, bytes] = {}
        self._parts: dict[str, dict[tuple[int, int], bytes]] = {}

    async def put(self, sha256: str, size: int, source: Source) -> None:
        """See ``BlobStore.put``."""
        verifier, held = Verifier(sha256, size), bytearray()
        async for block in blocks(source):
            verifier.update(block)
            held += block
        verifier.finish()
        self._blobs[sha256] = bytes(held)

    async def read(self, sha256: str, start: int = 0, stop: int | None = None) -> AsyncGenerator[bytes]:
        """See ``BlobStore.read``."""
        blob = self._blobs.get(checked(sha256))
        if blob is None:
            raise Refused("request.not_found")
        async for block in blocks(blob[start:stop], CHUNK_BYTES):
            yield block

    async def size(self, sha256: str) -> int | None:
        """See ``BlobStore.size``."""
        blob = self._blobs.get(checked(sha256))
        return None if blob is None else len(blob)

    async def listing(self, after: str, limit: int) -> list[tuple[str, int]]:
        """See ``BlobStore.listing``."""
        return [(sha256, len(self._blobs[sha256])) for sha256 in sorted(self._blobs) if sha256 > after][:limit]

    async def delete(self, sha256: str) -> None:
        """See ``BlobStore.delete``."""
        self._blobs.pop(checked(sha256), None)

    async def stage(self, upload: str, index: int, token: int, data: bytes) -> None:
        """See ``PartStaging.stage``."""
        self._parts.setdefault(upload, {})[index, token] = bytes(data)

    async def staged(self, upload: str, index: int, token: int) -> bytes:
        """See ``PartStaging.staged``."""
        part = self._parts.get(upload, {}).get((index, token))
        if part is None:
            raise Refused("request.not_found")
        return part

    async def discard(self, upload: str) -> None:
        """See ``PartStaging.discard``."""
        self._parts.pop(upload, None)

    async def waiting(self, after: str, limit: int) -> list[str]:
        """See ``PartStaging.waiting``."""
        return sorted(upload for upload in self._parts if upload > after)[:limit]

    async def tidy(self, older_seconds: float, limit: int) -> int:  # noqa: ARG002 - what died here left nothing
        """See ``PartStaging.tidy``."""
        return 0

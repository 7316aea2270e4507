"""The bytes of an upload, cut into the parts of ``media.upload`` on their way into a staging, and joined again."""

from collections.abc import AsyncGenerator

from media.store import PartStaging
from media.upload import PART_BYTES, UploadProgress, part_size, tail


class PartWriter:
    """Writes what one request brings, under the token it claimed. Holds at most one part in memory."""

    def __init__(self, staging: PartStaging, upload: str, state: UploadProgress) -> None:
        self._staging, self._upload, self._state = staging, upload, state
        self._index = state.offset // PART_BYTES
        self._held = bytearray()
        self._staged_to = self.end = state.offset

    @property
    def unstaged(self) -> int:
        """Count the bytes that would be lost with this process."""
        return self.end - self._staged_to

    @property
    def whole(self) -> bytearray | None:
        """Return the whole file if it came in one go and was small enough never to be staged."""
        in_memory = self._state.offset == 0 and self._staged_to == 0 and self.end == self._state.length
        return self._held if in_memory else None

    async def resume(self) -> None:
        """Fetch the unfinished last part, which is written anew with what follows; ``request.not_found``."""
        index = tail(self._state)
        if index is not None:
            part = await self._staging.staged(self._upload, index, self._state.parts[index])
            self._held += part[: part_size(self._state, index)]

    async def write(self, piece: bytes) -> bool:
        """Take the next bytes and return whether a full part was staged."""
        filled = False
        for start in range(0, len(piece), PART_BYTES):
            filled |= await self._write(piece[start : start + PART_BYTES])
        return filled

    async def flush(self) -> None:
        """Stage what is held: afterwards everything up to ``end`` is durable."""
        if self.unstaged:
            await self._staging.stage(self._upload, self._index, self._state.token, bytes(self._held))
            self._staged_to = self.end

    async def _write(self, piece: bytes) -> bool:
        room = PART_BYTES - len(self._held)
        self._held += piece[:room]
        self.end += min(room, len(piece))
        if len(self._held) < PART_BYTES:
            return False
        await self.flush()
        self._index += 1
        self._held = bytearray(piece[room:])
        self.end += len(self._held)
        return True


async def joined(staging: PartStaging, upload: str, state: UploadProgress) -> AsyncGenerator[bytes]:
    """Return the committed bytes in order, part by part."""
    for index, token in enumerate(state.parts):
        yield (await staging.staged(upload, index, token))[: part_size(state, index)]

"""Examining files in processes apart: a file that takes too much memory or time ends only such a process."""

import contextlib
from typing import Final

import anyio
import msgspec

from media.caps import CAPS, Caps
from media.caption import Caption
from media.store import BlobStore
from media.workshop import PIECE_BYTES, Answer, Drawn, Examine, Examined, Failed, Need, Task, Watermark, serve
from mobile_contract.problems import Refused
from server.kernel.settings import Settings
from server.kernel.spawned import Child, Stopped
from server.uploads.model import UNKNOWN_TYPE, Blob

AT_ONCE: Final = 2
WAITING: Final = 64
#: Files after which a process is replaced, so that whatever its decoders leak ends.
_RECYCLE_AFTER: Final = 100
#: What the decoders themselves occupy in a process that has done nothing yet, at most.
_LOADED_BYTES: Final = 400 * 1024**2
_LOADING_SECONDS: Final = 30


class Unreadable(Refused):
    """A file could not be examined; ``media_type`` follows from its first bytes."""

    def __init__(self, failed: Failed) -> None:
        super().__init__(failed.code, **failed.params)
        self.media_type = failed.media_type or UNKNOWN_TYPE


class Pictures:
    """Examines blobs, a few at a time. It holds no more of one than a piece."""

    def __init__(self, files: BlobStore, settings: Settings) -> None:
        self._files = files
        self._seconds = settings.image_seconds
        self._memory = settings.image_memory_mb * 1024**2
        self._caps: Caps = msgspec.structs.replace(
            CAPS, pixels=settings.image_megapixels * 1_000_000, memory=self._memory
        )
        self._limiter = anyio.CapacityLimiter(AT_ONCE)
        self._idle: list[Child] = []
        self._decoder: msgspec.msgpack.Decoder[Answer] = msgspec.msgpack.Decoder(Answer)

    async def examine(self, blob: Blob, sides: tuple[int, ...]) -> Examined:
        """Return a file's facts, and thumbnails of it if it is a picture. Raises :class:`Unreadable`."""
        answer = await self._ask(blob, Examine(size=blob.size, sides=sides, caps=self._caps))
        return msgspec.convert(answer, Examined)

    async def watermark(self, blob: Blob, caption: Caption, font: str) -> bytes:
        """Return a captioned copy of a picture, a JPEG. Raises :class:`Unreadable`."""
        answer = await self._ask(blob, Watermark(size=blob.size, caption=caption, font=font, caps=self._caps))
        return msgspec.convert(answer, Drawn).jpeg

    def refusal(self, code: str, media_type: str) -> Refused:
        """Return the refusal for a stored problem ``code`` of a file."""
        limits: dict[str, int] = {
            "media.too_many_pixels": self._caps.pixels_of(media_type),
            "media.too_many_pages": self._caps.frames,
            "media.too_long": self._caps.bytes,
        }
        return Refused(code, limit=limits.get(code, 0), reason="found when it arrived")

    def close(self) -> None:
        """Kill the processes that have no task."""
        while self._idle:
            self._idle.pop().close()

    async def _ask(self, blob: Blob, task: Task) -> Answer:
        if self._limiter.statistics().tasks_waiting >= WAITING:
            raise Refused("server.busy", seconds=5)
        async with self._limiter:
            child = await self._free()
            try:
                answer = await self._converse(child, blob.sha256, task)
            except BaseException as error:  # cancelled too: what it does for a caller that has gone is of no use
                child.close()
                if isinstance(error, Stopped):
                    raise Unreadable(Failed("media.too_costly", {"reason": error.reason}, blob.media_type)) from error
                raise
            child.done += 1
            if child.done < _RECYCLE_AFTER:
                self._idle.append(child)
            else:
                child.close()
        if isinstance(answer, Failed):
            raise Unreadable(answer)
        return answer

    async def _free(self) -> Child:
        while self._idle:
            child = self._idle.pop()
            if child.alive:
                return child
            child.close()
        most = _LOADED_BYTES + self._memory
        return await Child.start(serve, str(self._seconds), str(self._memory), memory_bytes=most)

    async def _converse(self, child: Child, sha256: str, task: Task) -> Answer:
        """Send a task, send the bytes it asks for, and return its answer. Waiting for the store does not count."""
        left = float(self._seconds + (0 if child.done else _LOADING_SECONDS))
        await child.send(msgspec.msgpack.encode(task))
        while True:
            began = anyio.current_time()
            try:
                answer = self._decoder.decode(await child.receive(left))
            except msgspec.DecodeError as error:
                raise Stopped("crashed") from error
            left -= anyio.current_time() - began
            if not isinstance(answer, Need):
                return answer
            if not 0 <= answer.start < answer.stop <= min(answer.start + PIECE_BYTES, task.size):
                raise Stopped("crashed")
            async with contextlib.aclosing(self._files.read(sha256, answer.start, answer.stop)) as data:
                await child.send(b"".join([piece async for piece in data]))

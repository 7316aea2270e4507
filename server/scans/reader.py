"""The reading process from outside: started when needed, watched, stopped hard, recycled.

A page that takes too long, eats too much memory or brings the process down costs that page: the process is killed, and
the scan is read again without it.
"""

import logging
from typing import Final

import anyio
import msgspec

from mobile_contract.problems import Refused
from ocr.models import Choice, Models
from server.kernel.settings import Settings
from server.kernel.spawned import Child, Stopped
from server.scans.process import Began, Done, Failed, Message, Task, serve

log = logging.getLogger("plumbline.scans")

_RECYCLE_AFTER_PAGES: Final = 200  # PaddleOCR leaks on CPU
_LOADING_SECONDS: Final = 60  # on top of a page's time while the engine loads
_MAX_LOST_PAGES: Final = 3
_THREADS: Final = 2


class _LostPage(Exception):
    """The process was stopped, or fell, while it read ``page`` (0: before any); ``reason`` is one English word."""

    def __init__(self, page: int, reason: str) -> None:
        super().__init__(f"page {page}: {reason}")
        self.page = page
        self.reason = reason


def chosen_engine(settings: Settings) -> Choice:
    """Give the engine and the networks that the settings choose."""
    models = Models(
        folder=settings.ocr_models_dir,
        detection=settings.ocr_detection_model,
        recognition=settings.ocr_recognition_model,
        detection_sha256=settings.ocr_detection_sha256,
        recognition_sha256=settings.ocr_recognition_sha256,
    )
    return Choice(engine=settings.ocr_engine, models=models, threads=_THREADS)


class Reader:
    """One reading process at a time. ``page_seconds`` and ``memory_bytes`` bound each page."""

    def __init__(self, choice: Choice, page_seconds: float, memory_bytes: int) -> None:
        self._choice = msgspec.json.encode(choice).decode()
        self._page_seconds = page_seconds
        self._memory_bytes = memory_bytes
        self._child: Child | None = None
        self._turn = anyio.Lock()
        self._decoder: msgspec.msgpack.Decoder[Message] = msgspec.msgpack.Decoder(Message)

    @classmethod
    def by(cls, settings: Settings) -> "Reader":
        """Make the reader that the settings describe. Nothing is started yet."""
        return cls(chosen_engine(settings), settings.ocr_page_seconds, settings.ocr_memory_mb * 1024**2)

    async def read(self, task: Task) -> Done:
        """Read a scan. Raises :class:`Refused`: a problem of the files, or ``paper.worker_stopped``."""
        skip = dict(task.skip)
        async with self._turn:
            while True:
                try:
                    return await self._once(msgspec.structs.replace(task, skip=skip))
                except _LostPage as lost:
                    log.warning("reading was stopped at %s", lost)
                    if lost.page == 0 or lost.page in skip or len(skip) >= _MAX_LOST_PAGES:
                        raise Refused("paper.worker_stopped", reason=lost.reason) from lost
                    skip[lost.page] = lost.reason

    def close(self) -> None:
        """Kill the process, if there is one."""
        if self._child is not None:
            self._child.close()
            self._child = None

    async def _once(self, task: Task) -> Done:
        child = await self._running()
        page = 0
        try:
            await child.send(msgspec.msgpack.encode(task))
            while True:
                waiting = _LOADING_SECONDS if page == 0 else 0
                message = self._decoder.decode(await child.receive(self._page_seconds + waiting))
                if not isinstance(message, Began):
                    break
                page = message.page
        except BaseException as error:  # also when nobody waits any more: what it does now is for nobody
            self.close()
            if isinstance(error, Stopped):
                raise _LostPage(page, error.reason) from error
            raise
        if isinstance(message, Failed):
            raise Refused(message.code, **message.params)
        child.done += len(message.rectified)
        if child.done >= _RECYCLE_AFTER_PAGES:
            self.close()
        return message

    async def _running(self) -> Child:
        if self._child is None or not self._child.alive:
            self.close()
            self._child = await Child.start(serve, self._choice, memory_bytes=self._memory_bytes)
        return self._child

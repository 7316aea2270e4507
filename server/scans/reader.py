"""The reading process from outside: started when needed, watched, stopped hard, recycled.

A page that takes too long, eats too much memory or brings the process down costs that page: the process is killed, and
the scan is read again without it.
"""

import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import Final

import anyio
import msgspec

from mobile_contract.problems import Refused
from ocr.models import Choice, Models
from server.kernel.settings import Settings
from server.kernel.spawned import Child, Stopped
from server.scans.process import Began, Done, Failed, Message, Opened, Task, Want, serve

log = logging.getLogger("plumbline.scans")

_LOADING_SECONDS: Final = 60  # on top of a page's time while the engine loads
_MAX_LOST_PAGES: Final = 3
_THREADS: Final = 2
_DECODER: Final[msgspec.msgpack.Decoder[Message]] = msgspec.msgpack.Decoder(Message)


#: Returns the bytes of a file of the scan (from 0).
Load = Callable[[int], Awaitable[bytes]]
#: Called with how many pages are done, of how many as far as is known.
OnPage = Callable[[int, int], Awaitable[None]]


class _LostPage(Exception):
    """The process was stopped, or fell, while it read ``page`` (0: before any); ``reason`` is one English word.

    ``counts`` are the pages of the files that it had opened.
    """

    def __init__(self, page: int, reason: str, counts: Mapping[int, int]) -> None:
        super().__init__(f"page {page}: {reason}")
        self.page = page
        self.reason = reason
        self.counts = counts


def chosen_engine(settings: Settings) -> Choice:
    """Return the engine and the networks that the settings choose."""
    models = Models(
        folder=settings.ocr_models_dir,
        detection=settings.ocr_detection_model,
        recognition=settings.ocr_recognition_model,
        detection_sha256=settings.ocr_detection_sha256,
        recognition_sha256=settings.ocr_recognition_sha256,
    )
    return Choice(engine=settings.ocr_engine, models=models, threads=_THREADS)


class _Reading:
    """One conversation with the process: ``page`` is what it reads now, ``counts`` the pages of the files it opened."""

    def __init__(self, child: Child, task: Task, load: Load, on_page: OnPage | None, page_seconds: float) -> None:
        self._child = child
        self._task = task
        self._load = load
        self._on_page = on_page
        self._page_seconds = page_seconds
        self.page = 0
        self.counts: dict[int, int] = {}

    async def answer(self) -> Done | Failed:
        """Send the task and return its answer. Raises :class:`Stopped`, and what ``load`` and ``on_page`` raise."""
        await self._child.send(msgspec.msgpack.encode(self._task))
        while True:
            waiting = _LOADING_SECONDS if self.page == 0 else 0
            message = _DECODER.decode(await self._child.receive(self._page_seconds + waiting))
            if isinstance(message, Done | Failed):
                return message
            await self._heed(message)

    async def _heed(self, message: Want | Opened | Began) -> None:
        match message:
            case Want(file):
                await self._child.send(await self._load(file))
            case Opened(file, pages):
                self.counts[file] = pages
            case Began(page, of):
                self.page = page
                if self._on_page is not None and page > 0:
                    await self._on_page(page - 1, of)


class ScanReader:
    """One reading process at a time. ``page_seconds`` and ``memory_bytes`` bound each page.

    A process is replaced when it has read ``recycle_after`` pages: PaddleOCR leaks on CPU.
    """

    def __init__(self, choice: Choice, page_seconds: float, memory_bytes: int, recycle_after: int = 200) -> None:
        self._choice = msgspec.json.encode(choice).decode()
        self._page_seconds = page_seconds
        self._memory_bytes = memory_bytes
        self._recycle_after = recycle_after
        self._child: Child | None = None
        self._turn = anyio.Lock()

    @classmethod
    def by(cls, settings: Settings) -> "ScanReader":
        """Return the reader that the settings describe. Nothing is started yet."""
        return cls(chosen_engine(settings), settings.ocr_page_seconds, settings.ocr_memory_mb * 1024**2)

    async def read(self, task: Task, load: Load, on_page: OnPage | None = None) -> Done:
        """Read a scan; ``load`` returns the bytes of its files, ``on_page`` is called after each page.

        Raises :class:`Refused`: a problem of the files, or ``paper.worker_stopped``; and what ``load`` raises.
        """
        async with self._turn:
            while True:
                try:
                    return await self._once(task, load, on_page)
                except _LostPage as lost:
                    log.warning("reading was stopped at %s", lost)
                    if lost.page == 0 or lost.page in task.skip or len(task.skip) >= _MAX_LOST_PAGES:
                        raise Refused("paper.worker_stopped", reason=lost.reason) from lost
                    skip = {**task.skip, lost.page: lost.reason}
                    task = msgspec.structs.replace(task, skip=skip, counts={**task.counts, **lost.counts})

    def close(self) -> None:
        """Kill the process, if there is one."""
        if self._child is not None:
            self._child.close()
            self._child = None

    async def _once(self, task: Task, load: Load, on_page: OnPage | None) -> Done:
        child = await self._running()
        reading = _Reading(child, task, load, on_page, self._page_seconds)
        try:
            answer = await reading.answer()
        except BaseException as error:  # cancelled too: what the process does for a caller that has gone is of no use
            self.close()
            if isinstance(error, Stopped):
                raise _LostPage(reading.page, error.reason, reading.counts) from error
            raise
        if isinstance(answer, Failed):
            raise Refused(answer.code, **answer.params)
        child.done += len(answer.rectified)
        if child.done >= self._recycle_after:
            self.close()
        return answer

    async def _running(self) -> Child:
        if self._child is None or not self._child.alive:
            self.close()
            self._child = await Child.start(
                serve, self._choice, str(self._memory_bytes), memory_bytes=self._memory_bytes
            )
        return self._child

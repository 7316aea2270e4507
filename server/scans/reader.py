"""The reading process from outside: started when needed, watched, stopped hard, recycled.

A page that takes too long, eats too much memory or brings the process down costs that page: the process is killed, and
the scan is read again without it.
"""

import logging
import multiprocessing
import os
import threading
import time
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Final

import anyio
import anyio.to_thread
import msgspec

from mobile_contract.problems import Refused
from server.kernel.settings import Settings
from server.scans.process import Done, Failed, Message, Task, serve

log = logging.getLogger("plumbline.scans")

_RECYCLE_AFTER_PAGES: Final = 200  # PaddleOCR leaks on CPU
_LOADING_SECONDS: Final = 60  # on top of a page's time while the engine loads
_LOOK_SECONDS: Final = 0.2
_MAX_LOST_PAGES: Final = 3
_THREADS: Final = 2


class Stopped(Exception):
    """The process was stopped or fell while it read ``page`` (0: before any); ``reason`` is one English word."""

    def __init__(self, page: int, reason: str) -> None:
        super().__init__(f"page {page}: {reason}")
        self.page = page
        self.reason = reason


class Reader:
    """One reading process at a time. ``page_seconds`` and ``memory_bytes`` bound each page."""

    def __init__(self, models: Path, page_seconds: float, memory_bytes: int) -> None:
        self._models = models
        self._page_seconds = page_seconds
        self._memory_bytes = memory_bytes
        self._process: BaseProcess | None = None
        self._connection: Connection | None = None
        self._pages = 0
        self._turn = anyio.Lock()
        self._decoder: msgspec.msgpack.Decoder[Message] = msgspec.msgpack.Decoder(Message)

    @classmethod
    def by(cls, settings: Settings) -> "Reader":
        """Make the reader that the settings describe. Nothing is started yet."""
        return cls(Path(settings.ocr_models_dir), settings.ocr_page_seconds, settings.ocr_memory_mb * 1024**2)

    async def read(self, task: Task) -> Done:
        """Read a scan. Raises :class:`Refused`: a problem of the files, or ``paper.worker_stopped``."""
        async with self._turn:
            gone = threading.Event()
            try:
                return await anyio.to_thread.run_sync(self._read, task, gone, abandon_on_cancel=True)
            except anyio.get_cancelled_exc_class():
                gone.set()  # the thread that still watches must not start over
                self.close()
                raise

    def close(self) -> None:
        """Kill the process, if there is one."""
        process, connection = self._process, self._connection
        self._process = self._connection = None
        self._pages = 0
        if process is not None:
            process.kill()
            process.join(5)
        if connection is not None:
            connection.close()

    def _read(self, task: Task, gone: threading.Event) -> Done:
        skip = dict(task.skip)
        while True:
            try:
                return self._once(msgspec.structs.replace(task, skip=skip))
            except Stopped as stopped:
                if gone.is_set():
                    raise
                log.warning("reading was stopped at %s", stopped)
                self.close()
                if stopped.page == 0 or stopped.page in skip or len(skip) >= _MAX_LOST_PAGES:
                    raise Refused("paper.worker_stopped", reason=stopped.reason) from stopped
                skip[stopped.page] = stopped.reason

    def _once(self, task: Task) -> Done:
        connection, process = self._running()
        page, deadline = 0, time.monotonic() + self._page_seconds + _LOADING_SECONDS
        try:
            connection.send_bytes(msgspec.msgpack.encode(task))
            while True:
                if connection.poll(_LOOK_SECONDS):
                    message = self._decoder.decode(connection.recv_bytes())
                    if isinstance(message, Done):
                        self._finished(len(message.rectified))
                        return message
                    if isinstance(message, Failed):
                        raise Refused(message.code, **message.params)
                    page = message.page
                    waiting = _LOADING_SECONDS if page == 0 else 0
                    deadline = time.monotonic() + self._page_seconds + waiting
                elif time.monotonic() > deadline:
                    raise Stopped(page, "timeout")
                elif _resident_bytes(process.pid) > self._memory_bytes:
                    raise Stopped(page, "memory")
        except (EOFError, OSError) as error:
            raise Stopped(page, "crashed") from error

    def _running(self) -> tuple[Connection, BaseProcess]:
        if self._process is not None and self._connection is not None and self._process.is_alive():
            return self._connection, self._process
        self.close()
        spawn = multiprocessing.get_context("spawn")
        ours, theirs = spawn.Pipe()
        # Not forked: a copy of a server with threads and sockets is no place to decode strangers' files.
        process = spawn.Process(target=serve, args=(theirs, str(self._models), _THREADS), name="reader", daemon=True)
        process.start()
        theirs.close()
        self._connection, self._process = ours, process
        return ours, process

    def _finished(self, pages: int) -> None:
        self._pages += pages
        if self._pages >= _RECYCLE_AFTER_PAGES:
            self.close()


def _resident_bytes(pid: int | None) -> int:
    """Read the resident size of a process; 0 where the system does not say."""
    try:
        fields = Path(f"/proc/{pid}/statm").read_text("ascii").split()
    except OSError:
        return 0
    return int(fields[1]) * os.sysconf("SC_PAGE_SIZE")

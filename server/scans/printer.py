"""Printing in a process apart: typesetting a sheet takes a tenth of a second in which nothing else would be served."""

import asyncio

import anyio
import msgspec

from mobile_contract.forms import FormDefinition
from mobile_contract.problems import Refused
from server.kernel.spawned import Child, Line, Stopped

MAX_WAITING = 16
_SECONDS = 20
_MEMORY_BYTES = 512 * 1024**2
_RECYCLE_AFTER_SHEETS = 100  # typst keeps what it has set
_IDLE_SECONDS = 60


class Sheet(msgspec.Struct, frozen=True, kw_only=True):
    """What is printed: a version of a form for a project, under a serial, in a language."""

    form: FormDefinition
    project: str = ""
    project_name: str = ""
    serial: str = ""
    language: str = "zh-CN"


def serve(line: Line) -> None:
    """Print sheets from ``line`` until it ends: PDFs, or nothing when a form does not fit. What runs apart."""
    from ocr.sheet import print_sheet

    decoder = msgspec.msgpack.Decoder(Sheet)
    while True:
        sheet = decoder.decode(line.receive())
        asked = {name: getattr(sheet, name) for name in ("project", "project_name", "serial", "language")}
        try:
            line.send(print_sheet(sheet.form, **asked))
        except Refused:
            line.send(b"")


class Printer:
    """One printing process, started when needed and ended after a minute without a request."""

    def __init__(self) -> None:
        self._child: Child | None = None
        self._turn = anyio.Lock()
        self._waiting = 0
        self._ending: asyncio.TimerHandle | None = None

    async def print(self, sheet: Sheet) -> bytes:
        """Return a sheet printed as a PDF. Raises ``server.busy`` or ``paper.form_too_wide``."""
        if self._waiting >= MAX_WAITING:
            raise Refused("server.busy", seconds=5)
        self._waiting += 1
        try:
            async with self._turn:
                pdf = await self._printed(msgspec.msgpack.encode(sheet))
        finally:
            self._waiting -= 1
        if not pdf:
            raise Refused("paper.form_too_wide", name="", reason=sheet.form.id)
        return pdf

    async def _printed(self, sheet: bytes) -> bytes:
        if self._ending is not None:
            self._ending.cancel()
        if self._child is None or not self._child.alive or self._child.done >= _RECYCLE_AFTER_SHEETS:
            self.close()
            self._child = await Child.start(serve, memory_bytes=_MEMORY_BYTES)
        try:
            await self._child.send(sheet)
            pdf = await self._child.receive(_SECONDS)
        except BaseException as error:  # cancelled too: what the process prints for a caller that has gone is of no use
            self.close()
            if isinstance(error, Stopped):
                raise Refused("server.busy", seconds=5) from error
            raise
        self._child.done += 1
        self._ending = asyncio.get_running_loop().call_later(_IDLE_SECONDS, self.close)
        return pdf

    def close(self) -> None:
        """End the process, if there is one."""
        if self._ending is not None:
            self._ending.cancel()
            self._ending = None
        if self._child is not None:
            self._child.close()
            self._child = None

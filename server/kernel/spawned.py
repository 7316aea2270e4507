"""Processes apart, for decoding what strangers send: started when needed, watched, stopped hard.

Such a process has nothing of the server's but one socket: not its memory (it is started afresh, not forked), not its
environment, in which secrets stand, not its open files. Messages both ways are bytes with their length before them;
what they mean is agreed between the caller and the function that is served there. What comes back from a process that
decodes strangers' files is data, never a pickle.
"""

import asyncio
import contextlib
import importlib
import os
import resource
import socket
import struct
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

MESSAGE_BYTES: Final = 512 * 1024 * 1024
_LOOK_SECONDS: Final = 0.2
_LENGTH: Final = struct.Struct(">I")
_BUFFER_BYTES: Final = 1024 * 1024
#: What a process apart may know of its surroundings. Keys, passwords and addresses are not among it.
_ENVIRONMENT: Final = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "TZ", "LD_LIBRARY_PATH")


class Stopped(Exception):
    """The process was stopped, or fell. ``reason`` is ``timeout``, ``memory`` or ``crashed``."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Line:
    """The other end: how a served function hears and speaks."""

    def __init__(self, descriptor: int) -> None:
        self._socket = socket.socket(fileno=descriptor)

    def receive(self) -> bytes:
        """Wait for a message. :class:`EOFError` when the server let go."""
        (length,) = _LENGTH.unpack(self._exactly(_LENGTH.size))
        return bytes(self._exactly(length))

    def send(self, message: bytes) -> None:
        """Send a message."""
        self._socket.sendall(_LENGTH.pack(len(message)))
        self._socket.sendall(message)

    def _exactly(self, length: int) -> bytearray:
        data = bytearray(length)
        view, got = memoryview(data), 0
        while got < length:
            count = self._socket.recv_into(view[got:])
            if count == 0:
                raise EOFError
            got += count
        return data


class Child:
    """A process that serves ``function(line, *arguments)``, a function of a module. Close it when it was ``Stopped``.

    ``memory_bytes`` bounds what it holds in memory while a task runs; ``done`` counts what its owner wants to
    count, to replace it in time.
    """

    def __init__(
        self,
        process: subprocess.Popen[bytes],
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        memory_bytes: int,
    ) -> None:
        self._process = process
        self._reader = reader
        self._writer = writer
        self._memory_bytes = memory_bytes
        self.done = 0

    @classmethod
    async def start(cls, function: Callable[..., None], *arguments: str, memory_bytes: int) -> "Child":
        """Start a process; it answers as soon as it has loaded what it needs."""
        ours, theirs = socket.socketpair()
        with theirs:
            command = [sys.executable, "-P", "-c", f"from {__name__} import run; run()", str(theirs.fileno())]
            environment = {name: os.environ[name] for name in _ENVIRONMENT if name in os.environ}
            process = subprocess.Popen(  # noqa: S603, ASYNC220 -- our own code; starting it is a matter of milliseconds
                [*command, function.__module__, function.__qualname__, *arguments],
                env=environment | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                pass_fds=[theirs.fileno()],
                process_group=0,  # Ctrl-C is the server's to handle
            )
        reader, writer = await asyncio.open_unix_connection(sock=ours, limit=_BUFFER_BYTES)
        return cls(process, reader, writer, memory_bytes)

    @property
    def alive(self) -> bool:
        """Return whether the process runs."""
        return self._process.poll() is None

    async def send(self, message: bytes) -> None:
        """Send a message. Raises :class:`Stopped`."""
        try:
            self._writer.writelines((_LENGTH.pack(len(message)), message))
            await self._writer.drain()
        except OSError as error:
            raise Stopped("crashed") from error

    async def receive(self, seconds: float) -> bytes:
        """Wait for a message at most ``seconds``. Raises :class:`Stopped`."""
        deadline = asyncio.get_running_loop().time() + seconds
        arriving = asyncio.ensure_future(self._message())
        try:
            while not (await asyncio.wait({arriving}, timeout=_LOOK_SECONDS))[0]:
                if _resident_bytes(self._process.pid) > self._memory_bytes:
                    raise Stopped("memory")
                if asyncio.get_running_loop().time() > deadline:
                    raise Stopped("timeout")
            return arriving.result()
        except (EOFError, OSError) as error:
            raise Stopped("crashed") from error
        finally:
            arriving.cancel()

    async def _message(self) -> bytes:
        (length,) = _LENGTH.unpack(await self._reader.readexactly(_LENGTH.size))
        if length > MESSAGE_BYTES:
            raise EOFError("an answer beyond all bounds")
        return await self._reader.readexactly(length)

    def close(self) -> None:
        """Kill the process."""
        self._process.kill()
        self._process.wait(5)
        with contextlib.suppress(RuntimeError):  # the loop may be gone already
            self._writer.close()


def run() -> None:
    """Serve, in the process apart."""
    descriptor, module, name, *arguments = sys.argv[1:]
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    function: Any = getattr(importlib.import_module(module), name)
    with contextlib.suppress(EOFError, ConnectionError):
        function(Line(int(descriptor)), *arguments)


def _resident_bytes(pid: int) -> int:
    """Read the resident size of a process; 0 where the system does not say."""
    try:
        fields = Path(f"/proc/{pid}/statm").read_text("ascii").split()
    except OSError:
        return 0
    return int(fields[1]) * os.sysconf("SC_PAGE_SIZE")

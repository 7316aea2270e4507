"""What runs in the process apart: it is given tasks, reads the bytes it needs of one file, and answers.

The process has no store and no disk. It asks for the bytes of its file piece by piece, so that a recording of gigabytes
is probed by reading some megabytes of it, wherever it is kept. Messages are msgpack of the structs below.
"""

import io
import os
import resource
import signal
from pathlib import Path
from typing import Any, Final, Protocol

import msgspec

from media.caps import CAPS, Caps
from media.caption import Caption
from media.sniff import HEAD_BYTES, sniff
from mobile_contract.media import MediaFacts
from mobile_contract.problems import Refused

#: Bytes that a task may read of a recording, all pieces together.
READ_BYTES: Final = 256 * 1024 * 1024
PIECE_BYTES: Final = 4 * 1024 * 1024
_BUFFER_BYTES: Final = 256 * 1024


class Examine(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Look at a file of ``size`` bytes, and make thumbnails with these longest ``sides`` if it is a picture."""

    size: int
    sides: tuple[int, ...]
    caps: Caps = CAPS


class Watermark(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Make a copy of a picture with a caption in it, set in the font of that file."""

    size: int
    caption: Caption
    font: str
    caps: Caps = CAPS


class Need(msgspec.Struct, frozen=True, tag=True):
    """Bytes of the file are wanted, from ``start`` to before ``stop``; they are the whole answer."""

    start: int
    stop: int


class Failed(msgspec.Struct, frozen=True, tag=True):
    """A listed problem of the file; ``media_type`` is what it seems to be."""

    code: str
    params: dict[str, str]
    media_type: str | None = None


class Examined(msgspec.Struct, frozen=True, tag=True):
    """The file's facts, and its thumbnails (JPEG) in the order of the sides; none if it is no picture."""

    facts: MediaFacts
    thumbnails: tuple[bytes, ...] = ()


class Drawn(msgspec.Struct, frozen=True, tag=True):
    """The captioned copy, a JPEG."""

    jpeg: bytes


Task = Examine | Watermark
Answer = Need | Failed | Examined | Drawn


class Line(Protocol):
    """The message channel to the server."""

    def receive(self) -> bytes:
        """Wait for a message and return it."""
        ...

    def send(self, message: bytes) -> None:
        """Send a message."""
        ...


def serve(line: Line, seconds: str, memory_bytes: str) -> None:
    """Work on tasks from ``line`` until it ends, each within ``seconds`` and this much memory beyond the decoders'."""
    os.environ["OPENBLAS_NUM_THREADS"] = "1"  # its threads would reserve more memory than they save time here
    from media import image, recording, watermark  # noqa: F401 -- what is loaded now counts as the decoders'

    bound_memory(int(memory_bytes))
    decoder: msgspec.msgpack.Decoder[Task] = msgspec.msgpack.Decoder(Task)
    while True:
        task = decoder.decode(line.receive())
        signal.alarm(2 * int(seconds) + 1)  # should the server be gone that would stop a decoder that hangs
        file = _Remote(line, task.size)
        media_type = sniff(file.head)
        try:
            answer: Answer = _work(task, file, media_type)
        except Refused as refusal:
            answer = Failed(refusal.code, refusal.params, media_type)
        line.send(msgspec.msgpack.encode(answer))
        signal.alarm(0)


def _work(task: Task, file: "_Remote", media_type: str | None) -> Answer:
    from media import image, recording, watermark

    if media_type is None:
        raise Refused("media.undecodable", reason="neither a picture, a document nor a recording")
    if isinstance(task, Examine) and media_type in recording.READERS:
        return Examined(recording.probe(io.BufferedReader(file, _BUFFER_BYTES), media_type))
    if task.size > task.caps.bytes:
        if isinstance(task, Watermark):
            raise Refused("media.too_long", limit=task.caps.bytes)
        return Examined(msgspec.structs.replace(_headed(file, media_type, task.caps), problem="media.too_long"))
    data = file.whole()
    if isinstance(task, Examine):
        look = image.examine(data, task.sides, task.caps)
        return Examined(look.facts, look.thumbnails)
    drawn = watermark.draw(image.upright(data, watermark.SIDE, task.caps), task.caption, Path(task.font))
    return Drawn(image.jpeg(drawn, watermark.QUALITY))


def _headed(file: "_Remote", media_type: str, caps: Caps) -> MediaFacts:
    """Return what the beginning of a file says, if it says anything without the rest."""
    from media import image

    try:
        return image.facts(file.beginning(), caps)
    except Refused:
        return MediaFacts(media_type=media_type)


def bound_memory(allowed: int) -> None:
    """Let this process have ``allowed`` bytes beyond what it has loaded by now: more is a :class:`MemoryError`."""
    loaded = int(Path("/proc/self/statm").read_text("ascii").split()[5]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_DATA, (loaded + allowed, loaded + allowed))


class _Remote(io.RawIOBase):
    """A file whose bytes the server sends piece by piece, as a raw stream that can seek."""

    def __init__(self, line: Line, size: int) -> None:
        self._line = line
        self._size = size
        self._at = 0
        self._left = READ_BYTES
        self.head = self._fetch(0, min(size, HEAD_BYTES))

    def readable(self) -> bool:
        """Return True."""
        return True

    def seekable(self) -> bool:
        """Return True: it can be read from any offset."""
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Move to another offset and return it."""
        origin = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size}[whence]
        if origin + offset < 0:
            raise ValueError("before the beginning of the file")
        self._at = origin + offset
        return self._at

    def tell(self) -> int:
        """Return the current offset in bytes."""
        return self._at

    def readinto(self, buffer: Any) -> int:
        """Read at most one piece into ``buffer`` and return the number of bytes."""
        data = self._fetch(self._at, min(self._at + min(len(buffer), PIECE_BYTES), self._size))
        buffer[: len(data)] = data
        self._at += len(data)
        return len(data)

    def beginning(self) -> bytes:
        """Return the first piece: cameras write what they say of a picture before its pixels."""
        return self._fetch(0, min(PIECE_BYTES, self._size))

    def whole(self) -> bytes:
        """Return the whole file."""
        return b"".join(self._fetch(at, min(at + PIECE_BYTES, self._size)) for at in range(0, self._size, PIECE_BYTES))

    def _fetch(self, start: int, stop: int) -> bytes:
        if stop <= start:
            return b""
        self._left -= stop - start
        if self._left < 0:
            raise OSError("more was read of the file than it takes to know it")
        self._line.send(msgspec.msgpack.encode(Need(start, stop)))
        return self._line.receive()

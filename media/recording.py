"""Type and length of a recording, video or sound: the only module that knows FFmpeg. Nothing is decoded to be seen.

Only the reader of the sniffed container is tried, never one that guesses: some of FFmpeg's formats are lists of further
files and addresses to open. And whatever a container asks to open beside itself is refused.
"""

from collections.abc import Iterable
from fractions import Fraction
from typing import Any, BinaryIO, Final

import av
import av.error
import av.logging
from av.container import InputContainer

from mobile_contract.media import MediaFacts
from mobile_contract.problems import Refused

#: Media type, as sniffed → FFmpeg's reader.
READERS: Final = {
    "video/mp4": "mov",
    "video/quicktime": "mov",
    "video/3gpp": "mov",
    "audio/mp4": "mov",
    "video/webm": "matroska",
    "video/x-matroska": "matroska",
    "audio/ogg": "ogg",
    "audio/flac": "flac",
    "audio/amr": "amr",
    "audio/mpeg": "mp3",
    "audio/aac": "aac",
    "audio/wav": "wav",
}
#: What is looked at to know the streams: bytes, and microseconds.
_OPTIONS: Final = {"probesize": "5000000", "analyzeduration": "5000000", "protocol_whitelist": "none"}
_STREAMS: Final = 32
_LONGEST_MS: Final = 7 * 24 * 3600 * 1000

av.logging.set_level(None)


def probe(file: BinaryIO, media_type: str) -> MediaFacts:
    """Read type, size and length of a recording from a file that can seek.

    A recording that was streamed has no length in its header; then its packets are walked through, unread.
    :class:`Refused` ``media.undecodable``.
    """
    try:
        with av.open(
            file, "r", format=READERS[media_type], container_options=_OPTIONS, metadata_errors="ignore", io_open=_refuse
        ) as container:
            return _facts(container, media_type)
    except (av.error.FFmpegError, OSError, ValueError, ArithmeticError, MemoryError) as error:
        raise Refused("media.undecodable", reason=f"{type(error).__name__}: {error}"[:200]) from error


def _facts(container: InputContainer, media_type: str) -> MediaFacts:
    if not 0 < len(container.streams) <= _STREAMS:
        raise Refused("media.undecodable", reason="no streams, or too many")
    pictures = next(iter(container.streams.video), None)
    length = container.duration
    milliseconds = length // 1000 if length is not None and length > 0 else _walked(container)
    if milliseconds is None or not 0 < milliseconds <= _LONGEST_MS:
        raise Refused("media.undecodable", reason="a recording without a length")
    if pictures is None:
        return MediaFacts(media_type=media_type.replace("video/", "audio/"), duration_ms=milliseconds)
    seen: Any = pictures.codec_context  # there is none of a codec that FFmpeg does not know
    width, height = (seen.width, seen.height) if seen is not None else (0, 0)
    return MediaFacts(
        media_type=media_type.replace("audio/", "video/"),
        width=width or None,
        height=height or None,
        duration_ms=milliseconds,
    )


def _walked(container: InputContainer) -> int | None:
    ends = (_end(packet.pts, packet.duration, packet.time_base) for packet in container.demux())
    last = max(ends, default=Fraction(0))
    return int(last * 1000) or None


def _end(start: int | None, duration: int | None, unit: Fraction | None) -> Fraction:
    return (start + (duration or 0)) * unit if start is not None and unit is not None else Fraction(0)


def _refuse(url: str, _flags: int, _options: Iterable[str]) -> BinaryIO:
    raise OSError(f"a recording may not open another file: {url[:50]!r}")

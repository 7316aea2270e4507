"""Recordings made for the tests."""

import io
from typing import Any

import av
import numpy as np

#: Media type → container and codec.
VIDEOS = {
    "video/mp4": ("mp4", "mpeg4"),
    "video/quicktime": ("mov", "mpeg4"),
    "video/3gpp": ("3gp", "mpeg4"),
    "video/webm": ("webm", "libvpx"),
}
SOUNDS = {
    "audio/wav": ("wav", "pcm_s16le"),
    "audio/flac": ("flac", "flac"),
    "audio/ogg": ("ogg", "libopus"),
    "audio/aac": ("adts", "aac"),
    "audio/mp4": ("ipod", "aac"),
    "audio/mpeg": ("mp3", "libmp3lame"),
    "audio/webm": ("webm", "libopus"),
}
WIDTH, HEIGHT, RATE = 320, 240, 16_000


def recording(media_type: str, seconds: int = 2) -> bytes:
    """Make a recording of a type: grey pictures, or silence."""
    return video(media_type, seconds) if media_type in VIDEOS else sound(media_type, seconds)


def video(media_type: str, seconds: int) -> bytes:
    out, (container, codec) = io.BytesIO(), VIDEOS[media_type]
    with av.open(out, "w", format=container) as opened:
        file: Any = opened  # streams are of a kind that only the codec's name tells
        stream = file.add_stream(codec, rate=10)
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        for number in range(seconds * 10):
            grey = np.full((HEIGHT, WIDTH, 3), number * 5 % 255, np.uint8)
            file.mux(stream.encode(av.VideoFrame.from_ndarray(grey, format="rgb24")))
        file.mux(stream.encode())
    return out.getvalue()


def sound(media_type: str, seconds: int) -> bytes:
    out, (container, codec) = io.BytesIO(), SOUNDS[media_type]
    with av.open(out, "w", format=container) as opened:
        file: Any = opened  # streams are of a kind that only the codec's name tells
        stream = file.add_stream(codec, rate=RATE)
        stream.layout = "mono"
        for number in range(seconds * 10):
            frame = av.AudioFrame.from_ndarray(np.zeros((1, RATE // 10), np.int16), format="s16", layout="mono")
            frame.rate, frame.pts = RATE, number * RATE // 10
            file.mux(stream.encode(frame))
        file.mux(stream.encode())
    return out.getvalue()

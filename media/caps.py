"""What is decoded at most of a file from outside."""

from typing import Final

import msgspec


class Caps(msgspec.Struct, frozen=True, kw_only=True):
    """Bounds on decoding.

    ``bytes`` of a file, ``pixels`` of a picture or page, ``pages`` of a scanned file, ``side`` of a result in pixels,
    and ``frames`` that are counted: of an animation only the first one is decoded.
    """

    bytes: int = 64 * 1024 * 1024
    pixels: int = 200_000_000
    pages: int = 20
    frames: int = 1000
    side: int = 3000


CAPS: Final = Caps()

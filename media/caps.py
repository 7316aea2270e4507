"""What is decoded at most of a file from outside."""

from typing import Final

import msgspec


class Caps(msgspec.Struct, frozen=True, kw_only=True):
    """Bounds on decoding.

    ``bytes`` of a file, ``pixels`` of a picture or page, ``memory`` for decoding it in bytes, ``pages`` of a scanned
    file, ``side`` of a result in pixels, ``frames`` that are counted: of an animation only the first one is decoded.
    """

    bytes: int = 64 * 1024 * 1024
    pixels: int = 200_000_000
    memory: int = 1024 * 1024 * 1024
    pages: int = 20
    frames: int = 1000
    side: int = 3000

    def pixels_of(self, media_type: str) -> int:
        """Return how many pixels a picture of a type may have: those that its decoder can hold in memory, too."""
        return min(self.pixels, self.memory // _HELD.get(media_type, 1))


#: Bytes that decoding a picture in RGB takes for each of its pixels at most, measured. Only JPEG is decoded to a
#: smaller picture at once (a progressive one keeps its coefficients); libwebp keeps three whole pictures.
_HELD: Final = {
    "image/jpeg": 4,
    "image/png": 5,
    "image/tiff": 5,
    "image/heic": 8,
    "image/avif": 9,
    "image/webp": 16,
}
CAPS: Final = Caps()

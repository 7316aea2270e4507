"""Files as a clerk's phone might send them, and a way to hand them to the reading process."""

import struct
import zlib
from collections.abc import Awaitable, Callable

import numpy as np
from PIL import Image

from tests.media import hostile, images


def given(*files: bytes) -> Callable[[int], Awaitable[bytes]]:
    """Return these files when they are asked for."""

    async def load(file: int) -> bytes:
        return files[file]

    return load


def white(media_type: str = "image/png", mode: str = "RGB") -> bytes:
    """A page with nothing on it, which needs no engine to be known as such."""
    return images.encode(Image.new("RGB", (300, 400), "white").convert(mode), media_type)


def sixteen_bits() -> bytes:
    """A white page of 16 bits a pixel."""
    return images.encode(Image.fromarray(np.full((400, 300), 65_535, np.uint16)), "image/png")


def bomb(side: int = 30_000) -> bytes:
    """A real PNG of a hundred kilobytes and ``side`` squared pixels, not one that only claims to be."""

    def chunk(name: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))

    packer, row = zlib.compressobj(), bytes(1 + (side + 7) // 8)
    packed = b"".join([*(packer.compress(row * 100) for _ in range(side // 100)), packer.flush()])
    header = struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", packed) + chunk(b"IEND", b"")


def several(pages: int) -> bytes:
    """A TIFF of so many white pages."""
    page = Image.new("L", (300, 400), 255)
    return images.encode(page, "image/tiff", save_all=True, append_images=[page] * (pages - 1))


#: What is sent → what becomes of each of its pages: the code of a flag, and the reason where it has one.
BAD: dict[str, tuple[bytes, list[tuple[str, str]]]] = {
    "a bomb": (bomb(), [("paper.page_failed", "media.too_many_pixels")]),
    "a jpeg cut short": (white("image/jpeg")[:-300], [("paper.page_failed", "media.undecodable")]),
    "a pdf of 200 pages": (images.pdf(pages=200), [("paper.page_failed", "media.too_many_pages")]),
    "a pdf with a password": (hostile.pdf_with_a_password(), [("paper.page_failed", "media.encrypted")]),
    "a pdf page of kilometres": (images.pdf(width=1e7, height=1e7, content=b""), [("paper.blank_page", "")]),
    "nothing": (b"", [("paper.page_failed", "media.undecodable")]),
    "a picture of one pixel": (hostile.one_pixel(), [("paper.blank_page", "")]),
    "a thread of pixels": (hostile.thread(), [("paper.blank_page", "")]),
    "a tiff of three pages": (several(3), [("paper.blank_page", "")] * 3),
    "a jpeg for the press": (white("image/jpeg", "CMYK"), [("paper.blank_page", "")]),
    "a png of 16 bits": (sixteen_bits(), [("paper.blank_page", "")]),
    "a picture of an iphone": (white("image/heic"), [("paper.blank_page", "")]),
}

"""What an image says of itself, and pixels from it: the only room that decodes files.

Everything here is handed bytes by strangers. What a file is, its magic bytes say, never its name; only the decoder of
that format is tried; sizes are read from headers and compared with :class:`Caps` before a pixel is decoded; and
whatever a decoder raises becomes a listed problem. A decoder that eats memory or time for other reasons is stopped
from outside: image work runs in a spawned process with limits.
"""

import io
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from math import inf
from pathlib import Path
from typing import Final

import msgspec
import numpy as np
import pillow_heif
import pypdfium2
from numpy.typing import NDArray
from PIL import Image

from media import exif
from mobile_contract.media import MediaFacts
from mobile_contract.problems import Refused

Pixels = NDArray[np.uint8]


class Caps(msgspec.Struct, frozen=True, kw_only=True):
    """What is decoded at most: ``bytes`` of a file, ``pixels`` of a page, ``pages`` of a file, ``side`` of a result."""

    bytes: int = 64 * 1024 * 1024
    pixels: int = 40_000_000
    pages: int = 20
    side: int = 3000


CAPS: Final = Caps()
PDF: Final = "application/pdf"
PDF_DOTS_PER_INCH: Final = 200
THUMBNAIL_SIDE: Final = 1024
THUMBNAIL_QUALITY: Final = 80

#: Media type → the Pillow plugin that reads it.
_PLUGINS: Final = {
    "image/jpeg": "JPEG",
    "image/png": "PNG",
    "image/webp": "WEBP",
    "image/tiff": "TIFF",
    "image/heic": "HEIF",
}
_HEIF_BRANDS: Final = frozenset({b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"})
#: EXIF orientation → what turns the picture upright.
_TURNS: Final = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_SIDEWAYS: Final = frozenset({5, 6, 7, 8})
#: Their plugins apply the orientation themselves.
_UPRIGHT_ALREADY: Final = frozenset({"image/tiff", "image/heic"})
#: What Pillow, its plugins and PDFium raise on input that is not what it says it is.
_BROKEN: Final = (
    OSError,
    SyntaxError,
    ValueError,
    TypeError,
    LookupError,
    ArithmeticError,
    AttributeError,
    RuntimeError,
    EOFError,
    MemoryError,
    struct.error,
    pypdfium2.PdfiumError,
)

pillow_heif.register_heif_opener()
Image.MAX_IMAGE_PIXELS = CAPS.pixels
_PDFIUM = threading.Lock()  # PDFium is not thread-safe


def sniff(head: bytes) -> str | None:
    """Name the media type from a file's first 16 bytes; None for what is neither a known image nor a PDF."""
    if head.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "image/webp"
    if head.startswith((b"II*\0", b"MM\0*")):
        return "image/tiff"
    if head[4:8] == b"ftyp" and head[8:12] in _HEIF_BRANDS:
        return "image/heic"
    return PDF if head.startswith(b"%PDF-") else None


def facts(source: bytes | Path, caps: Caps = CAPS) -> MediaFacts:
    """Read what an image says of itself from its headers; no pixel is decoded.

    :class:`Refused` ``media.undecodable``, ``media.too_many_pixels`` or ``media.too_long``.
    """
    data = _load(source, caps)
    with _opened(data, caps) as (image, media_type):
        tags = image.getexif()
        said = exif.read(tags, tags.get_ifd(exif.EXIF_TABLE), tags.get_ifd(exif.GPS_TABLE))
        width, height = image.size
        if media_type not in _UPRIGHT_ALREADY and tags.get(exif.ORIENTATION) in _SIDEWAYS:
            width, height = height, width
        return MediaFacts(media_type=media_type, width=width, height=height, exif=said)


def thumbnail(source: bytes | Path, side: int, caps: Caps = CAPS) -> bytes:
    """Make a JPEG whose longest side is at most ``side`` pixels: upright, and without any of the EXIF.

    The first page stands for a document. Refuses as :func:`decode_page` does.
    """
    data, side = _load(source, caps), max(1, min(side, THUMBNAIL_SIDE))
    if sniff(data) == PDF:
        small = Image.fromarray(_pdf_pages(data, msgspec.structs.replace(caps, side=side), first_only=True)[0])
    else:
        with _opened(data, caps) as (image, media_type):
            image.draft("RGB", (side * 2, side * 2))  # lets the JPEG decoder leave out what is not needed
            small = _shrunk(image, side, media_type)
    out = io.BytesIO()
    small.save(out, "JPEG", quality=THUMBNAIL_QUALITY)
    return out.getvalue()


def decode_page(source: bytes | Path, caps: Caps = CAPS) -> list[Pixels]:
    """Decode a scan into its pages: arrays of shape (height, width, 3), RGB, uint8, upright, at most ``caps.side``.

    A PDF is drawn at 200 dpi, or coarser where a page would be larger; a TIFF may hold several pages; of an animation
    the first frame counts. :class:`Refused` ``media.undecodable``, ``media.too_many_pixels``,
    ``media.too_many_pages`` or ``media.too_long``.
    """
    data = _load(source, caps)
    if sniff(data) == PDF:
        return _pdf_pages(data, caps)
    with _opened(data, caps) as (image, media_type):
        count = getattr(image, "n_frames", 1) if media_type == "image/tiff" else 1
        if count > caps.pages:
            raise Refused("media.too_many_pages", limit=caps.pages)
        pages = []
        for index in range(count):
            image.seek(index)
            _measure(image.size, caps)  # each page has a size of its own
            pages.append(np.asarray(_shrunk(image, caps.side, media_type), dtype=np.uint8))
        return pages


def _load(source: bytes | Path, caps: Caps) -> bytes:
    size = len(source) if isinstance(source, bytes) else source.stat().st_size
    if size > caps.bytes:
        raise Refused("media.too_long", limit=caps.bytes)
    return source if isinstance(source, bytes) else source.read_bytes()


@contextmanager
def _opened(data: bytes, caps: Caps) -> Iterator[tuple[Image.Image, str]]:
    """Open an image by its magic bytes; whatever goes wrong while it is open is a refusal."""
    media_type = sniff(data)
    plugin = _PLUGINS.get(media_type or "")
    if media_type is None or plugin is None:
        raise Refused("media.undecodable", reason="not a JPEG, PNG, WebP, HEIC or TIFF")
    with _refusing(caps), Image.open(io.BytesIO(data), formats=(plugin,)) as image:
        _measure(image.size, caps)
        yield image, media_type


@contextmanager
def _refusing(caps: Caps) -> Iterator[None]:
    try:
        yield
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise Refused("media.too_many_pixels", limit=caps.pixels) from error
    except _BROKEN as error:
        raise Refused("media.undecodable", reason=f"{type(error).__name__}: {error}"[:200]) from error


def _measure(size: tuple[int, int], caps: Caps) -> None:
    if size[0] * size[1] > caps.pixels:
        raise Refused("media.too_many_pixels", limit=caps.pixels)


def _shrunk(image: Image.Image, side: int, media_type: str) -> Image.Image:
    """Give the current frame upright, in RGB on white, at most ``side`` long."""
    image.load()
    turn = None if media_type in _UPRIGHT_ALREADY else _TURNS.get(image.getexif().get(exif.ORIENTATION, 1))
    frame: Image.Image = _eight_bit(image) if image.mode.startswith(("I", "F")) else image
    see_through = "A" in frame.getbands() or "transparency" in frame.info
    frame = frame.convert("RGBA" if see_through else "RGB")
    frame.thumbnail((side, side), Image.Resampling.LANCZOS, reducing_gap=2.0)
    if see_through:
        frame = Image.alpha_composite(Image.new("RGBA", frame.size, "white"), frame).convert("RGB")
    return frame if turn is None else frame.transpose(turn)


def _eight_bit(image: Image.Image) -> Image.Image:
    """Scale grey of 16 bits and more to 8, where Pillow would clip."""
    grey = np.asarray(image, dtype=np.float64)
    top = 255.0 if grey.max(initial=0) <= 255 else 65535.0
    return Image.fromarray((grey * (255 / top)).clip(0, 255).astype(np.uint8))


def _pdf_pages(data: bytes, caps: Caps, *, first_only: bool = False) -> list[Pixels]:
    with _PDFIUM, _refusing(caps):
        document = pypdfium2.PdfDocument(data)
        try:
            count = len(document)
            if count > caps.pages and not first_only:
                raise Refused("media.too_many_pages", limit=caps.pages)
            if count == 0:
                raise Refused("media.undecodable", reason="a PDF without pages")
            return [_draw(document, index, caps.side) for index in range(1 if first_only else count)]
        finally:
            document.close()


def _draw(document: pypdfium2.PdfDocument, index: int, side: int) -> Pixels:
    page = document[index]
    try:
        width, height = page.get_size()  # in points, of which an inch has 72
        if not (0 < width < inf and 0 < height < inf):
            raise Refused("media.undecodable", reason=f"page {index + 1} has no size")
        scale = min(PDF_DOTS_PER_INCH / 72, side / max(width, height))
        bitmap = page.render(scale=scale, rev_byteorder=True, fill_color=(255, 255, 255, 255))
        try:
            return np.array(bitmap.to_numpy()[:side, :side, :3], dtype=np.uint8)
        finally:
            bitmap.close()
    finally:
        page.close()

"""Pictures from bytes: the only module that opens images.

All input is untrusted. The type of a file follows from its magic bytes, never its name; only the decoder of that
format is tried; headers are always read, and their size is compared with :class:`Caps` before a pixel is decoded; and
whatever a decoder raises becomes a listed problem. A decoder that eats memory or time for other reasons is stopped
from outside: ``media.workshop`` runs in a process with limits.
"""

import io
import struct
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import imagehash
import msgspec
import numpy as np
import pillow_heif
from numpy.typing import NDArray
from PIL import AvifImagePlugin, Image, ImageCms, ImageFile, UnidentifiedImageError

from media import exif, pdf
from media.caps import CAPS, Caps
from media.sniff import PDF, sniff
from mobile_contract.media import MediaFacts
from mobile_contract.problems import Refused

Pixels = NDArray[np.uint8]


THUMBNAIL_SIDE: Final = 2048
THUMBNAIL_QUALITY: Final = 80

#: Media type → the Pillow plugin that reads it.
_PLUGINS: Final = {
    "image/jpeg": "JPEG",
    "image/png": "PNG",
    "image/webp": "WEBP",
    "image/tiff": "TIFF",
    "image/heic": "HEIF",
    "image/avif": "AVIF",
}
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
_JPEG_END: Final = b"\xff\xd9"
#: Of a JPEG without its end that counts as whole at most one row in so many is missing, at its bottom.
_ROWS: Final = 64
#: Stands for what was cut off: a decoder makes other pixels of it than of nothing.
_NOISE: Final = bytes(range(1, 251)) * 40
#: What Pillow and its plugins raise on input that is not of its declared type.
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
    struct.error,
)

pillow_heif.register_heif_opener()
pillow_heif.options.DECODE_THREADS = AvifImagePlugin.DEFAULT_MAX_THREADS = 1
Image.MAX_IMAGE_PIXELS = None  # every size is compared with the caps of the moment


class Look(msgspec.Struct, frozen=True, kw_only=True):
    """Facts of a file and its thumbnails (JPEG), one per side that was asked for, from decoding it once."""

    facts: MediaFacts
    thumbnails: tuple[bytes, ...] = ()


def examine(source: bytes | Path, sides: Sequence[int], caps: Caps = CAPS) -> Look:
    """Return a picture's or document's own facts, and thumbnails of it, decoding it once.

    Of a file whose header can be read and whose pixels cannot, or may not, return the facts of the header, with a
    ``problem``; without ``sides`` the facts of the header alone. :class:`Refused` as :func:`facts` does.
    """
    data = _load(source, caps)
    found = facts(data, caps)
    if not sides:
        return Look(facts=found)
    try:
        largest = upright(data, max(sides), caps)
    except Refused as refusal:
        return Look(facts=msgspec.structs.replace(found, problem=refusal.code))
    hashed = msgspec.structs.replace(found, phash=str(imagehash.phash(largest)))
    return Look(facts=hashed, thumbnails=tuple(jpeg(_reduced(largest, side), THUMBNAIL_QUALITY) for side in sides))


def facts(source: bytes | Path, caps: Caps = CAPS) -> MediaFacts:
    """Return the facts in the headers of an image or PDF, of whatever size the picture is.

    :class:`Refused` ``media.undecodable``, ``media.too_many_pages`` or ``media.too_long``.
    """
    data = _load(source, caps)
    if sniff(data) == PDF:
        with pdf.opened(data) as document:
            return MediaFacts(media_type=PDF, frames=len(document))
    with _opened(data) as (image, media_type):
        # A PNG is decoded by its own ``getexif``, as its tags may stand after the pixels: not one that is too large.
        tags = Image.Image.getexif(image) if _too_large(image.size, media_type, caps) else image.getexif()
        tags_read = exif.read(tags, tags.get_ifd(exif.EXIF_TABLE), tags.get_ifd(exif.GPS_TABLE))
        width, height = image.size
        if media_type not in _UPRIGHT_ALREADY and tags.get(exif.ORIENTATION) in _SIDEWAYS:
            width, height = height, width
        frames = _count(image, media_type, caps.frames)
        return MediaFacts(media_type=media_type, width=width, height=height, frames=frames, exif=tags_read)


def thumbnail(source: bytes | Path, side: int, caps: Caps = CAPS) -> bytes:
    """Return a JPEG whose longest side is at most ``side`` pixels: upright, and without any of the EXIF.

    The first page stands for a document. Refuses as :func:`decode_page` does.
    """
    return jpeg(upright(source, max(1, min(side, THUMBNAIL_SIDE)), caps), THUMBNAIL_QUALITY)


def upright(source: bytes | Path, side: int, caps: Caps = CAPS) -> Image.Image:
    """Decode a picture, or the first page of a document: upright, RGB on white, at most ``side`` pixels long."""
    data = _mended(_load(source, caps), caps)
    if sniff(data) == PDF:
        with pdf.opened(data) as document:
            return Image.fromarray(pdf.draw(document, 0, side))
    with _opened(data) as (image, media_type):
        _measure(image.size, media_type, caps)
        _scaled(image, side)
        return _shrunk(image, side, media_type)


def jpeg(image: Image.Image, quality: int) -> bytes:
    """Return pixels as a JPEG without metadata."""
    out = io.BytesIO()
    image.save(out, "JPEG", quality=quality, optimize=True)
    return out.getvalue()


def decode_page(source: bytes | Path, caps: Caps = CAPS) -> list[Pixels]:
    """Decode a scan into its pages, as :func:`one_page` gives them. Refuses as that does."""
    data = _load(source, caps)
    return [one_page(data, index, caps) for index in range(count_pages(data, caps))]


def count_pages(source: bytes | Path, caps: Caps = CAPS) -> int:
    """Count the pages of a scan, decoding none: of an animation the first frame counts. Refuses as :func:`one_page`."""
    data = _load(source, caps)
    media_type = sniff(data)
    if media_type == PDF:
        with pdf.opened(data) as document:
            return _allowed(len(document), caps)
    if media_type != "image/tiff":
        return 1
    with _opened(data) as (image, _):
        return _count(image, media_type, caps.pages)


def one_page(source: bytes | Path, index: int, caps: Caps = CAPS) -> Pixels:
    """Decode a page (from 0): an array of shape (height, width, 3), RGB, uint8, upright, at most ``caps.side`` long.

    A PDF is drawn at 200 dpi, or coarser where a page would be larger; a TIFF may hold several pages.
    :class:`Refused` ``media.undecodable``, ``media.encrypted``, ``media.too_many_pixels``, ``media.too_many_pages`` or
    ``media.too_long``.
    """
    data = _mended(_load(source, caps), caps)
    if sniff(data) == PDF:
        with pdf.opened(data) as document:
            _allowed(len(document), caps)
            return pdf.draw(document, index, caps.side)
    with _opened(data) as (image, media_type):
        image.seek(index)
        _measure(image.size, media_type, caps)  # each page has a size of its own
        _scaled(image, caps.side)
        return np.asarray(_shrunk(image, caps.side, media_type), dtype=np.uint8)


def _allowed(pages: int, caps: Caps) -> int:
    if pages > caps.pages:
        raise Refused("media.too_many_pages", limit=caps.pages)
    return pages


def _load(source: bytes | Path, caps: Caps) -> bytes:
    size = len(source) if isinstance(source, bytes) else source.stat().st_size
    if size > caps.bytes:
        raise Refused("media.too_long", limit=caps.bytes)
    return source if isinstance(source, bytes) else source.read_bytes()


def _mended(data: bytes, caps: Caps) -> bytes:
    """Return a JPEG with the end it lacks, if hardly anything else is missing; any other file as it is.

    Such files come from phones that lost power, and from people who cut a byte off an old photo to make another file.
    """
    if sniff(data) != "image/jpeg":
        return data
    with _opened(data) as (image, media_type):
        assert isinstance(image, ImageFile.ImageFile)  # noqa: S101 - it is open
        assert image.fp is not None  # noqa: S101 - as above
        begins = image.fp.tell()  # of the pixels: before them are smaller pictures, with ends of their own
        if _too_large(image.size, media_type, caps) or data.find(_JPEG_END, begins) >= 0:
            return data
    data = data.rstrip(b"\0")  # a disk that was cut off leaves zeros
    made_up, other = (_glimpse(data + lost + _JPEG_END) for lost in (b"", _NOISE))
    differing = np.flatnonzero((made_up != other).any(axis=1))
    missing = len(made_up) - int(differing[0]) if differing.size else 0
    return data + _JPEG_END if missing * _ROWS <= len(made_up) else data


def _glimpse(data: bytes) -> Pixels:
    """Return a JPEG in grey at an eighth: an array of shape (height, width)."""
    with _opened(data) as (image, _):
        image.draft("L", (max(1, image.width // 8), max(1, image.height // 8)))
        return np.asarray(image.convert("L"), dtype=np.uint8)


@contextmanager
def _opened(data: bytes) -> Iterator[tuple[Image.Image, str]]:
    """Open an image by its magic bytes; whatever goes wrong while it is open is a refusal."""
    media_type = sniff(data)
    plugin = _PLUGINS.get(media_type or "")
    if media_type is None or plugin is None:
        raise Refused("media.undecodable", reason="not a JPEG, PNG, WebP, HEIC, AVIF or TIFF")
    with _refusing(), Image.open(io.BytesIO(data), formats=(plugin,)) as image:
        yield image, media_type


@contextmanager
def _refusing() -> Iterator[None]:
    try:
        yield
    except UnidentifiedImageError as error:
        raise Refused("media.undecodable", reason="not what its first bytes say") from error
    except MemoryError as error:
        raise Refused("media.too_costly", reason="memory") from error
    except _BROKEN as error:
        raise Refused("media.undecodable", reason=f"{type(error).__name__}: {error}"[:200]) from error


def _too_large(size: tuple[int, int], media_type: str, caps: Caps) -> bool:
    return size[0] * size[1] > caps.pixels_of(media_type)


def _measure(size: tuple[int, int], media_type: str, caps: Caps) -> None:
    if _too_large(size, media_type, caps):
        raise Refused("media.too_many_pixels", limit=caps.pixels_of(media_type))


def _count(image: Image.Image, media_type: str, limit: int) -> int:
    """Count pages or frames, up to a limit; the pages of a TIFF are a chain that only walking it measures."""
    if media_type != "image/tiff":
        count = int(getattr(image, "n_frames", 1))
    else:
        count = 0
        try:
            while count <= limit:
                image.seek(count)
                count += 1
        except EOFError:
            image.seek(0)
    if count > limit:
        raise Refused("media.too_many_pages", limit=limit)
    return count


def _scaled(image: Image.Image, side: int) -> None:
    """Have a JPEG decoded at an eighth, a quarter or a half where that leaves twice the pixels that are wanted."""
    share = 2 * side / max(image.size)
    image.draft("RGB", (max(1, round(image.width * share)), max(1, round(image.height * share))))


def _shrunk(image: Image.Image, side: int, media_type: str) -> Image.Image:
    """Return the current frame upright, in RGB on white, at most ``side`` long."""
    image.load()
    turn = None if media_type in _UPRIGHT_ALREADY else _TURNS.get(image.getexif().get(exif.ORIENTATION, 1))
    frame: Image.Image = _eight_bit(image) if image.mode.startswith(("I", "F")) else image
    see_through = "A" in frame.getbands() or "transparency" in frame.info
    mode = "RGBA" if see_through else "RGB"
    if frame.mode != mode:
        frame = frame.convert(mode)
    frame = _reduced(frame, side)
    if see_through:
        frame = Image.alpha_composite(Image.new("RGBA", frame.size, "white"), frame).convert("RGB")
    if image.mode in {"RGB", "RGBA"}:
        frame = _srgb(frame, image.info.get("icc_profile"))
    return frame if turn is None else frame.transpose(turn)


def _srgb(frame: Image.Image, profile: bytes | None) -> Image.Image:
    """Return an RGB picture in sRGB, in which everything that shows it without a profile takes it to be."""
    if not profile:
        return frame
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        if "srgb" in ImageCms.getProfileDescription(source).casefold():
            return frame
        return ImageCms.profileToProfile(frame, source, ImageCms.createProfile("sRGB"), outputMode="RGB") or frame
    except (ImageCms.PyCMSError, *_BROKEN):  # a profile that is none, or of another kind of picture
        return frame


def _reduced(image: Image.Image, side: int) -> Image.Image:
    """Return a picture at most ``side`` long; it never grows."""
    longest = max(image.size)
    if longest <= side:
        return image.copy()
    width, height = (max(1, round(length * side / longest)) for length in image.size)
    return image.resize((width, height), Image.Resampling.LANCZOS, reducing_gap=2.0)


def _eight_bit(image: Image.Image) -> Image.Image:
    """Return grey of 16 bits and more scaled to 8, where Pillow would clip."""
    grey = np.asarray(image, dtype=np.float32)
    top = 255.0 if grey.max(initial=0) <= 255 else 65535.0
    return Image.fromarray((grey * np.float32(255 / top)).clip(0, 255).astype(np.uint8))

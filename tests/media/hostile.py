"""Files that ask for more than they should get: small to send, large to open."""

import io
import struct
import zlib

from PIL import Image

from tests.media import images


def claiming(media_type: str, width: int, height: int) -> bytes:
    """Make a HEIC or AVIF whose header promises a huge picture."""
    data = images.encode(images.picture(64, 64), media_type)
    honest = b"ispe\0\0\0\0" + struct.pack(">II", 64, 64)
    assert honest in data
    return data.replace(honest, b"ispe\0\0\0\0" + struct.pack(">II", width, height))


def webp_that_claims(width: int, height: int) -> bytes:
    """Make a WebP whose header promises a huge picture."""
    data = images.encode(images.picture(64, 64), "image/webp", quality=50)
    honest = b"\x9d\x01\x2a" + struct.pack("<HH", 64, 64)
    assert honest in data
    return data.replace(honest, b"\x9d\x01\x2a" + struct.pack("<HH", width, height))


def tiff_that_claims(width: int, height: int) -> bytes:
    """Make a TIFF of one strip whose header promises a huge picture."""
    tags = [(256, width), (257, height), (258, 8), (259, 1), (262, 1), (273, 8), (277, 1), (279, 8)]
    return b"II*\0" + struct.pack("<I", 16) + bytes(8) + _directory(tags, 0)


def tiff_of_pages(count: int) -> bytes:
    """Make a TIFF of so many tiny pages, all of the same pixel."""
    tags = [(256, 1), (257, 1), (258, 8), (259, 1), (262, 1), (273, 8), (277, 1), (279, 1)]
    length = 2 + 12 * len(tags) + 4
    out = bytearray(b"II*\0" + struct.pack("<I", 16) + bytes(8))
    for page in range(count):
        out += _directory(tags, 16 + length * (page + 1) if page + 1 < count else 0)
    return bytes(out)


def _directory(tags: list[tuple[int, int]], following: int) -> bytes:
    entries = b"".join(struct.pack("<HHII", tag, 4, 1, value) for tag, value in tags)
    return struct.pack("<H", len(tags)) + entries + struct.pack("<I", following)


def animation(container: str, frames: int) -> bytes:
    """Make an animation of tiny pictures that differ, so that none is left out."""
    pictures = [Image.new("RGB", (16, 16), (number % 256, number // 256, 7)) for number in range(frames)]
    out = io.BytesIO()
    pictures[0].save(out, container, save_all=True, append_images=pictures[1:], duration=10, loop=0, lossless=True)
    return out.getvalue()


def pdf_with(stream: bytes, kind: bytes) -> bytes:
    """Make a PDF of one page that draws the object X, which is ``kind`` with a compressed ``stream``."""
    packed = zlib.compress(stream, 9)
    page = b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 3 0 R %s >>"
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [4 0 R] /Count 1 >>",
        b"<< /Length 31 >>\nstream\nq 500 0 0 700 0 0 cm /X Do Q    \nendstream",
        page % b"/Resources << /XObject << /X 5 0 R >> >>",
        b"<< /Type /XObject %s /Filter /FlateDecode /Length %d >>\nstream\n%s\nendstream" % (kind, len(packed), packed),
    ]
    out = bytearray(b"%PDF-1.4\n")
    for number, body in enumerate(objects, 1):
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    return bytes(out + b"trailer << /Size 6 /Root 1 0 R >>\n%%EOF")


def pdf_with_a_huge_picture(side: int) -> bytes:
    """Make a PDF of some kilobytes in which one picture has ``side`` squared pixels."""
    kind = b"/Subtype /Image /Width %d /Height %d /ColorSpace /DeviceRGB /BitsPerComponent 8" % (side, side)
    return pdf_with(bytes(10_000_000), kind)


def pdf_that_draws_without_end(megabytes: int) -> bytes:
    """Make a PDF whose page unpacks to so much drawing."""
    drawing = b"0 0 m 900 900 l S 0 0 0 rg\n" * (megabytes * 37_000)
    return pdf_with(drawing, b"/Subtype /Form /BBox [0 0 900 900]")


def pdf_with_a_password() -> bytes:
    """Make a PDF that opens with a password only (40-bit RC4, as the oldest have it), which nobody knows."""
    plain = images.pdf()
    lock = b"/Encrypt << /Filter /Standard /V 1 /R 2 /P -44 /O <%s> /U <%s> >> /ID [<00> <00>] " % (
        b"a5" * 32,
        b"5a" * 32,
    )
    return plain.replace(b"trailer << ", b"trailer << " + lock)


def one_pixel() -> bytes:
    """Make the smallest picture there is."""
    return images.encode(Image.new("RGB", (1, 1)), "image/png")


def thread() -> bytes:
    """Make a picture of many pixels, all in one line."""
    return images.encode(Image.new("L", (200_000, 1)), "image/png")


def gossiping_exif() -> bytes:
    """Make a photograph whose tags are what no camera writes."""
    tags = Image.Exif()
    tags[0x010F] = "<script>alert(1)</script>\x00\u202e" + "A" * 20_000
    tags[0x0110] = "'; DROP TABLE blobs; --" + "\x1b[2J" * 1000
    tags[0x0131] = "B" * 20_000
    tags[0x0132] = "9999:99:99 99:99:99"
    tags.get_ifd(0x8769).update({0x9003: "2026:11:18 08:07:31\x00<b>", 0x9011: "+99:99"})
    tags.get_ifd(0x8825).update({1: "N" * 1000, 2: images.rational(1), 29: "x" * 1000})
    return images.encode(images.picture(), "image/jpeg", exif=tags)


#: What is sent → the problem it is kept with; empty where there is none.
FILES = {
    "a huge png": (images.png_that_claims(60_000, 60_000), "media.too_many_pixels"),
    "a huge heic": (claiming("image/heic", 60_000, 60_000), "media.too_many_pixels"),
    "a huge avif": (claiming("image/avif", 60_000, 60_000), "media.undecodable"),
    "a huge tiff": (tiff_that_claims(60_000, 60_000), "media.too_many_pixels"),
    "a tiff of 100 000 pages": (tiff_of_pages(100_000), "media.too_many_pages"),
    "a webp of 1 100 frames": (animation("WEBP", 1100), "media.too_many_pages"),
    "a png of 1 100 frames": (animation("PNG", 1100), "media.too_many_pages"),
    "a gif of 1 100 frames": (animation("GIF", 1100), "media.undecodable"),
    "a pdf of 100 000 pages": (images.pdf(pages=100_000), ""),
    "a pdf page of kilometres": (images.pdf(width=1e7, height=1e7), ""),
    "a pdf with a huge picture": (pdf_with_a_huge_picture(30_000), ""),
    "a pdf that draws without end": (pdf_that_draws_without_end(100), "media.too_costly"),
    "tags that no camera writes": (gossiping_exif(), ""),
    "nothing": (b"", "media.undecodable"),
}

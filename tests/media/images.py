"""Images made for the tests, good and bad."""

import io
import struct
import zlib
from fractions import Fraction
from typing import Any

import numpy as np
import pillow_heif
from PIL import Image, ImageCms, TiffImagePlugin

pillow_heif.register_heif_opener()

#: A picture whose corners differ, so that every wrong turn shows: red top left, green top right, blue bottom left.
WIDTH, HEIGHT = 320, 200
RED, GREEN, BLUE, WHITE = (220, 30, 30), (30, 180, 30), (30, 30, 220), (250, 250, 250)

PLUGINS = {
    "image/jpeg": "JPEG",
    "image/png": "PNG",
    "image/webp": "WEBP",
    "image/heic": "HEIF",
    "image/avif": "AVIF",
    "image/tiff": "TIFF",
}


def picture(width: int = WIDTH, height: int = HEIGHT) -> Image.Image:
    pixels = np.full((height, width, 3), WHITE, np.uint8)
    pixels[: height // 2, : width // 2] = RED
    pixels[: height // 2, width // 2 :] = GREEN
    pixels[height // 2 :, : width // 2] = BLUE
    return Image.fromarray(pixels)


def encode(image: Image.Image, media_type: str, **options: Any) -> bytes:
    if media_type == "image/heic" and "exif" in options:  # only from bytes is the turn written as HEIF wants it
        options["exif"] = options["exif"].tobytes()
    out = io.BytesIO()
    image.save(out, PLUGINS[media_type], **options)
    return out.getvalue()


def rational(value: float | Fraction) -> TiffImagePlugin.IFDRational:
    exact = Fraction(value).limit_denominator(10_000_000)
    return TiffImagePlugin.IFDRational(exact.numerator, exact.denominator)


def dms(degrees: Fraction) -> tuple[TiffImagePlugin.IFDRational, ...]:
    whole = int(degrees)
    minutes = (degrees - whole) * 60
    return rational(whole), rational(int(minutes)), rational((minutes - int(minutes)) * 60)


def exif(*, orientation: int = 1, gps: dict[int, Any] | None = None) -> Image.Exif:
    tags = Image.Exif()
    tags[0x010F], tags[0x0110], tags[0x0112], tags[0x0131] = "HUAWEI", "Mate 60", orientation, "HarmonyOS 4.2"
    tags.get_ifd(0x8769).update({0x9003: "2026:11:18 08:07:31", 0x9011: "+08:00"})
    tags.get_ifd(0x8825).update(gps or {})
    return tags


def nanjing() -> dict[int, Any]:
    return {1: "N", 2: dms(Fraction(320415000, 10**7)), 3: "E", 4: dms(Fraction(1187674000, 10**7))}


def turned(image: Image.Image, orientation: int) -> Image.Image:
    """Store ``image`` as a camera held that way would: the tag turns it back."""
    undo = {
        1: None,
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_90,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }[orientation]
    return image if undo is None else image.transpose(undo)


def png_that_claims(width: int, height: int) -> bytes:
    """Make a PNG of a few hundred bytes whose header promises a huge picture."""

    def chunk(name: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(bytes(100_000), 9))
        + chunk(b"IEND", b"")
    )


def pdf(
    pages: int = 1, width: float = 595, height: float = 842, content: bytes = b"0 0 1 rg 0 0 100 100 re f"
) -> bytes:
    """Make a PDF by hand: A4 by default, a blue square in the lower left corner of each page."""
    kids = " ".join(f"{4 + n} 0 R" for n in range(pages))
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        f"<< /Type /Pages /Kids [{kids}] /Count {pages} >>".encode(),
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(content), content),
        *[
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 {width} {height}] /Contents 3 0 R >>".encode()
            for _ in range(pages)
        ],
    ]
    out, offsets = bytearray(b"%PDF-1.4\n"), []
    for number, body in enumerate(objects, 1):
        offsets.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n%s" % (len(objects) + 1, table)
    out += b"trailer << /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF" % (len(objects) + 1, start)
    return bytes(out)


def wide_gamut() -> bytes:
    """Make the ICC profile of Display P3: the primaries of sRGB are changed to wider ones, adapted to D50."""
    data = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    primaries = {
        b"rXYZ": (0.51512, 0.24120, -0.00105),
        b"gXYZ": (0.29198, 0.69225, 0.04189),
        b"bXYZ": (0.15710, 0.06657, 0.78407),
    }
    for entry in range(struct.unpack(">I", data[128:132])[0]):
        name, offset, size = struct.unpack(">4sII", data[132 + 12 * entry : 144 + 12 * entry])
        if name in primaries:
            data[offset + 8 : offset + 20] = struct.pack(">3i", *(round(part * 65536) for part in primaries[name]))
        if name == b"desc":  # else it calls itself sRGB
            named = data[offset : offset + size]
            data[offset : offset + size] = named.replace("sRGB".encode("utf-16-be"), "wide".encode("utf-16-be"))
    return bytes(data)

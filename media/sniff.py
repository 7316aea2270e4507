"""What a file is, by its first bytes and nothing else: file names and declared types are untrusted."""

from typing import Final

#: Bytes that are looked at; of a shorter head fewer types are known.
HEAD_BYTES: Final = 64
PDF: Final = "application/pdf"

_STARTS: Final = (
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"II*\0", "image/tiff"),
    (b"MM\0*", "image/tiff"),
    (b"%PDF-", PDF),
    (b"OggS", "audio/ogg"),
    (b"fLaC", "audio/flac"),
    (b"#!AMR", "audio/amr"),
    (b"ID3", "audio/mpeg"),
    (b"\xff\xfb", "audio/mpeg"),
    (b"\xff\xf3", "audio/mpeg"),
    (b"\xff\xf2", "audio/mpeg"),
    (b"\xff\xf1", "audio/aac"),
    (b"\xff\xf9", "audio/aac"),
)
_RIFF: Final = {b"WEBP": "image/webp", b"WAVE": "audio/wav"}
_HEIF_BRANDS: Final = frozenset({b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"})
_AVIF_BRANDS: Final = frozenset({b"avif", b"avis"})


def sniff(head: bytes) -> str | None:
    """Return the media type by a file's first bytes; None for what nothing here can read.

    Of a container that may hold moving pictures or only sound, return the wider type; probing finds out which.
    """
    head = head[:HEAD_BYTES]
    if head[:4] == b"RIFF":
        return _RIFF.get(head[8:12])
    if head[4:8] == b"ftyp":
        return _by_brand(head)
    if head.startswith(b"\x1aE\xdf\xa3"):
        return "video/webm" if b"webm" in head else "video/x-matroska"
    return next((media_type for start, media_type in _STARTS if head.startswith(start)), None)


def _by_brand(head: bytes) -> str:
    brands = [head[8:12], *(head[at : at + 4] for at in range(16, min(len(head), head[3]), 4))]
    if brands[0] in _AVIF_BRANDS or (brands[0] in (b"mif1", b"msf1") and not _AVIF_BRANDS.isdisjoint(brands)):
        return "image/avif"
    if brands[0] in _HEIF_BRANDS:
        return "image/heic"
    if brands[0][:3] == b"3gp":
        return "video/3gpp"
    return {b"qt  ": "video/quicktime", b"M4A ": "audio/mp4"}.get(brands[0], "video/mp4")

"""The headers of tus 1.0 and of range requests (RFC 9110), read strictly. Pure."""

import base64
import binascii
import hashlib
import re
from typing import Final
from urllib.parse import quote

import msgspec

from mobile_contract.problems import Refused

#: What tus 1.0 calls them → what hashlib calls them. SHA-1 is the one that tus demands.
CHECKSUMS: Final = {"sha1": "sha1", "sha256": "sha256", "md5": "md5"}
_PAIRS: Final = 20
_RANGE = re.compile(r"bytes=([0-9]{0,18})-([0-9]{0,18})", re.IGNORECASE)


class Checksum(msgspec.Struct, frozen=True):
    """The digest that the bytes of one request should have."""

    algorithm: str
    digest: bytes

    def fits(self, data: "hashlib._Hash") -> bool:
        """Return whether this is the digest of what was hashed."""
        return data.digest() == self.digest


def is_type(text: str | None, media_type: str) -> bool:
    """Return whether ``Content-Type`` names a media type, in any case and with any parameters (RFC 9110, 8.3.1)."""
    return (text or "").partition(";")[0].strip().lower() == media_type


def length(text: str | None, name: str) -> int:
    """Read a count of bytes; ``request.invalid`` names the header."""
    if text is None or not re.fullmatch(r"[0-9]{1,18}", text):
        raise Refused("request.invalid", reason=f"{name} must be a count of bytes")
    return int(text)


def metadata(text: str | None) -> dict[str, str]:
    """Read ``Upload-Metadata``: pairs of a key and a base64 value, comma-separated."""
    pairs = [part.strip().split(" ") for part in (text or "").split(",") if part.strip()]
    found = {pair[0]: _text(pair[1] if len(pair) == 2 else "") for pair in pairs if len(pair) <= 2}
    if len(pairs) > _PAIRS or len(found) != len(pairs):
        raise Refused("request.invalid", reason=f"Upload-Metadata must be at most {_PAIRS} different pairs")
    return found


def checksum(text: str | None) -> Checksum | None:
    """Read ``Upload-Checksum``: the name of an algorithm and a base64 digest."""
    if text is None:
        return None
    algorithm, _, encoded = text.strip().partition(" ")
    algorithm = algorithm.lower()
    if algorithm not in CHECKSUMS:
        raise Refused("request.invalid", reason=f"Upload-Checksum must be one of {', '.join(CHECKSUMS)}")
    return Checksum(CHECKSUMS[algorithm], _base64(encoded, "Upload-Checksum"))


def names(text: str | None, tag: str) -> bool:
    """Return whether ``If-None-Match`` names a tag: weakly, as it is to be compared."""
    return any(one.strip().removeprefix("W/") in (tag, "*") for one in (text or "").split(","))


def byte_range(text: str | None, size: int) -> tuple[int, int] | None:
    """Read ``Range`` as (start, stop) within ``size`` bytes; None for the whole, also where several are asked for.

    Raises ``media.bad_range`` when nothing of it lies within the file.
    """
    found = _RANGE.fullmatch((text or "").replace(" ", ""))
    if found is None or not (found[1] or found[2]):
        return None
    if not found[1]:  # the last so many
        start, stop = max(0, size - int(found[2])), size
    else:
        start, stop = int(found[1]), min(size, int(found[2]) + 1) if found[2] else size
        if found[2] and int(found[2]) < start:
            return None  # not a range; RFC 9110 says to ignore it
    if start >= stop:
        raise Refused("media.bad_range", size=size)
    return start, stop


def disposition(kind: str, filename: str) -> str:
    """Return ``Content-Disposition`` with a name in any script (RFC 6266)."""
    plain = re.sub(r"[^A-Za-z0-9._ -]", "_", filename)
    return f"{kind}; filename=\"{plain}\"; filename*=UTF-8''{quote(filename, safe='')}"


def _text(encoded: str) -> str:
    try:
        return _base64(encoded, "Upload-Metadata").decode()
    except UnicodeDecodeError as error:
        raise Refused("request.invalid", reason="Upload-Metadata must be UTF-8") from error


def _base64(encoded: str, name: str) -> bytes:
    try:
        return base64.b64decode(encoded, validate=True)
    except (binascii.Error, ValueError) as error:
        raise Refused("request.invalid", reason=f"{name} must be base64") from error

"""The checksum of a scope: a sum over its live records, which phone and server each keep up to date."""

import hashlib

_MODULUS = 2**64


def term(record_id: str, rev: int, digest: str) -> int:
    """Return one live record's share: the first 8 bytes of SHA-256(id ‖ rev ‖ digest), big-endian.

    Joined as ``id:rev:digest`` in ASCII, so that any language builds the same bytes.
    """
    return int.from_bytes(hashlib.sha256(f"{record_id}:{rev}:{digest}".encode()).digest()[:8])


def add(total: int, share: int) -> int:
    """Return ``total`` with a record's share added, modulo 2⁶⁴."""
    return (total + share) % _MODULUS


def remove(total: int, share: int) -> int:
    """Return ``total`` with a record's share removed, modulo 2⁶⁴."""
    return (total - share) % _MODULUS


def written(total: int) -> str:
    """Write a sum as it stands on the wire: 16 hexadecimal digits."""
    return f"{total:016x}"

"""Signed tree heads: Ed25519 (RFC 8032) over the ``TreeHeadDataV2`` of RFC 9162, section 4.10.

The private half lies in a file that only its owner may read, made when it is not there; it is never logged and never in
the database. A head carries the public half (32 bytes): that is the key's name, and what others note to know it again.
"""

import contextlib
import os
import struct
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from server.kernel.clock import new_id

_EPOCH = datetime.fromisoformat("1970-01-01T00:00:00Z")


@dataclass(frozen=True, kw_only=True, slots=True)
class Head:
    """What the tree was when it had ``size`` leaves. ``at`` is RFC 3339, ``key`` the public half of who signed."""

    size: int
    root: bytes
    at: str
    key: bytes = b""
    signature: bytes = b""

    def data(self) -> bytes:
        """Return the bytes that are signed: milliseconds since 1970, size, the root after its length, no extensions."""
        milliseconds = (datetime.fromisoformat(self.at) - _EPOCH) // timedelta(milliseconds=1)
        return struct.pack(">QQB", milliseconds, self.size, len(self.root)) + self.root + b"\0\0"

    def is_signed(self) -> bool:
        """Return whether the key it names signed it."""
        try:
            Ed25519PublicKey.from_public_bytes(self.key).verify(self.signature, self.data())
        except (InvalidSignature, ValueError):
            return False
        return True


class Signer:
    """A key that signs heads. ``public`` is its public half, 32 bytes."""

    def __init__(self, private: Ed25519PrivateKey) -> None:
        self._private = private
        self.public = private.public_key().public_bytes_raw()

    @classmethod
    def of(cls, path: Path) -> "Signer":
        """Read the key in a file (PEM); make one where there is none. Raises ``ValueError`` for any other content."""
        if not path.exists():
            _make(path)
        private = serialization.load_pem_private_key(path.read_bytes(), password=None)
        if not isinstance(private, Ed25519PrivateKey):
            raise ValueError(f"{path} holds no Ed25519 key")
        return cls(private)

    def sign(self, head: Head) -> Head:
        """Put a signature under a head."""
        return replace(head, key=self.public, signature=self._private.sign(head.data()))


def _make(path: Path) -> None:
    """Write a new key. Of several processes that try, one succeeds, and a half-written file is never read."""
    pem = Ed25519PrivateKey.generate().private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.{new_id()}")
    try:
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(pem)
            file.flush()
            os.fsync(file.fileno())
        with contextlib.suppress(FileExistsError):
            path.hardlink_to(draft)
    finally:
        draft.unlink(missing_ok=True)

"""Secrets: made, hashed and compared here, and nowhere logged.

Passwords are Argon2id (argon2-cffi's RFC 9106 profile). Tokens and enrolment codes carry enough entropy to be stored
as plain SHA-256, which lets them be found by index; nothing then tells a right guess from a near one by time.
"""

import hashlib
import hmac
import secrets
from datetime import datetime

import anyio.to_thread
import argon2
import pyotp

TOTP_SECONDS = 30
_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford's base 32: nothing that reads like something else
_READ_AS = str.maketrans("OIL", "011", "- ")
CODE_LENGTH = 10  # 50 bits, for the quarter of an hour that a code lives


def new_token() -> str:
    """Make a bearer token: 32 random bytes, base64url."""
    return secrets.token_urlsafe(32)


def new_code() -> str:
    """Make an enrolment code, grouped for reading: ``7K2QM-X9R4C``."""
    code = "".join(secrets.choice(_ALPHABET) for _ in range(CODE_LENGTH))
    return f"{code[:5]}-{code[5:]}"


def fingerprint(secret: str) -> str:
    """Return the SHA-256 under which a token is stored and found."""
    return hashlib.sha256(secret.encode()).hexdigest()


def code_fingerprint(typed: str) -> str:
    """Return the fingerprint of an enrolment code however it was typed."""
    return fingerprint(typed.upper().translate(_READ_AS))


def new_totp_secret() -> str:
    """Make a TOTP secret (RFC 6238), base 32."""
    return pyotp.random_base32()


def totp_uri(secret: str, login: str) -> str:
    """Return the address that authenticator apps read from a QR code."""
    return pyotp.TOTP(secret).provisioning_uri(name=login, issuer_name="Plumbline")


def totp_step(secret: str, code: str, now: datetime) -> int | None:
    """Return the time step that ``code`` belongs to – this one or a neighbour – or None."""
    generator = pyotp.TOTP(secret)
    current = int(now.timestamp()) // TOTP_SECONDS
    matching = [s for s in (current - 1, current, current + 1) if hmac.compare_digest(generator.generate_otp(s), code)]
    return max(matching, default=None)


class Passwords:
    """Argon2id off the event loop. The caller holds a turn (``server.identity.turns``): it is dear.

    ``hasher`` is the library's recommendation unless another cost is given, as by a test.
    """

    def __init__(self, hasher: argon2.PasswordHasher | None = None) -> None:
        self._hasher = hasher or argon2.PasswordHasher()
        self._decoy: str | None = None

    async def hash(self, password: str) -> str:
        """Hash a password for keeping."""
        return await anyio.to_thread.run_sync(self._hasher.hash, _bytes(password))

    async def verify(self, stored: str | None, password: str) -> bool:
        """Compare a password; without a stored one it takes as long and is wrong."""
        if self._decoy is None:
            self._decoy = await self.hash(secrets.token_urlsafe())
        right = await anyio.to_thread.run_sync(self._matches, stored or self._decoy, _bytes(password))
        return right and stored is not None

    def _matches(self, stored: str, password: bytes) -> bool:
        try:
            return self._hasher.verify(stored, password)
        except argon2.exceptions.VerifyMismatchError:
            return False


def _bytes(password: str) -> bytes:
    return password.encode("utf-8", "surrogatepass")

"""Blobs at rest: who may read them, and storing what the server makes."""

import hashlib
from collections.abc import AsyncGenerator, Sequence
from pathlib import Path

import anyio
import msgspec
import sqlalchemy as sa

from media.caps import CAPS
from media.sniff import HEAD_BYTES
from media.store import Links, StagingStore, read_all
from mobile_contract.ids import is_sha256
from mobile_contract.media import MediaFacts
from mobile_contract.problems import Refused
from server import identity
from server.kernel.clock import Clock, rfc3339
from server.kernel.database import Database
from server.uploads import retention, store
from server.uploads.model import HAVE_AT_ONCE, Blob, media_type, named


class Blobs:
    """The service of stored bytes."""

    def __init__(self, db: Database, files: StagingStore, clock: Clock, link_seconds: int = 0) -> None:
        self._db = db
        self._files = files
        self._clock = clock
        self._link_seconds = link_seconds

    async def have(self, caller: identity.Holdings, shas: Sequence[str]) -> list[str]:
        """Return those of ``shas`` that are stored, as far as the caller may know. Raises ``media.bad_digest``."""
        if len(shas) > HAVE_AT_ONCE:
            raise Refused("request.invalid", reason=f"at most {HAVE_AT_ONCE} digests at a time")
        if not all(map(is_sha256, shas)):
            raise Refused("media.bad_digest")

        def work(tx: sa.Connection) -> list[str]:
            """Return what is stored; the caller will not send it, so each is kept as if it were cited anew."""
            if not retention.trusted(tx):  # after a restore it is not known yet what is stored; sending again is safe
                return []
            found = sorted(store.blobs_of(tx, sorted(_readable(tx, caller, shas))))
            store.lock_blobs(tx, found)
            store.revive(tx, found)
            return sorted(store.blobs_of(tx, found))

        return await self._db.write(work)

    async def find(self, caller: identity.Holdings, sha256: str) -> Blob:
        """Return what a blob is; ``request.not_found`` also where the caller may not read it."""

        def work(tx: sa.Connection) -> Blob:
            blob = store.blob(tx, sha256, caller.person) if _readable(tx, caller, [sha256]) else None
            if blob is None:
                raise Refused("request.not_found")
            return named(blob)

        return await self._db.read(work)

    async def facts(self, caller: identity.Holdings, sha256: str) -> MediaFacts:
        """Return the facts of a blob; ``request.not_found`` also where it was not examined yet."""

        def work(tx: sa.Connection) -> MediaFacts:
            found = store.facts(tx, [sha256]).get(sha256) if _readable(tx, caller, [sha256]) else None
            if found is None:
                raise Refused("request.not_found")
            return found

        return await self._db.read(work)

    def read(self, sha256: str, start: int = 0, stop: int | None = None) -> AsyncGenerator[bytes]:
        """Stream the bytes from ``start`` up to and without ``stop``. Call ``find`` first on behalf of a person."""
        return self._files.read(sha256, start, stop)

    async def link(self, blob: Blob, disposition: str) -> str | None:
        """Return a signed address at which a blob can be fetched for a short while; None where the store signs none."""
        if self._link_seconds == 0 or not isinstance(self._files, Links):
            return None
        return await self._files.link(blob.sha256, self._link_seconds, blob.media_type, disposition)

    async def whole(self, sha256: str, limit: int = CAPS.bytes) -> bytes:
        """Return a whole blob of at most ``limit`` bytes, for the server's own use. Raises ``media.too_long``."""
        return await read_all(self._files, sha256, limit)

    async def keep(self, person: str, data: bytes, filename: str = "") -> str:
        """Store bytes that the server made, as ``person``'s; return the digest to cite them by."""
        blob = msgspec.structs.replace(await self._put(data), filename=filename)

        def work(tx: sa.Connection) -> None:
            store.lock_blobs(tx, [blob.sha256])
            store.come_back(tx, blob.sha256)
            store.add_blob(tx, blob, person)

        await self._db.write(work)
        return blob.sha256

    async def keep_file(self, person: str, path: Path, filename: str) -> Blob:
        """Store a file that the server made, as ``person``'s, without reading it into memory; return what it is."""
        digest, size, head = await anyio.to_thread.run_sync(_looked_at, path)
        made_at = rfc3339(self._clock.now())
        blob = Blob(sha256=digest, size=size, media_type=media_type(head), created_at=made_at, filename=filename)
        await self._db.write(lambda tx: store.welcome(tx, [digest]))
        await self._files.put(digest, size, path)

        def work(tx: sa.Connection) -> None:
            store.lock_blobs(tx, [digest])
            store.come_back(tx, digest)
            store.add_blob(tx, blob, person)

        await self._db.write(work)
        return blob

    async def derive(self, source: str, name: str, data: bytes) -> str:
        """Store what was made from a blob, in place of what had that name before; return its digest."""
        made = await self._put(data)
        await self._db.write(lambda tx: store.add_derivative(tx, source, name, made))
        return made.sha256

    async def _put(self, data: bytes) -> Blob:
        """Put bytes that the server made into the store; ``server.busy`` while the sweep deletes the same."""
        blob = Blob(
            sha256=hashlib.sha256(data).hexdigest(),
            size=len(data),
            media_type=media_type(data[:HEAD_BYTES]),
            created_at=rfc3339(self._clock.now()),
        )
        await self._db.write(lambda tx: store.welcome(tx, [blob.sha256]))
        await self._files.put(blob.sha256, blob.size, data)
        return blob


def _looked_at(path: Path) -> tuple[str, int, bytes]:
    """Return the digest of a file, its size, and its first bytes."""
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
        file.seek(0)
        return digest, path.stat().st_size, file.read(HEAD_BYTES)


def _readable(tx: sa.Connection, caller: identity.Holdings, shas: Sequence[str]) -> set[str]:
    """Return what the caller may read by the grants of now, not by those of when the token was read."""
    return store.readable(tx, shas, caller.person, identity.held_scopes(tx, caller.person))

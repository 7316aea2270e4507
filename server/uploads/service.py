"""Uploads: files on their way, by the state machine of ``media.upload``, and what records cite of them.

A request claims the upload first and so pre-empts any older one; its bytes go to the staging in parts, and the offset
is committed where the token still holds. A file small enough to come in one go is stored without staging.
"""

import hashlib
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import anyio
import msgspec
import sqlalchemy as sa

from media import upload
from media.parts import PartWriter
from media.store import StagingStore
from media.upload import Append, Phase, Preempt, Terminate, UploadProgress, step
from mobile_contract.ids import is_sha256
from mobile_contract.media import Upload
from mobile_contract.problems import Refused
from server.identity import Caller, DeviceTrust, Quarantine
from server.jobs import Handler, Jobs, Lane, does
from server.kernel.clock import Clock, new_id, rfc3339
from server.kernel.database import Database
from server.kernel.journal import Journal
from server.kernel.settings import Settings
from server.uploads import citations, retention, store
from server.uploads.arrival import Arrivals, VerifyUpload, waits
from server.uploads.blobs import Blobs
from server.uploads.cleanup import CleanUp, UploadCleanup
from server.uploads.events import BlobStored
from server.uploads.examining import Examiner
from server.uploads.headers import Checksum
from server.uploads.model import COMMIT_PAUSE, COMMIT_SECONDS, Incoming, wire
from server.uploads.pictures import Pictures
from server.uploads.running import Running
from server.uploads.shares import Shares, project_asking
from server.uploads.upkeep import Upkeep


class Uploads:
    """The service. ``blobs`` reads what has arrived, ``examiner`` looks at it; the rest above is for higher floors."""

    cite = staticmethod(citations.cite)
    uncite = staticmethod(store.uncite_all)
    receipts = staticmethod(citations.receipts)
    citing = staticmethod(store.citing)
    facts = staticmethod(store.facts)
    names_of = staticmethod(citations.names_of)
    derivative = staticmethod(store.derivative)

    def __init__(
        self, db: Database, journal: Journal, jobs: Jobs, files: StagingStore, settings: Settings, clock: Clock
    ) -> None:
        self._db = db
        self._files = files
        self._clock = clock
        self._limit = settings.upload_bytes
        self._lifetime = timedelta(hours=settings.upload_expiry_hours)
        self._unfinished = settings.unfinished_uploads
        self._shares = Shares(settings)
        self._running = Running(settings.upload_silence_seconds, settings.uploads_at_once)
        self._arrivals = Arrivals(db, journal, jobs, files, clock)
        self._cleanup = UploadCleanup(db, jobs, files, self._arrivals, clock)
        self.blobs = Blobs(db, files, clock, settings.s3_link_seconds)
        self._pictures = Pictures(files, settings)
        self.examiner = Examiner(db, journal, self.blobs, self._pictures, settings, clock)
        self._upkeep = Upkeep(db, journal, jobs, files, settings, clock)
        self.handlers: tuple[Handler[Any], ...] = (
            does(CleanUp, self._cleanup.run),
            does(VerifyUpload, self._arrivals.verify_job),
            Handler(
                kind="uploads.examine",
                args=BlobStored,
                on=(BlobStored,),
                run=self.examiner.examine,
                lane=Lane.FILES,
            ),
            *self._upkeep.handlers,
        )

    async def start(self) -> None:
        """Prepare what runs by itself; call it when a program starts."""
        await self._upkeep.start()
        await self._db.write(self._cleanup.later)

    def close(self) -> None:
        """End the processes that examine files."""
        self._pictures.close()

    # -- the requests of tus ------------------------------------------------------------------------------------------

    async def create(
        self,
        caller: Caller,
        length: int,
        sha256: str,
        filename: str,
        filetype: str,
        quarantined: Quarantine | None = None,
    ) -> Upload:
        """Begin an upload and return it: complete at once if the caller brought these bytes before.

        Raises ``media.bad_digest``, ``media.too_long``, ``media.too_many_uploads``, ``media.project_uploads``,
        ``media.person_full`` or ``media.project_full``. A device that is ``quarantined``
        may bring what its person cites, within bounds: else ``identity.device_revoked`` or ``.quarantine_full``.
        """
        if not is_sha256(sha256):
            raise Refused("media.bad_digest")
        state = upload.create(length, self._until(), self._limit)
        new = Incoming(
            id=new_id(), person=caller.person, sha256=sha256, filename=filename, filetype=filetype, state=state
        )

        def work(tx: sa.Connection) -> Incoming:
            project = project_asking(tx, sha256, caller.person)
            self._shares.refuse_many(tx, caller.person, project)
            store.welcome(tx, [sha256])
            known = store.blob(tx, sha256) if store.owners_of(tx, [sha256], caller.person) else None
            begun = msgspec.structs.replace(new, project=project)
            if known is not None and known.size == length and retention.trusted(tx):
                begun = _at(begun, msgspec.structs.replace(state, offset=length, phase=Phase.STORED))
            else:
                self._shares.refuse_much(tx, caller.person, project, length)
                if quarantined is not None:
                    quarantined.take_media(tx, length)
            _refuse_uncited(tx, caller, sha256)
            store.add(tx, begun)
            return begun

        begun = await self._db.write(work)
        return self._wire(await self._arrivals.finish(begun))

    async def offset(self, caller: Caller, upload_id: str) -> Upload:
        """Return how far an upload is, and take it over from any request still running."""
        await self._running.give_way(upload_id, caller.person)
        return self._wire(await self._arrivals.finish(await self._preempt(caller, upload_id)))

    async def append(
        self, caller: Caller, upload_id: str, offset: int, body: AsyncIterator[bytes], expected: Checksum | None = None
    ) -> Upload:
        """Take the bytes of one request, from ``offset`` on. A body that breaks off counts as far as it came.

        With a checksum nothing counts until the whole body has it: ``media.digest_mismatch``. Also raises
        ``media.wrong_offset``, ``media.preempted``, ``media.beyond_length``, ``media.expired``,
        ``media.file_mismatch``, ``media.uploads_at_once`` and ``server.busy``.
        """
        await self._running.give_way(upload_id, caller.person)
        with self._running.receiving(upload_id, caller.person) as request:
            claimed = await self._preempt(caller, upload_id)
            step(claimed.state, Append(claimed.state.token, offset, 0), self._now())
            if claimed.state.phase is not Phase.RECEIVING:  # complete already; the client may have missed the answer
                async for piece in body:
                    step(claimed.state, Append(claimed.state.token, offset, len(piece)), self._now())
                return self._wire(await self._arrivals.finish(claimed))
            writer = PartWriter(self._files, upload_id, claimed.state)
            await writer.resume()
            received = await self._receive(claimed, writer, request.pieces(body), expected)
        return self._wire(received)

    async def terminate(self, caller: Caller, upload_id: str) -> None:
        """Terminate an upload. What was stored stays stored."""

        def work(tx: sa.Connection) -> None:
            found = self._load(tx, upload_id, caller.person)
            step(found.state, Terminate(), self._now())
            store.remove(tx, upload_id)

        await self._db.write(work)
        await self._files.discard(upload_id)

    async def listing(self, caller: Caller) -> list[Upload]:
        """List the caller's unfinished uploads."""
        found = await self._db.read(lambda tx: store.unfinished(tx, caller.person, self._unfinished))
        return [self._wire(incoming) for incoming in found]

    # -- how a request goes on ----------------------------------------------------------------------------------------

    async def _preempt(self, caller: Caller, upload_id: str) -> Incoming:
        def work(tx: sa.Connection) -> Incoming:
            found = self._load(tx, upload_id, caller.person)
            _refuse_uncited(tx, caller, found.sha256)
            claimed = _at(found, step(found.state, Preempt(self._until()), self._now()))
            store.save(tx, upload_id, claimed.state)
            return claimed

        return await self._db.write(work)

    async def _receive(
        self, claimed: Incoming, writer: PartWriter, body: AsyncIterator[bytes], expected: Checksum | None
    ) -> Incoming:
        received = claimed
        hashed = None if expected is None else hashlib.new(expected.algorithm, usedforsecurity=False)
        due = anyio.current_time() + COMMIT_SECONDS
        async for piece in body:
            if writer.end + len(piece) > claimed.state.length:
                raise Refused("media.beyond_length", length=claimed.state.length)
            filled = await writer.write(piece)
            if hashed is not None:
                hashed.update(piece)
            elif filled or (writer.unstaged and anyio.current_time() > due):
                began = anyio.current_time()
                await writer.flush()
                received = await self._commit(received, writer.end)
                now = anyio.current_time()
                due = now + max(COMMIT_SECONDS, COMMIT_PAUSE * (now - began))
        if expected is not None and hashed is not None and not expected.fits(hashed):
            raise Refused("media.digest_mismatch", offset=claimed.state.offset)
        if received.state.phase is Phase.RECEIVING and (whole := writer.whole) is not None:
            return await self._arrivals.store_whole(received, whole)
        await writer.flush()
        return await self._arrivals.finish(await self._commit(received, writer.end))

    async def _commit(self, received: Incoming, end: int) -> Incoming:
        def work(tx: sa.Connection) -> Incoming:
            found = self._load(tx, received.id, received.person)
            after = _at(found, step(found.state, _append(received, end), self._now()))
            store.save(tx, received.id, after.state)
            if after.state.phase is Phase.RECEIVED and waits(after.state):
                self._arrivals.expect(tx, received.id, received.person)
            return after

        return await self._db.write(work)

    def _load(self, tx: sa.Connection, upload_id: str, person: str) -> Incoming:
        found = store.incoming(tx, upload_id, person)
        if found is None:
            raise Refused("request.not_found")
        return found

    def _now(self) -> int:
        return int(self._clock.now().timestamp() * 1000)

    def _until(self) -> int:
        return int((self._clock.now() + self._lifetime).timestamp() * 1000)

    def _wire(self, incoming: Incoming) -> Upload:
        return wire(incoming, rfc3339(datetime.fromtimestamp(incoming.state.expires_at / 1000, UTC)))


def _refuse_uncited(tx: sa.Connection, caller: Caller, sha256: str) -> None:
    """Refuse, of a revoked device, any file that no op it sent is waiting for."""
    allowed = caller.trust is DeviceTrust.FULL or (
        caller.trust is DeviceTrust.REVOKED and store.cited_by(tx, sha256, caller.person)
    )
    if not allowed:
        raise Refused("identity.device_revoked")


def _at(found: Incoming, state: UploadProgress) -> Incoming:
    return msgspec.structs.replace(found, state=state)


def _append(received: Incoming, end: int) -> Append:
    return Append(received.state.token, received.state.offset, end - received.state.offset)

"""The end of an upload: the whole file's digest is compared, and the bytes get the name they are found by.

A file of one part is verified within its last request. A larger one must be read back from the staging, by a job that
was enqueued in the transaction of its last byte: until then it is ``verifying``, and it is not found.
"""

import contextlib
from typing import ClassVar

import msgspec
import sqlalchemy as sa

from media.parts import joined
from media.sniff import HEAD_BYTES
from media.store import StagingStore
from media.upload import PART_BYTES, Append, Complete, Phase, UploadProgress, step
from mobile_contract.ids import person_scope
from mobile_contract.problems import Refused
from server.jobs import Job, Jobs, Lane, Task
from server.kernel.clock import Clock, rfc3339
from server.kernel.database import Database
from server.kernel.journal import Journal
from server.uploads import citations, store
from server.uploads.model import Blob, Incoming, media_type


class VerifyUpload(Task, frozen=True, kw_only=True):
    """Compare an upload whose last byte is here with the digest that was declared."""

    kind: ClassVar[str] = "uploads.verify"
    lane: ClassVar[Lane] = Lane.FILES

    upload: str


class Arrivals:
    """Verifies and stores. What it does may be done twice, and by several at once."""

    def __init__(self, db: Database, journal: Journal, jobs: Jobs, files: StagingStore, clock: Clock) -> None:
        self._db = db
        self._journal = journal
        self._jobs = jobs
        self._files = files
        self._clock = clock

    def expect(self, tx: sa.Connection, upload_id: str, person: str) -> None:
        """Enqueue the verification of a person's upload whose last byte ``tx`` commits."""
        self._jobs.enqueue(tx, VerifyUpload(upload=upload_id), dedupe=upload_id, person=person)

    async def verify_job(self, job: Job[VerifyUpload]) -> None:
        """Verify an upload, unless that is done, or the upload is gone. A job handler."""
        found = await self._db.read(lambda tx: store.look(tx, job.args.upload))
        if found is None:
            return
        try:
            await self.verify(found)
        except Refused as refusal:
            if refusal.code != "media.file_mismatch":  # which the state of the upload now shows
                raise

    async def finish(self, received: Incoming) -> Incoming:
        """Verify an upload that can be verified at once and return it; return any other as it is."""
        return received if waits(received.state) else await self.verify(received)

    async def verify(self, received: Incoming) -> Incoming:
        """Verify a file whose bytes are all staged, store it, return its upload. Raises ``media.file_mismatch``."""
        if received.state.phase is not Phase.RECEIVED:
            return received
        try:
            async with contextlib.aclosing(joined(self._files, received.id, received.state)) as data:
                await self._files.put(received.sha256, received.state.length, data)
        except Refused as refusal:
            if refusal.code == "request.not_found":  # another process may have stored it and discarded the parts
                return await self._anew(received, refusal)
            await self._mismatched(received, refusal)
            raise
        async with contextlib.aclosing(self._files.read(received.sha256, 0, HEAD_BYTES)) as head:
            first = b"".join([piece async for piece in head])
        settled = await self._settle(received, first)
        await self._files.discard(received.id)
        return settled

    async def store_whole(self, received: Incoming, data: bytes | bytearray) -> Incoming:
        """Store a file that came in one request: nothing was staged, and one transaction writes all of it."""
        try:
            await self._files.put(received.sha256, len(data), data)
        except Refused as refusal:
            await self._mismatched(received, refusal)
            raise
        return await self._settle(received, bytes(data[:HEAD_BYTES]))

    async def _anew(self, received: Incoming, refusal: Refused) -> Incoming:
        found = await self._db.read(lambda tx: store.look(tx, received.id))
        if found is None or found.state.phase is not Phase.STORED:
            raise refusal
        return found

    async def _settle(self, received: Incoming, head: bytes) -> Incoming:
        """Record that the bytes are stored: state, blob, owner, satisfied citations and event in one transaction."""
        at, scope = rfc3339(self._clock.now()), person_scope(received.person)
        blob = Blob(
            sha256=received.sha256,
            size=received.state.length,
            media_type=media_type(head),
            created_at=at,
            filename=received.filename,
        )

        def work(tx: sa.Connection) -> Incoming:
            with self._journal.open(tx, [scope], at) as book:
                store.lock_blobs(tx, [blob.sha256])
                settled = self._completed(tx, received, matches=True)
                citations.arrive(tx, book, blob, received.person)
            return settled

        return await self._db.write(work)

    async def _mismatched(self, received: Incoming, refusal: Refused) -> None:
        """Keep the upload as ``mismatched``, which answers later requests, and delete its bytes.

        Other refusals leave it as it is, to be tried again.
        """
        if refusal.code == "media.file_mismatch":
            await self._db.write(lambda tx: self._completed(tx, received, matches=False))
            await self._files.discard(received.id)

    def _completed(self, tx: sa.Connection, received: Incoming, *, matches: bool) -> Incoming:
        found = store.incoming(tx, received.id, received.person)
        if found is None:
            raise Refused("request.not_found")
        state, now = found.state, int(self._clock.now().timestamp() * 1000)
        if received.state.phase is Phase.RECEIVING:  # it came in one go: its bytes count from now on
            token, at = received.state.token, received.state.offset
            state = step(state, Append(token, at, state.length - at), now)
        state = step(state, Complete(matches=matches), now)
        store.save(tx, received.id, state)
        return msgspec.structs.replace(found, state=state)


def waits(state: UploadProgress) -> bool:
    """Return whether a file is too large to be read back within a request."""
    return state.length > PART_BYTES

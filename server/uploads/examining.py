"""What is derived from bytes once they are stored: their facts, their thumbnails, captioned copies.

The original stays as it came; what is derived can be made again.
"""

import contextlib

import msgspec
import sqlalchemy as sa

from media.caption import Caption
from mobile_contract.ids import person_scope
from mobile_contract.media import MediaFacts
from mobile_contract.problems import Refused
from server.identity import WORKER, Holdings
from server.jobs import Job
from server.kernel.clock import Clock, rfc3339
from server.kernel.database import Database
from server.kernel.journal import Journal
from server.kernel.settings import Settings
from server.uploads import store
from server.uploads.blobs import Blobs
from server.uploads.events import BlobExamined, BlobStored
from server.uploads.model import Blob
from server.uploads.pictures import Pictures, Unreadable

#: A file that took too much of a process may have met a bad moment: it gets another one.
_TRIES = 2


class Examiner:
    """The service. ``examine`` is the job handler of ``blob.stored``."""

    def __init__(
        self, db: Database, journal: Journal, blobs: Blobs, pictures: Pictures, settings: Settings, clock: Clock
    ) -> None:
        self._db = db
        self._journal = journal
        self._blobs = blobs
        self._pictures = pictures
        self._sides = settings.sides
        self._clock = clock

    async def examine(self, job: Job[BlobStored]) -> None:
        """Examine bytes that arrived, unless they were examined before, and raise ``blob.examined``. A job handler."""
        sha256, stream = job.args.subject, person_scope(job.args.actor)  # where it was raised

        def known(tx: sa.Connection) -> tuple[Blob | None, bool]:
            return store.blob(tx, sha256), sha256 in store.facts(tx, [sha256])

        blob, done = await self._db.read(known)
        if blob is None:
            return
        found = None if done else await self._look(blob, may_fail=job.attempt < _TRIES)

        def work(tx: sa.Connection) -> None:
            at = rfc3339(self._clock.now())
            if found is not None:
                store.add_facts(tx, sha256, found, at)
            self._journal.record(tx, stream, BlobExamined(actor=WORKER.person, subject=sha256), at)

        await self._db.write(work)

    async def _look(self, blob: Blob, *, may_fail: bool) -> MediaFacts:
        try:
            examined = await self._pictures.examine(blob, self._sides)
        except Unreadable as problem:
            if problem.code == "media.too_costly" and may_fail:
                raise
            return await self._headers(blob, problem)
        for side, small in zip(self._sides, examined.thumbnails, strict=False):  # a recording has none
            await self._blobs.derive(blob.sha256, _thumbnail(side), small)
        return examined.facts

    async def _headers(self, blob: Blob, problem: Unreadable) -> MediaFacts:
        """Return what the header of a file says whose pixels took too much, or nothing but its problem."""
        found = MediaFacts(media_type=problem.media_type)
        if problem.code == "media.too_costly":
            with contextlib.suppress(Unreadable):
                found = (await self._pictures.examine(blob, ())).facts
        return msgspec.structs.replace(found, problem=problem.code)

    async def thumbnail(self, caller: Holdings, sha256: str, side: int) -> bytes:
        """Return a small JPEG of a picture or document, of the next larger side there is.

        Raises ``request.not_found``, or what is wrong with the file.
        """
        blob = await self._blobs.find(caller, sha256)
        side = next((one for one in self._sides if one >= side), self._sides[-1])

        def known(tx: sa.Connection) -> tuple[str | None, MediaFacts | None]:
            return store.derivative(tx, sha256, _thumbnail(side)), store.facts(tx, [sha256]).get(sha256)

        made, facts = await self._db.read(known)
        if made is not None:
            return await self._blobs.whole(made)
        if facts is not None and facts.problem is not None:
            raise self._pictures.refusal(facts.problem, facts.media_type)
        examined = await self._pictures.examine(blob, (side,))
        if not examined.thumbnails:
            if examined.facts.problem:
                raise self._pictures.refusal(examined.facts.problem, examined.facts.media_type)
            raise Refused("media.undecodable", reason=examined.facts.media_type)
        await self._blobs.derive(sha256, _thumbnail(side), examined.thumbnails[0])
        return examined.thumbnails[0]

    async def caption(self, sha256: str, name: str, caption: Caption, font: str) -> str | None:
        """Make a captioned copy of a picture as the derivative ``name``; return its digest.

        None where there is no picture to make it of. Raises ``media.too_costly``, which may not hold the next time.
        """
        blob = await self._db.read(lambda tx: store.blob(tx, sha256))
        if blob is None:
            return None
        try:
            return await self._blobs.derive(sha256, name, await self._pictures.watermark(blob, caption, font))
        except Unreadable as problem:
            if problem.code == "media.too_costly":
                raise
            return None


def _thumbnail(side: int) -> str:
    return f"thumbnail-{side}"

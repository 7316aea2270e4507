"""Captioned copies of photographs (水印照片): made when record and bytes are both here, anew when either changes.

A copy belongs to its record, not to its bytes: two records of the same photograph may name other places and people,
and each copy is for the readers of its record's scope alone.
"""

from typing import Any, ClassVar

import sqlalchemy as sa

from media.caption import Caption
from mobile_contract.media import FileState
from mobile_contract.problems import Refused
from mobile_contract.records import Kind, PhotoServer
from mobile_contract.sync import Create
from ocr.fonts import TEXT
from server import identity, projects
from server.captures.captions import caption_of, photo_values
from server.captures.model import PhotoAnnotation
from server.identity import WORKER, Caller
from server.jobs import Handler, Job, Jobs, Lane, Task, does
from server.kernel.database import Database
from server.kernel.events import Event, Received
from server.replication import ParkedApplied, RecordMoved, Replication, server_of
from server.uploads import BlobExamined, Uploads
from sync.state import Record


class DrawWatermark(Task, frozen=True, kw_only=True):
    """Draw the copy of a photograph."""

    kind: ClassVar[str] = "reports.watermark"
    lane: ClassVar[Lane] = Lane.FILES

    record: str


class Watermarks:
    """The service; ``handlers`` are its jobs."""

    def __init__(self, db: Database, replication: Replication, uploaded: Uploads, jobs: Jobs) -> None:
        self._db = db
        self._replication = replication
        self._uploads = uploaded
        self._jobs = jobs
        written = (Received(Create, Kind.PHOTO), ParkedApplied, RecordMoved)
        self.handlers: tuple[Handler[Any], ...] = (
            does(DrawWatermark, self.draw),
            Handler(kind="reports.photo_written", args=Event, on=written, run=self.on_photo_written, lane=Lane.FILES),
            Handler(kind="reports.blob_examined", args=BlobExamined, on=(BlobExamined,), run=self.on_blob_examined),
        )

    async def on_photo_written(self, job: Job[Event]) -> None:
        """Draw the copy of a photograph that was written or moved. A job handler."""
        await self._draw(job.args.subject)

    async def on_blob_examined(self, job: Job[BlobExamined]) -> None:
        """Show on each citing record what is wrong with its file; enqueue the copies of photographs. A job handler."""
        sha256 = job.args.subject

        def work(tx: sa.Connection) -> None:
            found = self._uploads.facts(tx, [sha256]).get(sha256)
            if found is not None and found.problem is not None:
                self._replication.tell_of_file(tx, WORKER.person, sha256)
                return
            for _, record in self._uploads.citing(tx, sha256):
                self._jobs.enqueue(tx, DrawWatermark(record=record), dedupe=record)

        await self._db.write(work)

    async def draw(self, job: Job[DrawWatermark]) -> None:
        """Draw the copy of a photograph. A job handler."""
        await self._draw(job.args.record)

    async def _draw(self, record: str) -> None:
        found = await self._db.read(lambda tx: self._due(tx, record))
        if found is None:
            return
        photo, sha256, caption = found
        if await self._uploads.examiner.caption(sha256, _name(photo), caption, str(TEXT)) is None:
            return

        def work(tx: sa.Connection) -> None:
            made = self._uploads.derivative(tx, sha256, _name(photo))  # another one may be newer
            self._replication.annotate(tx, WORKER.person, {photo: PhotoAnnotation(watermarked=made)})

        await self._db.write(work)

    def _due(self, tx: sa.Connection, key: str) -> tuple[str, str, Caption] | None:
        record = self._photo(tx, key)
        if record is None:
            return None
        photo = photo_values(record.values)
        if photo is None or not self._shows(tx, record) or not self._uploads.facts(tx, [photo.blob]):
            return None
        person = identity.name_of(tx, server_of(record, PhotoServer).by or "")
        return record.id, photo.blob, caption_of(photo, projects.place_of(tx, record.scope), person or "")

    def _shows(self, tx: sa.Connection, record: Record) -> bool:
        """Return whether the readers of a record's scope may see its picture, and there is one to be seen."""
        files = self._uploads.receipts(tx, record.scope, record.id)
        return any(file.state is FileState.STORED and file.problem is None for file in files)

    def _photo(self, tx: sa.Connection, key: str) -> Record | None:
        """Return a live photograph by its id, or by that of the op which was parked until now."""
        record = self._replication.meant(tx, key)
        return record if record is not None and record.kind == Kind.PHOTO and not record.deleted else None

    async def read(self, caller: Caller, key: str) -> tuple[str, bytes]:
        """Return the copy of a photograph, with its digest; ``request.not_found`` where there is none to be seen."""

        def work(tx: sa.Connection) -> str:
            record = self._photo(tx, key)
            if record is None or not identity.holdings(tx, caller.person).holds(record.scope):
                raise Refused("request.not_found")
            photo = photo_values(record.values)
            made = self._uploads.derivative(tx, photo.blob, _name(record.id)) if photo is not None else None
            if made is None or not self._shows(tx, record):
                raise Refused("request.not_found")
            return made

        made = await self._db.read(work)
        return made, await self._uploads.blobs.whole(made)


def _name(record: str) -> str:
    return f"watermarked-{record}"

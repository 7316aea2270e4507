"""Scans: having them read, by a machine that proposes."""

from typing import Any, Final

import anyio
import msgspec
import sqlalchemy as sa
from msgspec import UNSET

from media.caps import CAPS
from mobile_contract.extractions import ExtractionValues
from mobile_contract.identity import Role
from mobile_contract.ids import natural_id
from mobile_contract.problems import Refused
from mobile_contract.queue import QueueState
from mobile_contract.records import Capture, Kind, ScanValues
from mobile_contract.scans import BroughtScan, NewScan
from mobile_contract.states import ScanState
from mobile_contract.sync import Create, Outcome
from server import forms, projects
from server.identity import WORKER, Caller, desk_replica
from server.jobs import GiveUp, Handler, Job, Jobs, does
from server.kernel.clock import rfc3339
from server.kernel.database import Database
from server.kernel.files import BlobArrived
from server.replication import Actor, Replication, as_program, values_of
from server.scans import judgements, model, queue_store
from server.scans.confirming import form_of
from server.scans.judging import Judging
from server.scans.kinds import ReadScan, complete, queue
from server.scans.model import SCANS, Lists, ScanAct, ScanAnnotation, no_lists, scan_state
from server.scans.pairs import Pairs
from server.scans.process import Done, Task
from server.scans.queue import refuse_if_claimed
from server.scans.reader import Load, OnPage, ScanReader
from server.uploads import Uploads
from sync.state import Record

#: Seconds between two changes of how far a scan has come.
PROGRESS_SECONDS: Final = 2.0


class Scans:
    """The service; ``handlers`` are its jobs. ``reader`` may be slow to close: see :class:`ScanReader`."""

    def __init__(  # noqa: PLR0913, PLR0917 - one for each room it stands on
        self,
        db: Database,
        replication: Replication,
        uploaded: Uploads,
        jobs: Jobs,
        reader: ScanReader,
        judging: Judging,
        pairs: Pairs,
        lists: Lists = no_lists,
    ) -> None:
        self._db = db
        self._replication = replication
        self._uploads = uploaded
        self._jobs = jobs
        self._reader = reader
        self._clock = judging.clock
        self._judging = judging
        self._pairs = pairs
        self._lists = lists
        self.handlers: tuple[Handler[Any], ...] = (
            does(ReadScan, self.read),
            Handler(kind="scans.blob_arrived", args=BlobArrived, on=(BlobArrived,), run=self.on_blob_arrived),
        )

    async def bring(self, caller: Caller, new: NewScan) -> BroughtScan:
        """Take a scan from the desk; brought again it is answered as before. Raise ``identity.forbidden``."""
        scan, at = natural_id("brought", new.scope, *new.pages), rfc3339(self._clock.now())
        create = Create(
            op_id=natural_id("op", "brought", caller.person, scan),
            n=0,
            scope=new.scope,
            kind=Kind.SCAN,
            id=scan,
            at=at,
            values=msgspec.to_builtins(ScanValues(pages=new.pages, captured=Capture(at=at), note=new.note)),
        )
        actor = Actor(person=caller.person, replica=desk_replica(caller.person))

        def work(tx: sa.Connection) -> BroughtScan:
            (receipt,) = self._replication.apply_in(tx, actor, [create])
            if receipt.outcome is Outcome.PARKED:
                raise Refused("identity.forbidden")  # nothing of it stays
            return BroughtScan(scan=scan, receipt=receipt)

        return await self._db.write(work)

    async def on_blob_arrived(self, job: Job[BlobArrived]) -> None:
        """Queue the scans of one scope whose last page has just arrived. A job handler."""
        sha256, scope = job.args.subject, job.args.scope

        def work(tx: sa.Connection) -> None:
            self._replication.hold(tx, scope)
            for _, record_id in self._uploads.citing(tx, sha256, scope):
                record = self._replication.record(tx, record_id)
                if record is None or record.kind != Kind.SCAN or not SCANS.allows(scan_state(record), ScanAct.ARRIVE):
                    continue
                files = self._uploads.receipts(tx, scope, record_id)
                if complete(values_of(record, ScanValues), files):
                    change = ScanAnnotation(state=SCANS.after(ScanAct.ARRIVE), files=files)
                    self._replication.annotate(tx, WORKER.person, {record_id: change})
                    queue(self._jobs, tx, record_id)

        await self._db.write(work)

    async def read(self, job: Job[ReadScan]) -> None:
        """Read a scan and propose an extraction. A job handler; a scan that was read stays as it is."""
        scan = job.args.scan
        found = await self._db.read(lambda tx: self._due(tx, scan))
        if found is None:
            return
        record, task = found
        try:
            done = await self._reader.read(task, self._loader(record), self._progress(scan))
        except Refused as refusal:
            if refusal.problem.status >= 500:
                # Models or store are missing for now: tried again, in the end a dead letter; the phone sees why.
                await self._mark(scan, ScanAnnotation(problem=refusal.code))
                raise
            await self._db.write(lambda tx, code=refusal.code: self._fail(tx, record, code))  # type: ignore[misc]
            return
        await self.propose(record, done)

    def _due(self, tx: sa.Connection, scan: str) -> tuple[Record, Task] | None:
        record = self._replication.record(tx, scan)
        if record is None or record.deleted or not SCANS.allows(scan_state(record), ScanAct.READ):
            return None
        values = values_of(record, ScanValues)
        if not complete(values, self._uploads.receipts(tx, record.scope, scan)):
            return None
        named = forms.definition(tx, values.form, values.form_version) if values.form and values.form_version else None
        return record, Task(
            files=len(values.pages),
            forms=(named,) if named is not None else tuple(forms.published(tx)),
            named=named is not None,
            arranged=tuple(page for page in values.arranged if 0 <= page.file < len(values.pages) and page.page >= 0),
            lists=dict(self._lists(tx, record.scope)),
            year=model.year_of(values),
            projects=tuple(sorted(projects.known_as(tx, record.scope))),
            fit=judgements.fit_in_force(tx),
        )

    def _loader(self, record: Record) -> Load:
        """Return what loads the bytes of a scan's file (from 0): one at a time, never all together."""
        pages = values_of(record, ScanValues).pages
        return lambda file: self._uploads.blobs.whole(pages[file], CAPS.bytes)

    def _progress(self, scan: str) -> OnPage:
        """Return what writes pages read to the scan, at a bounded rate: each phone of the scope gets each change."""
        last = -PROGRESS_SECONDS

        async def on_page(read: int, pages: int) -> None:
            nonlocal last
            if read > 0 and anyio.current_time() - last >= PROGRESS_SECONDS:
                last = anyio.current_time()
                await self._mark(scan, ScanAnnotation(pages=pages, pages_read=read))

        return on_page

    async def propose(self, record: Record, done: Done) -> None:
        """Store what was read from a scan, for a clerk to decide about, and its pairs."""
        keep = self._uploads.blobs.keep
        values = ExtractionValues(
            scan=record.id,
            form=done.form,
            form_version=done.form_version,
            engine=done.engine,
            serial=done.serial,
            fit=done.fit.version,
            fields=done.fields,
            flags=done.flags,
            rectified=tuple([await keep(WORKER.person, page, f"page-{n}.jpg") for n, page in _counted(done.rectified)]),
            boxed=tuple([await keep(WORKER.person, page, f"page-{n}-boxes.png") for n, page in _counted(done.boxed)]),
            lines=done.lines,
            tables=done.tables,
            pairs=done.pairs,
            text=await keep(WORKER.person, done.text.encode(), "text.txt") if done.text else None,
        )
        extraction = model.extraction_id(record.id)
        at = rfc3339(self._clock.now())
        machine = as_program(record.scope)

        def work(tx: sa.Connection) -> None:
            if (scan := self._still(tx, record, ScanAct.READ)) is None:
                return
            proposed = self._judging.scrutinise(tx, extraction, values, done.fit)
            create = Create(
                op_id=natural_id("op", extraction),
                n=0,
                scope=record.scope,
                kind=Kind.EXTRACTION,
                id=extraction,
                at=at,
                values={**msgspec.to_builtins(proposed), "state": values.state.value},  # though the default
            )
            (receipt,) = self._replication.apply_in(tx, machine, [create])
            if receipt.outcome is Outcome.PARKED:
                raise GiveUp(f"the extraction was parked: {receipt.code}")
            self._judging.note(tx, WORKER.person, record.scope, extraction, proposed)
            read = len(done.rectified)
            change = ScanAnnotation(
                state=scan,
                extraction=extraction,
                problem=None,
                pages=read,
                pages_read=read,
                counts=done.counts or UNSET,
            )
            self._replication.annotate(tx, WORKER.person, {record.id: change})
            self._pairs.look(tx, record, values, form_of(tx, values))

        await self._db.write(work)

    def _fail(self, tx: sa.Connection, scan: Record, problem: str) -> None:
        state = self._still(tx, scan, ScanAct.FAIL)
        if state is not None:
            self._replication.annotate(tx, WORKER.person, {scan.id: ScanAnnotation(state=state, problem=problem)})
            queue_store.change(tx, scan.id, {"state": QueueState.FAILED.value, "problem": problem})

    def _still(self, tx: sa.Connection, scan: Record, act: ScanAct) -> ScanState | None:
        """Return the state that an act leads a scan to; None where another worker, whose lease ran on, came first."""
        self._replication.hold(tx, scan.scope)
        now = self._replication.record(tx, scan.id)
        if now is None or now.deleted or not SCANS.allows(scan_state(now), act):
            return None
        return SCANS.step(scan_state(now), act)

    async def _mark(self, scan: str, change: ScanAnnotation) -> None:
        await self._db.write(lambda tx: self._replication.annotate(tx, WORKER.person, {scan: change}))

    async def read_again(self, caller: Caller, scan: str) -> None:
        """Queue a scan that failed. Raises ``request.not_found``, ``identity.forbidden`` or ``scans.not_failed``."""

        def work(tx: sa.Connection) -> None:
            record = self._replication.decidable(tx, caller.person, scan, Kind.SCAN, Role.CLERK)
            refuse_if_claimed(tx, caller.person, scan, rfc3339(self._clock.now()))
            state = SCANS.step(scan_state(record), ScanAct.READ_AGAIN)
            change = ScanAnnotation(state=state, problem=None, pages=None, pages_read=None)
            self._replication.annotate(tx, caller.person, {scan: change})
            queue_store.change(tx, scan, {"state": QueueState.READING.value, "problem": None})
            queue(self._jobs, tx, scan, caller.person)

        await self._db.write(work)


def _counted(pages: tuple[bytes, ...]) -> list[tuple[int, bytes]]:
    return list(enumerate(pages, start=1))

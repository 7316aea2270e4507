"""Takeaways: asked for, made by a job from what their person holds then, and fetched until they expire."""

import logging
import tempfile
from collections.abc import AsyncGenerator, Mapping
from datetime import date, timedelta
from pathlib import Path
from typing import ClassVar, Final

import msgspec
import sqlalchemy as sa

from mobile_contract.problems import Refused
from mobile_contract.reports import ReportFilter
from mobile_contract.takeaways import NewTakeaway, Takeaway, TakeawayKind, Takeaways, TakeawayState
from server import forms, identity
from server.identity import WORKER, Caller, Holdings
from server.insight import takeaways_store as store
from server.insight.events import TakeawayAsked, TakeawayFetched
from server.insight.takeaways_model import TAKEAWAYS, Cancelled, Made, Maker, Order, TakeawayAct
from server.jobs import Job, Jobs, Lane, Task, does
from server.kernel.clock import Clock, new_id, rfc3339
from server.kernel.database import Database
from server.kernel.journal import SYSTEM, Journal
from server.kernel.settings import Settings
from server.uploads import Blobs

log = logging.getLogger("plumbline.insight")

PAGE: Final = 50
#: Others' jobs come first.
PRIORITY: Final = -1


class MakeTakeaway(Task, frozen=True, kw_only=True):
    """Make a takeaway."""

    kind: ClassVar[str] = "insight.takeaway"
    lane: ClassVar[Lane] = Lane.FILES

    takeaway: str


class ExpireTakeaways(Task, frozen=True, kw_only=True):
    """Drop the takeaways that have expired."""

    kind: ClassVar[str] = "insight.expire"


class TakeawayDesk:
    """The service; the dependency ``takeaways``. ``makers`` make each kind; ``handlers`` are its jobs."""

    def __init__(
        self,
        db: Database,
        journal: Journal,
        jobs: Jobs,
        blobs: Blobs,
        makers: Mapping[TakeawayKind, Maker],
        settings: Settings,
        clock: Clock,
    ) -> None:
        self._db = db
        self._journal = journal
        self._jobs = jobs
        self._blobs = blobs
        self._makers = makers
        self._most = settings.takeaways_open
        self._kept = timedelta(days=settings.takeaway_days)
        self._clock = clock
        self.handlers = (does(MakeTakeaway, self.make), does(ExpireTakeaways, self.expire))

    async def ask(self, caller: Caller, asked: NewTakeaway) -> Takeaway:
        """Ask for a takeaway. Raise ``takeaways.too_many`` or ``request.invalid``."""
        _check(asked)
        now = self._clock.now()
        row = {
            "id": new_id(),
            "person": caller.person,
            "kind": asked.kind.value,
            "asked": msgspec.json.encode(asked).decode(),
            "asked_at": rfc3339(now),
            "expires_at": rfc3339(now + self._kept),
        }

        def work(tx: sa.Connection) -> Takeaway:
            if store.open_of(tx, caller.person) >= self._most:
                raise Refused("takeaways.too_many", limit=self._most)
            store.add(tx, row)
            self._jobs.enqueue(tx, MakeTakeaway(takeaway=str(row["id"])), priority=PRIORITY, person=caller.person)
            self._jobs.enqueue(tx, ExpireTakeaways(), delay=self._kept, dedupe=ExpireTakeaways.kind)
            event = TakeawayAsked(actor=caller.person, subject=str(row["id"]), asked=asked)
            self._journal.record(tx, SYSTEM, event, rfc3339(now))
            return store.wire(store.row_of(tx, str(row["id"])))

        return await self._db.write(work)

    async def mine(self, caller: Caller, after: str) -> Takeaways:
        """Return a page of the caller's takeaways, the latest first."""
        rows = await self._db.read(lambda tx: store.listing(tx, caller.person, after, PAGE + 1))
        shown = tuple(map(store.wire, rows[:PAGE]))
        return Takeaways(takeaways=shown, next=shown[-1].id if len(rows) > PAGE else "")

    async def one(self, caller: Caller, key: str) -> Takeaway:
        """Return a takeaway of the caller. Raise ``request.not_found``."""
        row = await self._db.read(lambda tx: store.row_of(tx, key, caller.person))
        if row is None:
            raise Refused("request.not_found")
        return store.wire(row)

    async def cancel(self, caller: Caller, key: str) -> Takeaway:
        """Cancel a takeaway of the caller that is not settled. Raise ``request.not_found`` or ``takeaways.settled``."""

        def work(tx: sa.Connection) -> Takeaway:
            row = store.row_of(tx, key, caller.person)
            if row is None:
                raise Refused("request.not_found")
            if not store.step(tx, key, TakeawayAct.CANCEL):
                raise TAKEAWAYS.refusal(TakeawayState(row.state), TakeawayAct.CANCEL)
            return store.wire(store.row_of(tx, key))

        return await self._db.write(work)

    async def fetch(self, caller: Caller, key: str) -> tuple[Takeaway, str, AsyncGenerator[bytes]]:
        """Return a takeaway with its media type and bytes, and write down that it was fetched.

        Raise ``request.not_found``, also where its person may no longer read what it was made of, or
        ``takeaways.not_ready``.
        """
        now = rfc3339(self._clock.now())

        def work(tx: sa.Connection) -> tuple[Takeaway, str]:
            row = store.row_of(tx, key, caller.person)
            if row is None or row.expires_at <= now:
                raise Refused("request.not_found")
            if row.state != TakeawayState.READY:
                raise Refused("takeaways.not_ready", state=row.state)
            if not set(msgspec.json.decode(row.scopes)) <= identity.holdings(tx, caller.person).scopes():
                raise Refused("request.not_found")
            event = TakeawayFetched(actor=caller.person, subject=key, sha256=row.sha256)
            self._journal.record(tx, SYSTEM, event, now)
            return store.wire(row), row.media_type

        found, media_type = await self._db.write(work)
        return found, media_type, self._blobs.read(found.sha256 or "")

    async def expire(self, _job: Job[ExpireTakeaways]) -> None:
        """Drop what has expired, and look again when the next may have."""
        now = rfc3339(self._clock.now())

        def work(tx: sa.Connection) -> None:
            if store.expire(tx, now) or store.any_left(tx):
                self._jobs.enqueue(tx, ExpireTakeaways(), delay=timedelta(days=1), dedupe=ExpireTakeaways.kind)

        await self._db.write(work)

    async def make(self, job: Job[MakeTakeaway]) -> None:
        """Make a takeaway; leave one that is cancelled or gone. What cannot be made says so and is not tried again."""
        key = job.args.takeaway
        now = rfc3339(self._clock.now())

        def begin(tx: sa.Connection) -> tuple[NewTakeaway, Holdings] | None:
            row = store.row_of(tx, key)
            if row is None or not store.step(tx, key, TakeawayAct.BEGIN, done=0, as_of=now):
                return None
            return msgspec.json.decode(row.asked, type=NewTakeaway), identity.holdings(tx, row.person)

        begun = await self._db.write(begin)
        if begun is None:
            return
        asked, holdings = begun
        try:
            await self._make(key, asked, holdings)
        except Cancelled:
            return
        except Refused as refused:
            await self._fail(key, refused.code)
        except Exception:
            if job.attempt >= job.max_attempts:
                await self._fail(key, "server.failed")
            raise

    async def _make(self, key: str, asked: NewTakeaway, holdings: Holdings) -> None:
        async def tell(done: int, total: int | None) -> None:
            if not await self._db.write(lambda tx: store.progress(tx, key, done, total)):
                raise Cancelled

        with tempfile.TemporaryDirectory(prefix="plumbline-takeaway-") as folder:
            made: Made = await self._makers[asked.kind](
                Order(holdings=holdings, asked=asked, folder=Path(folder), tell=tell)
            )
            kept = await self._blobs.keep_file(WORKER.person, made.path, made.name)
        changes = {
            "name": made.name,
            "media_type": made.media_type,
            "sha256": kept.sha256,
            "size": kept.size,
            "scopes": msgspec.json.encode(sorted(made.scopes)).decode(),
        }
        await self._db.write(lambda tx: store.step(tx, key, TakeawayAct.FINISH, **changes))

    async def _fail(self, key: str, code: str) -> None:
        await self._db.write(lambda tx: store.step(tx, key, TakeawayAct.FAIL, problem=code))


def _check(asked: NewTakeaway) -> None:
    """Raise ``request.invalid`` for what its kind cannot be made of."""
    wanted, kind = asked.wanted, asked.kind
    if b"\\u0000" in msgspec.json.encode(asked):  # which no text in a database holds
        raise Refused("request.invalid", reason="wanted: a NUL is no text")
    if kind in (TakeawayKind.XLSX, TakeawayKind.CSV) and wanted.form is None:
        raise Refused("request.invalid", reason="wanted.form: a list has the columns of one form")
    if kind is TakeawayKind.REPORT_PDF and asked.record is None:
        raise Refused("request.invalid", reason="record: the report that is meant")
    if kind is TakeawayKind.DAY_PDF and (wanted.scope is None or not forms.is_day(wanted.since or "")):
        raise Refused("request.invalid", reason="wanted: the scope, and since, the day")
    if kind is TakeawayKind.MONTH and (wanted.scope is None or not _within_a_month(wanted)):
        raise Refused("request.invalid", reason="wanted: the scope, since and until, at most 31 days")


def _within_a_month(wanted: ReportFilter) -> bool:
    try:
        since, until = (date.fromisoformat(day or "") for day in (wanted.since, wanted.until))
    except ValueError:
        return False
    return timedelta() <= until - since < timedelta(days=31)

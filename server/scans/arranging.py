"""Arranging the pages of scans anew, and rejecting scans: what a clerk does before anything is filed (ADR 0028).

An arrangement is a new scan, whose pages are those of others: it is read as any scan. The others stay as they came,
and name what became of them.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

import msgspec
import sqlalchemy as sa

from mobile_contract.extractions import ExtractionValues
from mobile_contract.identity import Role
from mobile_contract.ids import natural_id
from mobile_contract.pages import ArrangedScans, ArrangeScans, NewArrangement, PickedPage
from mobile_contract.problems import Refused
from mobile_contract.records import ArrangedPage, Kind, ScanRejection, ScanServer, ScanValues
from mobile_contract.states import ExtractionState
from mobile_contract.sync import Create, Outcome
from server import forms
from server.identity import Caller
from server.kernel.clock import Clock, rfc3339
from server.kernel.database import Database
from server.replication import Actor, Replication, server_of, values_of
from server.scans import queue_store
from server.scans.confirming import Confirming
from server.scans.model import SCANS, ScanAct, ScanAnnotation, scan_state
from server.scans.queue import refuse_if_claimed
from sync.state import Record


class Arranging:
    """The service; the dependency ``arranging``."""

    def __init__(self, db: Database, replication: Replication, confirming: Confirming, clock: Clock) -> None:
        self._db = db
        self._replication = replication
        self._confirming = confirming
        self._clock = clock

    async def arrange(self, caller: Caller, asked: ArrangeScans) -> ArrangedScans:
        """Make scans of the pages of others, which are put aside. Asked again, it gives the same answer.

        Raise ``request.not_found``, ``identity.forbidden``, ``forms.unknown``, or one of ``scans.claimed``,
        ``scans.not_waiting``, ``scans.not_read_yet``, ``scans.pages_left`` and ``scans.pages_apart``.
        """
        return await self._db.write(lambda tx: self._arrange(tx, caller, asked))

    def _arrange(self, tx: sa.Connection, caller: Caller, asked: ArrangeScans) -> ArrangedScans:
        wanted = sorted({page.scan for new in asked.into for page in new.pages})
        sources = {scan: self._decidable(tx, caller, scan) for scan in wanted}
        (scope, *others) = sorted({record.scope for record in sources.values()})
        if others:
            raise Refused("scans.pages_apart")
        self._replication.hold(tx, scope)
        made = tuple(
            natural_id("arranged", *wanted, str(number), _digest(new)) for number, new in enumerate(asked.into)
        )
        sources = {scan: self._decidable(tx, caller, scan) for scan in wanted}
        if all(server_of(record, ScanServer).into == made for record in sources.values()):
            return ArrangedScans(scans=made)
        for record in sources.values():
            self._may_put_aside(tx, caller, record, ScanAct.ARRANGE)
        _refuse_what_is_left(sources.values(), asked.into)
        for key, new in zip(made, asked.into, strict=True):
            self._make(tx, caller, key, _values(tx, new, sources))
        for record in sources.values():
            self._put_aside(tx, caller, record, ScanAnnotation(state=SCANS.after(ScanAct.ARRANGE), into=made))
        return ArrangedScans(scans=made)

    async def reject(self, caller: Caller, scan: str, reason: str) -> None:
        """Put a scan aside with a reason: no report comes of it, and its pages stay. Raise as :meth:`arrange`."""

        def work(tx: sa.Connection) -> None:
            self._replication.hold(tx, self._decidable(tx, caller, scan).scope)
            record = self._decidable(tx, caller, scan)
            self._may_put_aside(tx, caller, record, ScanAct.REJECT)
            rejected = ScanRejection(by=caller.person, at=rfc3339(self._clock.now()), reason=reason)
            change = ScanAnnotation(state=SCANS.after(ScanAct.REJECT), rejected=rejected)
            self._put_aside(tx, caller, record, change)

        await self._db.write(work)

    def _decidable(self, tx: sa.Connection, caller: Caller, scan: str) -> Record:
        return self._replication.decidable(tx, caller.person, scan, Kind.SCAN, Role.CLERK)

    def _may_put_aside(self, tx: sa.Connection, caller: Caller, record: Record, act: ScanAct) -> None:
        if queue_store.one(tx, record.id) is None:
            raise Refused("scans.not_waiting")
        if not SCANS.allows(scan_state(record), act):
            raise Refused("scans.not_read_yet")
        refuse_if_claimed(tx, caller.person, record.id, rfc3339(self._clock.now()))

    def _make(self, tx: sa.Connection, caller: Caller, key: str, scan: tuple[str, ScanValues]) -> None:
        scope, values = scan
        create = Create(
            op_id=natural_id("op", key),
            n=0,
            scope=scope,
            kind=Kind.SCAN,
            id=key,
            at=rfc3339(self._clock.now()),
            values=msgspec.to_builtins(values),
        )
        actor = Actor(person=caller.person, replica=caller.replica)
        (receipt,) = self._replication.apply_in(tx, actor, [create])
        if receipt.outcome is Outcome.PARKED:
            raise Refused("scans.report_refused", reason=receipt.code)

    def _put_aside(self, tx: sa.Connection, caller: Caller, record: Record, change: ScanAnnotation) -> None:
        """Put down what became of a scan; what was read from it is discarded, unless that is done."""
        named = server_of(record, ScanServer).extraction
        extraction = self._replication.record(tx, named) if named is not None else None
        if extraction is not None and values_of(extraction, ExtractionValues).state is ExtractionState.PROPOSED:
            self._confirming.discard_in(tx, caller, extraction)
        self._replication.annotate(tx, caller.person, {record.id: change})
        queue_store.leave(tx, [record.id])


def pages_of(record: Record) -> list[ArrangedPage]:
    """Return the pages of a scan as they were read. Raise ``scans.not_read_yet`` where it is not known what they are.

    How many pages a file has is known once it was opened; files of a scan that failed count as one page each.
    """
    values, said = values_of(record, ScanValues), server_of(record, ScanServer)
    if values.arranged:
        return list(values.arranged)
    files = len(values.pages)
    counts = said.counts or (() if said.pages not in (None, files) else (1,) * files)
    if not counts and files == 1:
        counts = (said.pages or 1,)
    if len(counts) != files:
        raise Refused("scans.not_read_yet")
    return [ArrangedPage(file=file, page=page) for file, pages in enumerate(counts) for page in range(pages)]


def _refuse_what_is_left(sources: Iterable[Record], into: Sequence[NewArrangement]) -> None:
    """Raise ``scans.pages_left`` unless each page of the sources stands in exactly one arrangement."""
    there = Counter((record.id, number) for record in sources for number in range(1, len(pages_of(record)) + 1))
    picked = Counter((page.scan, page.page) for new in into for page in new.pages)
    if there != picked:
        odd = min((there - picked) + (picked - there))
        raise Refused("scans.pages_left", scan=odd[0], page=odd[1])


def _values(tx: sa.Connection, new: NewArrangement, sources: dict[str, Record]) -> tuple[str, ScanValues]:
    """Return the scope and the values of a scan made of pages of others. Raise ``forms.unknown``."""
    named = new.form is not None and new.form_version is not None
    if (new.form, new.form_version) != (None, None) and not (
        named and forms.definition(tx, new.form or "", new.form_version or 0)
    ):
        raise Refused("forms.unknown", form=new.form or "", version=new.form_version or 0)
    files: dict[str, int] = {}
    first = values_of(sources[new.pages[0].scan], ScanValues)
    values = ScanValues(
        arranged=tuple(_arranged(page, sources[page.scan], files) for page in new.pages),
        pages=tuple(files),
        captured=first.captured,
        note=first.note,
        sources=tuple(dict.fromkeys(page.scan for page in new.pages)),
        form=new.form,
        form_version=new.form_version,
    )
    return sources[new.pages[0].scan].scope, values


def _arranged(picked: PickedPage, source: Record, files: dict[str, int]) -> ArrangedPage:
    """Return a page of a new scan; ``files`` holds the digests of its files with their index, and grows."""
    page = pages_of(source)[picked.page - 1]
    sha256 = values_of(source, ScanValues).pages[page.file]
    turn: Any = (page.turn + picked.turn) % 360
    return ArrangedPage(file=files.setdefault(sha256, len(files)), page=page.page, turn=turn)


def _digest(new: NewArrangement) -> str:
    return msgspec.json.encode(new).decode()

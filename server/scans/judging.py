"""How far reading is trusted: thresholds that an operator turns down, fits, and the record of what was right."""

import asyncio
from collections.abc import Mapping
from typing import Any

import msgspec
import sqlalchemy as sa

from mobile_contract.extractions import ExtractionValues, Scrutiny, ValueKind
from mobile_contract.scans import Threshold, Thresholds
from ocr.trust import Figures, Fit, shipped
from server.kernel.clock import Clock, rfc3339
from server.kernel.database import Database
from server.kernel.journal import SYSTEM, Journal
from server.scans import judgements as store
from server.scans import reliability, scrutiny
from server.scans.events import ExtractionAccepted, FitTaken, ThresholdSet
from sync.state import Record


class Judging:
    """The service; the dependency ``judging``."""

    def __init__(self, db: Database, journal: Journal, clock: Clock, audit_percent: int) -> None:
        self._db = db
        self._journal = journal
        self.clock = clock
        self._audit_percent = audit_percent

    # -- thresholds ---------------------------------------------------------------------------------------------------

    async def thresholds(self) -> Thresholds:
        """Return the thresholds of all kinds."""

        def work(tx: sa.Connection) -> Thresholds:
            rows = store.threshold_rows(tx)
            return Thresholds(
                thresholds=tuple(_threshold(kind, rows.get(kind)) for kind in ValueKind),
                fit=store.fit_in_force(tx).version,
                audit_percent=self._audit_percent,
            )

        return await self._db.read(work)

    async def set_threshold(self, actor: str, kind: ValueKind, threshold: int | None) -> Threshold:
        """Set the confidence (thousandths) from which values of a kind need no look; None: always look. Journaled."""

        def work(tx: sa.Connection) -> Threshold:
            at = rfc3339(self.clock.now())
            with self._journal.open(tx, [SYSTEM], at) as book:
                before = store.thresholds_in_force(tx).get(kind)
                store.set_threshold(tx, {"kind": kind.value, "threshold": threshold, "by": actor, "at": at})
                book.write(SYSTEM, ThresholdSet(actor=actor, subject=kind.value, was=before, threshold=threshold))
            return Threshold(kind=kind, threshold=threshold, by=actor, at=at)

        return await self._db.write(work)

    # -- extractions --------------------------------------------------------------------------------------------------

    def scrutinise(self, tx: sa.Connection, extraction: str, proposed: ExtractionValues, fit: Fit) -> ExtractionValues:
        """Return the proposal, each value marked with whether a person must look at it, by the thresholds of now."""
        return scrutiny.with_scrutiny(extraction, proposed, fit, store.thresholds_in_force(tx), self._audit_percent)

    def note(self, tx: sa.Connection, actor: str, scope: str, extraction: str, proposed: ExtractionValues) -> None:
        """Journal which values need no look, and under which fit and thresholds."""
        paths = {kind: [field.path for field in proposed.fields if field.review is kind] for kind in Scrutiny}
        if not paths[Scrutiny.ACCEPTED] and not paths[Scrutiny.AUDIT]:
            return
        event = ExtractionAccepted(
            actor=actor,
            subject=extraction,
            fit=proposed.fit,
            engine=proposed.engine,
            thresholds=store.thresholds_in_force(tx),
            audit_percent=self._audit_percent,
            accepted=paths[Scrutiny.ACCEPTED],
            audit=paths[Scrutiny.AUDIT],
        )
        self._journal.record(tx, scope, event, rfc3339(self.clock.now()))

    def learn_from(
        self,
        tx: sa.Connection,
        extraction: Record,
        proposed: ExtractionValues,
        corrections: Mapping[str, Any],
        by: str,
        at: str,
    ) -> None:
        """Store, of each value that a person looked at, whether the proposal was right."""
        final = {field.path: field.value for field in proposed.fields} | dict(corrections)
        rows = [
            {
                "extraction": extraction.id,
                "path": field.path,
                "scope": extraction.scope,
                "form": proposed.form or "",
                "kind": field.kind,
                "engine": proposed.engine[:200],
                "fit": proposed.fit or "",
                "confidence": field.confidence,
                "review": field.review.value,
                "grounds": _json(field.grounds),
                "proposed": _json(field.value),
                "confirmed": _json(value),
                "right": right,
                "by": by,
                "at": at,
            }
            for field, value, right in scrutiny.judged(proposed, final, corrections)
        ]
        store.keep_judgements(tx, rows)

    # -- fits ---------------------------------------------------------------------------------------------------------

    async def judgements(self) -> list[Mapping[str, Any]]:
        """Return what became of every value that a person looked at."""
        return await self._db.read(lambda tx: list(store.all_judgements(tx)))

    async def refit(self, actor: str) -> tuple[Fit, Mapping[str, Figures]]:
        """Put a fit of all judgements in force; return it and, by kind, the old fit's figures on the same values.

        Raises ``paper.fit_refused`` where there is too little to learn from, or what was learned is no better.
        """
        old = await self._db.read(store.fit_in_force)
        seen = reliability.examples(await self.judgements(), self._audit_percent)
        new, before = await asyncio.to_thread(reliability.refit, seen, old)
        await self.take(actor, new)
        return new, before

    async def take(self, actor: str, fit: Fit) -> None:
        """Put a fit in force, for what is read from now on. Journaled."""

        def work(tx: sa.Connection) -> None:
            at = rfc3339(self.clock.now())
            with self._journal.open(tx, [SYSTEM], at) as book:
                was = store.fit_in_force(tx).version
                body = None if fit.version == shipped().version else _json(fit)
                store.take_fit(tx, {"version": fit.version, "body": body, "by": actor, "at": at})
                book.write(SYSTEM, FitTaken(actor=actor, subject=fit.version, was=was))

        await self._db.write(work)


def _threshold(kind: ValueKind, row: Any) -> Threshold:
    if row is None:
        return Threshold(kind=kind)
    return Threshold(kind=kind, threshold=row.threshold, by=row.by, at=row.at)


def _json(value: Any) -> str:
    return msgspec.json.encode(value).decode()

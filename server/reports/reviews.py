"""Reviewing reports: a supervisor's decision goes to the report's writers by the feed, and into the journal."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from mobile_contract.identity import Role
from mobile_contract.problems import Refused
from mobile_contract.records import Kind, ReportServer
from mobile_contract.reviews import (
    ReportReview,
    ReviewMatching,
    ReviewReport,
    ReviewReports,
    ReviewResult,
    ReviewResults,
    ReviewState,
)
from server.identity import Caller
from server.kernel.clock import Clock, rfc3339
from server.kernel.database import Database
from server.replication import Replication, server_of
from server.reports import listing, lists
from server.reports.model import REVIEWS, ReportAnnotation, state_of


class Reviews:
    """The service."""

    def __init__(self, db: Database, replication: Replication, clock: Clock) -> None:
        self._db = db
        self._replication = replication
        self._clock = clock

    async def review(self, caller: Caller, key: str, asked: ReviewReport) -> ReportReview:
        """Store the caller's review of a report as they saw it; a later review takes the place of an earlier one.

        Raises ``request.not_found``, ``identity.forbidden``, ``reports.own``, ``reports.moved_since`` or
        ``reports.reason_missing``.
        """
        if asked.state is ReviewState.RETURNED and not asked.reason.strip() and not asked.fields:
            raise Refused("reports.reason_missing")

        def work(tx: sa.Connection) -> ReportReview:
            decidable = self._replication.decidable
            report = self._replication.hold_for(
                tx, lambda: decidable(tx, caller.person, key, Kind.REPORT, Role.SUPERVISOR)
            )
            if report.digest != asked.digest:
                raise Refused("reports.moved_since")
            server = server_of(report, ReportServer)
            if any(version.by == caller.person for version in server.signed):
                raise Refused("reports.own")
            review = ReportReview(
                state=REVIEWS.step(server.review.state if server.review else None, asked.state) or asked.state,
                digest=asked.digest,
                by=caller.person,
                at=rfc3339(self._clock.now()),
                reason=asked.reason.strip(),
                fields={path: reason.strip() for path, reason in asked.fields.items()},
            )
            self._replication.annotate(tx, caller.person, {key: ReportAnnotation(review=review)})
            listing.stand(tx, key, state_of(review, report.digest))
            return review

        return await self._db.write(work)

    async def review_all(self, caller: Caller, asked: ReviewReports) -> ReviewResults:
        """Review many reports, each in a transaction of its own, and say of each what became of it."""
        return ReviewResults(results=tuple([await self._one(caller, each.id, each.review) for each in asked.reviews]))

    async def review_matching(self, caller: Caller, asked: ReviewMatching) -> ReviewResults:
        """Review the oldest of what matches a filter, as one snapshot has it.

        Each report is judged by itself, as :meth:`review` does; what changed after the snapshot is refused.
        """

        def work(tx: sa.Connection) -> tuple[Sequence[Any], str]:
            scopes = lists.within(tx, caller, asked.matching)
            return listing.page(tx, scopes, asked.matching, "", asked.most, newest=False)

        rows, more = await self._db.read(work)
        sent = {row.id: ReviewReport(state=asked.state, digest=row.digest, reason=asked.reason) for row in rows}
        results = [await self._one(caller, key, review) for key, review in sent.items()]
        return ReviewResults(results=tuple(results), more=bool(more))

    async def _one(self, caller: Caller, key: str, asked: ReviewReport) -> ReviewResult:
        try:
            return ReviewResult(id=key, review=await self.review(caller, key, asked))
        except Refused as refused:
            return ReviewResult(id=key, code=refused.code, params=refused.params)

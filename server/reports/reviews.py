"""Reviewing reports: a supervisor's decision goes to the report's writers by the feed, and into the journal."""

import sqlalchemy as sa

from mobile_contract.identity import Role
from mobile_contract.problems import Refused
from mobile_contract.records import Kind, ReportServer
from mobile_contract.reviews import ReportReview, ReviewReport, ReviewState
from server.identity import Caller
from server.kernel.clock import Clock, rfc3339
from server.kernel.database import Database
from server.replication import Replication, server_of
from server.reports import listing
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
        if asked.state is ReviewState.RETURNED and not asked.reason.strip():
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
            )
            self._replication.annotate(tx, caller.person, {key: ReportAnnotation(review=review)})
            listing.stand(tx, key, state_of(review, report.digest))
            return review

        return await self._db.write(work)

"""The row of this domain in the house."""

from collections.abc import Mapping
from typing import Any

from mobile_contract.takeaways import TakeawayKind
from server.insight import (
    ogc_routes,
    routes,
    seen_tables,
    summaries_routes,
    summaries_tables,
    tables,
    takeaways_routes,
    takeaways_tables,
)
from server.insight.events import SummaryMade, TakeawayAsked, TakeawayFetched
from server.insight.following import Follower
from server.insight.lists import ReportLister
from server.insight.maps import Maps
from server.insight.month import Months
from server.insight.ogc import Features
from server.insight.papers import Papers
from server.insight.searching import Search
from server.insight.summaries import SummaryDesk
from server.insight.takeaways import TakeawayDesk
from server.jobs import Jobs
from server.kernel.domain import Domain, House
from server.uploads import Uploads


def _services(house: House) -> Mapping[str, Any]:
    db, uploads = house.db, house.of(Uploads)
    lists, papers = ReportLister(db), Papers(db, uploads)
    makers = {
        TakeawayKind.XLSX: lists.make,
        TakeawayKind.CSV: lists.make,
        TakeawayKind.REPORT_PDF: papers.report,
        TakeawayKind.DAY_PDF: papers.day,
        TakeawayKind.GEOJSON: Maps(db).make,
        TakeawayKind.MONTH: Months(db, uploads).make,
    }
    return {
        "search": Search(db),
        "summaries": SummaryDesk(db, house.journal, house.clock),
        "features": Features(db),
        "follower": Follower(db, uploads),
        "takeaways": TakeawayDesk(
            db, house.journal, house.of(Jobs), uploads.blobs, makers, house.settings, house.clock
        ),
    }


DOMAIN = Domain(
    name="insight",
    tables=(
        tables.entries,
        tables.marks,
        seen_tables.seen,
        takeaways_tables.takeaways,
        summaries_tables.summaries,
        summaries_tables.counted,
    ),
    services=_services,
    routes=[*routes.ROUTES, *takeaways_routes.ROUTES, *ogc_routes.ROUTES, *summaries_routes.ROUTES],
    events=(TakeawayAsked, TakeawayFetched, SummaryMade),
    handlers=lambda house: house.of(TakeawayDesk).handlers,
)

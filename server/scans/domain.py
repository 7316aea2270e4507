"""The row of this domain in the house."""

from collections.abc import Mapping
from typing import Any

from server.jobs import Jobs
from server.kernel.domain import Domain, House
from server.reference import VocabularyRegister
from server.replication import Replication
from server.scans import events, tables
from server.scans.arranging import Arranging
from server.scans.confirming import Confirming
from server.scans.duplicates import DuplicateDecisions
from server.scans.judging import Judging
from server.scans.kinds import Projections
from server.scans.pairs import Pairs
from server.scans.printer import Printer
from server.scans.queue import Queue
from server.scans.reader import ScanReader
from server.scans.routes import ROUTES
from server.scans.service import Scans
from server.scans.sheets import Sheets
from server.uploads import Uploads


def _services(house: House) -> Mapping[str, Any]:
    db, journal, clock = house.db, house.journal, house.clock
    replication, uploads, jobs = house.of(Replication), house.of(Uploads), house.of(Jobs)
    reader = ScanReader.by(house.settings)
    judging = Judging(db, journal, clock, house.settings.ocr_audit_percent)
    pairs = Pairs(journal, replication, uploads)
    lists = house.of(VocabularyRegister).lists
    scans = Scans(db, replication, uploads, jobs, reader, judging, pairs, lists)
    confirming = Confirming(db, replication, judging, pairs, lists)
    return {
        "scans": scans,
        "confirming": confirming,
        "duplicates": DuplicateDecisions(db, journal, replication, confirming, pairs, clock),
        "judging": judging,
        "queue": Queue(db, journal, replication, clock, house.settings.claim_seconds),
        "arranging": Arranging(db, replication, confirming, clock),
        "sheets": Sheets(db, Printer()),
        "reader": reader,
    }


def _close(house: House) -> None:
    house.of(ScanReader).close()
    house.of(Sheets).close()


DOMAIN = Domain(
    name="scans",
    tables=(
        tables.scan_queue,
        tables.scan_groups,
        tables.readings,
        tables.duplicates,
        tables.thresholds,
        tables.fits,
        tables.judgements,
    ),
    services=_services,
    routes=ROUTES,
    kinds=lambda house: Projections(house.of(Jobs)).kinds(),
    events=(
        events.ExtractionAccepted,
        events.ThresholdSet,
        events.FitTaken,
        events.DuplicateFound,
        events.DuplicateKept,
        events.DuplicateMerged,
        events.ScanTakenOver,
    ),
    handlers=lambda house: house.of(Scans).handlers,
    close=_close,
)

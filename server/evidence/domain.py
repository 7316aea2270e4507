"""The row of this domain in the house."""

from collections.abc import Mapping
from typing import Any

from server.evidence import tables
from server.evidence.events import EvidenceConfirmed, EvidenceDismissed, EvidenceReopened
from server.evidence.routes import ROUTES
from server.evidence.service import Evidence
from server.kernel.domain import Domain, House
from server.replication import Replication
from server.uploads import Uploads


def _services(house: House) -> Mapping[str, Any]:
    replication, uploads = house.of(Replication), house.of(Uploads)
    return {"evidence": Evidence(house.db, house.journal, replication, uploads, house.clock)}


DOMAIN = Domain(
    name="evidence",
    tables=(tables.captures, tables.evidence),
    services=_services,
    routes=ROUTES,
    events=(EvidenceDismissed, EvidenceConfirmed, EvidenceReopened),
    handlers=lambda house: house.of(Evidence).handlers,
)

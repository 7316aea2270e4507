"""The row of this domain in the house."""

from collections.abc import Mapping
from typing import Any

from server.jobs import Jobs
from server.kernel.domain import Domain, House
from server.kernel.files import BlobArrived, BlobLost
from server.uploads import downloads, routes, tables
from server.uploads.events import BlobExamined, BlobRemoved, BlobStored
from server.uploads.service import Uploads
from server.uploads.stores import open_store


def _services(house: House) -> Mapping[str, Any]:
    files = open_store(house.settings)
    return {"uploads": Uploads(house.db, house.journal, house.of(Jobs), files, house.settings, house.clock)}


DOMAIN = Domain(
    name="uploads",
    tables=(
        tables.uploads,
        tables.blobs,
        tables.blob_facts,
        tables.blob_owners,
        tables.shares,
        tables.blob_refs,
        tables.derivatives,
    ),
    services=_services,
    routes=(*routes.ROUTES, *downloads.ROUTES),
    events=(BlobStored, BlobExamined, BlobArrived, BlobLost, BlobRemoved),
    handlers=lambda house: house.of(Uploads).handlers,
    start=lambda house: house.of(Uploads).start(),
    close=lambda house: house.of(Uploads).close(),
)

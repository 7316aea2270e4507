"""Finding reports by their columns."""

import sqlalchemy as sa

from server.identity import Caller
from server.kernel.database import Database
from server.replication import Replication
from server.reports import store


class Reports:
    """The service."""

    def __init__(self, db: Database, replication: Replication) -> None:
        self._db = db
        self._replication = replication

    async def find(self, caller: Caller, wanted: dict[str, str], limit: int) -> bytes:
        """Return the reports that match, as a JSON array of feed entries, latest first."""

        def work(tx: sa.Connection) -> bytes:
            ids = store.find(tx, caller.scopes(), wanted, limit)
            return self._replication.entries(tx, ids)

        return await self._db.read(work)

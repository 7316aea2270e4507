"""Makes GeoJSON to take away: check-ins, photographs and fences of what was asked for."""

from collections.abc import AsyncIterator
from typing import Final

import anyio
import msgspec
import sqlalchemy as sa

from server import reports
from server.insight import seen
from server.insight.features import KINDS, Feature, captures, fences
from server.insight.takeaways_model import Made, Order
from server.kernel.database import Database

GEOJSON: Final = "application/geo+json"
_PAGE: Final = 500


class Maps:
    """The maker of ``geojson``."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def make(self, order: Order) -> Made:
        """Make one: fences first, then captures by moment, each feature on a line of its own."""
        wanted = order.asked.wanted
        scopes = await self._db.read(lambda tx: reports.within(tx, order.holdings, wanted))
        path = order.folder / "made"
        async with await anyio.open_file(path, "wb") as file:
            before = b'{"type":"FeatureCollection","features":['
            async for feature in self._features(order, scopes):
                await file.write(before + b"\n" + msgspec.json.encode(feature))
                before = b","
            await file.write((b"" if before == b"," else before) + b"\n]}\n")
        days = "_".join(day for day in (wanted.since, wanted.until) if day)
        return Made(path, f"现场{'_' if days else ''}{days}.geojson", GEOJSON, scopes)

    async def _features(self, order: Order, scopes: frozenset[str]) -> AsyncIterator[Feature]:
        drawn, _ = await self._db.read(lambda tx: fences(tx, scopes, "", len(scopes) + 1))
        for fence in drawn:
            yield fence
        done, wanted = 0, order.asked.wanted
        for kind in KINDS.values():
            shown, after = seen.Shown(kind=kind, since=wanted.since, until=wanted.until), ""
            while True:
                found, after = await self._db.read(lambda tx, shown=shown, after=after: _page(tx, scopes, shown, after))  # type: ignore[misc]
                for each in found:
                    yield each
                done += len(found)
                await order.tell(done, None)
                if not after:
                    break


def _page(tx: sa.Connection, scopes: frozenset[str], shown: seen.Shown, after: str) -> tuple[list[Feature], str]:
    rows, more = seen.page(tx, scopes, shown, after, _PAGE)
    return captures(tx, rows), more

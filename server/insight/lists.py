"""Lists of reports as a workbook or as CSV: the columns of their form, a page of reports at a time."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Final

import anyio
import sqlalchemy as sa

from mobile_contract.forms import FormDefinition
from mobile_contract.problems import Refused
from mobile_contract.records import ReportValues
from mobile_contract.reports import ReportFilter, ReportRow
from mobile_contract.takeaways import TakeawayKind
from server import forms, identity, projects, reports
from server.insight.columns import Cell, Named, Report, Table, tables_of
from server.insight.sheets import CommaSeparated, Sheets, Workbook
from server.insight.takeaways_model import Made, Order
from server.kernel.database import Database
from server.replication import records_of, values_of

#: Reports read at a time.
PAGE: Final = 500
XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
CSV: Final = "text/csv; charset=utf-8"
ZIP: Final = "application/zip"

_SHEETS: Final[dict[TakeawayKind, Callable[[Path, Sequence[Table], Path], Sheets]]] = {
    TakeawayKind.XLSX: Workbook,
    TakeawayKind.CSV: CommaSeparated,
}


class ReportLister:
    """Makes takeaways of the kinds ``xlsx`` and ``csv``."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def make(self, order: Order) -> Made:
        """Make one. Raise ``forms.unknown``."""
        asked, wanted = order.asked, order.asked.wanted
        form = wanted.form or ""
        versions, scopes, count = await self._db.read(lambda tx: _begin(tx, order, form))
        tables = tables_of(versions, asked.language)
        path = order.folder / "made"
        sheets = await anyio.to_thread.run_sync(_SHEETS[asked.kind], path, tables, order.folder)
        done, after = 0, ""
        await order.tell(0, count)
        while True:
            page, after = await self._db.read(lambda tx, after=after: _page(tx, scopes, wanted, after))  # type: ignore[misc]
            await anyio.to_thread.run_sync(sheets.add, _rows(tables, page))
            done += len(page)
            await order.tell(done, max(count, done))
            if not after:
                break
        await anyio.to_thread.run_sync(sheets.close)
        suffix, media_type = _file(asked.kind, tables)
        days = "_".join(day for day in (wanted.since, wanted.until) if day)
        name = f"{tables[0].title}{'_' if days else ''}{days}{suffix}".replace("/", "-")
        return Made(path, name, media_type, scopes)


def _begin(tx: sa.Connection, order: Order, form: str) -> tuple[list[FormDefinition], frozenset[str], int]:
    versions = sorted((each for each in forms.published(tx) if each.id == form), key=lambda each: -each.version)
    if not versions:
        raise Refused("forms.unknown", form=form, version="")
    scopes = reports.within(tx, order.holdings, order.asked.wanted)
    return versions, scopes, reports.count(tx, scopes, order.asked.wanted)


def _page(tx: sa.Connection, scopes: frozenset[str], wanted: ReportFilter, after: str) -> tuple[list[Report], str]:
    """Return a page of reports by day, with their fields and the names around them, and what to ask after it."""
    found, more = reports.page(tx, scopes, wanted, after, PAGE, newest=False)
    rows = [reports.row_of(row) for row in found]
    bodies = records_of(tx, [row.id for row in rows])
    places = projects.places_of(tx, {row.scope for row in rows})
    people = identity.names_of(tx, {row.author for row in rows})

    def report(row: ReportRow) -> Report:
        place = places.get(row.scope)
        named = Named(
            project=place.project if place else "",
            section=place.section if place else "",
            author=people.get(row.author, ""),
        )
        return Report(row, named, values_of(bodies[row.id], ReportValues).fields)

    return [report(row) for row in rows if row.id in bodies], more


def _rows(tables: Sequence[Table], page: list[Report]) -> Iterator[tuple[str, Sequence[Cell]]]:
    for report in page:
        for table in tables:
            for cells in table.rows(report):
                yield table.name, cells


def _file(kind: TakeawayKind, tables: Sequence[Table]) -> tuple[str, str]:
    if kind is TakeawayKind.XLSX:
        return ".xlsx", XLSX
    return (".csv", CSV) if len(tables) == 1 else (".zip", ZIP)

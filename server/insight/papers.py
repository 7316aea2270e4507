"""Makes takeaways that are typeset: a report, and a day of a section."""

from collections.abc import Iterable
from typing import Final

import anyio
import sqlalchemy as sa

from mobile_contract.forms import FormDefinition
from mobile_contract.problems import Refused
from mobile_contract.records import CheckInServer, Kind, PhotoServer, PhotoValues, ReportServer, ReportValues
from mobile_contract.reports import ReportFilter
from server import forms, identity, projects, reports
from server.identity import Holdings
from server.insight import seen
from server.insight.document import Document
from server.insight.paper import Surroundings, day_document, report_document
from server.insight.takeaways_model import Made, Order, Tell
from server.insight.typesetting import printed
from server.kernel.database import Database
from server.replication import records_of, server_of, values_of
from server.uploads import Uploads
from sync.state import Record

PDF: Final = "application/pdf"
#: Pictures of one document, and their longest side in pixels.
MOST_PICTURES: Final = 120
SIDE: Final = 1024
MOST_REPORTS: Final = 200

Reports = list[tuple[Record, FormDefinition]]


class Papers:
    """The makers of ``reportPdf`` and ``dayPdf``."""

    def __init__(self, db: Database, uploads: Uploads) -> None:
        self._db = db
        self._uploads = uploads

    async def report(self, order: Order) -> Made:
        """Make a report. Raise ``request.not_found`` or ``forms.unknown``."""
        key = order.asked.record or ""

        def work(tx: sa.Connection) -> tuple[Record, FormDefinition, Surroundings]:
            record = records_of(tx, [key]).get(key)
            if record is None or record.kind != Kind.REPORT or record.scope not in order.holdings.scopes():
                raise Refused("request.not_found")
            photos = list(records_of(tx, seen.of_report(tx, key, record.scope, MOST_PICTURES)).values())
            return record, _form(tx, record), _around(tx, record.scope, [record, *photos], photos)

        record, form, around = await self._db.read(work)
        around = await self._with_pictures(order, around, [(record, form)])
        document = report_document(record, form, around)
        return await _made(order, document, f"{document.title}_{key[:8]}", record.scope)

    async def day(self, order: Order) -> Made:
        """Make a day of a section. Raise ``request.not_found`` where its person may not read it."""
        wanted = order.asked.wanted
        scope, day = wanted.scope or "", wanted.since or ""
        only = ReportFilter(scope=scope, since=day, until=day)

        def work(tx: sa.Connection) -> tuple[Reports, list[Record], Surroundings]:
            if scope not in order.holdings.scopes():
                raise Refused("request.not_found")
            rows, _ = reports.page(tx, {scope}, only, "", MOST_REPORTS, newest=False)
            found = records_of(tx, [row.id for row in rows]).values()
            filed = [(record, _form(tx, record)) for record in found]
            check_ins = records_of(tx, seen.of_days(tx, scope, Kind.CHECK_IN, day, day, MOST_REPORTS)).values()
            photos = list(records_of(tx, seen.of_days(tx, scope, Kind.PHOTO, day, day, MOST_PICTURES)).values())
            mentioned = [*(record for record, _ in filed), *check_ins, *photos]
            return filed, list(check_ins), _around(tx, scope, mentioned, photos)

        filed, check_ins, around = await self._db.read(work)
        around = await self._with_pictures(order, around, filed)
        document = day_document(day, filed, check_ins, around)
        place = around.place
        return await _made(order, document, f"{day}_{place.section if place else ''}现场记录", scope)

    async def _with_pictures(self, order: Order, around: Surroundings, filed: Reports) -> Surroundings:
        """Put the pictures that a document shows into its folder; return what stands around it with their files."""
        wanted = [values_of(photo, PhotoValues).blob for photo in around.photos]
        for record, form in filed:
            wanted += reports.cited(form, values_of(record, ReportValues).fields)
        shown = list(dict.fromkeys(wanted))[:MOST_PICTURES]
        files = {}
        for number, sha256 in enumerate(shown):
            picture = await self._picture(order.holdings, sha256)
            if picture is not None:
                files[sha256] = f"{number:04}.jpg"
                await anyio.Path(order.folder / files[sha256]).write_bytes(picture)
            await _told(order.tell, number + 1, len(shown))
        return Surroundings(place=around.place, people=around.people, files=files, photos=around.photos)

    async def _picture(self, holdings: Holdings, sha256: str) -> bytes | None:
        """Return a picture as its person may see it; None where it is not here, or none."""
        try:
            return await self._uploads.examiner.thumbnail(holdings, sha256, SIDE)
        except Refused:
            return None


async def _told(tell: Tell, done: int, total: int) -> None:
    if done % 10 == 0 or done == total:
        await tell(done, total)


async def _made(order: Order, document: Document, name: str, scope: str) -> Made:
    path = await printed(document, order.folder)
    return Made(path, f"{name}.pdf".replace("/", "-"), PDF, frozenset({scope}))


def _form(tx: sa.Connection, record: Record) -> FormDefinition:
    values = values_of(record, ReportValues)
    found = forms.definition(tx, values.form, values.form_version)
    if found is None:
        raise Refused("forms.unknown", form=values.form[:64], version=values.form_version)
    return found


def _around(tx: sa.Connection, scope: str, mentioned: Iterable[Record], photos: list[Record]) -> Surroundings:
    people = identity.names_of(tx, {person for record in mentioned for person in _people(record)})
    return Surroundings(place=projects.place_of(tx, scope), people=people, files={}, photos=photos)


def _people(record: Record) -> set[str]:
    """Name who is mentioned by what the server says of a record."""
    if record.kind == Kind.REPORT:
        server = server_of(record, ReportServer)
        return {*(version.by for version in server.signed), *({server.review.by} if server.review else ())}
    by = server_of(record, PhotoServer).by if record.kind == Kind.PHOTO else server_of(record, CheckInServer).by
    return {by} if by else set()

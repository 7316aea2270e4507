"""Sheets to fill in by hand: a published version of a form, printed for a project under a serial."""

import hashlib
from dataclasses import asdict, dataclass

import msgspec
import sqlalchemy as sa

from mobile_contract.ids import project_scope
from mobile_contract.problems import Refused
from ocr.geometry import EDITION
from ocr.words import label_text
from server import forms, projects
from server.identity import Caller
from server.kernel.database import Database
from server.scans.printer import Printer, Sheet


@dataclass(frozen=True, kw_only=True, slots=True)
class Wanted:
    """What a sheet is printed for: the id of a project, a serial, a language; the first two may be empty."""

    project: str = ""
    serial: str = ""
    language: str = "zh-CN"


@dataclass(frozen=True, kw_only=True, slots=True)
class Printable:
    """A sheet that may be printed; ``tag`` changes when anything on it does."""

    sheet: Sheet
    tag: str

    @property
    def filename(self) -> str:
        """The form's title and the serial."""
        title = label_text(self.sheet.form.title, self.sheet.language)
        return f"{' '.join(filter(None, (title, self.sheet.serial)))}.pdf".replace("/", "-")


class Sheets:
    """The service; the dependency ``sheets``."""

    def __init__(self, db: Database, printer: Printer) -> None:
        self._db = db
        self._printer = printer

    async def prepare(self, caller: Caller, form: str, version: int, wanted: Wanted) -> Printable:
        """Return the sheet to be printed. Raises ``forms.unknown``, or ``request.not_found`` for another's project."""
        scope = project_scope(wanted.project)
        if wanted.project and not (caller.holds(scope) or caller.admin):
            raise Refused("request.not_found")

        def work(tx: sa.Connection) -> Sheet:
            definition = forms.definition(tx, form, version)
            if definition is None:
                raise Refused("forms.unknown", form=form[:64], version=version)
            place = projects.place_of(tx, scope) if wanted.project else None
            if wanted.project and place is None:
                raise Refused("request.not_found")
            return Sheet(form=definition, project_name=place.project if place else "", **asdict(wanted))

        sheet = await self._db.read(work)
        drawn = (EDITION, sheet.form.sha256, version, sheet.project, sheet.project_name, sheet.serial, sheet.language)
        return Printable(sheet=sheet, tag=hashlib.sha256(msgspec.json.encode(drawn)).hexdigest()[:32])

    async def print(self, printable: Printable) -> bytes:
        """Return it printed as a PDF. Raises ``server.busy`` or ``paper.form_too_wide``."""
        return await self._printer.print(printable.sheet)

    def close(self) -> None:
        """End the printing process."""
        self._printer.close()

"""Papers that were read, without the minutes that reading takes: what the worker would put down, put down by hand.

The sheets are real ones, printed and filled in, and the boxes are where the answers stand; what is proposed is given.
The server reads nothing itself (``EMBEDDED_WORKER=false``), so that nothing is read twice.
"""

import asyncio
import threading
from collections.abc import Coroutine, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, TypeVar

import cv2
import msgspec
import numpy as np

from media.image import decode_page
from mobile_contract.extractions import Flag, ProposedField
from mobile_contract.forms import FormDefinition
from mobile_contract.records import Kind
from mobile_contract.sync import Create
from ocr.engine import Image
from ocr.geometry import Box
from ocr.layout import layout_of
from ocr.sheet import PIXELS_PER_MM, print_sheet
from server.app import Program
from server.demo.photograph import fill
from server.kernel.clock import new_id
from server.kernel.settings import Settings
from server.replication import Actor
from server.scans.process import Done
from tests.support.server import Server
from tests.web.site import Member

AT: Final = "2026-11-18T15:20:00+08:00"
FORM: Final = "payment_application"
T = TypeVar("T")


@dataclass(frozen=True, kw_only=True)
class Sheet:
    """A filled-in sheet: what is proposed by path, what speaks against it, and how sure the machine is of each."""

    values: Mapping[str, Any]
    confidence: Mapping[str, int] = field(default_factory=dict)
    flags: tuple[Flag, ...] = ()
    form: str | None = FORM


def application(number: int, **more: Any) -> Sheet:
    """Return an application for payment with a number and an amount of its own; ``more`` are members of the sheet."""
    fen = 268_438_250 + number * 100
    values = {
        "fields/number": f"NZ-ZF-2026-{number:03}",
        "fields/applied_on": "2026-11-18",
        "fields/contractor": "江苏宁筑建设有限公司",
        "fields/contractor_usci": "91320100MA1N8F2K3R",
        "fields/completed_value": 335_541_062 + number * 100,
        "fields/amount_figures": fen,
        "fields/labour_cost": 61_200_000 + number,
        "fields/responsible": "陈建国",
    }
    return Sheet(values=values, **more)


class Papers:
    """Puts papers down beside a running server, over its database and its files."""

    def __init__(self, server: Server) -> None:
        settings = Settings(data_dir=str(server.folder), database_url=server.database_url, embedded_worker=False)
        self._loop = asyncio.new_event_loop()
        # Playwright keeps a loop of its own in the test's thread, in which no other may run.
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self._program = self._run(_program(settings))

    def put(self, member: Member, sheets: Sequence[Sheet]) -> list[str]:
        """Let a person bring scans, and put down what was read of them; return the ids of the scans."""
        return [self._run(self._put(member, sheet)) for sheet in sheets]

    def close(self) -> None:
        """Close the database; end the thread."""
        self._run(self._program.close())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()

    def _run(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(120)

    async def _put(self, member: Member, sheet: Sheet) -> str:
        program, scan = self._program, new_id()
        form = _form(member.desk.call("GET", f"/v1/forms/{sheet.form or FORM}/1"))
        page = _page(form, {path: str(value) for path, value in sheet.values.items()}) + scan.encode()
        sha256 = await program.uploads.blobs.keep(member.desk.person, page, "page.jpg")
        values = {"pages": [sha256], "captured": {"at": AT}}
        op = Create(op_id=new_id(), n=0, scope=member.section, kind=Kind.SCAN, id=scan, at=AT, values=values)
        await program.replication.apply(Actor(person=member.desk.person, replica=new_id()), [op])
        record = await program.db.read(lambda tx: program.replication.record(tx, scan))
        assert record is not None
        version = 1 if sheet.form else None
        boxes = {place.path: place.box for page in layout_of(form).pages[:1] for place in page.places}
        fields = tuple(_proposed(sheet, path, boxes) for path in sheet.values) if sheet.form else ()
        await program.scans.propose(
            record,
            Done(engine="by hand", form=sheet.form, form_version=version, fields=fields, flags=sheet.flags,
                 rectified=(page,)),
        )  # fmt: skip
        return scan


async def _program(settings: Settings) -> Program:
    return Program(settings)


def _proposed(sheet: Sheet, path: str, boxes: Mapping[str, Box]) -> ProposedField:
    box, value = boxes[path], sheet.values[path]
    return ProposedField(
        path=path,
        value=value,
        confidence=sheet.confidence.get(path, 970),
        page=1,
        box=(_px(box.left), _px(box.top), _px(box.right), _px(box.bottom)),
        readings={"crop": str(value), "page": str(value)},
    )


def _px(millimetres: float) -> int:
    return round(millimetres * PIXELS_PER_MM)


def _form(sent: Any) -> FormDefinition:
    return msgspec.convert(sent, FormDefinition)


_BLANK: Final[dict[str, Image]] = {}


def _page(form: FormDefinition, written: Mapping[str, str]) -> bytes:
    """Print the first page of a sheet with answers written on it, as JPEG."""
    if form.id not in _BLANK:
        _BLANK[form.id] = np.ascontiguousarray(decode_page(print_sheet(form))[0][:, :, ::-1])
    filled = fill(_BLANK[form.id], layout_of(form), 1, written, 1)
    _, jpeg = cv2.imencode(".jpg", filled, [cv2.IMWRITE_JPEG_QUALITY, 80])
    return jpeg.tobytes()

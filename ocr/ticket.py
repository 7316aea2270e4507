"""The payload of a printed sheet's QR code, and reading it from a photograph (ISO/IEC 18004, by zxing-cpp)."""

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from urllib.parse import parse_qsl, urlencode

from ocr.geometry import EDITION

if TYPE_CHECKING:
    from ocr.engine import Image

_PREFIX: Final = "plumbline1?"
_FORM: Final = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,63}")
_LANGUAGE: Final = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8}){0,2}")
_MAX_LENGTH: Final = 400
_MAX_PAGES: Final = 99


@dataclass(frozen=True, kw_only=True)
class Ticket:
    """Which sheet a page is: the form and its version, the page (from 1) of how many, the project and the serial.

    ``language`` is that of its print, ``edition`` that of the layout it was printed by.
    """

    form: str
    version: int
    page: int
    pages: int
    project: str = ""
    serial: str = ""
    language: str = "zh-CN"
    edition: int = EDITION

    def encode(self) -> str:
        """Return the payload: JSON with short keys, because a denser code survives less blur."""
        parts = {"f": self.form, "v": self.version, "p": f"{self.page}.{self.pages}"}
        parts |= {key: value for key, value in (("j", self.project), ("s", self.serial)) if value}
        if self.language != "zh-CN":
            parts["g"] = self.language
        if self.edition != 1:
            parts["l"] = str(self.edition)
        return _PREFIX + urlencode(parts)


def decode(payload: str) -> Ticket | None:
    """Read a payload; ``None`` when it is not one of ours or makes no sense."""
    if not payload.startswith(_PREFIX) or len(payload) > _MAX_LENGTH:
        return None
    parts = dict(parse_qsl(payload[len(_PREFIX) :]))
    numbers = re.fullmatch(r"(\d{1,2})\.(\d{1,2})", parts.get("p", ""))
    version = parts.get("v", "")
    form = parts.get("f", "")
    language, edition = parts.get("g", "zh-CN"), parts.get("l", "1")
    if _LANGUAGE.fullmatch(language) is None or not re.fullmatch(r"\d{1,4}", edition):
        return None
    if numbers is None or not re.fullmatch(r"\d{1,6}", version) or _FORM.fullmatch(form) is None:
        return None
    page, pages = int(numbers[1]), int(numbers[2])
    if not 1 <= page <= pages <= _MAX_PAGES:
        return None
    return Ticket(
        form=form,
        version=int(version),
        page=page,
        pages=pages,
        project=parts.get("j", ""),
        serial=parts.get("s", ""),
        language=language,
        edition=int(edition),
    )


def find_tickets(image: "Image") -> tuple[Ticket, ...]:
    """Find the tickets of sheets in ``image`` (any rotation), each once, in no particular order."""
    import cv2
    import zxingcpp

    for scale in (1.0, 2.0, 0.5):  # small modules gain from enlarging, noise and moiré from shrinking
        scaled = image if scale == 1.0 else cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_CUBIC)
        found = zxingcpp.read_barcodes(scaled, formats=zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode))
        tickets = {ticket for barcode in found if (ticket := decode(barcode.text)) is not None}
        if tickets:
            return tuple(tickets)
    return ()

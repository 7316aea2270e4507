"""Printing a form: the layout drawn by typst, as a PDF to print or as pixels to compare a photograph with.

A server prints without the libraries of pixels, which are large: they are asked for only when pixels are.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import msgspec

from mobile_contract.forms import FormDefinition
from ocr.fonts import FONTS
from ocr.geometry import EDITION, Box, Layout, Page, Text, marks
from ocr.layout import layout_of
from ocr.ticket import Ticket
from ocr.words import CHINESE, label_text, words_of

if TYPE_CHECKING:
    from ocr.engine import Image

_HERE: Final = Path(__file__).parent
_TEMPLATE: Final = _HERE / "sheet.typ"
#: The black bits of ArUco's DICT_4X4_50, ids 0 to 7, row by row (Garrido-Jurado et al. 2014).
_MARKS: Final = (0x4ACD, 0xF065, 0xCCD2, 0x66B9, 0xAB61, 0x8632, 0x61D1, 0x3B0D)
#: Pixels per inch and per millimetre of every rectified page.
DPI: Final = 200
PIXELS_PER_MM: Final = DPI / 25.4


def print_sheet(
    form: FormDefinition,
    *,
    project: str = "",
    project_name: str = "",
    serial: str = "",
    language: str = CHINESE,
) -> bytes:
    """Return a printed sheet of ``form`` as a PDF (A4, black and white), with the project and a serial when known.

    ``project`` is an id or code for the QR code; a person reads ``project_name``, or the code when there is no name.
    Raises :class:`mobile_contract.problems.Refused` (``paper.form_too_wide``) when the form cannot fit.
    """
    pdf = _compile(_drawing(layout_of(form, language), project, project_name, serial), "pdf")
    return b"".join(pdf)


def blank_pages(layout: Layout, dpi: int = DPI) -> "tuple[Image, ...]":
    """Return the empty pages of a layout as BGR pixels at ``dpi``, without project and serial."""
    drawn = _compile(_drawing(layout, "", "", ""), "png", dpi)
    return tuple(decode(png) for png in drawn)


def texts_of(layout: Layout, page: Page) -> tuple[Text, ...]:
    """Return all that is printed on a page of every sheet: its title and foot, and what its form says."""
    form, words = layout.form, words_of(layout.language)
    number = words.page.format(page.number, len(layout.pages))
    return (
        Text(box=layout.title, text=_title(layout), size=17, align="center", bold=True),
        Text(box=layout.footer, text=f"{words.required}   {number}", size=8.5, align="right"),
        Text(box=layout.origin, text=words.origin.format(form.id, form.version), size=7.5),
        *page.texts,
    )


def _title(layout: Layout) -> str:
    return label_text(layout.form.title, layout.language) or layout.form.id


def _compile(drawing: dict[str, Any], kind: str, dpi: int = DPI) -> Sequence[bytes]:
    import typst

    made: object = typst.compile(
        _TEMPLATE,
        root=_HERE,
        font_paths=[FONTS],  # and no other, wherever it runs
        ignore_system_fonts=True,
        format="pdf" if kind == "pdf" else "png",
        ppi=float(dpi),
        sys_inputs={"sheet": msgspec.json.encode(drawing).decode()},
    )
    pages = made if isinstance(made, list) else [made]  # a single page comes without a list, unlike in the stub
    return [page for page in pages if isinstance(page, bytes)]


def decode(picture: bytes) -> "Image":
    """Decode a picture that was made here; never use it for untrusted input."""
    import cv2
    import numpy as np

    image = cv2.imdecode(np.frombuffer(picture, np.uint8), cv2.IMREAD_COLOR)
    return np.asarray(image, np.uint8)


def _drawing(layout: Layout, project: str, project_name: str, serial: str) -> dict[str, Any]:
    pages = [_page(layout, page, (project, project_name, serial)) for page in layout.pages]
    return {"title": _title(layout), "pages": pages}


def _page(layout: Layout, page: Page, about: tuple[str, str, str]) -> dict[str, Any]:
    project, project_name, serial = about
    form, count, words = layout.form, len(layout.pages), words_of(layout.language)
    ticket = Ticket(
        form=form.id,
        version=form.version,
        page=page.number,
        pages=count,
        project=project,
        serial=serial,
        language=layout.language,
        edition=EDITION,
    )
    lines = ((words.project, project_name or project), (words.serial, serial))
    subtitle = "\n".join(template.format(what) for template, what in lines if what)
    texts = [Text(box=layout.subtitle, text=subtitle, size=9), *texts_of(layout, page)]
    images = [_bits(_mark_bits(number), box) for number, box in marks().items()]
    images.append(_bits(_qr_bits(ticket.encode()), layout.qr))
    return {
        "number": page.number,
        "images": images,
        "frames": [{"box": _corners(frame.box), "weight": frame.weight} for frame in page.frames],
        "texts": [
            {"box": _corners(text.box), "text": text.text, "size": text.size, "align": text.align, "bold": text.bold}
            for text in texts
            if text.text
        ],
    }


def _corners(box: Box) -> list[float]:
    return [round(side, 3) for side in (box.left, box.top, box.right, box.bottom)]


def _mark_bits(number: int) -> list[list[bool]]:
    """Return a mark: four by four bits with a black border."""
    bits = [bool(_MARKS[number] >> shift & 1) for shift in range(15, -1, -1)]
    edge = [True] * 6
    return [edge, *([True, *bits[row : row + 4], True] for row in range(0, 16, 4)), edge]


def _qr_bits(payload: str) -> list[list[bool]]:
    import segno

    return [[bool(module) for module in row] for row in segno.make_qr(payload, error="m").matrix]


def _bits(rows: list[list[bool]], box: Box) -> dict[str, Any]:
    """Return modules as one SVG path, so that no seam shows between neighbours."""
    path = []
    for y, row in enumerate(rows):
        x = 0
        while x < len(row):
            run = x
            while run < len(row) and row[run]:
                run += 1
            if run > x:
                path.append(f"M{x} {y}h{run - x}v1h{x - run}z")
            x = run + 1 if run == x else run
    side = len(rows)
    svg = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {side} {side}"><path d="{"".join(path)}"/></svg>'
    return {"box": _corners(box), "svg": svg}

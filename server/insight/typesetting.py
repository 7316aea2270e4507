"""Typesetting in a process apart: a long document takes seconds in which nothing else would be served."""

from pathlib import Path
from typing import Final

import anyio

from server.insight.document import Document, encoded
from server.kernel.spawned import Child, Line

_TEMPLATE: Final = Path(__file__).with_name("document.typ")
_SECONDS: Final = 300.0
_MEMORY_BYTES: Final = 2 * 1024**3
#: PDF/A-2b: everything that is needed to show it is in it, for as long as archives keep it.
STANDARD: Final = "a-2b"


def serve(line: Line) -> None:
    """Typeset the document in a folder that is named. What runs apart."""
    folder = Path(line.receive().decode())
    line.send(typeset(folder))


def typeset(folder: Path) -> bytes:
    """Return the PDF of a folder's ``data.json`` and pictures."""
    import typst

    from ocr.fonts import FONTS

    template = folder / "document.typ"
    template.write_bytes(_TEMPLATE.read_bytes())
    made: object = typst.compile(
        template,
        root=folder,
        font_paths=[FONTS],  # and no other, wherever it runs
        ignore_system_fonts=True,
        format="pdf",
        pdf_standards=[STANDARD],
    )
    if not isinstance(made, bytes):
        raise TypeError("a PDF is one file")
    return made


async def printed(document: Document, folder: Path) -> Path:
    """Return the file of a document as PDF/A; its pictures stand in the folder. Raise :class:`Stopped`."""
    await anyio.Path(folder / "data.json").write_bytes(encoded(document))
    child = await Child.start(serve, memory_bytes=_MEMORY_BYTES)
    try:
        await child.send(str(folder).encode())
        pdf = await child.receive(_SECONDS)
    finally:
        child.close()
    path = folder / "made.pdf"
    await anyio.Path(path).write_bytes(pdf)
    return path

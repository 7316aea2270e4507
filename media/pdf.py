"""Pages of a PDF as pixels: the only module that knows PDFium. Nothing in a document is run or followed."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from math import inf
from typing import Final

import numpy as np
import pypdfium2
from numpy.typing import NDArray

from mobile_contract.problems import Refused

DOTS_PER_INCH: Final = 200
_WRONG_PASSWORD: Final = 4  # FPDF_ERR_PASSWORD: it opens with a password only
_PDFIUM = threading.Lock()  # PDFium is not thread-safe

Document = pypdfium2.PdfDocument


@contextmanager
def opened(data: bytes) -> Iterator[Document]:
    """Open a PDF from its bytes and close it afterwards; one at a time, for PDFium is not thread-safe.

    :class:`Refused` ``media.encrypted``, or ``media.undecodable`` where PDFium cannot go on, here or inside.
    """
    with _PDFIUM:
        try:
            document = Document(data)
            try:
                if len(document) == 0:
                    raise Refused("media.undecodable", reason="a PDF without pages")
                yield document
            finally:
                document.close()
        except (pypdfium2.PdfiumError, MemoryError, ValueError, OverflowError) as error:
            if getattr(error, "err_code", None) == _WRONG_PASSWORD:
                raise Refused("media.encrypted") from error
            raise Refused("media.undecodable", reason=f"{type(error).__name__}: {error}"[:200]) from error


def draw(document: Document, index: int, side: int) -> NDArray[np.uint8]:
    """Return a page (from 0) at 200 dpi, or coarser where it would be longer than ``side`` pixels: RGB on white."""
    page = document[index]
    try:
        width, height = page.get_size()  # in points, of which an inch has 72
        if not (0 < width < inf and 0 < height < inf):
            raise Refused("media.undecodable", reason=f"page {index + 1} has no size")
        scale = min(DOTS_PER_INCH / 72, side / max(width, height))
        bitmap = page.render(scale=scale, rev_byteorder=True, fill_color=(255, 255, 255, 255))
        try:
            return np.array(bitmap.to_numpy()[:side, :side, :3], dtype=np.uint8)
        finally:
            bitmap.close()
    finally:
        page.close()

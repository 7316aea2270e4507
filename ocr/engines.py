"""The engines there are, and whether the chosen one works."""

from collections.abc import Callable
from typing import Final

import cv2
import numpy as np

from mobile_contract.problems import Refused
from ocr.engine import Engine
from ocr.models import Choice, Models

_SAMPLE: Final = "PLUMBLINE K0+620 2026-11-18"
_ALIKE: Final = 80.0


def open_engine(choice: Choice) -> Engine:
    """Load what was chosen: seconds, and hundreds of megabytes. Raises as :meth:`ocr.models.Models.check` does."""
    cv2.setNumThreads(choice.threads)
    return _OPEN[choice.engine](choice.models, choice.threads)


def try_out(engine: Engine) -> str:
    """Have an engine find and read a line that is drawn here; return what it read.

    Raises :class:`Refused` (``paper.engine_misreads``) when that is another one: networks that do not belong together.
    """
    from rapidfuzz import fuzz

    page = np.full((160, 900, 3), 255, np.uint8)
    cv2.putText(page, _SAMPLE, (40, 95), cv2.FONT_HERSHEY_SIMPLEX, 1.5, (0, 0, 0), 3, cv2.LINE_AA)
    (crop,) = engine.read_crops([page[40:120]], [None])
    found = " ".join(line.text for line in engine.read_page(page))
    for read in (crop.text, found):
        if fuzz.ratio(read.replace(" ", ""), _SAMPLE.replace(" ", "")) < _ALIKE:
            raise Refused("paper.engine_misreads", engine=engine.name, drawn=_SAMPLE, read=read[:100])
    return found


def _paddle(models: Models, threads: int) -> Engine:
    from ocr.paddle import PaddleEngine

    return PaddleEngine(models, threads)


def _rapid(models: Models, threads: int) -> Engine:
    from ocr.rapid import RapidEngine

    return RapidEngine(models, threads)


_OPEN: Final[dict[str, Callable[[Models, int], Engine]]] = {"paddle": _paddle, "rapid": _rapid}

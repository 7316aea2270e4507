"""Drawing what was read over the page, for the clerk who compares."""

from collections.abc import Iterable, Sequence
from typing import Final

import cv2
import numpy as np

from mobile_contract.extractions import (
    Flag,
    FoundLine,
    FoundPair,
    FoundTable,
    ProposedField,
)
from ocr.engine import Image

# Colours are BGR. The outline also differs in weight, for those who do not see red and green apart.
_SURE: Final = (72, 140, 34)
_UNSURE: Final = (0, 132, 226)
_FLAGGED: Final = (40, 40, 205)
_EMPTY: Final = (190, 190, 190)
_TABLE: Final = (200, 120, 30)
_SURE_FROM: Final = 900


def boxed(page: Image, fields: Sequence[ProposedField], flags: Iterable[Flag]) -> Image:
    """Draw the box of every proposed value: green when sure, orange when not, thick red when flagged, grey when empty.

    A small number at the top right is the confidence in percent.
    """
    flagged = {path for flag in flags for path in flag.paths}
    drawn = page.copy()
    for field in fields:
        left, top, right, bottom = field.box
        empty = field.value is None and not field.readings
        alarm = field.path in flagged
        colour = _FLAGGED if alarm else _EMPTY if empty else _SURE if field.confidence >= _SURE_FROM else _UNSURE
        cv2.rectangle(drawn, (left, top), (right, bottom), colour, 4 if alarm else 2)
        if not empty:
            _badge(drawn, f"{field.confidence // 10}%" + (" !" if alarm else ""), (right, top), colour)
    return np.asarray(drawn, np.uint8)


def outlined(
    page: Image, lines: Iterable[FoundLine], tables: Iterable[FoundTable], pairs: Iterable[FoundPair]
) -> Image:
    """Draw what was found on a page of an unknown form: tables blue, labels grey, their answers green or orange."""
    drawn = page.copy()
    for line in lines:
        _outline(drawn, line.box, _EMPTY, 1)
    for table in tables:
        for cell in table.cells:
            _outline(drawn, cell.box, _TABLE, 1)
        _outline(drawn, table.box, _TABLE, 3)
    for pair in pairs:
        _outline(drawn, pair.key_box, _EMPTY, 2)
        _outline(drawn, pair.box, _SURE if pair.confidence >= _SURE_FROM else _UNSURE, 2)
    return np.asarray(drawn, np.uint8)


def _outline(image: Image, box: tuple[int, int, int, int], colour: tuple[int, int, int], weight: int) -> None:
    cv2.rectangle(image, box[:2], box[2:], colour, weight)


def encode(image: Image, kind: str) -> bytes:
    """Return pixels encoded for the store: ``png`` without loss, or ``jpeg`` of a high quality."""
    settings = [cv2.IMWRITE_PNG_COMPRESSION, 6] if kind == "png" else [cv2.IMWRITE_JPEG_QUALITY, 90]
    _, encoded = cv2.imencode(".png" if kind == "png" else ".jpg", image, settings)
    return encoded.tobytes()


def _badge(image: Image, text: str, corner: tuple[int, int], colour: tuple[int, int, int]) -> None:
    """Write a few ASCII characters on a small tab that sits on the box's top edge, clear of the writing."""
    (width, height), _ = cv2.getTextSize(text, cv2.FONT_HERSHEY_SIMPLEX, 0.42, 1)
    right, top = corner[0], max(0, corner[1] - height // 2 - 4)
    cv2.rectangle(image, (right - width - 6, top), (right, top + height + 6), colour, cv2.FILLED)
    place = (right - width - 3, top + height + 3)
    cv2.putText(image, text, place, cv2.FONT_HERSHEY_SIMPLEX, 0.42, (255, 255, 255), 1, cv2.LINE_AA)

"""Cutting answers out of a flattened page: where there is ink, its lines, and how full a check box is.

All boxes are left, top, right, bottom in pixels of the rectified page (200 dpi).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
import numpy.typing as npt

from ocr.engine import Image
from ocr.geometry import Box, Place
from ocr.page import HEIGHT, WIDTH, darkness
from ocr.sheet import PIXELS_PER_MM

PixelBox = tuple[int, int, int, int]

_INK: Final = 0.2  # darker than its paper by a fifth
_MIN_SPECK_PX: Final = 14  # smaller blots are dust
_MIN_LINE_PX: Final = 12
_MIN_CHARACTER_PX: Final = 14  # lower blots in a comb are points, not characters
#: The ruled frame of a box, which is not read.
FRAME_MM: Final = 0.35
#: What is painted out round a tooth of a comb, more than its print because pages lie a pixel or two off.
_TOOTH_MARGIN_MM: Final = 0.3
#: How far a check box is searched round its frame, because ticks leave their boxes.
_TICK_MARGIN_MM: Final = 0.9


@dataclass(frozen=True, kw_only=True)
class Ink:
    """What a hand added to a page: 1 where there is ink that the blank form does not have (height × width)."""

    mask: npt.NDArray[np.uint8]

    def share(self, box: PixelBox) -> float:
        """Return the share of the box that is ink."""
        left, top, right, bottom = box
        part = self.mask[top:bottom, left:right]
        return float(part.mean()) if part.size else 0.0


def ink_of(page: Image, blank: Image) -> Ink:
    """Return a flattened page's ink, the printed form subtracted: its strokes, a little widened, are no ink."""
    printed = cv2.dilate((darkness(blank) > 0.12).astype(np.uint8), np.ones((5, 5), np.uint8))
    dark = ((darkness(page) > _INK) & (printed == 0)).astype(np.uint8)
    count, labels, sizes, _ = cv2.connectedComponentsWithStats(dark, connectivity=8)
    kept = np.zeros(count, np.uint8)
    kept[1:] = sizes[1:, cv2.CC_STAT_AREA] >= _MIN_SPECK_PX
    return Ink(mask=np.asarray(kept[labels], np.uint8))


def pixels(box: Box) -> PixelBox:
    """Return a box in millimetres as whole pixels within the page."""
    left, top, right, bottom = (round(side * PIXELS_PER_MM) for side in (box.left, box.top, box.right, box.bottom))
    return max(0, left), max(0, top), min(WIDTH, right), min(HEIGHT, bottom)


def lines_of(ink: Ink, box: PixelBox, *, several: bool) -> list[PixelBox]:
    """Find the lines of handwriting in a box, from top to bottom; none when it is empty.

    With ``several`` false all the ink is one line.
    """
    left, top, right, bottom = box
    mask = ink.mask[top:bottom, left:right]
    rows = np.asarray(mask.any(axis=1), np.bool_)
    if not rows.any():
        return []
    found = []
    for start, end in _runs(mask.sum(axis=1)) if several else [_extent(rows)]:
        columns = np.asarray(mask[start:end].any(axis=0), np.bool_)
        if end - start < _MIN_LINE_PX / 2 or not columns.any():
            continue
        first, last = _extent(columns)
        found.append((left + first, top + start, left + last, top + end))
    return found


def cut(page: Image, line: PixelBox, within: PixelBox) -> Image:
    """Return a line with some paper round it, but nothing beyond its box: the frame is no stroke."""
    pad = 5
    left, top = max(line[0] - 2 * pad, within[0]), max(line[1] - pad, within[1])
    right, bottom = min(line[2] + 2 * pad, within[2]), min(line[3] + pad, within[3])
    return np.ascontiguousarray(page[top:bottom, left:right])


def without_teeth(page: Image, places: Iterable[Place]) -> Image:
    """Paint out the teeth of all combs: what crosses them is drawn on from both sides, so that a line reads as one."""
    mask = np.zeros(page.shape[:2], np.uint8)
    for tooth in (tooth for place in places for tooth in place.teeth()):
        left, top, right, bottom = pixels(tooth.box.inset(-_TOOTH_MARGIN_MM))
        mask[top:bottom, left:right] = 1
    if not mask.any():
        return page
    return np.asarray(cv2.inpaint(page, mask, 2, cv2.INPAINT_TELEA), np.uint8)


def written_cells(ink: Ink, place: Place) -> tuple[bool, ...]:
    """Return for each cell of a comb whether something is written in it: a stroke belongs to the cell of its middle."""
    comb = place.comb
    if comb is None:
        return ()
    left, top, right, bottom = pixels(place.box.inset(FRAME_MM))
    count, _, stats, middles = cv2.connectedComponentsWithStats(ink.mask[top:bottom, left:right], connectivity=8)
    written = [False] * comb.cells
    for index in range(1, count):
        if stats[index, cv2.CC_STAT_HEIGHT] < _MIN_CHARACTER_PX:
            continue
        cell = int(((left + middles[index][0]) / PIXELS_PER_MM - comb.left) // comb.pitch)
        if 0 <= cell < comb.cells:
            written[cell] = True
    return tuple(written)


def tick_box(box: Box) -> PixelBox:
    """Return the pixels of a check box with the margin that ticks need."""
    return pixels(box.inset(-_TICK_MARGIN_MM))


def tick_share(ink: Ink, box: Box) -> float:
    """Return the ink in and round a check box, as a share of the area of the box itself."""
    area_box = tick_box(box)
    left, top, right, bottom = area_box
    own = pixels(box)
    area = max(1, (own[2] - own[0]) * (own[3] - own[1]))
    inside = ink.share(own) * area
    if inside == 0:  # a stroke of which little lies here belongs to a neighbour
        return 0.0
    return ink.share(area_box) * (right - left) * (bottom - top) / area


def _extent(flags: npt.NDArray[np.bool_]) -> tuple[int, int]:
    places = np.flatnonzero(flags)
    return int(places[0]), int(places[-1]) + 1


def _runs(profile: npt.NDArray[np.int64]) -> list[tuple[int, int]]:
    """Split a row profile at its gaps; what is too thin to be a line joins its nearest neighbour."""
    level = max(1.0, 0.08 * float(np.percentile(profile, 95)))
    busy = np.flatnonzero(np.concatenate([[0], (profile > level).astype(np.int8), [0]])[1:] != 0)
    if not busy.size:
        return []
    breaks = np.flatnonzero(np.diff(busy) > 4)
    starts = [int(busy[0]), *(int(busy[i + 1]) for i in breaks)]
    ends = [*(int(busy[i]) + 1 for i in breaks), int(busy[-1]) + 1]
    merged: list[tuple[int, int]] = []
    for start, end in zip(starts, ends, strict=True):
        if merged and (end - start < _MIN_LINE_PX or merged[-1][1] - merged[-1][0] < _MIN_LINE_PX):
            merged[-1] = (merged[-1][0], end)
        else:
            merged.append((start, end))
    height = len(profile)
    return [(max(0, start - 2), min(height, end + 2)) for start, end in merged]

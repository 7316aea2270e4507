"""The ruled lines of a page of an unknown form: found by morphology, for laying it straight and for its cells.

All boxes are left, top, right, bottom in pixels of the image that was given.
"""

from typing import Final

import cv2
import numpy as np
import numpy.typing as npt

from ocr.engine import Image, Points
from ocr.page import darkness

PixelBox = tuple[int, int, int, int]

_INK: Final = 0.18
_SHORTEST: Final = 1 / 40  # of the longer side: longer than the strokes of a title, shorter than the side of a cell
_EDGE: Final = 0.012
_MIN_CELL: Final = 0.012  # of the width: smaller holes are inside characters
_MIN_FILLED: Final = 0.6  # of its own box, which a cell with four sides fills
_MAX_CELLS: Final = 800
_MIN_QUAD: Final = 0.15  # of the image: less says little about how it lies

_Mask = npt.NDArray[np.uint8]


def rulings(image: Image) -> _Mask:
    """Return 1 where a ruled line is (height × width); a line may be a little askew or bowed."""
    dark = (darkness(image) > _INK).astype(np.uint8)
    length = max(20, round(max(image.shape[:2]) * _SHORTEST))
    # Stamps, marks and photographs are dark, and no lines.
    solid = cv2.morphologyEx(dark, cv2.MORPH_OPEN, np.ones((length // 4, length // 4), np.uint8))
    dark *= 1 - np.asarray(cv2.dilate(solid, np.ones((5, 5), np.uint8)), np.uint8)
    flat, tall = np.ones((1, length), np.uint8), np.ones((length, 1), np.uint8)
    across = cv2.morphologyEx(cv2.dilate(dark, np.ones((3, 1), np.uint8)), cv2.MORPH_OPEN, flat)
    down = cv2.morphologyEx(cv2.dilate(dark, np.ones((1, 3), np.uint8)), cv2.MORPH_OPEN, tall)
    # What interrupts a line for a moment, a crease or a weak print, does not end it.
    across = cv2.morphologyEx(across, cv2.MORPH_CLOSE, np.ones((1, length // 4), np.uint8))
    down = cv2.morphologyEx(down, cv2.MORPH_CLOSE, np.ones((length // 4, 1), np.uint8))
    found = np.maximum(across, down).astype(np.uint8)
    edge = max(4, round(min(found.shape) * _EDGE))  # where the paper ends is no line either
    found[:edge] = found[-edge:] = 0
    found[:, :edge] = found[:, -edge:] = 0
    return found


def cells(walls: _Mask) -> list[list[PixelBox]]:
    """Return the cells of each table that the ruled lines draw, the largest table first."""
    thick = cv2.dilate(walls, np.ones((5, 5), np.uint8))
    _, tables = cv2.connectedComponents(thick, connectivity=8)
    _, _, found, _ = cv2.connectedComponentsWithStats(1 - thick, connectivity=4)
    height, width = walls.shape
    least = max(8, round(_MIN_CELL * width))
    grouped: dict[int, list[PixelBox]] = {}
    for left, top, wide, high, area in found[1:].tolist():
        inside = left > 0 and top > 0 and left + wide < width and top + high < height
        if not inside or min(wide, high) < least or area < _MIN_FILLED * wide * high:
            continue
        # The wall at its left names the table that a cell belongs to.
        wall = int(tables[top + high // 2, max(0, left - 2)]) or int(tables[max(0, top - 2), left + wide // 2])
        grouped.setdefault(wall, []).append((left, top, left + wide, top + high))
    several = (table for wall, table in grouped.items() if wall and len(table) > 1)
    kept = sorted(several, key=len, reverse=True)
    return [table[:_MAX_CELLS] for table in kept]


def outline(mask: _Mask) -> Points | None:
    """Return the four corners (clockwise from the top left) of the largest thing in a mask, if it has four."""
    shapes, _ = cv2.findContours(
        cv2.dilate(mask, np.ones((7, 7), np.uint8)), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE
    )
    largest = max(shapes, key=cv2.contourArea, default=None)
    if largest is None or cv2.contourArea(largest) < _MIN_QUAD * mask.size:
        return None
    hull = cv2.convexHull(largest)
    for share in (0.01, 0.02, 0.03, 0.05):
        quad = cv2.approxPolyDP(hull, share * cv2.arcLength(hull, True), True)
        if len(quad) == 4:
            return _clockwise(np.asarray(quad, np.float64).reshape(4, 2))
    return None


def paper(image: Image) -> _Mask:
    """Return 1 where the paper is: the bright part of a photograph."""
    grey = cv2.GaussianBlur(cv2.cvtColor(image, cv2.COLOR_BGR2GRAY), (0, 0), 5)
    _, bright = cv2.threshold(grey, 0, 1, cv2.THRESH_BINARY + cv2.THRESH_OTSU)
    return np.asarray(cv2.morphologyEx(bright, cv2.MORPH_CLOSE, np.ones((41, 41), np.uint8)), np.uint8)


def _clockwise(quad: Points) -> Points:
    total, apart = quad.sum(axis=1), quad[:, 1] - quad[:, 0]
    return quad[[int(total.argmin()), int(apart.argmin()), int(total.argmax()), int(apart.argmax())]]

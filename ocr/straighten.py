"""Laying a page of an unknown form straight: by its lines, the edge of its paper, and its largest table."""

from collections.abc import Sequence
from typing import Final

import cv2
import numpy as np
import numpy.typing as npt

from ocr.engine import Image, Line, Points
from ocr.rulings import outline, paper, rulings

_MAX_GROWTH: Final = 1.6  # of either side: a quad that would stretch the page further is none
_MAX_TILT: Final = 20.0  # degrees
_INSIDE: Final = 0.97  # of the lines

_Matrix = npt.NDArray[np.float64]


def straighten(image: Image, lines: Sequence[Line]) -> tuple[Image, tuple[Line, ...]]:
    """Return an upright image laid straight and cut to its paper, and its lines where they then are."""
    height, width = image.shape[:2]
    turned = cv2.getRotationMatrix2D((width / 2, height / 2), _tilt(lines), 1.0)
    image, matrix = _warped(image, np.vstack([turned, [0.0, 0.0, 1.0]]))
    lines = _moved(lines, matrix)
    edge = outline(paper(image))
    if edge is not None and _holds(edge, lines):
        image, matrix = _cut(image, edge)
        lines = _moved(lines, matrix)
    table = outline(rulings(image))
    squared = None if table is None else _squared(table)
    if squared is not None:
        image, matrix = _warped(image, squared)
        lines = _moved(lines, matrix)
    return image, tuple(lines)


def _moved(lines: Sequence[Line], matrix: _Matrix) -> list[Line]:
    return [
        Line(text=line.text, score=line.score, quad=cv2.perspectiveTransform(line.quad[None], matrix)[0])
        for line in lines
    ]


def _holds(edge: Points, lines: Sequence[Line]) -> bool:
    """Return whether nearly all lines lie inside: else what looks like the edge of the paper is that of a shadow."""
    quad = edge.astype(np.float32)
    inside = [cv2.pointPolygonTest(quad, line.quad.mean(axis=0).tolist(), measureDist=False) > 0 for line in lines]
    return sum(inside) >= _INSIDE * len(inside)


def _cut(image: Image, edge: Points) -> tuple[Image, _Matrix]:
    """Return the paper cut out of a photograph, and the transformation (3 × 3) that did it."""
    squared = _squared(edge)
    if squared is None:
        return image, np.eye(3)
    seen = cv2.perspectiveTransform(edge[None], squared)[0]
    left, top = seen.min(axis=0)
    right, bottom = seen.max(axis=0)
    matrix = np.array([[1.0, 0.0, -left], [0.0, 1.0, -top], [0.0, 0.0, 1.0]]) @ squared
    size = (max(1, round(right - left)), max(1, round(bottom - top)))
    return np.asarray(cv2.warpPerspective(image, matrix, size, flags=cv2.INTER_CUBIC), np.uint8), matrix


def _tilt(lines: Sequence[Line]) -> float:
    """Return the angle of most lines in degrees, long ones weighing more; positive when they fall to the right."""
    ends = [line.quad[1] - line.quad[0] for line in lines]
    angles = np.array([np.degrees(np.arctan2(y, x)) for x, y in ends])
    weights = np.array([float(np.hypot(x, y)) for x, y in ends])
    level = np.abs(angles) < _MAX_TILT
    if not level.any():
        return 0.0
    order = np.argsort(angles[level])
    heavy = np.cumsum(weights[level][order])
    return float(angles[level][order][int(np.searchsorted(heavy, heavy[-1] / 2))])


def _squared(corners: Points) -> _Matrix | None:
    """Return what makes a quad a rectangle as wide and as high as its sides are on average, about where it is."""
    top, right, bottom, left = (float(np.linalg.norm(corners[n] - corners[(n + 1) % 4])) for n in range(4))
    width, height = (top + bottom) / 2, (left + right) / 2
    if min(width, height) < 1:
        return None
    x, y = corners.mean(axis=0)
    half = np.array([width, height]) / 2
    signs = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]])
    target = np.array([x, y]) + signs * half
    return np.asarray(cv2.getPerspectiveTransform(corners.astype(np.float32), target.astype(np.float32)), np.float64)


def _grown(image: Image, matrix: _Matrix) -> _Matrix | None:
    """Move a transformation so that the whole image stays in sight; ``None`` when it would stretch it too far."""
    height, width = image.shape[:2]
    corners = np.array([[[0, 0], [width, 0], [width, height], [0, height]]], np.float64)
    seen = cv2.perspectiveTransform(corners, matrix)[0]
    size = seen.max(axis=0) - seen.min(axis=0)
    if not cv2.isContourConvex(seen.astype(np.float32)) or (size > _MAX_GROWTH * np.array([width, height])).any():
        return None
    left, top = seen.min(axis=0)
    return np.array([[1.0, 0.0, -left], [0.0, 1.0, -top], [0.0, 0.0, 1.0]]) @ matrix


def _warped(image: Image, matrix: _Matrix) -> tuple[Image, _Matrix]:
    whole = _grown(image, matrix)
    if whole is None:
        return image, np.eye(3)
    height, width = image.shape[:2]
    corners = np.array([[[0, 0], [width, 0], [width, height], [0, height]]], np.float64)
    right, bottom = cv2.perspectiveTransform(corners, whole)[0].max(axis=0)
    size = (max(1, round(right)), max(1, round(bottom)))
    flat = cv2.warpPerspective(image, whole, size, flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(flat, np.uint8), whole

"""Taking out the curl of the paper: block matching against the blank form, and a cubic field through the matches."""

from dataclasses import dataclass, replace
from typing import Any, Final

import cv2
import numpy as np
import numpy.typing as npt

from ocr.engine import Image, Points
from ocr.geometry import LEFT, RIGHT
from ocr.page import HEIGHT, WIDTH, darkness
from ocr.sheet import PIXELS_PER_MM

_SCALE: Final = 0.5  # matching at 100 dpi is as exact as at 200, and four times cheaper
_STEP: Final = 40  # pixels between blocks
_HALF: Final = 36  # half a block
_REACH: Final = 26  # how far a block may have moved: 6.6 mm
_MIN_EDGE: Final = 25.0
_MIN_SCORE: Final = 0.45
_MIN_BLOCKS: Final = 15
_PER_MM: Final = PIXELS_PER_MM * _SCALE
_BODY_TOP_MM: Final = 47.0  # below the title and the QR code, which differ from sheet to sheet
_BODY_BOTTOM_MM: Final = 274.0

_Float = npt.NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class Flattened:
    """A page after refinement: ``matched`` is the share of the blank form's print that stands on it (0…1).

    Pages of another form reach about 0.35, by rulings and characters that coincide. ``moved_px`` is the median
    displacement that was taken out, in pixels at 200 dpi.
    """

    image: Image
    matched: float
    moved_px: float
    field: tuple[_Float, _Float] | None = None

    def came_from(self, points: Points) -> Points:
        """Return where on the unrefined page points of the refined page came from (n × 2, pixels at 200 dpi)."""
        if self.field is None:
            return points
        terms = _terms(points[:, 0] / WIDTH, points[:, 1] / HEIGHT)
        return points + np.stack([terms @ axis for axis in self.field], axis=1) / _SCALE

    def sharpened(self, photo: Image, to_page: Points) -> "Flattened":
        """Lay the photograph flat again in one step instead of two: strokes stay as sharp as it has them.

        ``to_page`` (3 × 3) took the photograph to the page that was refined.
        """
        step = 16  # what lies between is smooth
        ys, xs = np.mgrid[0 : HEIGHT + step : step, 0 : WIDTH + step : step].astype(np.float64)
        page = self.came_from(np.stack([xs.ravel(), ys.ravel()], axis=1))
        seen = cv2.perspectiveTransform(page[None], np.linalg.inv(to_page))[0].astype(np.float32)
        x, y = np.meshgrid(np.arange(WIDTH, dtype=np.float32) / step, np.arange(HEIGHT, dtype=np.float32) / step)
        from_x, from_y = (cv2.remap(seen[:, axis].reshape(xs.shape), x, y, cv2.INTER_LINEAR) for axis in (0, 1))
        again = cv2.remap(photo, from_x, from_y, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
        return replace(self, image=np.asarray(again, np.uint8))


class Flattener:
    """Refines rectified pages of one blank page (both 2339 × 1654 pixels)."""

    def __init__(self, blank: Image) -> None:
        self._blank = _small(blank)
        self._blocks = _blocks(self._blank)

    def flatten(self, page: Image, seen: npt.NDArray[np.bool_] | None = None) -> Flattened:
        """Move every part of ``page`` to where the blank form has it; unchanged when too little of it matches.

        ``seen`` marks the pixels that the photograph shows; what lies beyond its edge does not count as missing.
        """
        at, moved, weights = self._match(_small(page))
        if len(at) < _MIN_BLOCKS:
            return Flattened(image=page, matched=self._matched(page, seen), moved_px=0.0)
        height, width = self._blank.shape
        terms = _terms(at[:, 0] / width, at[:, 1] / height)
        field_x, field_y = (_robust_fit(terms, moved[:, axis], weights[:, axis]) for axis in (0, 1))
        # The field is smooth: computed every 16 pixels and interpolated between.
        ys, xs = np.mgrid[0:HEIGHT:16, 0:WIDTH:16].astype(np.float64)
        grid = _terms(xs.ravel() / WIDTH, ys.ravel() / HEIGHT)
        dx, dy = (
            cv2.resize((grid @ field).reshape(xs.shape).astype(np.float32), (WIDTH, HEIGHT)) / np.float32(_SCALE)
            for field in (field_x, field_y)
        )
        x, y = np.meshgrid(np.arange(WIDTH, dtype=np.float32), np.arange(HEIGHT, dtype=np.float32))
        flat = cv2.remap(page, x + dx, y + dy, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
        away = float(np.median(np.hypot(moved[:, 0], moved[:, 1]))) / _SCALE
        image = np.asarray(flat, np.uint8)
        return Flattened(image=image, matched=self._matched(image, seen), moved_px=away, field=(field_x, field_y))

    def _matched(self, page: Image, seen: npt.NDArray[np.bool_] | None) -> float:
        """Return the share (0…1) of the form's print found inside the marks; a stroke may be a pixel off (100 dpi)."""
        body = np.s_[
            round(_BODY_TOP_MM * _PER_MM) : round(_BODY_BOTTOM_MM * _PER_MM),
            round(LEFT * _PER_MM) : round(RIGHT * _PER_MM),
        ]
        printed = self._blank[body] > 0.35
        if seen is not None:
            small = cv2.resize(seen.astype(np.uint8), self._blank.shape[::-1], interpolation=cv2.INTER_NEAREST)
            printed &= small[body] > 0
        near = cv2.dilate((_small(page)[body] > 0.15).astype(np.uint8), np.ones((3, 3), np.uint8)) > 0
        return float((printed & near).sum() / max(1, int(printed.sum())))

    def _match(self, page: npt.NDArray[np.float32]) -> tuple[Points, _Float, _Float]:
        """Find each block of the blank form near its place: where, how far it moved, and how far to trust each axis."""
        at, moved, weights = [], [], []
        for x, y, sharp_x, sharp_y in self._blocks:
            block = self._blank[y - _HALF : y + _HALF, x - _HALF : x + _HALF]
            window = page[y - _HALF - _REACH : y + _HALF + _REACH, x - _HALF - _REACH : x + _HALF + _REACH]
            scores = cv2.matchTemplate(window, block, cv2.TM_CCOEFF_NORMED)
            _, score, _, peak = cv2.minMaxLoc(scores)
            if score > _MIN_SCORE:
                at.append((x, y))
                moved.append(
                    (_summit(scores[peak[1], :], peak[0]) - _REACH, _summit(scores[:, peak[0]], peak[1]) - _REACH)
                )
                weights.append((sharp_x * score, sharp_y * score))
        rows = np.array([at, moved, weights], np.float64).reshape(3, -1, 2)
        return rows[0], rows[1], rows[2]


def _small(image: Image) -> npt.NDArray[np.float32]:
    grey = cv2.cvtColor(image, cv2.COLOR_BGR2GRAY)
    size = (round(WIDTH * _SCALE), round(HEIGHT * _SCALE))
    return darkness(np.asarray(cv2.resize(grey, size, interpolation=cv2.INTER_AREA), np.uint8))


def _blocks(blank: npt.NDArray[np.float32]) -> list[tuple[int, int, bool, bool]]:
    """Choose blocks with enough print in them, and say along which axis they can be placed."""
    across = cv2.Sobel(blank, cv2.CV_32F, 1, 0)
    down = cv2.Sobel(blank, cv2.CV_32F, 0, 1)
    edge = _HALF + _REACH
    chosen = []
    for y in range(edge, blank.shape[0] - edge, _STEP):
        for x in range(edge, blank.shape[1] - edge, _STEP):
            here = np.s_[y - _HALF : y + _HALF, x - _HALF : x + _HALF]
            sharp_x, sharp_y = (float((part[here] ** 2).sum()) > _MIN_EDGE for part in (across, down))
            if sharp_x or sharp_y:
                chosen.append((x, y, sharp_x, sharp_y))
    return chosen


def _summit(scores: npt.NDArray[Any], peak: int) -> float:
    """Return a maximum's place between pixels: the top of the parabola through it and its neighbours."""
    if not 0 < peak < len(scores) - 1:
        return float(peak)
    before, top, after = (float(score) for score in scores[peak - 1 : peak + 2])
    bend = before - 2.0 * top + after
    return peak + (0.5 * (before - after) / bend if bend < -1e-9 else 0.0)


def _terms(x: _Float, y: _Float) -> _Float:
    """Return the ten terms of a cubic in two variables, one row per point; ``x`` and ``y`` in 0…1."""
    one = np.ones_like(x)
    return np.stack([one, x, y, x * x, x * y, y * y, x**3, x * x * y, x * y * y, y**3], axis=1)


def _robust_fit(terms: _Float, values: _Float, trust: _Float) -> _Float:
    """Least squares, reweighted eight times so that wrong matches stop pulling (Cauchy weights, 1.5 px)."""
    weights = trust.copy()
    fit: _Float = np.zeros(terms.shape[1])
    for _ in range(8):
        fit = np.asarray(np.linalg.lstsq(terms * weights[:, None], values * weights, rcond=None)[0], np.float64)
        weights = trust / (1.0 + (np.abs(terms @ fit - values) / 1.5) ** 2)
    return fit

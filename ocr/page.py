"""From a photograph to the page: its orientation, where the marks are, and the page laid flat at 200 dpi.

Marks alone leave the curl of the paper (up to 12 px at 200 dpi): the photograph is then matched in small blocks
against the blank form, and a smooth cubic field through the displacements takes most of it out.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
import numpy.typing as npt

from ocr.engine import Engine, Image, Line, Points
from ocr.geometry import PAGE_HEIGHT, PAGE_WIDTH, Box, marks
from ocr.sheet import PIXELS_PER_MM

#: Width and height of a rectified page in pixels (A4 at 200 dpi).
WIDTH: Final = round(PAGE_WIDTH * PIXELS_PER_MM)
HEIGHT: Final = round(PAGE_HEIGHT * PIXELS_PER_MM)
_MIN_MARKS: Final = 3  # two leave the far side of the page to chance
_MAX_ERROR_PX: Final = 12.0  # of a mark's corner against the homography, in pixels of the rectified page

_Matrix = npt.NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class Registration:
    """How a photograph maps to the page: ``to_page`` (3 × 3) takes photograph pixels to rectified pixels.

    ``marks`` are the ids that were found; none when the page was placed by its labels.
    """

    to_page: _Matrix
    marks: tuple[int, ...] = ()


def find_marks(image: Image) -> list[tuple[int, Points]]:
    """Find the ids of marks and their corners (4 × 2, pixels), also twice the same id."""
    settings = cv2.aruco.DetectorParameters()
    settings.cornerRefinementMethod = cv2.aruco.CORNER_REFINE_SUBPIX
    settings.minMarkerPerimeterRate = 0.015
    settings.adaptiveThreshWinSizeMax = 53
    settings.adaptiveThreshWinSizeStep = 10
    detector = cv2.aruco.ArucoDetector(cv2.aruco.getPredefinedDictionary(cv2.aruco.DICT_4X4_50), settings)
    grey = cv2.cvtColor(image, cv2.COLOR_BGR2GRAY)
    best: list[tuple[int, Points]] = []
    for attempt in (grey, cv2.createCLAHE(3.0, (8, 8)).apply(grey), cv2.GaussianBlur(grey, (0, 0), 1.6)):
        corners, ids, _ = detector.detectMarkers(attempt)
        numbers = np.asarray(ids if len(corners) else [], np.int64).ravel().tolist()  # None when there are none
        found = list(zip(numbers, corners, strict=True))
        ours = [(int(number), np.asarray(quad, np.float64).reshape(4, 2)) for number, quad in found if number < 8]
        if len(ours) > len(best):
            best = ours
        if len({number for number, _ in best}) == 8:
            break
    return best


def shows_two_sheets(found: Sequence[tuple[int, Points]]) -> bool:
    """Return whether at least two marks were found twice: then there are two sheets in one photograph."""
    numbers = [number for number, _ in found]
    return sum(numbers.count(number) > 1 for number in set(numbers)) >= 2


def register(image: Image, found: Sequence[tuple[int, Points]] | None = None) -> Registration | None:
    """Find how ``image`` maps to a page of ours; ``None`` when fewer than three marks agree on it.

    ``found`` are its marks where they were looked for already.
    """
    once: dict[int, Points] = {}
    for number, quad in find_marks(image) if found is None else found:
        if number not in once or _area(quad) > _area(once[number]):
            once[number] = quad
    if len(once) < _MIN_MARKS:
        return None
    places = marks()
    page = np.concatenate([_corners_of(places[number]) for number in once])
    photo = np.concatenate(list(once.values()))
    fitted, inliers = cv2.findHomography(photo, page, cv2.RANSAC, _MAX_ERROR_PX)
    to_page = np.asarray(fitted, np.float64)
    if to_page.shape != (3, 3) or int(inliers.sum()) < 4 * _MIN_MARKS - 2 or not is_sane(to_page, image):
        return None
    return Registration(to_page=to_page, marks=tuple(sorted(once)))


def seen_part(image: Image, registration: Registration) -> npt.NDArray[np.bool_]:
    """Return for every pixel of the rectified page whether the photograph shows it, or it lies beyond its edge."""
    whole = np.full(image.shape[:2], 255, np.uint8)
    return np.asarray(cv2.warpPerspective(whole, registration.to_page, (WIDTH, HEIGHT)) > 127, np.bool_)


def rectify(image: Image, registration: Registration) -> Image:
    """Return the photograph laid flat: 2339 × 1654 pixels, A4 at 200 dpi."""
    flat = cv2.warpPerspective(
        image, registration.to_page, (WIDTH, HEIGHT), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE
    )
    return np.asarray(flat, np.uint8)


def strip(image: Image, registration: Registration, box_mm: Sequence[float], scale: float = 2.0) -> Image:
    """Return one box (left, top, right, bottom in mm) of the page, cut from the photograph at ``scale`` × 200 dpi."""
    left, top, right, bottom = (side * PIXELS_PER_MM for side in box_mm)
    zoom = np.array([[scale, 0, -left * scale], [0, scale, -top * scale], [0, 0, 1.0]])
    size = (max(1, round((right - left) * scale)), max(1, round((bottom - top) * scale)))
    cut = cv2.warpPerspective(image, zoom @ registration.to_page, size, flags=cv2.INTER_CUBIC)
    return np.asarray(cut, np.uint8)


def turn(image: Image, degrees: int) -> Image:
    """Return ``image`` turned clockwise by 0, 90, 180 or 270 degrees."""
    turned = np.rot90(image, k=-(degrees // 90) % 4)
    return np.ascontiguousarray(turned)


def orientation(image: Image, engine: Engine, sample: int = 8) -> int:
    """Return by how many degrees clockwise ``image`` must be turned to be upright: 0, 90, 180 or 270."""
    return _orientation(image, engine.read_page(image), engine, sample)


def upright(image: Image, engine: Engine, sample: int = 8) -> tuple[Image, tuple[Line, ...]]:
    """Turn a page without marks upright, and read it: the image as it should be, and its lines."""
    lines = engine.read_page(image)
    degrees = _orientation(image, lines, engine, sample)
    if degrees == 0:
        return image, lines
    turned = turn(image, degrees)
    return turned, engine.read_page(turned)


def _orientation(image: Image, lines: Sequence[Line], engine: Engine, sample: int) -> int:
    """Decide by the shape of the lines whether they lie or stand, and by reading some which way up they are.

    The recogniser is surer of a line that is not upside down. Pages of fewer than two lines are left as they are.
    """
    height, width = image.shape[:2]
    edge = np.array([width, height])
    corners = [(line.quad.min(axis=0).clip(0, edge), line.quad.max(axis=0).clip(0, edge)) for line in lines]
    boxes = [(*map(int, low), *map(int, high - low)) for low, high in corners]
    long = sorted((b for b in boxes if max(b[2:]) > 1.8 * min(b[2:])), key=lambda b: -max(b[2:]) / max(1, min(b[2:])))
    if len(long) < 2:
        return 0
    standing = sum(high > wide for _, _, wide, high in long) * 2 > len(long)
    picked = [b for b in long if (b[3] > b[2]) == standing][:sample]
    crops = [turn(np.asarray(image[y : y + h, x : x + w], np.uint8), 270 if standing else 0) for x, y, w, h in picked]
    readings = engine.read_crops([*crops, *(turn(crop, 180) for crop in crops)], [None] * (2 * len(crops)))
    ahead = sum(reading.mean for reading in readings[: len(crops)])
    reversed_ = sum(reading.mean for reading in readings[len(crops) :])
    if standing:
        return 270 if ahead >= reversed_ else 90
    return 0 if ahead >= reversed_ else 180


def is_blank(image: Image, threshold: float = 0.0008) -> bool:
    """Return whether hardly any pixel of a page is darker than the paper around it."""
    return float((darkness(image) > 0.35).mean()) < threshold


def darkness(image: Image) -> npt.NDArray[np.float32]:
    """Return how much darker than the paper around it each pixel is, 0…1: shadows and lamps divide out."""
    grey = cv2.cvtColor(image, cv2.COLOR_BGR2GRAY) if image.ndim == 3 else image
    smooth = cv2.GaussianBlur(grey, (0, 0), 1.0)
    paper = cv2.GaussianBlur(cv2.dilate(smooth, np.ones((25, 25), np.uint8)), (0, 0), 9).astype(np.float32)
    lighter = smooth.astype(np.float32) / np.maximum(paper, 20.0)
    return np.asarray(np.clip(1.0 - lighter, 0.0, 1.0), np.float32)


def to_pixels(millimetres: Points) -> Points:
    """Return millimetres of the page as pixels of the rectified page: a pixel's own place is its middle."""
    return millimetres * PIXELS_PER_MM - 0.5


def _corners_of(box: Box) -> Points:
    corners = [[box.left, box.top], [box.right, box.top], [box.right, box.bottom], [box.left, box.bottom]]
    return to_pixels(np.array(corners, np.float64))


def _area(quad: Points) -> float:
    return float(cv2.contourArea(quad.astype(np.float32)))


def is_sane(to_page: _Matrix, image: Image) -> bool:
    """Return whether a homography neither turns the page inside out nor enlarges it beyond what a photograph holds."""
    corners = np.array([[[0, 0], [WIDTH, 0], [WIDTH, HEIGHT], [0, HEIGHT]]], np.float64)
    seen = cv2.perspectiveTransform(corners, np.linalg.inv(to_page))[0].astype(np.float32)
    height, width = image.shape[:2]
    return bool(cv2.isContourConvex(seen)) and 0.02 < abs(cv2.contourArea(seen)) / (width * height) < 9.0

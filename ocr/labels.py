"""Which form a page is of, and where it lies, by its printed labels: for pages whose marks are cut off or covered.

The labels that a page shows are matched with those of every known form; of the best, each label that is found once
gives three key points – its ends and its middle – and a homography that most of them agree on (RANSAC, Fischler and
Bolles 1981) takes the photograph to the page as marks would, to some pixels: the curl is taken out afterwards.
"""

import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
import numpy.typing as npt

from ocr.engine import Image, Line, Points
from ocr.geometry import Box, Layout, Text
from ocr.page import HEIGHT, WIDTH, Registration, darkness, is_sane
from ocr.sheet import PIXELS_PER_MM, texts_of

_MIN_LENGTH: Final = 2  # a single character is found everywhere
_LONG: Final = 8  # characters from which on longer texts, which break into lines, do not count for more
_ALIKE: Final = 80.0  # of 100: how like a label a line must be, where the label is long enough to be told apart
_FUZZY_FROM: Final = 4
_MIN_SHARE: Final = 0.35  # of the print of a page, by characters: with fewer labels the form is uncertain
_NEARLY: Final = 0.12  # forms whose share is so near to the best are tried as well
_MIN_LABELS: Final = 6
_MAX_TRIED: Final = 4
_MAX_ERROR_PX: Final = 14.0
_NEAR_PX: Final = 30.0
_PADDING: Final = 0.15  # of a line's height: the paper that the detector leaves at its ends
_MIN_SPREAD: Final = 0.12  # of the page, which the labels that agree must span


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """A page of a form that a photograph may show; ``share`` of its print was found (0…1)."""

    layout: Layout
    page: int
    share: float


def recognise(lines: Sequence[Line], layouts: Iterable[Layout]) -> list[Candidate]:
    """Return the pages that the lines of a photograph may show, the likeliest first; none when nothing is like them."""
    seen = frozenset(plain(line.text) for line in lines)
    found = [
        Candidate(layout=layout, page=page.number, share=_share(seen, texts_of(layout, page)))
        for layout in layouts
        for page in layout.pages
    ]
    # Of the same print the newest version is the likeliest.
    found.sort(key=lambda one: (-one.share, -one.layout.form.version))
    best = found[0].share if found else 0.0
    return [one for one in found if one.share >= max(_MIN_SHARE, best - _NEARLY)][:_MAX_TRIED]


def register_by_labels(photo: Image, lines: Sequence[Line], texts: Sequence[Text], blank: Image) -> Registration | None:
    """Find how a photograph that shows ``lines`` maps to the page with these printed ``texts``.

    ``blank`` is that page empty, at 200 dpi. ``None`` when too few labels agree, or those that do stand in a corner.
    """
    labels = [(plain(text.text), box) for text in texts if (box := _ink_box(blank, text.box)) is not None]
    labels = [label for label in labels if len(label[0]) >= _MIN_LENGTH]
    read = [(plain(line.text), line.quad) for line in lines]
    matched = list(_once(labels, read))
    for _ in range(2):
        if len(matched) < _MIN_LABELS:
            return None
        seen = np.concatenate([_of_quad(quad) for quad, _ in matched])
        page = np.concatenate([_of_box(box) for _, box in matched])
        fitted, inliers = cv2.findHomography(seen, page, cv2.RANSAC, _MAX_ERROR_PX)
        if np.shape(fitted) != (3, 3):
            return None
        to_page = np.asarray(fitted, np.float64)
        agreeing = page[np.asarray(inliers).ravel() != 0]
        # Now that it is known about where everything stands, labels that are printed twice tell as well.
        matched = list(_near(labels, read, to_page))
    if len(agreeing) < 3 * _MIN_LABELS or _spread(agreeing) < _MIN_SPREAD or not is_sane(to_page, photo):
        return None
    return Registration(to_page=to_page)


def shown_twice(lines: Sequence[Line], texts: Sequence[Text]) -> bool:
    """Return whether most labels that are printed once were read twice: then there are two sheets in one photograph."""
    printed, seen = Counter(plain(text.text) for text in texts), Counter(plain(line.text) for line in lines)
    read = [seen[words] for words, times in printed.items() if times == 1 and len(words) >= _FUZZY_FROM]
    twice = sum(times > 1 for times in read)
    return twice >= _MIN_LABELS and twice > 0.5 * sum(times > 0 for times in read)


def plain(text: str) -> str:
    """Return what is left of a text when spaces, punctuation, width and case do not count."""
    return "".join(char for char in unicodedata.normalize("NFKC", text).lower() if char.isalnum())


def agreement(lines: Sequence[Line], texts: Sequence[Text]) -> float:
    """Return how much of a page's print was read where it stands (0…1, by characters); ``lines`` of the page laid flat.

    Only texts that a line lies over are judged: what is covered or was not detected says nothing either way.
    """
    same = total = 0
    for text in texts:
        wanted = plain(text.text)
        over = [plain(line.text) for line in lines if _lies_in(line.quad, text.box)]
        if len(wanted) >= _MIN_LENGTH and over:
            weight = min(len(wanted), _LONG)
            total += weight
            same += weight * any(_alike(wanted, found) for found in ("".join(over), *over))
    return same / total if total else 1.0


def _share(seen: frozenset[str], texts: Iterable[Text]) -> float:
    found = total = 0
    for wanted in {plain(text.text) for text in texts}:
        if len(wanted) >= _MIN_LENGTH:
            weight = min(len(wanted), _LONG)
            total += weight
            found += weight * (wanted in seen or any(_alike(wanted, other) for other in seen))
    return found / total if total else 0.0


def _alike(wanted: str, other: str) -> bool:
    if len(wanted) < _FUZZY_FROM:
        return wanted == other
    from rapidfuzz import fuzz

    ratio: float = fuzz.ratio(wanted, other)
    return ratio >= _ALIKE


def _once(labels: Sequence[tuple[str, Points]], read: Sequence[tuple[str, Points]]) -> Iterator[tuple[Points, Points]]:
    """Pair the labels that are printed once and were read once."""
    words = [words for words, _ in labels]
    for wanted, box in labels:
        quads = [quad for words, quad in read if words == wanted] or [
            quad for words, quad in read if _alike(wanted, words)
        ]
        if words.count(wanted) == 1 and len(quads) == 1:
            yield quads[0], box


def _near(
    labels: Sequence[tuple[str, Points]], read: Sequence[tuple[str, Points]], to_page: npt.NDArray[np.float64]
) -> Iterator[tuple[Points, Points]]:
    """Pair every label with the line of its words that lies nearest to its place, if that is near."""
    placed = [(words, quad, cv2.perspectiveTransform(_of_quad(quad)[None], to_page)[0]) for words, quad in read]
    for wanted, box in labels:
        middle = _of_box(box)
        like = [
            (float(np.abs(at - middle).max()), n) for n, (words, _, at) in enumerate(placed) if _alike(wanted, words)
        ]
        if like and min(like)[0] < _NEAR_PX:
            yield placed[min(like)[1]][1], box


def _of_quad(quad: Points) -> Points:
    """Return the left end, the middle and the right end of a line's print, half way down."""
    left, middle, right = (quad[0] + quad[3]) / 2, quad.mean(axis=0), (quad[1] + quad[2]) / 2
    paper = _PADDING * float(np.linalg.norm(quad[3] - quad[0])) / max(1.0, float(np.linalg.norm(right - left)))
    return np.array([left + paper * (right - left), middle, right - paper * (right - left)])


def _of_box(box: Points) -> Points:
    left, top, right, bottom = box
    middle = (top + bottom) / 2
    return np.array([[left, middle], [(left + right) / 2, middle], [right, middle]])


def _ink_box(blank: Image, box: Box) -> Points | None:
    """Return left, top, right, bottom of the print in a box of the blank page, in its pixels."""
    left, top, right, bottom = (round(side * PIXELS_PER_MM) for side in (box.left, box.top, box.right, box.bottom))
    dark = darkness(np.ascontiguousarray(blank[max(0, top) : bottom, max(0, left) : right])) > 0.3
    rows, columns = np.flatnonzero(dark.any(axis=1)), np.flatnonzero(dark.any(axis=0))
    if not rows.size:
        return None
    return np.array([left + columns[0], top + rows[0], left + columns[-1] + 1, top + rows[-1] + 1], np.float64)


def _lies_in(quad: Points, box: Box) -> bool:
    x, y = quad.mean(axis=0) / PIXELS_PER_MM
    return bool(box.left <= x <= box.right and box.top <= y <= box.bottom)


def _spread(points: Points) -> float:
    """Return the share of the page that these points span."""
    return float(cv2.contourArea(cv2.convexHull(points.astype(np.float32)))) / (WIDTH * HEIGHT)

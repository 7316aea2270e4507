"""How right a reading is. Pure."""

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import cv2
import numpy as np

from ocr.engine import Line, Points

_REACH: Final = 0.5  # of a line's height: how far outside a region a character may be seen and still belong to it
_BINS: Final = 10


def plain(value: Any) -> Any:
    """Give text as eyes compare it: no width of punctuation, no breaks of lines, no spaces beside Chinese."""
    if not isinstance(value, str):
        return value
    text = re.sub(r"\s+", " ", unicodedata.normalize("NFKC", value)).strip()
    return re.sub(r"(?<=[^\x00-\x7f]) | (?=[^\x00-\x7f])", "", text)


def same(one: Any, other: Any) -> bool:
    """Compare two values; lists (of choices) without their order."""
    if isinstance(one, list) and isinstance(other, list):
        return sorted(map(str, one)) == sorted(map(str, other))
    if isinstance(one, list) and not one:
        return other is None
    return bool(plain(one) == plain(other))


def distance(one: str, other: str) -> int:
    """Count the characters to change, add or drop (Levenshtein 1966)."""
    from rapidfuzz.distance import Levenshtein

    return int(Levenshtein.distance(one, other))


@dataclass(frozen=True, kw_only=True)
class Characters:
    """``wrong`` of ``all`` characters, spaces not counted."""

    wrong: int = 0
    all: int = 0

    def __add__(self, other: "Characters") -> "Characters":
        """Take two pages together."""
        return Characters(wrong=self.wrong + other.wrong, all=self.all + other.all)

    @property
    def accuracy(self) -> float:
        """The share that is right; not below 0, though a reader may invent more than there is."""
        return max(0.0, 1.0 - self.wrong / self.all) if self.all else float("nan")


def characters(regions: Sequence[tuple[Points, str, str]], lines: Iterable[Line]) -> dict[str, Characters]:
    """Compare what was read with what stands in each region (corners, text, kind); give sums by kind.

    Readers join neighbouring cells into one line: so each character counts where it stands, taken as evenly spread
    along its line. What stands in no region is nobody's mistake: pictures and stamps need no truth.
    """
    read: list[list[tuple[int, float, str]]] = [[] for _ in regions]
    for line in lines:
        for x, y, char, height in _spread(line):
            home = _home(regions, x, y, _REACH * height)
            if home is not None:
                read[home].append((round(y / max(1.0, 0.7 * height)), x, char))
    sums: dict[str, Characters] = {}
    for (_, text, kind), found in zip(regions, read, strict=True):
        wanted, got = _bare(text), _bare("".join(char for _, _, char in _in_order(found)))
        wrong = min(distance(wanted, got), distance(wanted, _bare("".join(char for _, _, char in found))))
        sums[kind] = sums.get(kind, Characters()) + Characters(wrong=wrong, all=len(wanted))
    return sums


def _in_order(found: list[tuple[int, float, str]]) -> list[tuple[int, float, str]]:
    return sorted(found, key=lambda one: one[:2])


def _bare(text: str) -> str:
    return re.sub(r"\s+", "", unicodedata.normalize("NFKC", text))


def _spread(line: Line) -> Iterable[tuple[float, float, str, float]]:
    """Give the middle of each character, by its usual width, and the height of the line."""
    start, end = (line.quad[0] + line.quad[3]) / 2, (line.quad[1] + line.quad[2]) / 2
    height = float(np.linalg.norm(line.quad[3] - line.quad[0]))
    widths = [1.0 if unicodedata.east_asian_width(char) in "WF" else 0.55 for char in line.text]
    total = sum(widths) or 1.0
    at = 0.0
    for char, width in zip(line.text, widths, strict=True):
        x, y = (start + (end - start) * ((at + width / 2) / total)).tolist()
        at += width
        yield x, y, char, height


def _home(regions: Sequence[tuple[Points, str, str]], x: float, y: float, reach: float) -> int | None:
    best, index = -reach, None
    for number, (quad, _, _) in enumerate(regions):
        inside = cv2.pointPolygonTest(quad.astype(np.float32), (x, y), measureDist=True)
        if inside > best:
            best, index = inside, number
    return index


@dataclass(frozen=True, kw_only=True)
class Calibration:
    """Whether confidence means what it says.

    ``ece`` is the expected calibration error (Naeini et al. 2015, ten bins); ``coverage`` the largest share of values
    that, accepted in the order of their confidence, are at least 99 % right.
    """

    ece: float
    coverage: float
    values: int


def calibration(judged: Sequence[tuple[float, bool]], right: float = 0.99) -> Calibration:
    """Judge pairs of confidence (0…1) and whether the value was right."""
    if not judged:
        return Calibration(ece=float("nan"), coverage=float("nan"), values=0)
    sure = np.array([confidence for confidence, _ in judged])
    true = np.array([correct for _, correct in judged], np.float64)
    bins = np.minimum((sure * _BINS).astype(int), _BINS - 1)
    ece = sum(
        float(mine.mean()) * abs(float(true[mine].mean()) - float(sure[mine].mean()))
        for n in range(_BINS)
        if (mine := bins == n).any()
    )
    order = np.argsort(-sure, kind="stable")
    shares = np.cumsum(true[order]) / np.arange(1, len(true) + 1)
    # Values of the same confidence are accepted together or not at all.
    last = np.append(np.diff(sure[order]) != 0, True)
    enough = np.flatnonzero((shares >= right) & last)
    coverage = (int(enough[-1]) + 1) / len(true) if enough.size else 0.0
    return Calibration(ece=ece, coverage=coverage, values=len(true))


@dataclass(frozen=True, kw_only=True)
class Found:
    """How many of ``true`` pairs were found, among how many that were ``told``."""

    right: int = 0
    told: int = 0
    true: int = 0

    def __add__(self, other: "Found") -> "Found":
        """Take two pages together."""
        return Found(right=self.right + other.right, told=self.told + other.told, true=self.true + other.true)


def pairs(true: Mapping[str, str] | Iterable[tuple[str, str]], told: Iterable[tuple[str, str]]) -> Found:
    """Compare key–value pairs as eyes do; a colon behind a key does not count, and no pair counts twice."""
    items = true.items() if isinstance(true, Mapping) else true
    wanted = [_pair(*item) for item in items]
    left = list(wanted)
    said = [_pair(*item) for item in told]
    right = 0
    for item in said:
        if item in left:
            left.remove(item)
            right += 1
    return Found(right=right, told=len(said), true=len(wanted))


def _pair(key: str, value: str) -> tuple[str, str]:
    return str(plain(key)).rstrip(": ").casefold(), str(plain(value)).casefold()

"""How right a reading is. Pure."""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import cv2
import numpy as np

from ocr.engine import Line, Points

_REACH: Final = 0.5  # of a line's height: how far outside a region a character may be seen and still belong to it
_BINS: Final = 10


def plain(value: Any) -> Any:
    """Return text as eyes compare it: no width of punctuation, no breaks of lines, no spaces beside Chinese."""
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


def characters(regions: Sequence[tuple[Points, str, str]], lines: Sequence[Line]) -> dict[str, Characters]:
    """Compare what was read with what stands in each region (corners, text, kind); give sums by kind.

    Readers join neighbouring cells into one line and split a cell into several: so regions and lines that share
    characters are compared together, and each mistake counts for the region in whose text it lies. Lines that touch
    no region are nobody's mistake: pictures and stamps need no truth. Printed check boxes are no text.
    """
    homes = [_homes(regions, line) for line in lines]
    sums: dict[str, Characters] = {}
    for own_regions, own_lines in _together([len(_bare(text)) for _, text, _ in regions], homes):
        ordered = _in_rows([(lines[number], homes[number]) for number in own_lines])
        met = [home for _, home_of in ordered for home in home_of if home in own_regions]
        in_order = [*dict.fromkeys(met)] or list(own_regions)
        wanted = [_bare(regions[number][1]) for number in in_order]
        owners = [number for number, text in zip(in_order, wanted, strict=True) for _ in text]
        wrong = Counter(
            owners[min(at, len(owners) - 1)]
            for at in _edits("".join(wanted), _bare("".join(line.text for line, _ in ordered)))
            if owners
        )
        for number, text in zip(in_order, wanted, strict=True):
            kind = regions[number][2]
            sums[kind] = sums.get(kind, Characters()) + Characters(wrong=wrong[number], all=len(text))
    return sums


def _edits(wanted: str, got: str) -> list[int]:
    """Return the places in ``wanted`` of the fewest edits that make ``got`` of it."""
    from rapidfuzz.distance import Levenshtein

    return [edit.src_pos for edit in Levenshtein.editops(wanted, got)]


def _homes(regions: Sequence[tuple[Points, str, str]], line: Line) -> list[int | None]:
    """Say in which region each character of a line stands."""
    return [_home(regions, x, y, _REACH * height) for x, y, _, height in _spread(line)]


def _together(lengths: Sequence[int], homes: Sequence[Sequence[int | None]]) -> Iterator[tuple[list[int], list[int]]]:
    """Group regions with the lines that share two characters with them, or all that a region has."""
    parent = list(range(len(lengths)))

    def root(number: int) -> int:
        while parent[number] != number:
            number = parent[number]
        return number

    of_line: dict[int, int] = {}
    for line, home in enumerate(homes):
        counted = Counter(number for number in home if number is not None)
        most = max(counted.values(), default=0)
        near = [number for number, chars in counted.items() if chars >= min(2, most, lengths[number])]
        for number in near:
            parent[root(number)] = root(near[0])
        if near:
            of_line[line] = near[0]
    groups: dict[int, tuple[list[int], list[int]]] = {}
    for number in range(len(lengths)):
        groups.setdefault(root(number), ([], []))[0].append(number)
    for line, number in of_line.items():
        groups[root(number)][1].append(line)
    yield from groups.values()


def _in_rows(lines: list[tuple[Line, list[int | None]]]) -> list[tuple[Line, list[int | None]]]:
    """Sort lines as they are read: from top to bottom, those of a row from left to right."""
    rows: list[list[tuple[Line, list[int | None]]]] = []
    for one in sorted(lines, key=lambda item: float(item[0].quad[:, 1].mean())):
        middle, height = float(one[0].quad[:, 1].mean()), float(np.ptp(one[0].quad[:, 1]))
        if rows and middle - float(rows[-1][0][0].quad[:, 1].mean()) < 0.5 * height:
            rows[-1].append(one)
        else:
            rows.append([one])
    return [one for row in rows for one in sorted(row, key=lambda item: float(item[0].quad[:, 0].min()))]


def _bare(text: str) -> str:
    return re.sub(r"[\s□☐☑☒✓√]+", "", unicodedata.normalize("NFKC", text))


def _spread(line: Line) -> Iterable[tuple[float, float, str, float]]:
    """Return the middle of each character, by its usual width, and the height of the line."""
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

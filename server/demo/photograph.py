"""A made-up clerk with a made-up phone: fills a printed sheet in a handwriting font and photographs it badly.

Used by the demonstration and the tests. Every grade is repeatable: the same seed gives the same photograph.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final

import cv2
import numpy as np
import numpy.typing as npt
from PIL import Image as Pictures
from PIL import ImageDraw, ImageFont

from ocr.engine import Image, Points
from ocr.fonts import HAND
from ocr.geometry import Layout, Place
from ocr.sheet import PIXELS_PER_MM

#: Pen strokes are drawn this many times larger and scaled down, so that small text has soft edges.
_OVERSAMPLE: Final = 3

_Map = npt.NDArray[np.float32]
_Matrix = npt.NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class Hand:
    """Who writes.

    ``fonts`` are asked in turn for each character, ``ink`` is RGB, ``wobble`` scales how unsteadily it is written
    (0: by a machine), and ``size`` is the height of a line in millimetres where there is room. ``orderly`` is the share
    of combs that are written into cell by cell; over the others the hand writes as it pleases.
    """

    fonts: tuple[Path, ...] = (HAND,)
    ink: tuple[int, int, int] = (34, 40, 96)
    wobble: float = 1.0
    size: float = 5.2
    orderly: float = 0.8


@dataclass(frozen=True, kw_only=True)
class Grade:
    """How badly a page is photographed.

    ``perspective`` and ``turn`` bound how far corners wander (share of the width) and the angle (degrees); ``curl`` is
    the bow of the paper in pixels; ``shadow`` the share of light lost in the darkest place; ``blur`` a sigma in
    pixels; ``noise`` a standard deviation in grey levels; ``quality`` of the JPEG; ``side`` its longer side in pixels.
    ``fold`` is how far a sheet once folded in the middle stands off there, in pixels; ``motion`` the way the phone
    moved while it was open, in pixels; ``desk`` the colour under the page (BGR).
    """

    perspective: float
    turn: float
    curl: float
    shadow: float
    blur: float
    noise: float
    quality: int
    side: int = 2400
    fold: float = 0.0
    motion: float = 0.0
    desk: tuple[int, int, int] = (62, 92, 128)


#: From a flat-bed scanner to a bad photograph in a site cabin.
GRADES: Final[dict[str, Grade]] = {
    "scan": Grade(perspective=0.002, turn=0.6, curl=0, shadow=0.02, blur=0.4, noise=1.5, quality=85),
    "phone": Grade(perspective=0.03, turn=3, curl=3, shadow=0.3, blur=0.8, noise=4, quality=80),
    "hard": Grade(perspective=0.06, turn=7, curl=18, shadow=0.5, blur=1.2, noise=7, quality=60),
}


@dataclass(frozen=True, kw_only=True)
class Photograph:
    """A photograph (BGR pixels and JPEG bytes), and where the page truly lies in it.

    :func:`page_to_photograph` takes points of the page (pixels of the sheet at 200 dpi) to pixels of the photograph.
    """

    jpeg: bytes
    image: Image
    map_x: _Map
    map_y: _Map
    homography: _Matrix
    turned: int = 0


def fill(
    blank: Image, layout: Layout, page: int, answers: Mapping[str, str], seed: int = 1, hand: Hand | None = None
) -> Image:
    """Write ``answers`` (text by report path; names of choices separated by spaces) on a blank page at 200 dpi.

    Answers whose path is not on the page are left out; text that is too long is written smaller.
    """
    dice = np.random.default_rng(seed)
    writer = hand or Hand()
    ink = Pictures.new("L", (blank.shape[1], blank.shape[0]), 0)
    for place in layout.pages[page - 1].places:
        answer = answers.get(place.path, "")
        if not answer:
            continue
        cells = _in_cells(place, answer)
        if cells is not None and dice.random() < writer.orderly:
            _write_in_cells(ink, place, cells, writer, dice)
        elif place.choice is None:
            _write(ink, place, answer, writer, dice)
        elif place.choice in answer.split():
            _tick(ink, place, dice)
    weight = np.asarray(ink, np.float32)[..., None] / 255.0
    colour = np.array(writer.ink[::-1], np.float32)
    return np.asarray(blank * (1.0 - weight) + colour * weight, np.uint8)


def photograph(page: Image, grade: str | Grade, seed: int = 1, turned: int = 0) -> Photograph:
    """Photograph a page (pixels at 200 dpi). ``turned`` is 0, 90, 180 or 270 degrees the phone was held by."""
    how = GRADES[grade] if isinstance(grade, str) else grade
    dice = np.random.default_rng(seed)
    height, width = page.shape[:2]
    out_height = how.side
    out_width = round(how.side * 0.75)
    homography = _pose(width, height, out_width, out_height, how, dice)
    map_x, map_y = _seen_from(homography, (out_width, out_height), (width, height), how)
    seen = cv2.remap(page, map_x, map_y, cv2.INTER_AREA, borderMode=cv2.BORDER_CONSTANT, borderValue=(0, 0, 0))
    inside = ((map_x >= 0) & (map_x < width - 1) & (map_y >= 0) & (map_y < height - 1)).astype(np.float32)
    inside = cv2.GaussianBlur(inside, (0, 0), 0.8)[..., None]
    picture = seen * inside + _desk(out_width, out_height, how.desk, dice) * (1.0 - inside)
    lit = cv2.GaussianBlur(picture * _light(out_width, out_height, how.shadow, dice), (0, 0), how.blur)
    if how.motion:
        lit = cv2.filter2D(lit, -1, _shake(how.motion, float(dice.uniform(0, np.pi))))
    noisy = lit + how.noise * dice.standard_normal(lit.shape, np.float32)
    image = np.rot90(np.clip(noisy, 0, 255).astype(np.uint8), k=-(turned // 90) % 4)
    _, jpeg = cv2.imencode(".jpg", np.ascontiguousarray(image), [cv2.IMWRITE_JPEG_QUALITY, how.quality])
    decoded = np.asarray(cv2.imdecode(jpeg, cv2.IMREAD_COLOR), np.uint8)
    return Photograph(
        jpeg=jpeg.tobytes(), image=decoded, map_x=map_x, map_y=map_y, homography=homography, turned=turned % 360
    )


def page_to_photograph(shot: Photograph, points: Points) -> Points:
    """Find where points of the page (n × 2, pixels at 200 dpi) lie in the photograph, within 0.1 px."""
    found = cv2.perspectiveTransform(points[None].astype(np.float64), shot.homography)[0]
    for _ in range(12):  # fixed point: where the map of the photograph says exactly this point of the page
        x, y = found[:, 0].astype(np.float32)[None], found[:, 1].astype(np.float32)[None]
        says_x = cv2.remap(shot.map_x, x, y, cv2.INTER_LINEAR)[0]
        says_y = cv2.remap(shot.map_y, x, y, cv2.INTER_LINEAR)[0]
        wanted = cv2.perspectiveTransform(points[None].astype(np.float64), shot.homography)[0]
        mapped = np.stack([says_x, says_y], 1)[None].astype(np.float64)
        found = found + wanted - cv2.perspectiveTransform(mapped, shot.homography)[0]
    height, width = shot.map_x.shape
    x, y = found[:, 0], found[:, 1]
    turns = {0: (x, y), 90: (height - 1 - y, x), 180: (width - 1 - x, height - 1 - y), 270: (y, width - 1 - x)}
    return np.asarray(np.stack(turns[shot.turned], 1), np.float64)


# the hand -------------------------------------------------------------------------------------------------------------


def _write(ink: Pictures.Image, place: Place, text: str, hand: Hand, dice: np.random.Generator) -> None:
    box = place.box.inset(1.2)
    lines = text.split("\n")
    size_mm = min(hand.size, box.height / (1.25 * len(lines)))
    while True:
        size = round(size_mm * PIXELS_PER_MM * _OVERSAMPLE)
        widest = max(sum(font.getlength(char) for char, font in _drawn(line, hand, size)) for line in lines)
        widest /= _OVERSAMPLE * PIXELS_PER_MM
        if widest * 1.03 <= box.width - 1 or size_mm < 1.8:
            break
        size_mm *= 0.94
    left = box.left + float(dice.uniform(0.5, 2.0)) * min(1.0, max(0.0, box.width - widest) / 4)
    top = box.top + (box.height - size_mm * 1.2 * len(lines)) / 2
    for number, line in enumerate(lines):
        _write_line(ink, _drawn(line, hand, size), (left, top + number * size_mm * 1.2), hand.wobble, dice)


def _in_cells(place: Place, text: str) -> str | None:
    """Return what stands in the cells of a comb, blanks first: of an amount its 分; ``None`` where it does not fit."""
    comb = place.comb
    if comb is None:
        return None
    if comb.places:
        whole, _, behind = text.strip("¥").replace(",", "").partition(".")
        text = (whole + behind.ljust(comb.places, "0")).rjust(comb.cells)
    return text if len(text) <= comb.cells else None


def _write_in_cells(ink: Pictures.Image, place: Place, text: str, hand: Hand, dice: np.random.Generator) -> None:
    """Write one character into each cell, more or less in its middle."""
    comb = place.comb
    if comb is None:
        return
    size_mm = min(hand.size, 1.25 * comb.pitch, place.box.height / 1.35)
    size = round(size_mm * PIXELS_PER_MM * _OVERSAMPLE)
    top = place.box.bottom - size_mm * 1.22
    for number, (char, font) in enumerate(_drawn(text, hand, size)):
        width = font.getlength(char) / _OVERSAMPLE / PIXELS_PER_MM
        left = comb.left + (number + 0.5) * comb.pitch - width / 2 + float(dice.normal(0, 0.25 * hand.wobble))
        at = (left, top + float(dice.normal(-0.2, 0.2 * hand.wobble)))
        _write_line(ink, iter([(char, font)]), at, hand.wobble, dice)


@lru_cache(maxsize=256)
def _font(file: Path, size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(file, size)


@lru_cache(maxsize=8192)
def _has(file: Path, char: str) -> bool:
    """Return whether a font draws a character: one it lacks looks like one that no font has."""
    font = _font(file, 64)
    return bytes(font.getmask(char)) != bytes(font.getmask("\uffff"))


def _drawn(line: str, hand: Hand, size: int) -> Iterator[tuple[str, ImageFont.FreeTypeFont]]:
    """Return each character with the first font of the hand that has it, else the last."""
    for char in line:
        having = (file for file in hand.fonts[:-1] if char.isspace() or _has(file, char))
        yield char, _font(next(having, hand.fonts[-1]), size)


def _write_line(
    ink: Pictures.Image,
    line: Iterator[tuple[str, ImageFont.FreeTypeFont]],
    at_mm: tuple[float, float],
    wobble: float,
    dice: np.random.Generator,
) -> None:
    """Write character by character, each a little off the line, larger or smaller, and leaning."""
    x = at_mm[0] * PIXELS_PER_MM
    y = at_mm[1] * PIXELS_PER_MM
    slope = float(dice.normal(0, 0.004 * wobble))
    for char, font in line:
        cell = round(font.size * 1.5)
        advance = font.getlength(char) / _OVERSAMPLE
        if not char.isspace():
            glyph = Pictures.new("L", (cell, cell), 0)
            ImageDraw.Draw(glyph).text((cell * 0.18, cell * 0.08), char, font=font, fill=int(dice.integers(205, 250)))
            glyph = glyph.rotate(float(dice.normal(0, 1.6 * wobble)), Pictures.Resampling.BICUBIC)
            side = round(cell / _OVERSAMPLE * float(dice.normal(1.0, 0.025 * wobble)))
            glyph = glyph.resize((side, side), Pictures.Resampling.LANCZOS)
            corner = (round(x - side * 0.18), round(y - side * 0.08 + dice.normal(0, 0.7 * wobble) + slope * x))
            ink.paste(255, corner, glyph)
        x += advance * float(dice.normal(1.0 + 0.01 * wobble, 0.015 * wobble))


def _tick(ink: Pictures.Image, place: Place, dice: np.random.Generator) -> None:
    """Draw a tick that starts in the box and leaves it at the top right, as ticks do."""
    box = place.box
    wander = dice.normal(0, 0.25, (3, 2))
    shape = np.array([[0.15, 0.5], [0.42, 0.88], [1.15, -0.15]]) * box.width + wander * 0.8
    points = [((box.left + x) * PIXELS_PER_MM, (box.top + y) * PIXELS_PER_MM) for x, y in shape.tolist()]
    ImageDraw.Draw(ink).line(points, fill=235, width=4, joint="curve")


# the phone ------------------------------------------------------------------------------------------------------------


def _pose(width: int, height: int, out_width: int, out_height: int, how: Grade, dice: np.random.Generator) -> _Matrix:
    """Choose the homography from the page to the photograph: the page fills most of it, whole."""
    angle = np.deg2rad(float(dice.uniform(-how.turn, how.turn)))
    corners = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float64) - [width / 2, height / 2]
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    placed = corners @ turn.T + dice.uniform(-how.perspective, how.perspective, (4, 2)) * width
    low, high = placed.min(axis=0), placed.max(axis=0)
    margin = 0.02 * out_height
    scale = min((out_width - 2 * margin) / (high - low)[0], (out_height - 2 * margin) / (high - low)[1])
    placed = (placed - (low + high) / 2) * scale + [out_width / 2, out_height / 2]
    found, _ = cv2.findHomography(corners + np.array([width / 2, height / 2]), placed)
    return np.asarray(found, np.float64)


def _seen_from(homography: _Matrix, out: tuple[int, int], page: tuple[int, int], how: Grade) -> tuple[_Map, _Map]:
    """For every pixel of the photograph, where on the page it looks. Sizes are width and height."""
    width, height = page
    x, y = np.meshgrid(np.arange(out[0], dtype=np.float64), np.arange(out[1], dtype=np.float64))
    on_page = cv2.perspectiveTransform(np.stack([x.ravel(), y.ravel()], 1)[None], np.linalg.inv(homography))[0]
    page_x, page_y = on_page[:, 0].reshape(x.shape), on_page[:, 1].reshape(x.shape)
    # A page that bows between its long edges, a little more towards one corner.
    bow = np.sin(np.pi * page_x / width) * (0.6 + 0.4 * page_y / height)
    page_y = page_y + how.curl * bow
    page_x = page_x + 0.4 * how.curl * np.sin(np.pi * page_y / height)
    if how.fold:  # its two halves slope up to the fold
        page_y = page_y + how.fold * np.clip(1.0 - np.abs(page_y / height - 0.5) / 0.25, 0.0, 1.0)
    return page_x.astype(np.float32), page_y.astype(np.float32)


def _shake(length: float, angle: float) -> _Map:
    """Return the kernel of a straight movement, as long as ``length`` pixels."""
    side = 2 * int(np.ceil(length)) + 1
    kernel = np.zeros((side, side), np.float32)
    way = np.array([np.cos(angle), np.sin(angle)]) * length / 2
    for step in np.linspace(-1.0, 1.0, 8 * side):
        x, y = np.round(side // 2 + way * step).astype(int).tolist()
        kernel[y, x] += 1.0
    return np.asarray(kernel / kernel.sum(), np.float32)


def _desk(width: int, height: int, colour: tuple[int, int, int], dice: np.random.Generator) -> _Map:
    """Draw the grain of a wooden desk."""
    coarse = dice.normal(0, 1, (height // 8, width // 90)).astype(np.float32)
    grain = np.asarray(cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC), np.float32)[..., None]
    return np.asarray(np.array(colour, np.float32) + 9.0 * grain, np.float32)


def _light(width: int, height: int, shadow: float, dice: np.random.Generator) -> _Map:
    """Return the share of light in every place: a lamp to one side, and the shadow of the phone with a soft edge."""
    x, y = np.meshgrid(np.linspace(-1, 1, width, dtype=np.float32), np.linspace(-1, 1, height, dtype=np.float32))
    angle = float(dice.uniform(0, 2 * np.pi))
    lamp = 1.0 - 0.4 * shadow * (0.5 + 0.5 * (x * np.cos(angle) + y * np.sin(angle)) / 1.4)
    edge = x * np.cos(angle + 0.7) + y * np.sin(angle + 0.7) - float(dice.uniform(0.0, 0.5))
    phone = 1.0 - 0.6 * shadow / (1.0 + np.exp(-edge * 14.0))
    warm = np.array([0.94, 0.98, 1.0], np.float32)  # BGR of a cabin lamp
    return np.asarray((lamp * phone)[..., None] * warm, np.float32)

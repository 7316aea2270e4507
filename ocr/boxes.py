"""Check boxes on a page of an unknown form: small hollow squares, and whether there is ink in them.

Empty ones are found by their outline, which gives their size; those that a tick runs through, by the same frame.
"""

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
import numpy.typing as npt

from ocr.engine import Image
from ocr.page import darkness

PixelBox = tuple[int, int, int, int]

_INK: Final = 0.2
_SMALLEST, _LARGEST = 0.009, 0.034  # of the width of the page: 2 to 7 mm of A4
_SIDES: Final = 0.88  # of each side of its frame that is drawn
_NEAR: Final = 0.45  # of a side, along which something else may be near
_TICKED: Final = 0.07  # of its inside that is ink
_MAX_BOXES: Final = 300
_MAX_TRIED: Final = 4000

_Mask = npt.NDArray[np.uint8]


@dataclass(frozen=True, kw_only=True)
class CheckBox:
    """A check box of ``side`` pixels."""

    box: PixelBox
    checked: bool

    @property
    def side(self) -> int:
        """The width in pixels."""
        return self.box[2] - self.box[0]


def check_boxes(image: Image) -> tuple[CheckBox, ...]:
    """Find the check boxes of a page that lies straight, in no particular order."""
    dark = (darkness(image) > _INK).astype(np.uint8)
    hollow = _hollow(dark)
    if not hollow:
        return ()
    side = int(np.median([right - left for left, _, right, _ in hollow]))
    alike = [box for box in hollow if abs(box[2] - box[0] - side) <= 0.25 * side]
    found = [*alike, *(box for box in _framed(dark, side) if not any(_touch(box, other) for other in alike))]
    return tuple(CheckBox(box=box, checked=_inside(dark, box) > _TICKED) for box in found[:_MAX_BOXES])


def _hollow(dark: _Mask) -> list[PixelBox]:
    """Find squares that enclose nothing: the holes of a frame that is drawn all round."""
    width = dark.shape[1]
    low, high = _SMALLEST * width, _LARGEST * width
    shapes, tree = cv2.findContours(dark, cv2.RETR_CCOMP, cv2.CHAIN_APPROX_SIMPLE)
    found = []
    for shape, (_, _, _, parent) in zip(shapes, tree[0] if len(shapes) else [], strict=True):
        x, y, wide, tall = cv2.boundingRect(shape)
        square = low <= wide <= high and low <= tall <= high and 0.8 < wide / tall < 1.25
        if parent < 0 or not square or cv2.contourArea(shape) < 0.85 * wide * tall:
            continue
        frame_box = cv2.boundingRect(shapes[parent])
        frame = max(frame_box[2] - wide, frame_box[3] - tall)
        box = (x, y, x + wide, y + tall)
        if frame < 0.5 * wide and _is_alone(dark, box, frame // 2):  # not in a character, not of a table
            found.append(box)
    return found


def _framed(dark: _Mask, side: int) -> list[PixelBox]:
    """Find frames of that size whatever is drawn through them."""
    edge = max(2, side // 9)
    frame = np.zeros((side + 2 * edge, side + 2 * edge), np.float32)
    frame[:edge] = frame[-edge:] = 1
    frame[:, :edge] = frame[:, -edge:] = 1
    scores = cv2.matchTemplate(dark.astype(np.float32), frame, cv2.TM_CCOEFF_NORMED)
    found: list[PixelBox] = []
    peaks = np.argwhere((scores > 0.35) & (scores == cv2.dilate(scores, np.ones((side, side), np.uint8))))
    likeliest = peaks[np.argsort(-scores[peaks[:, 0], peaks[:, 1]])][:_MAX_TRIED]
    for y, x in likeliest.tolist():
        box = (x + edge, y + edge, x + edge + side, y + edge + side)
        if not any(_touch(box, other) for other in found) and _has_frame(dark, box, edge):
            found.append(box)
    return found


def _has_frame(dark: _Mask, box: PixelBox, edge: int) -> bool:
    left, top, right, bottom = box
    reach = edge + 1
    sides = (
        dark[max(0, top - reach) : top + 2, left:right].any(axis=0),
        dark[bottom - 2 : bottom + reach, left:right].any(axis=0),
        dark[top:bottom, max(0, left - reach) : left + 2].any(axis=1),
        dark[top:bottom, right - 2 : right + reach].any(axis=1),
    )
    return all(float(side.mean()) > _SIDES for side in sides) and _is_alone(dark, box, edge)


def _is_alone(dark: _Mask, box: PixelBox, edge: int) -> bool:
    """Return whether there is paper on every side of a frame: strokes are near a character, rulings a table.

    A tick may cross one side, but covers little of it.
    """
    left, top, right, bottom = box
    near = edge + 3
    far = near + max(2, (right - left) // 6)
    sides = (
        dark[max(0, top - far) : max(0, top - near), left:right].any(axis=0),
        dark[bottom + near : bottom + far, left:right].any(axis=0),
        dark[top:bottom, max(0, left - far) : max(0, left - near)].any(axis=1),
        dark[top:bottom, right + near : right + far].any(axis=1),
    )
    return all(float(side.mean()) < _NEAR for side in sides)


def _inside(dark: _Mask, box: PixelBox) -> float:
    left, top, right, bottom = box
    margin = max(2, (right - left) // 6)
    return float(dark[top + margin : bottom - margin, left + margin : right - margin].mean())


def _touch(one: PixelBox, other: PixelBox) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]

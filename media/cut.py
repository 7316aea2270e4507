"""A JPEG that lacks its end: its picture is whole all the same, or a part of it is missing.

Such files come from phones that lost power, and from people who cut a byte off an old photo so that it is another file.
"""

import io
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

_BEGIN: Final = b"\xff\xd8\xff"
_END: Final = b"\xff\xd9"
#: Of a picture that counts as whole at most one row in so many is missing, at its bottom.
_ROWS: Final = 64
#: Stands for what was cut off. A decoder makes other pixels of it than of nothing.
_NOISE: Final = bytes(range(1, 251)) * 40


def mended(data: bytes, pixels: int) -> bytes:
    """Return a JPEG with the end it lacks, if hardly anything else is missing; any other file as it is.

    One of more than ``pixels`` is not looked at. Raises what Pillow does on a broken one.
    """
    if not data.startswith(_BEGIN):
        return data
    with Image.open(io.BytesIO(data), formats=("JPEG",)) as image:
        assert image.fp is not None  # noqa: S101 - it is open
        begins = image.fp.tell()  # of the pixels: before them are smaller pictures, with ends of their own
        if image.width * image.height > pixels or data.find(_END, begins) >= 0:
            return data
    data = data.rstrip(b"\0")  # a disk that was cut off leaves zeros
    made_up, other = _drafted(data + _END), _drafted(data + _NOISE + _END)
    differing = np.flatnonzero((made_up != other).any(axis=1))
    missing = len(made_up) - int(differing[0]) if differing.size else 0
    return data + _END if missing * _ROWS <= len(made_up) else data


def _drafted(data: bytes) -> NDArray[np.uint8]:
    """Decode in grey at an eighth: an array of shape (height, width)."""
    with Image.open(io.BytesIO(data), formats=("JPEG",)) as image:
        image.draft("L", (max(1, image.width // 8), max(1, image.height // 8)))
        return np.asarray(image.convert("L"), dtype=np.uint8)

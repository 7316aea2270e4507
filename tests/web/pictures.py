"""Photographs as phones take them: several megabytes, no two alike."""

import random
from functools import cache
from pathlib import Path

from PIL import Image


@cache
def _grain(width: int, height: int) -> bytes:
    return random.Random(6).randbytes(width * height * 3)


def photographs(folder: Path, count: int, width: int = 2400, height: int = 1800) -> list[Path]:
    """Write JPEGs of noise, which no encoder makes small: about 4 MB each."""
    picture = Image.frombytes("RGB", (width, height), _grain(width, height))
    made = []
    for number in range(count):
        picture.paste((20 * number % 256, 90, 160), (0, 0, 200, 200))
        made.append(folder / f"IMG_{number:04}.jpg")
        picture.save(made[-1], quality=90)
    return made

"""Drawn photographs of a trench: JPEGs of a phone's size, with the EXIF a phone writes."""

from datetime import datetime
from pathlib import Path
from typing import Final

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from ocr.fonts import TEXT
from server.demo.stage import site_time

_SIZE: Final = (2400, 1800)


def site_photographs(folder: Path, count: int = 3) -> list[Path]:
    """Draw ``count`` photographs of K0+620 into a folder; about 2 MB each, taken just now."""
    folder.mkdir(parents=True, exist_ok=True)
    taken = site_time()
    return [_draw(folder / f"K0+620-{number}.jpg", number, taken) for number in range(1, count + 1)]


def _draw(path: Path, number: int, taken: datetime) -> Path:
    dice = np.random.default_rng(number)
    width, height = _SIZE
    rows = np.linspace(0, 1, height)[:, None, None]
    sky, earth = np.array([188, 202, 214]), np.array([126, 96, 64])
    ground = np.where(rows < 0.35 + 0.03 * number, sky, earth) * np.ones((1, width, 1))
    grain = dice.normal(0, 13, (height, width, 1)) + dice.normal(0, 9, (height, width, 3))
    image = Image.fromarray(np.clip(ground + grain, 0, 255).astype(np.uint8))
    pen = ImageDraw.Draw(image)
    left, right = width * (0.30 + 0.02 * number), width * 0.72
    pen.polygon([(left, 760), (right, 760), (right + 330, height), (left - 330, height)], fill=(74, 56, 40))
    for pipe in range(3):
        pen.ellipse(
            (left + 90 + pipe * 290, 1100, left + 370 + pipe * 290, 1380),
            fill=(168, 168, 160),
            width=9,
            outline=(96, 96, 92),
        )
        pen.ellipse((left + 140 + pipe * 290, 1150, left + 320 + pipe * 290, 1330), fill=(40, 38, 36))
    font = ImageFont.truetype(str(TEXT), 92)
    pen.rectangle((90, 90, 900, 420), fill=(20, 92, 168))
    pen.text((130, 120), f"K0+620 沟槽 {number}/3", font=font, fill="white")
    pen.text((130, 250), "DN800 管道安装", font=font, fill="white")
    exif = Image.Exif()
    exif[0x010F], exif[0x0110], exif[0x0112] = "Plumbline", "demonstration", 1
    exif.get_ifd(0x8769)[0x9011] = taken.isoformat()[-6:]
    exif.get_ifd(0x8769)[0x9003] = taken.strftime("%Y:%m:%d %H:%M:%S")
    image.save(path, "JPEG", quality=88, exif=exif)
    return path

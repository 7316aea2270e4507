"""Makes the golden pages again: ``python -m tests.ocr.bench.golden``. Do it when the layout of sheets has changed.

They are small on purpose – what an old phone sends over a bad network, and what an office scanner makes – and lie in
``tests/ocr/golden`` as anybody's pages would.
"""

import shutil
from dataclasses import replace
from pathlib import Path
from typing import Final

import cv2
import msgspec
import numpy as np
from PIL import Image as Pictures

from ocr.engine import Image
from server.demo.photograph import GRADES, Grade, photograph
from tests.ocr.bench.pages import Sample, samples
from tests.ocr.bench.truth import truth_of, written

FOLDER: Final = Path(__file__).parents[1] / "golden"
_PHONE: Final = replace(GRADES["phone"], side=1800, quality=45)
_HARD: Final = replace(GRADES["hard"], side=2000, quality=45)
#: Layout, language, hand, how it is photographed, degrees the phone was held by, seed.
_PAGES: Final[tuple[tuple[str, str, str, Grade | None, int, int], ...]] = (
    ("payment_application", "zh-CN", "neat", _PHONE, 0, 101),
    ("labour_attendance", "zh-CN", "print", None, 0, 102),
    ("daily_log", "en", "upright", _PHONE, 90, 103),
    ("safety_check", "zh-CN", "round", _HARD, 0, 104),
    ("material_acceptance", "en", "print", _PHONE, 180, 105),
    ("standby_record", "en", "neat", replace(_HARD, fold=5.0), 0, 106),
)


def main() -> None:
    """Write every page with its truth, and nothing else, into the folder."""
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir()
    for layout, language, hand, grade, turned, seed in _PAGES:
        (sample,) = samples(1, seed, layouts=(layout,), languages=(language,), writers=(hand,), grades=("phone",))
        _write(sample, grade, turned)


def _write(sample: Sample, grade: Grade | None, turned: int) -> None:
    taken = photograph(sample.filled(), grade or replace(GRADES["scan"], side=2338, quality=95), sample.seed, turned)
    name = FOLDER / f"{sample.form.id}-{sample.hand}"
    if grade is None:
        _black_and_white(taken.image).save(name.with_suffix(".tiff"), compression="group4", dpi=(200, 200))
    else:
        name.with_suffix(".jpg").write_bytes(taken.jpeg)
    truth = msgspec.structs.replace(truth_of(sample, taken), grade="scan" if grade is None else "photograph")
    name.with_suffix(".json").write_bytes(written(truth))
    (FOLDER / f"{sample.form.id}.json").write_bytes(msgspec.json.encode(sample.form))


def _black_and_white(image: Image) -> Pictures.Image:
    """Return what an office scanner set to text makes of a page."""
    grey = cv2.cvtColor(image, cv2.COLOR_BGR2GRAY)
    return Pictures.fromarray((grey > 140).astype(np.uint8) * 255).convert("1")


if __name__ == "__main__":
    main()

"""RapidOCR 3.10 on onnxruntime: the same networks as :mod:`ocr.paddle` with less around them.

RapidOCR finds the lines; they are read by the recogniser that also reads crops, so that it is in memory once. That
gives the same readings as RapidOCR's own (it is the same network), and works for networks without an alphabet in their
metadata.
"""

from collections.abc import Sequence
from importlib.metadata import version
from typing import Any, Final

import numpy as np

from ocr.engine import Image, Line, Reading
from ocr.models import Models
from ocr.recogniser import Recogniser

#: PaddleOCR's settings for finding lines, given to RapidOCR: its defaults read these pages a point worse, and slower.
_SETTINGS: Final[dict[str, Any]] = {
    "Global.use_cls": False,
    "Global.use_rec": False,
    "Global.max_side_len": 4000,
    "Global.log_level": "critical",  # it warns of every blank page
    "Det.limit_side_len": 1600,
    "Det.limit_type": "max",
    "Det.mean": [0.485, 0.456, 0.406],  # ImageNet
    "Det.std": [0.229, 0.224, 0.225],
    "Det.box_thresh": 0.6,
    "Det.unclip_ratio": 1.5,
    "Det.use_dilation": False,
    "EngineConfig.onnxruntime.inter_op_num_threads": 1,
    "EngineConfig.onnxruntime.enable_cpu_mem_arena": False,
}


class RapidEngine:
    """The light engine. Raises :class:`mobile_contract.problems.Refused` before anything heavy is imported."""

    def __init__(self, models: Models, threads: int = 2) -> None:
        networks = models.check()
        import rapidocr
        from rapidocr.utils.process_img import get_rotate_crop_image

        self._cut = get_rotate_crop_image
        self._detector = rapidocr.RapidOCR(
            params={
                **_SETTINGS,
                "Det.model_path": str(models.detection_folder / "inference.onnx"),
                "EngineConfig.onnxruntime.intra_op_num_threads": threads,
            }
        )
        self._recogniser = Recogniser(models.recognition_folder / "inference.onnx", threads)
        self._name = f"rapidocr-{version('rapidocr')}/{networks}"

    @property
    def name(self) -> str:
        """The engine with its models and their versions."""
        return self._name

    def read_page(self, page: Image) -> tuple[Line, ...]:
        """Find and read the lines of an upright page."""
        page = np.ascontiguousarray(page)
        found = self._detector(page).boxes
        quads = [] if found is None else [np.asarray(quad, np.float32).reshape(4, 2) for quad in found]
        readings = self._recogniser.read([self._cut(page, quad.copy()) for quad in quads], [None] * len(quads))
        return tuple(
            Line(text=reading.text, score=reading.mean, quad=quad.astype(np.float64))
            for reading, quad in zip(readings, quads, strict=True)
            if reading.text.strip()
        )

    def read_crops(self, crops: Sequence[Image], alphabets: Sequence[str | None]) -> tuple[Reading, ...]:
        """Read single-line crops, in order, each limited to its alphabet."""
        return self._recogniser.read(crops, alphabets)

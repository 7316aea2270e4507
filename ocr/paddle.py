"""PaddleOCR 3.7 on onnxruntime, offline, with the networks of :mod:`ocr.models`.

Keep it out of the web process: it takes seconds to load and up to 0.9 GB.
"""

import logging
import os
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np

from ocr.engine import Image, Line, Reading
from ocr.models import Models
from ocr.recogniser import Recogniser

#: The longer side of the page as text detection sees it: above 1600 px the memory triples for no accuracy.
_DETECTION_SIDE: Final = 1600


class PaddleEngine:
    """The default engine. Raises :class:`mobile_contract.problems.Refused` before anything heavy is imported."""

    def __init__(self, models: Models, threads: int = 2) -> None:
        networks = models.check()
        # PaddleX wants a writable cache and asks model hosts whether they are up; neither must reach beyond here.
        os.environ.setdefault("PADDLE_PDX_CACHE_HOME", str(Path(models.folder) / "cache"))
        os.environ["PADDLE_PDX_DISABLE_MODEL_SOURCE_CHECK"] = "True"
        logging.getLogger("ppocr").setLevel(logging.ERROR)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            import paddleocr

            logging.getLogger("paddlex").setLevel(logging.ERROR)
            self._pipeline = paddleocr.PaddleOCR(
                device="cpu",
                engine="onnxruntime",
                engine_config={
                    "intra_op_num_threads": threads,
                    "inter_op_num_threads": 1,
                    "enable_cpu_mem_arena": False,
                },
                text_detection_model_name=models.detection,
                text_detection_model_dir=str(models.detection_folder),
                text_recognition_model_name=models.recognition,
                text_recognition_model_dir=str(models.recognition_folder),
                use_doc_orientation_classify=False,
                use_doc_unwarping=False,
                use_textline_orientation=False,
                text_det_limit_side_len=_DETECTION_SIDE,
                text_det_limit_type="max",
            )
        self._recogniser = Recogniser(models.recognition_folder / "inference.onnx", threads)
        self._name = f"paddleocr-{paddleocr.__version__}/{networks}"

    @property
    def name(self) -> str:
        """The engine with its models and their versions."""
        return self._name

    def read_page(self, page: Image) -> tuple[Line, ...]:
        """Find and read the lines of an upright page."""
        found = self._pipeline.predict(np.ascontiguousarray(page))[0]
        return tuple(
            Line(text=text, score=float(score), quad=np.asarray(quad, np.float64).reshape(4, 2))
            for text, score, quad in zip(found["rec_texts"], found["rec_scores"], found["rec_polys"], strict=True)
        )

    def read_crops(self, crops: Sequence[Image], alphabets: Sequence[str | None]) -> tuple[Reading, ...]:
        """Read single-line crops, in order, each limited to its alphabet."""
        return self._recogniser.read(crops, alphabets)

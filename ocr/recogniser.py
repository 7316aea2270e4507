"""The PP-OCR text recogniser run directly on onnxruntime, for its per-character probabilities.

The network is a CTC line reader (Graves et al. 2006): an image of height 48 becomes a sequence of distributions over
blank + alphabet + space. Having the distributions, what a field may say can be limited while decoding, and the
confidence of each character is known – PaddleOCR's own pipeline gives only one score per line.
"""

from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Final

import cv2
import numpy as np
import numpy.typing as npt

from ocr.decoding import Probabilities, likeliest, rivals
from ocr.engine import Image, Reading
from ocr.models import characters

_HEIGHT: Final = 48
_MIN_WIDTH: Final = 320  # the width the network was trained at; narrower crops are padded to it
_MAX_WIDTH: Final = 3200
_BATCH: Final = 6


class Recogniser:
    """Reads single-line crops. Not safe for use by two threads at once."""

    def __init__(self, weights: Path, threads: int) -> None:
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        options.enable_cpu_mem_arena = False  # the arena never shrinks: 2.7 GB instead of 0.8
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")  # a third less CPU, no slower
        options.log_severity_level = 3
        self._session = onnxruntime.InferenceSession(str(weights), options, providers=["CPUExecutionProvider"])
        self._input = self._session.get_inputs()[0].name
        self._alphabet = ["", *characters(weights)]
        self._mask = lru_cache(maxsize=64)(self._make_mask)

    def read(self, crops: Sequence[Image], alphabets: Sequence[str | None]) -> tuple[Reading, ...]:
        """Read ``crops`` in order; see :meth:`ocr.engine.Engine.read_crops`."""
        readings: list[Reading] = [Reading(text="")] * len(crops)
        # Crops of like width share a batch, so that little of it is padding.
        order = sorted((i for i in range(len(crops)) if min(crops[i].shape[:2]) >= 3), key=lambda i: _width(crops[i]))
        for start in range(0, len(order), _BATCH):
            chosen = order[start : start + _BATCH]
            for index, probabilities in zip(chosen, self._run([crops[i] for i in chosen]), strict=True):
                alphabet = alphabets[index]
                allowed = None if alphabet is None else self._mask(alphabet)
                readings[index] = self._decode(probabilities, allowed)
        return tuple(readings)

    def _run(self, crops: list[Image]) -> Probabilities:
        width = max(_MIN_WIDTH, *(_width(crop) for crop in crops))
        batch = np.zeros((len(crops), 3, _HEIGHT, width), np.float32)
        for row, crop in enumerate(crops):
            own = _width(crop)
            scaled = cv2.resize(crop, (own, _HEIGHT), interpolation=cv2.INTER_LINEAR).astype(np.float32)
            batch[row, :, :, :own] = scaled.transpose(2, 0, 1) / 127.5 - 1.0
        probabilities: Probabilities = self._session.run(None, {self._input: batch})[0]
        return probabilities

    def _make_mask(self, alphabet: str) -> npt.NDArray[np.bool_]:
        allowed = np.fromiter((not c or c in alphabet for c in self._alphabet), np.bool_, len(self._alphabet))
        allowed[0] = True  # the CTC blank
        return allowed

    def _decode(self, probabilities: Probabilities, allowed: npt.NDArray[np.bool_] | None) -> Reading:
        best = likeliest(probabilities, self._alphabet, allowed)
        if allowed is None or not best.text:
            return best
        others = [other for other in rivals(probabilities, self._alphabet, allowed) if other.text != best.text]
        return replace(best, others=tuple(others))


def _width(crop: Image) -> int:
    height, width = crop.shape[:2]
    return int(np.clip(np.ceil(_HEIGHT * width / height), 8, _MAX_WIDTH))

from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

class Found(Protocol):
    boxes: npt.NDArray[np.float32] | None

class RapidOCR:
    def __init__(self, config_path: str | None = None, params: dict[str, Any] | None = None) -> None: ...
    def __call__(self, img_content: npt.NDArray[np.uint8]) -> Found: ...

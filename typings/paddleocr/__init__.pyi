from typing import Any

import numpy as np
import numpy.typing as npt

__version__: str

class PaddleOCR:
    def __init__(self, **settings: Any) -> None: ...
    def predict(self, input: npt.NDArray[np.uint8]) -> list[dict[str, Any]]: ...

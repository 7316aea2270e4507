"""What reading needs of an OCR engine, and the results that every engine returns.

Images are numpy ``uint8`` arrays of height × width × 3 in BGR. Scores are probabilities in 0…1; they become
thousandths only where values leave for the wire.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

#: Height × width × 3, BGR, ``uint8`` (or height × width when a function says grey).
Image = npt.NDArray[np.uint8]
#: Rows of x, y in pixels or millimetres.
Points = npt.NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class Line:
    """One line of text found on a page; ``quad`` is its four corners (4 × 2, clockwise from the top left)."""

    text: str
    score: float
    quad: Points


@dataclass(frozen=True, kw_only=True)
class Reading:
    """The reading of one crop: the text and the probability of each of its characters.

    ``others`` are what else a crop with an alphabet may say, the likeliest first: where the text is no value of its
    field, one of them may be.
    """

    text: str
    characters: tuple[float, ...] = ()
    others: tuple["Reading", ...] = ()

    @property
    def mean(self) -> float:
        """The mean probability of the characters; 0 for an empty reading."""
        return sum(self.characters) / len(self.characters) if self.characters else 0.0

    @property
    def least(self) -> float:
        """The probability of the least certain character; 0 for an empty reading."""
        return min(self.characters, default=0.0)


class Engine(Protocol):
    """Finds and reads lines of a page, and reads single-line crops cut elsewhere."""

    @property
    def name(self) -> str:
        """The engine with its models and their versions, as it is kept beside every value it read."""
        ...

    def read_page(self, page: Image) -> tuple[Line, ...]:
        """Find and read the lines of an upright page, in no particular order."""
        ...

    def read_crops(self, crops: Sequence[Image], alphabets: Sequence[str | None]) -> tuple[Reading, ...]:
        """Read single-line crops, in order. An alphabet limits what its crop may say; ``None`` leaves it free.

        Probabilities are those before the limit, so that a character forced by it shows as uncertain.
        """
        ...

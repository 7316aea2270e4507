"""How far to trust a proposed value: the fit that turns its grounds (:mod:`ocr.grounds`) into a probability. Pure.

The logarithm of the odds is the fit's bias plus each ground times its weight; grounds stay beside the value, so that
it can be judged again under another fit. ``ocr/fit.json`` is the one that is shipped; :mod:`ocr.fitting` makes
fits of what clerks confirmed.
"""

import functools
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import msgspec

#: What stands in a fit for kinds that it knows too little of.
SHARED: Final = "shared"


class KindFit(msgspec.Struct, frozen=True, kw_only=True):
    """The fit of one kind: of how many examples it was made, how many were wrong, and what each ground weighs."""

    examples: float
    wrong: float
    bias: float
    weights: dict[str, float]


class Figures(msgspec.Struct, frozen=True, kw_only=True):
    """How good confidences are: the area under the ROC curve (``None`` where nothing, or everything, was wrong).

    ``ece`` is the expected calibration error over 15 bins, ``coverage`` the share that is accepted when the surest are
    taken for as long as 99 % of them are right, ``loss`` the mean negative log likelihood.
    """

    examples: float
    wrong: float
    auroc: float | None
    ece: float
    coverage: float
    loss: float


class Fit(msgspec.Struct, frozen=True, kw_only=True):
    """Weights by kind, and :data:`SHARED`. ``version`` follows from the weights; ``engines`` are those it was made on.

    ``held_out`` are its figures on examples that it had not seen.
    """

    version: str
    engines: tuple[str, ...]
    kinds: dict[str, KindFit]
    held_out: dict[str, Figures] = {}

    def judge(self, kind: str, grounds: Mapping[str, int]) -> int:
        """Return the confidence in thousandths, rounded down: never 1000, because nothing that was read is certain."""
        fitted = self.kinds.get(kind) or self.kinds[SHARED]
        odds = fitted.bias + sum(fitted.weights.get(name, 0.0) * ground for name, ground in grounds.items())
        return min(999, int(1000 / (1 + math.exp(-max(-30.0, min(30.0, odds))))))


@functools.cache
def shipped() -> Fit:
    """Return the fit that comes with the program."""
    return msgspec.json.decode((Path(__file__).parent / "fit.json").read_bytes(), type=Fit)

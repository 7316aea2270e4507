"""Making a fit of examples: logistic regression by kind, each drawn towards what all kinds share. numpy only.

The same examples in any order give the same fit. A kind with few examples stays close to the shared weights, and these
stay close to the fit one starts from, so that a hundred corrections move it a little and ten thousand decide.
"""

import functools
import hashlib
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import msgspec
import numpy as np
import numpy.typing as npt

from ocr.trust import SHARED, Figures, Fit, KindFit

_FOLDS: Final = 5
_BINS: Final = 15
_PRECISION: Final = 0.99
#: How hard bias and weights are drawn: to nothing, to the fit one starts from, those of a kind to the shared ones. They
#: are what the variance of the odds is divided by, with grounds in units of their spread.
_FRESH_PULL: Final = (0.05, 1.0)
_START_PULL: Final = (10.0, 10.0)
_KIND_PULL: Final = (1.0, 20.0)
_STEPS: Final = 60
_SIZES: Final = (1.0, 0.5, 0.25, 0.1, 0.01)  # a step that leads uphill is tried shorter

_Vector = npt.NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class Example:
    """A value that was judged: of which ``kind``, on which ``grounds``, and whether it was ``right``.

    Examples of a ``group`` (one scan) are never on both sides of a test. One that was drawn for a sample stands for
    the others too: ``weight``. ``stated`` is the confidence it was given then, in thousandths.
    """

    kind: str
    grounds: Mapping[str, int]
    right: bool
    group: str
    engine: str
    weight: float = 1.0
    stated: int = 0


def learn(examples: Sequence[Example], start: Fit | None = None) -> Fit:
    """Fit all ``examples``, beginning at ``start``. ``held_out`` is what five-fold cross-validation says of it."""
    ordered = sorted(examples, key=_order)
    kinds = _fit(ordered, start)
    return Fit(
        version=_version(kinds),
        engines=tuple(sorted({example.engine for example in ordered} | set(start.engines if start else ()))),
        kinds=kinds,
        held_out=by_kind(ordered, held_out(ordered, start)),
    )


def held_out(examples: Sequence[Example], start: Fit | None = None) -> list[float]:
    """Return a confidence, 0…1, for each example by a fit that saw no example of its group."""
    folds = [_fold(example.group) for example in examples]
    judged = np.zeros(len(examples))
    for fold in range(_FOLDS):
        seen = sorted((one for one, at in zip(examples, folds, strict=True) if at != fold), key=_order)
        unseen = [number for number, at in enumerate(folds) if at == fold]
        if seen and unseen:
            fitted = Fit(version="", engines=(), kinds=_fit(seen, start))
            judged[unseen] = [probability(fitted, examples[number]) for number in unseen]
    return [float(value) for value in judged]


def probability(fit: Fit, example: Example) -> float:
    """Return the confidence of an example, 0…1, unrounded."""
    fitted = fit.kinds.get(example.kind) or fit.kinds[SHARED]
    odds = fitted.bias + sum(fitted.weights.get(name, 0.0) * ground for name, ground in example.grounds.items())
    return 1 / (1 + math.exp(-max(-30.0, min(30.0, odds))))


def by_kind(examples: Sequence[Example], judged: Sequence[float]) -> dict[str, Figures]:
    """Return the figures of confidences, by kind and over all (:data:`ocr.trust.SHARED`)."""
    found = {SHARED: figures(examples, judged)}
    for kind in sorted({example.kind for example in examples}):
        rows = [number for number, example in enumerate(examples) if example.kind == kind]
        found[kind] = figures([examples[row] for row in rows], [judged[row] for row in rows])
    return found


def figures(examples: Sequence[Example], judged: Sequence[float]) -> Figures:
    """Return how good ``judged`` (0…1, one per example) are as confidences."""
    right = np.array([example.right for example in examples], np.float64)
    weight = np.array([example.weight for example in examples], np.float64)
    stated = np.clip(np.array(judged, np.float64), 1e-6, 1 - 1e-6)
    loss = -(right * np.log(stated) + (1 - right) * np.log(1 - stated))
    return Figures(
        examples=round(float(weight.sum()), 3),
        wrong=round(float(weight @ (1 - right)), 3),
        auroc=_auroc(stated, right, weight),
        ece=_ece(stated, right, weight),
        coverage=_coverage(stated, right, weight),
        loss=round(float(weight @ loss / weight.sum()), 5),
    )


def _auroc(stated: _Vector, right: _Vector, weight: _Vector) -> float | None:
    good, bad = weight * right, weight * (1 - right)
    if not good.any() or not bad.any():
        return None
    levels, at = np.unique(stated, return_inverse=True)
    wins = np.bincount(at, bad, len(levels))
    below = np.cumsum(wins) - wins / 2  # a tie is half a win
    return round(float(good @ below[at] / (good.sum() * bad.sum())), 4)


def _ece(stated: _Vector, right: _Vector, weight: _Vector) -> float:
    order = np.argsort(stated, kind="stable")
    share = np.cumsum(weight[order]) / weight.sum()
    bins = np.minimum((share * _BINS - 1e-9).astype(np.int64), _BINS - 1)
    gaps = np.bincount(bins, weight[order] * (stated[order] - right[order]), _BINS)
    return round(float(np.abs(gaps).sum() / weight.sum()), 4)


def _coverage(stated: _Vector, right: _Vector, weight: _Vector) -> float:
    order = np.argsort(-stated, kind="stable")
    taken = np.cumsum(weight[order])
    good = np.cumsum((weight * right)[order])
    ends = np.append(np.diff(stated[order]) != 0, True)  # equal confidences are taken together
    fine = np.flatnonzero(ends & (good >= _PRECISION * taken))
    return round(float(taken[fine[-1]] / taken[-1]), 4) if fine.size else 0.0


def _fit(examples: Sequence[Example], start: Fit | None) -> dict[str, KindFit]:
    begun_with = start.kinds[SHARED].weights if start else {}
    names = sorted({name for example in examples for name in example.grounds} | begun_with.keys())
    grounds = np.array([[example.grounds.get(name, 0) for name in names] for example in examples], np.float64)
    right = np.array([example.right for example in examples], np.float64)
    weight = np.array([example.weight for example in examples], np.float64)
    spread = np.maximum(grounds.std(axis=0), 1e-9)
    constant = grounds.std(axis=0) < 1e-9
    design = np.hstack([np.ones((len(examples), 1)), np.where(constant, 0.0, grounds / spread)])
    begun = _begin(start, SHARED, names, spread)
    shared = _newton(design, right, weight, begun, _START_PULL if start else _FRESH_PULL)
    fitted = {SHARED: _kind(shared, names, spread, right, weight)}
    kinds = np.array([example.kind for example in examples])
    for kind in sorted(set(kinds.tolist())):
        own = kinds == kind
        apart = _begin(start, kind, names, spread) - begun if start and kind in start.kinds else 0.0
        weights = _newton(design[own], right[own], weight[own], shared + apart, _KIND_PULL)
        fitted[kind] = _kind(weights, names, spread, right[own], weight[own])
    return (start.kinds if start else {}) | fitted


def _begin(start: Fit | None, kind: str, names: Sequence[str], spread: _Vector) -> _Vector:
    if start is None:
        return np.zeros(len(names) + 1)
    fit = start.kinds[kind]
    plain = np.array([fit.bias, *(fit.weights.get(name, 0.0) for name in names)])
    return np.asarray(plain * np.append(1.0, spread), np.float64)


def _kind(weights: _Vector, names: Sequence[str], spread: _Vector, right: _Vector, weight: _Vector) -> KindFit:
    plain = weights[1:] / spread
    return KindFit(
        examples=round(float(weight.sum()), 3),
        wrong=round(float(weight @ (1 - right)), 3),
        bias=round(float(weights[0]), 6),
        weights={name: round(float(value), 8) for name, value in zip(names, plain, strict=True)},
    )


def _newton(design: _Vector, right: _Vector, weight: _Vector, centre: _Vector, pull: tuple[float, float]) -> _Vector:
    """Minimise the weighted log loss plus half of ``pull`` × the squared distance from ``centre``: Newton's steps."""
    at = centre.copy()
    held = np.append(pull[0], np.full(design.shape[1] - 1, pull[1]))

    def cost(where: _Vector) -> float:
        odds = design @ where
        loss = np.logaddexp(0.0, odds) - right * odds
        return float(weight @ loss + 0.5 * held @ (where - centre) ** 2)

    best = cost(at)
    for _ in range(_STEPS):
        p = _logistic(design @ at)
        slope = design.T @ (weight * (p - right)) + held * (at - centre)
        curve = (design * (weight * p * (1 - p))[:, None]).T @ design + np.diag(held)
        step = np.linalg.solve(curve, slope)
        found = next(((at - size * step, now) for size in _SIZES if (now := cost(at - size * step)) < best), None)
        if found is None or best - found[1] < 1e-9 * best:
            break
        at, best = found
    return at


def _logistic(odds: _Vector) -> _Vector:
    return np.asarray(1 / (1 + np.exp(-np.clip(odds, -30.0, 30.0))), np.float64)


def _version(kinds: Mapping[str, KindFit]) -> str:
    return hashlib.sha256(msgspec.json.encode(kinds, order="sorted")).hexdigest()[:12]


@functools.cache
def _fold(group: str) -> int:
    return int.from_bytes(hashlib.sha256(group.encode()).digest()[:4], "big") % _FOLDS


def _order(example: Example) -> bytes:
    """Put examples into an order of their own: sums of floats depend on it."""
    grounds = dict(sorted(example.grounds.items()))
    return msgspec.json.encode([example.group, example.kind, grounds, example.right, example.weight])

"""From the distributions of a CTC line reader (Graves et al. 2006) to text: the likeliest, its rivals, and its spaces.

A distribution is a row over blank (0), the alphabet, and the space (last). Pure.
"""

from collections.abc import Sequence
from typing import Final

import numpy as np
import numpy.typing as npt

from ocr.engine import Reading

Probabilities = npt.NDArray[np.float32]

_BLANK: Final = 0
#: Readers trained on Chinese drop the spaces of other scripts, but hesitate there: so little is enough.
_MIN_SPACE: Final = 0.02
_RESTORED: Final = 0.95  # how often a space that was put back belongs there
_WIDE: Final = 0x2E80  # from here on characters are Chinese or as wide, and stand without spaces
_BEAMS: Final = 12
_PER_STEP: Final = 4
_UNLIKELY: Final = 2e-3  # symbols below this are no rivals at their step
_OTHERS: Final = 8


def likeliest(probabilities: Probabilities, alphabet: Sequence[str], allowed: npt.NDArray[np.bool_] | None) -> Reading:
    """Take the likeliest allowed symbol of each step, drop repeats and blanks, and put back the spaces."""
    masked = probabilities if allowed is None else np.where(allowed, probabilities, -1.0)
    best = masked.argmax(axis=-1)
    text: list[str] = []
    sure: list[float] = []
    last_step, previous = 0, _BLANK
    spaced = alphabet[-1] == " " and (allowed is None or bool(allowed[-1]))
    for step, symbol in enumerate(best.tolist()):
        probability = float(probabilities[step, symbol])
        if symbol != _BLANK and symbol == previous:
            sure[-1] = max(sure[-1], probability)  # the same character, still under the window
            last_step = step
        elif symbol != _BLANK:
            char = alphabet[symbol]
            if spaced and text and _is_narrow(text[-1]) and _is_narrow(char):
                hesitation = float(probabilities[last_step + 1 : step, -1].max(initial=0.0))
                if hesitation > _MIN_SPACE:
                    text.append(" ")
                    sure.append(max(hesitation, _RESTORED))
            text.append(char)
            sure.append(probability)
            last_step = step
        previous = symbol
    return Reading(text="".join(text), characters=tuple(sure))


def rivals(probabilities: Probabilities, alphabet: Sequence[str], allowed: npt.NDArray[np.bool_]) -> list[Reading]:
    """Return the likeliest allowed texts and their characters (prefix beam search, Hannun et al. 2014)."""
    beams: dict[tuple[int, ...], _Beam] = {(): _Beam(1.0, 0.0, ())}
    for row in probabilities:
        symbols = _worth_trying(row, allowed)
        following: dict[tuple[int, ...], _Beam] = {}
        for prefix, beam in beams.items():
            for symbol in symbols:
                _extend(following, prefix, beam, symbol, float(row[symbol]))
        kept = sorted(following.items(), key=lambda item: -item[1].total)[:_BEAMS]
        scale = kept[0][1].total or 1.0  # only their order matters; unscaled they would vanish
        beams = {prefix: _Beam(beam.blank / scale, beam.char / scale, beam.sure) for prefix, beam in kept}
    ranked = sorted(beams.items(), key=lambda item: -item[1].total)[: _OTHERS + 1]
    return [Reading(text="".join(alphabet[s] for s in prefix), characters=beam.sure) for prefix, beam in ranked]


class _Beam:
    """The probability of a prefix that ends in a blank or in its last character, and how sure each character is."""

    __slots__ = ("blank", "char", "sure")

    def __init__(self, blank: float, char: float, sure: tuple[float, ...]) -> None:
        self.blank = blank
        self.char = char
        self.sure = sure

    @property
    def total(self) -> float:
        return self.blank + self.char


def _worth_trying(row: Probabilities, allowed: npt.NDArray[np.bool_]) -> list[int]:
    masked = np.where(allowed, row, 0.0)
    few = np.argpartition(-masked, _PER_STEP)[:_PER_STEP]
    return sorted({_BLANK, *(int(symbol) for symbol in few if masked[symbol] > _UNLIKELY)})


def _extend(into: dict[tuple[int, ...], _Beam], prefix: tuple[int, ...], beam: _Beam, symbol: int, p: float) -> None:
    """Go one step on: stay at the prefix (blank, or its last character still there), or take one character more."""
    if symbol == _BLANK:
        _add(into, prefix, blank=beam.total * p, char=0.0, sure=beam.sure)
        return
    if prefix and prefix[-1] == symbol:
        _add(into, prefix, blank=0.0, char=beam.char * p, sure=(*beam.sure[:-1], max(beam.sure[-1], p)))
        fresh = beam.blank * p  # the same character again needs a blank between
    else:
        fresh = beam.total * p
    if fresh > 0.0:
        _add(into, (*prefix, symbol), blank=0.0, char=fresh, sure=(*beam.sure, p))


def _add(
    into: dict[tuple[int, ...], _Beam], prefix: tuple[int, ...], *, blank: float, char: float, sure: tuple[float, ...]
) -> None:
    known = into.get(prefix)
    if known is None:
        into[prefix] = _Beam(blank, char, sure)
        return
    if blank + char > known.total:
        known.sure = sure
    elif len(sure) == len(known.sure):
        known.sure = tuple(map(max, known.sure, sure))
    known.blank += blank
    known.char += char


def _is_narrow(char: str) -> bool:
    return char != " " and ord(char) < _WIDE

"""Whether confidence means what it says: what was stated against what was right, and fits of the clerks' own making.

Pure, over judgements as :func:`server.scans.store.all_judgements` gives them.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from mobile_contract.extractions import Scrutiny
from mobile_contract.problems import Refused
from ocr.fitting import Example, by_kind, figures, held_out, learn, probability
from ocr.trust import SHARED, Figures, Fit, shipped

#: With fewer examples, scans or mistakes than these, corrections make no fit.
MIN_EXAMPLES: Final = 1000
MIN_SCANS: Final = 30
MIN_WRONG: Final = 20

Judgement = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Row:
    """Values of a kind whose stated confidence lay in one tenth (0: below 0.1), or that were ``audited``.

    ``stated`` is their mean confidence in thousandths, ``right`` how many of ``count`` were right.
    """

    kind: str
    tenth: int | None
    count: int
    stated: int
    right: int


def table(judgements: Iterable[Judgement]) -> list[Row]:
    """Return counts by kind and tenth; one row more per kind, without a tenth, counts what was audited."""
    counts: dict[tuple[str, int], list[int]] = defaultdict(lambda: [0, 0, 0])
    for one in judgements:
        keys = [min(9, one["confidence"] // 100)]
        if one["review"] == Scrutiny.AUDIT:
            keys.append(_AUDITED)
        for tenth in keys:
            found = counts[one["kind"], tenth]
            found[0] += 1
            found[1] += one["confidence"]
            found[2] += bool(one["right"])
    return [
        Row(kind=kind, tenth=None if tenth == _AUDITED else tenth, count=n, stated=round(stated / n), right=right)
        for (kind, tenth), (n, stated, right) in sorted(counts.items())
    ]


_AUDITED: Final = 10


def examples(judgements: Iterable[Judgement], audit_percent: int) -> list[Example]:
    """Return judgements as examples. What was drawn for the audit stands for all that was accepted unseen beside it.

    An accepted value that a clerk happened upon and corrected is left out: others like it were not looked at.
    """
    return [
        Example(
            kind=one["kind"],
            grounds=one["grounds"],
            right=bool(one["right"]),
            group=one["extraction"],
            engine=one["engine"],
            weight=100 / audit_percent if one["review"] == Scrutiny.AUDIT else 1.0,
            stated=one["confidence"],
        )
        for one in judgements
        if one["review"] != Scrutiny.ACCEPTED and one["grounds"]
    ]


def refit(seen: list[Example], old: Fit) -> tuple[Fit, dict[str, Figures]]:
    """Fit ``seen``; return the new fit and, by kind, the figures of the ``old`` one on the same examples.

    It begins at the shipped fit, which saw none of them: nothing that it is tested with was learned before. The old one
    may have learned some, which is to its advantage. Raises ``paper.fit_refused`` unless there is enough to learn
    from, and the new fit is better on what it did not see.
    """
    scans = len({example.group for example in seen})
    wrong = sum(not example.right for example in seen)
    if len(seen) < MIN_EXAMPLES or scans < MIN_SCANS or wrong < MIN_WRONG:
        found = f"{len(seen)} values, {scans} scans, {wrong} wrong"
        raise Refused("paper.fit_refused", reason=f"{found} < {MIN_EXAMPLES}, {MIN_SCANS}, {MIN_WRONG}")
    before = by_kind(seen, [probability(old, example) for example in seen])
    after = figures(seen, held_out(seen, shipped()))
    if after.loss >= before[SHARED].loss:
        raise Refused("paper.fit_refused", reason=f"loss {after.loss:.5f} ≥ {before[SHARED].loss:.5f}")
    return learn(seen, shipped()), before

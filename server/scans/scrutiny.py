"""Which proposed values a person must look at, and what follows when they did. Pure."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec

from mobile_contract.extractions import ExtractionValues, Flag, ProposedField, Scrutiny
from ocr.trust import Fit

_SHARES = 10_000


def with_scrutiny(
    extraction: str, proposed: ExtractionValues, fit: Fit, thresholds: Mapping[str, int], audit_percent: int
) -> ExtractionValues:
    """Return the proposal, each value marked with whether a person must look at it.

    Accepted is only what reaches the threshold of its kind, bears no flag, stands on a page that bears none, and was
    read by an engine and networks that the fit was made for.
    """
    if not thresholds or proposed.engine not in fit.engines:
        return proposed
    flagged = {path for flag in proposed.flags for path in flag.paths}
    odd_pages = _odd_pages(proposed.flags)

    def judge(field: ProposedField) -> ProposedField:
        threshold = thresholds.get(field.kind or "")
        if threshold is None or field.confidence < threshold or field.path in flagged or field.page in odd_pages:
            return field
        drawn = is_drawn(extraction, field.path, audit_percent)
        return msgspec.structs.replace(field, review=Scrutiny.AUDIT if drawn else Scrutiny.ACCEPTED)

    return msgspec.structs.replace(proposed, fields=tuple(map(judge, proposed.fields)))


def is_drawn(extraction: str, path: str, percent: int) -> bool:
    """Return whether a value is drawn for the audit: by its name alone, so that reading again draws the same."""
    lot = int.from_bytes(hashlib.sha256(f"{extraction}/{path}".encode()).digest()[:8], "big")
    return lot % _SHARES < percent * _SHARES // 100


def judged(
    proposed: ExtractionValues, final: Mapping[str, Any], corrections: Mapping[str, Any]
) -> Iterable[tuple[ProposedField, Any, bool]]:
    """Return every value that a person looked at, what it finally was, and whether the proposal was right.

    A value accepted unseen is left out unless it was corrected; so is one that was read and not understood.
    """
    for field in proposed.fields:
        unseen = field.review is Scrutiny.ACCEPTED and field.path not in corrections
        lost = field.value is None and bool(field.readings)
        if field.kind is not None and not unseen and not lost:
            value = final.get(field.path)
            yield field, value, _same(field.value, value)


def _same(proposed: Any, confirmed: Any) -> bool:
    if isinstance(proposed, list | tuple) and isinstance(confirmed, list | tuple):
        return sorted(map(str, proposed)) == sorted(map(str, confirmed))
    return type(proposed) is type(confirmed) and bool(proposed == confirmed)


def _odd_pages(flags: Sequence[Flag]) -> set[int]:
    """Return the pages (from 1) of the scan that bear a flag as a whole."""
    return {int(flag.params["page"]) for flag in flags if not flag.paths and flag.params.get("page", "").isdigit()}

"""What a scan waits for, as a row of the queue: from what was read of it. Pure."""

from typing import Any, Final

from mobile_contract.extractions import ExtractionValues, Scrutiny
from mobile_contract.queue import QueueState
from mobile_contract.records import ScanValues
from server.replication import values_of
from sync.state import Record

#: In place of a confidence, where nothing was read: behind all that was, which are thousandths.
NOTHING_READ: Final = 1001


def unread(scan: Record, at: str) -> dict[str, Any]:
    """Return the row of a scan that has just come, at ``at``."""
    return {
        "scan": scan.id,
        "scope": scan.scope,
        "state": QueueState.READING.value,
        "form": "",
        "form_version": None,
        "extraction": None,
        "pages": len(values_of(scan, ScanValues).pages),
        "received_at": at,
        "confidence": NOTHING_READ,
        "to_look": 0,
        "problem": None,
    }


def as_read(extraction: str, values: ExtractionValues) -> dict[str, Any]:
    """Return what a proposed extraction changes in the row of its scan."""
    found: dict[str, Any] = {
        "state": state_of(values, paired=False).value,
        "form": (values.form or "")[:64],
        "form_version": values.form_version,
        "extraction": extraction,
        "confidence": min((field.confidence for field in values.fields), default=NOTHING_READ),
        "to_look": sum(field.review is not Scrutiny.ACCEPTED for field in values.fields),
        "problem": None,
    }
    return found | ({"pages": len(values.rectified)} if values.rectified else {})


def state_of(values: ExtractionValues, *, paired: bool) -> QueueState:
    """Return what an extraction that is not decided waits for; ``paired``: a pair of it is undecided."""
    if paired:
        return QueueState.PAIRED
    return QueueState.READ if values.form else QueueState.FORM_UNKNOWN

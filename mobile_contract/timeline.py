"""What happened to a record, as the journal has it: who did what when, and what became of it."""

import msgspec

from mobile_contract.base import Wire
from mobile_contract.records import ValueChange
from mobile_contract.reviews import ReportReview
from mobile_contract.sync import Outcome


class TimelineEntry(Wire, frozen=True, kw_only=True):
    """One thing that happened, named as the journal names it: ``report.patch``, ``record.annotated``.

    ``subject`` is what it happened to: the record, a conflict about it, or the reading it was made of. Of an op:
    ``outcome`` and ``code`` of its receipt, ``written_at`` by its device's clock, and the first 100 ``changes``, each
    with the value its author saw (what was chosen in a conflict has no path); of those named in ``cut`` the values are
    too long to be shown. ``members`` are what the server set, ``review`` the verdict among them. ``reason`` is what a
    person gave.
    """

    at: str
    by: str
    event: str
    subject: str
    outcome: Outcome | None = None
    code: str | None = None
    written_at: str | None = None
    changes: tuple[ValueChange, ...] = ()
    cut: tuple[str, ...] = ()
    members: tuple[str, ...] = ()
    review: ReportReview | None = None
    reason: str | None = None


class Timeline(Wire, frozen=True, kw_only=True):
    """A page of what happened, with the names of who did it; ``next``: the ``after`` of the next page."""

    entries: tuple[TimelineEntry, ...]
    next: str = ""
    people: dict[str, str] = msgspec.field(default_factory=dict)

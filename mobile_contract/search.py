"""Search: what is found by words, number, date or person in what the caller may read."""

from mobile_contract.base import Wire
from mobile_contract.records import Kind


class Found(Wire, frozen=True, kw_only=True):
    """One record that was found, to be had at ``/v1/records/<record>``.

    ``excerpt`` is where the first of the words stands, else how its text begins. ``about`` is the scan that an
    extraction was read from, or the report that a photograph belongs to. ``person`` is who is responsible, as the
    report names them, or who took a photograph or brought a scan. ``at`` is when the record first came.
    """

    record: str
    kind: Kind
    scope: str
    at: str
    excerpt: str
    form: str | None = None
    day: str | None = None
    number: str | None = None
    person: str | None = None
    about: str | None = None


class SearchAnswer(Wire, frozen=True, kw_only=True):
    """A page of what was found, the latest first. ``next`` is the ``after`` of the next page; empty on the last."""

    found: tuple[Found, ...]
    next: str = ""

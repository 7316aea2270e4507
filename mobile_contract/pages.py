"""What a clerk does with the pages of scans before anything is filed: arranges them anew, or rejects a scan."""

from typing import Annotated

import msgspec
from msgspec import Meta

from mobile_contract.base import Wire
from mobile_contract.identity import AnyId

#: How far a page is turned, clockwise, from how the machine laid it.
Turn = Annotated[int, Meta(ge=0, le=270, multiple_of=90)]


class PickedPage(Wire, frozen=True, kw_only=True):
    """A page (from 1, as it was read) of a scan, turned clockwise by so many degrees from how it was shown."""

    scan: AnyId
    page: Annotated[int, Meta(ge=1, le=1000)]
    turn: Turn = 0


class NewArrangement(Wire, frozen=True, kw_only=True):
    """One scan to be made: its pages in order, and the form that a person says it is; left out: as the paper says."""

    pages: Annotated[tuple[PickedPage, ...], Meta(min_length=1, max_length=40)]
    form: Annotated[str, Meta(max_length=64)] | None = None
    form_version: Annotated[int, Meta(ge=1)] | None = None


class ArrangeScans(Wire, frozen=True, kw_only=True):
    """Arrange the pages of some scans of one scope anew: split, merged, in another order, turned, of a named form.

    Each page of each scan that is named stands in exactly one of the new ones.
    """

    into: Annotated[tuple[NewArrangement, ...], Meta(min_length=1, max_length=40)]


class ArrangedScans(Wire, frozen=True, kw_only=True):
    """The scans that were made, in the order in which they were asked for; each is read again."""

    scans: tuple[str, ...]


class RejectScan(Wire, frozen=True, kw_only=True):
    """Why no report will come of a scan; who brought it sees it."""

    reason: Annotated[str, msgspec.Meta(min_length=2, max_length=500)]

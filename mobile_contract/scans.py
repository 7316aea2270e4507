"""What a clerk sends to make a report of what a machine read, and what comes back."""

from typing import Any

import msgspec

from mobile_contract.base import Wire
from mobile_contract.sync import Receipt


class Confirmation(Wire, frozen=True, kw_only=True):
    """The clerk's yes to an extraction: its proposals stand, except for ``corrections``.

    A correction is a value by the path of a proposal or of any other field of the form (``fields/amount``,
    ``fields/items/3/quantity`` with the row's ordinal on paper); ``null`` leaves the field empty.
    """

    corrections: dict[str, Any] = msgspec.field(default_factory=dict)


class Confirmed(Wire, frozen=True, kw_only=True):
    """The report that was filed, and the receipt of the op that filed it."""

    report: str
    receipt: Receipt

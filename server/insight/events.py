"""What happens to takeaways: who asked for what, and who fetched it."""

from typing import ClassVar

from mobile_contract.takeaways import NewTakeaway
from server.kernel.events import Event


class TakeawayAsked(Event, frozen=True, kw_only=True):
    """A person asked for a takeaway."""

    name: ClassVar[str] = "takeaway.asked"

    asked: NewTakeaway


class TakeawayFetched(Event, frozen=True, kw_only=True):
    """A person fetched the file of a takeaway."""

    name: ClassVar[str] = "takeaway.fetched"

    sha256: str

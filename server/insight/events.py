"""What happens to takeaways and summaries: who asked for what, who fetched it, and what was counted."""

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


class SummaryMade(Event, frozen=True, kw_only=True):
    """A version of a summary was made; ``digest`` is over all that it counts."""

    name: ClassVar[str] = "summary.made"

    scope: str
    digest: str

"""The policy of reports, the columns they are found by, and the states of their review."""

from typing import Final

from msgspec import UNSET, UnsetType

from mobile_contract.records import Kind, Late, ReportServer
from mobile_contract.reviews import ReportReview, ReviewState
from mobile_contract.states import Table
from server.identity import DESK_ROLES, FIELD_ROLES
from server.replication import Annotation
from sync.policy import KindPolicy

REPORT: Final = KindPolicy(
    kind=Kind.REPORT,
    writers=FIELD_ROLES,
    signable=True,
    deletable=True,
    fixed=frozenset({"form", "formVersion"}),
    highest=frozenset({"formVersion"}),
    repairers=DESK_ROLES,
)
#: Values that a report flags as not admitted by its form, at most.
MAX_FLAGS: Final = 100

#: What a field means (``forms.Field.means``) → the column of the index by which a report is found.
INDEXED: Final = {"document.number": "number", "document.date": "business_date", "document.person": "person"}

#: The review of a report by the one before it: a later one takes the place of an earlier one. The act is the state it
#: leads to; a report that was not reviewed has no state.
REVIEWS: Final = Table[ReviewState | None, ReviewState](
    name="review",
    starts=(None,),
    rows={before: {word: word for word in ReviewState} for before in (None, *ReviewState)},
)


class ReportAnnotation(Annotation, frozen=True, kw_only=True):
    """What this room sets of ``ReportServer``."""

    of = (ReportServer,)

    late: Late | UnsetType | None = UNSET
    review: ReportReview | UnsetType | None = UNSET

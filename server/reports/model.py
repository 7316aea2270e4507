"""What a report is to the protocol, and by what it is found."""

from typing import Final

from msgspec import UNSET, UnsetType

from mobile_contract.identity import Role
from mobile_contract.records import Kind, Late, ReportServer
from mobile_contract.reviews import ReportReview, ReviewState
from mobile_contract.states import Table
from server.replication import Annotation
from sync.policy import KindPolicy

#: Who records what happened on site. Supervisors record too; leaders, finance and auditors read.
FIELD: Final = frozenset({Role.INSPECTOR, Role.CONTRACTOR, Role.CLERK, Role.SUPERVISOR})

REPORT: Final = KindPolicy(
    kind=Kind.REPORT,
    writers=FIELD,
    signable=True,
    deletable=True,
    fixed=frozenset({"form", "formVersion"}),
    highest=frozenset({"formVersion"}),
    repairers=frozenset({Role.CLERK, Role.SUPERVISOR}),
)
#: Of so many values at most a report says that its form does not admit them.
MAX_FLAGS: Final = 100

#: What a field means (``forms.Field.means``) → the column of the index by which a report is found.
INDEXED: Final = {"document.number": "number", "document.date": "business_date", "document.person": "person"}

#: What a report may be said to be, by what was said before: a later word takes the place of an earlier one. The act is
#: to say it; a report that was not reviewed has no state.
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

"""The policy of reports, the columns they are found by, and the states of their review."""

from collections.abc import Sequence
from typing import Final

from msgspec import UNSET, UnsetType

from mobile_contract.records import Kind, Late, ReportServer, SignedVersion
from mobile_contract.reports import ReportState, Signature
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


def state_of(review: ReportReview | None, digest: str) -> ReportState:
    """Return where a report stands: a review is of the values that it names, and of no later ones."""
    return ReportState.WAITING if review is None or review.digest != digest else ReportState(review.state)


def signature_of(signed: Sequence[SignedVersion], digest: str) -> Signature:
    """Return whether the values that a report holds are its last signed ones, a draft beside them, or never signed."""
    if not signed:
        return Signature.NONE
    return Signature.SIGNED if signed[-1].digest == digest else Signature.AMENDING


class ReportAnnotation(Annotation, frozen=True, kw_only=True):
    """What this room sets of ``ReportServer``."""

    of = (ReportServer,)

    late: Late | UnsetType | None = UNSET
    review: ReportReview | UnsetType | None = UNSET

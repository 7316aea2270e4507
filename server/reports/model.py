"""What a report, a photo and a check-in are to the protocol, and what the server adds to each."""

from typing import Final

from mobile_contract.records import Kind
from mobile_contract.reviews import ReviewState
from mobile_contract.states import Table
from sync.policy import KindPolicy

#: Who records what happened on site. Supervisors record too; leaders, finance and auditors read.
FIELD: Final = frozenset({"inspector", "contractor", "clerk", "supervisor"})

REPORT: Final = KindPolicy(
    kind=Kind.REPORT, writers=FIELD, signable=True, deletable=True, fixed=frozenset({"form", "formVersion"})
)
PHOTO: Final = KindPolicy(kind=Kind.PHOTO, writers=FIELD, append_only=True)
CHECK_IN: Final = KindPolicy(kind=Kind.CHECK_IN, writers=FIELD, append_only=True)
#: Published forms travel to the phone like everything else; only the program writes them.
FORM: Final = KindPolicy(kind=Kind.FORM, writers=frozenset({"system"}), containers=frozenset())

#: What a field means (``forms.Field.means``) → the column of the index by which a report is found.
INDEXED: Final = {"document.number": "number", "document.date": "business_date", "document.person": "person"}

#: What a report may be said to be, by what was said before: a later word takes the place of an earlier one. The act is
#: to say it; a report that was not reviewed has no state.
REVIEWS: Final = Table[ReviewState | None, ReviewState](
    name="review",
    starts=(None,),
    rows={before: {word: word for word in ReviewState} for before in (None, *ReviewState)},
)

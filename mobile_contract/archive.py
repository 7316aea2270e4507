"""What the desk does with whole records: put them into the archive, bring back what was deleted.

Archiving: what is long closed leaves the feed of its scope for an archive that is read online.

``POST /v1/archive``, by a supervisor of the scope or an administrator. Phones see the records leave; who holds the live
scope reads them with ``GET /v1/records?scope=archive:…``. What is brought back comes up the feed again.

Restoring: ``POST /v1/records/{id}/restore``, by a clerk or supervisor of the scope or an administrator, for as long as
the feed tells of the deletion (``limits.replayDays`` at least). The record comes up the feed with the values it had;
ops that were parked because it was deleted can then be tried again.
"""

from typing import Annotated

import msgspec

from mobile_contract.base import Wire
from mobile_contract.parked import Reason


class ArchiveRecords(Wire, frozen=True, kw_only=True):
    """Move records, with the conflicts about them, to the archive of their scope; or ``back``."""

    records: Annotated[
        tuple[Annotated[str, msgspec.Meta(max_length=36)], ...], msgspec.Meta(min_length=1, max_length=500)
    ]
    back: bool = False


class RestoreRecord(Wire, frozen=True, kw_only=True):
    """Bring a deleted record back."""

    reason: Reason


class ArchivedRecords(Wire, frozen=True, kw_only=True):
    """How many records moved; those that were there already, or are deleted, stay where they are."""

    moved: int

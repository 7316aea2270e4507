"""Archiving: what is long closed leaves the feed of its scope for an archive that is read online.

``POST /v1/archive``, by a supervisor of the scope or an administrator. Phones see the records leave; who holds the live
scope reads them with ``GET /v1/records?scope=archive:…``. What is brought back comes up the feed again.
"""

from typing import Annotated

import msgspec

from mobile_contract.base import Wire


class ArchiveRecords(Wire, frozen=True, kw_only=True):
    """Move records, with the conflicts about them, to the archive of their scope; or ``back``."""

    records: Annotated[
        tuple[Annotated[str, msgspec.Meta(max_length=36)], ...], msgspec.Meta(min_length=1, max_length=500)
    ]
    back: bool = False


class ArchivedRecords(Wire, frozen=True, kw_only=True):
    """How many records moved; those that were there already, or are deleted, stay where they are."""

    moved: int

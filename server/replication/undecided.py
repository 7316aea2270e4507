"""What is undecided still needs its files: the values in an open conflict, and ops that are parked.

Either may become a record's values any day, so until then it cites for itself, in its own scope and under its author.
Its itemised receipt is what lets the author's phone delete its copies.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Final

from mobile_contract.conflicts import ConflictServer, ConflictValues
from mobile_contract.ids import is_sha256
from mobile_contract.records import ParkedServer, ParkedValues
from mobile_contract.states import ConflictState
from server.replication.model import SyncedKind
from sync.parking import is_waiting, kept, kept_op
from sync.policy import CONFLICT, PARKED
from sync.state import Record
from sync.typed import values_of

_DIGEST = re.compile(rb"(?<![0-9a-f])[0-9a-f]{64}(?![0-9a-f])")


def digests(value: object) -> Iterator[str]:
    """Return every text in a value that could be the SHA-256 of a file. Not by recursion: strangers nest deeply."""
    waiting = [value]
    while waiting:
        item = waiting.pop()
        if isinstance(item, str):
            if is_sha256(item):
                yield item
        elif isinstance(item, Mapping):
            waiting.extend(item.values())
        elif isinstance(item, list | tuple):
            waiting.extend(item)


def _of_conflict(record: Record) -> Iterator[str]:
    conflict = values_of(record, ConflictValues)
    if conflict.state is ConflictState.OPEN:
        yield from digests([candidate.value for candidate in conflict.candidates.values()])


def _of_parked(record: Record) -> Iterator[str]:
    """Return what a parked op would set. ``was`` and the digests of records name no files."""
    if not is_waiting(record):
        return
    op = kept_op(record)
    if op is not None:
        yield from digests(op.given)
    else:
        yield from (found.decode() for found in _DIGEST.findall(kept(record)))


#: The registry rows of the two kinds that belong to the protocol itself.
UNDECIDED: Final = (
    SyncedKind(policy=CONFLICT, values=ConflictValues, server=ConflictServer, cites=lambda _tx, it: _of_conflict(it)),
    SyncedKind(policy=PARKED, values=ParkedValues, server=ParkedServer, cites=lambda _tx, it: _of_parked(it)),
)

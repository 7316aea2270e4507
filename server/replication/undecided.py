"""What is undecided still needs its files: the values in an open conflict, and ops that are parked.

Either may become a record's values any day, so until then it cites for itself, in its own scope and under its author.
Its itemised receipt is what lets the author's phone delete its copies.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Final

import msgspec

from mobile_contract.conflicts import ConflictServer, ConflictValues
from mobile_contract.ids import is_sha256
from mobile_contract.records import ParkedServer, ParkedValues
from mobile_contract.states import ConflictState
from server.replication.model import SyncedKind
from sync.parking import is_waiting, kept
from sync.policy import CONFLICT, PARKED
from sync.state import Record

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
    if record.values.get("state") == ConflictState.OPEN:
        yield from digests([candidate.get("value") for candidate in record.values["candidates"].values()])


def _of_parked(record: Record) -> Iterator[str]:
    """Return what a parked op would set. ``was`` and the digests of records name no files."""
    if not is_waiting(record):
        return
    raw = kept(record)
    try:
        op = msgspec.json.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        yield from (found.decode() for found in _DIGEST.findall(raw))
        return
    if isinstance(op, dict):
        changes = op.get("set")
        changed = changes.values() if isinstance(changes, dict) else ()
        values = [change.get("value") for change in changed if isinstance(change, dict)]
        yield from digests([op.get("values"), op.get("value"), values])


#: The registry rows of the two kinds that belong to the protocol itself.
UNDECIDED: Final = (
    SyncedKind(policy=CONFLICT, values=ConflictValues, server=ConflictServer, cites=lambda _tx, it: _of_conflict(it)),
    SyncedKind(policy=PARKED, values=ParkedValues, server=ParkedServer, cites=lambda _tx, it: _of_parked(it)),
)

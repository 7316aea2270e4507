"""What must be true of any server state and any phone, for tests and simulations."""

from collections.abc import Iterable, Mapping, Sequence

from mobile_contract.conflicts import ConflictValues
from mobile_contract.records import ParkedValues
from mobile_contract.states import ConflictState
from mobile_contract.sync import Outcome, Receipt
from mobile_contract.values import digest
from sync import merge, removed
from sync.conflicts import KIND, WHOLE, open_conflicts
from sync.policy import PARKED
from sync.ports import Copy
from sync.state import Record
from sync.typed import values_of


def records_are_sound(records: Iterable[Record]) -> list[str]:
    """Name what is wrong with records by themselves: digests, open conflicts without candidates."""
    by_id = {record.id: record for record in records}
    wrong = []
    for record in by_id.values():
        if not record.deleted and record.digest != digest(record.values):
            wrong.append(f"{record.kind} {record.id}: the digest is not that of its values")
        if record.kind == KIND and not record.deleted:
            wrong += _conflict_is_sound(record.id, values_of(record, ConflictValues), by_id)
    return wrong


def _conflict_is_sound(key: str, conflict: ConflictValues, by_id: Mapping[str, Record]) -> list[str]:
    if conflict.state is not ConflictState.OPEN:
        return []
    wrong, target = [], by_id.get(conflict.record)
    if target is None or target.deleted or conflict.path not in open_conflicts(target):
        wrong.append(f"conflict {key}: open, but its record does not say so")
    elif not _says_what_stands(conflict, target):
        wrong.append(f"conflict {key}: what it says of {conflict.path} does not stand there")
    if not conflict.candidates:
        wrong.append(f"conflict {key}: open without a candidate")
    return wrong


def _says_what_stands(conflict: ConflictValues, target: Record) -> bool:
    if conflict.path == WHOLE:
        return True
    path = merge.split(conflict.path)
    gone = removed.missing_row(target.values, path) is not None
    return merge.same(conflict.standing, merge.get(target.values, path)) and (conflict.gone is not None) == gone


def phone_equals_server(copies: Sequence[Copy], records: Iterable[Record], scopes: Iterable[str]) -> list[str]:
    """Name each difference between what a phone holds and what a fresh query of its scopes gives."""
    held = set(scopes)
    there = {record.id: record for record in records if record.scope in held and not record.deleted}
    here = {copy.id: copy for copy in copies}
    wrong = [f"{key}: missing on the phone" for key in there.keys() - here.keys()]
    wrong += [f"{key}: on the phone, but not for it to read" for key in here.keys() - there.keys()]
    for key in there.keys() & here.keys():
        record, copy = there[key], here[key]
        if (record.rev, record.digest, record.values, record.server) != (
            copy.rev,
            copy.digest,
            copy.values,
            copy.server,
        ):
            wrong.append(f"{key}: differs between phone and server")
    return sorted(wrong)


def every_op_is_accounted_for(receipts: Sequence[Receipt], sent: int, records: Mapping[str, Record]) -> list[str]:
    """Name ops without a receipt, and receipts whose conflict or parked record does not exist."""
    wrong = [] if len(receipts) == sent else [f"{sent} ops were sent, {len(receipts)} have a receipt"]
    parked = {values_of(one, ParkedValues).op_id for one in records.values() if one.kind == PARKED.kind}
    for receipt in receipts:
        if receipt.outcome is Outcome.PARKED and receipt.op_id not in parked:
            wrong.append(f"op {receipt.op_id}: parked, but no record keeps it")
        wrong += [f"op {receipt.op_id}: conflict {key} is nowhere" for key in receipt.conflicts if key not in records]
    return wrong

"""What must be true of any server state and any phone, for tests and simulations."""

from collections.abc import Iterable, Mapping, Sequence

from mobile_contract.states import ConflictState
from mobile_contract.sync import Outcome, Receipt
from mobile_contract.values import digest
from sync import merge, removed
from sync.conflicts import WHOLE
from sync.ports import Copy
from sync.state import Record


def records_are_sound(records: Iterable[Record]) -> list[str]:
    """Name what is wrong with records by themselves: digests, open conflicts without candidates."""
    by_id = {record.id: record for record in records}
    wrong = []
    for record in by_id.values():
        if not record.deleted and record.digest != digest(record.values):
            wrong.append(f"{record.kind} {record.id}: the digest is not that of its values")
        if record.kind == "conflict" and not record.deleted and record.values["state"] == ConflictState.OPEN:
            target = by_id.get(record.values["record"])
            if target is None or target.deleted or record.values["path"] not in target.server.get("openConflicts", ()):
                wrong.append(f"conflict {record.id}: open, but its record does not say so")
            elif not _says_what_stands(record, target):
                wrong.append(f"conflict {record.id}: what it says of {record.values['path']} does not stand there")
            if not record.values["candidates"]:
                wrong.append(f"conflict {record.id}: open without a candidate")
    return wrong


def _says_what_stands(conflict: Record, target: Record) -> bool:
    name = conflict.values["path"]
    if name == WHOLE:
        return True
    path = merge.split(name)
    gone = removed.missing_row(target.values, path) is not None
    return merge.same(conflict.values.get("standing"), merge.get(target.values, path)) and (
        ("gone" in conflict.values) == gone
    )


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
    parked = {record.values.get("opId") for record in records.values() if record.kind == "parked"}
    for receipt in receipts:
        if receipt.outcome is Outcome.PARKED and receipt.op_id not in parked:
            wrong.append(f"op {receipt.op_id}: parked, but no record keeps it")
        wrong += [f"op {receipt.op_id}: conflict {key} is nowhere" for key in receipt.conflicts if key not in records]
    return wrong

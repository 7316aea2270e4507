"""The oracle: it watches every commit and knows, without asking the planner, what each one was allowed to do.

It keeps a shadow of all records. After a commit it fetches what is new in the feed, and asks four questions: are the
sequence numbers dense and the checksums right; does every receipt given now tell the truth about the state; is every
receipt given again the one that was given first; and is every value that went away one that the author of an op in
this commit had seen.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from msgspec.structs import replace

from media.evidence import CLOCK_OFF, check_claim
from mobile_contract.ids import is_derived
from mobile_contract.records import Kind
from mobile_contract.sync import AnyOp, Create, Delete, Outcome, Patch, Receipt, Resolve, Sign
from mobile_contract.values import Values
from server.evidence.model import Around, claim_of
from sync import checksum
from sync.policy import PROTOCOL_KINDS
from sync.state import Answer, PushPlan, Record
from tests.simulation.rules import TOTAL, Who
from tests.simulation.servers import ReceiptKey, Server
from tests.support.bodies import complaints

Leaves = dict[str, Any]
Taken = tuple[str, AnyOp, Receipt]  # replica, op, what became of it
VERSION = "formVersion"


class Broken(AssertionError):
    """A promise was broken."""


def leaves(value: Any, path: str = "") -> Leaves:
    """Open objects to the ground; what is null or empty is not there."""
    if isinstance(value, dict):
        found: Leaves = {}
        for key, item in value.items():
            found |= leaves(item, f"{path}/{key}" if path else key)
        return found
    return {} if value is None else {path: value}


def was_and_set(op: AnyOp) -> tuple[Leaves, Leaves]:
    """Return what an op's author saw and what they want there, by path."""
    if isinstance(op, Create):
        return {}, leaves(op.values)
    seen: Leaves = {}
    wanted: Leaves = {}
    if isinstance(op, Patch):
        for path, change in op.set.items():
            before, after = leaves(change.was, path), leaves(change.value, path)
            seen |= before
            wanted |= dict.fromkeys(before) | after
            if not before and not after:
                wanted[path] = None
    return seen, wanted


class Oracle:
    """Watches one server through all its lives."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._shadow: dict[str, Record] = {}
        self._heads: dict[str, int] = {}
        self._known: dict[ReceiptKey, Receipt] = {}
        self._numbers: dict[str, int] = {}
        self._last: dict[str, int] = {}
        self._lost: dict[tuple[str, str], Leaves] = {}  # rows by record and path, as they were when they went

    def restored(self) -> None:
        """Forget what the server forgot."""
        self._shadow = {record.id: record for record in self._server.rows({})}
        self._heads = {scope: head.at_seq for scope, head in self._server.heads().items()}
        self._known = self._server.receipts()
        self._last = {}
        self._lost = {}
        for (replica, _, _), receipt in self._known.items():
            self._last[replica] = max(self._last.get(replica, 0), receipt.n)

    def purged(self) -> None:
        """Judge a purge: what it forgot was gone for everybody, and nothing else changed."""
        rows = {record.id: record for record in self._server.rows({})}
        for key in self._shadow.keys() - rows.keys():
            _hold(self._shadow.pop(key).deleted, f"{key}: it was purged alive")
        self.at_rest()

    def moved(self, scope: str) -> None:
        """Judge a move: records change their place and nothing else, and leave a row behind."""
        before = dict(self._shadow)
        for record in self._follow():
            old = before.get(record.id)
            left = record.deleted and (old is None or old.deleted)
            same = old is not None and replace(old, scope=scope, seq=record.seq, server=_kept(old)) == replace(
                record, server=_kept(record)
            )
            _hold(left or same, f"{record.kind} {record.id}: it changed on the way to {scope}")

    def committed(self, who: Who, plan: PushPlan) -> None:
        """Judge one commit."""
        before = dict(self._shadow)
        changed = self._follow()
        taken: list[Taken] = []
        for answer in plan.answers:
            self._numbers[answer.sent.op_id] = answer.sent.n
            self._receipt(who, answer)
            if answer.fresh and answer.sent.op is not None and answer.receipt.outcome is not Outcome.PARKED:
                taken.append((who.replica, answer.sent.op, answer.receipt))
        self._units(plan.answers)
        taken += [(s.author.replica, s.sent.op, s.result) for s in plan.settled if s.sent.op is not None]
        for index, (replica, op, receipt) in enumerate(taken):
            self._took(replica, op, receipt, [other for _, other, _ in taken[:index] + taken[index + 1 :]])
        for record in changed:
            old = before.get(record.id)
            if record.kind == "conflict":
                self._candidates(old, record, taken)
            elif record.kind == "parked":
                self._parked(old, record, {settled.parked for settled in plan.settled})
            else:
                self._explained(old, record, taken)

    def knows_wrong_clocks(self, plan: PushPlan, shown: str, now: str) -> None:
        """Hold what a commit says of its new check-ins against the clock that their phone showed: off, or not."""
        behind = abs(_moment(now) - _moment(shown))
        for answer in plan.answers:
            op = answer.sent.op
            if not (answer.fresh and isinstance(op, Create) and op.kind == "checkIn" and op.id in self._shadow):
                continue
            record = self._shadow[op.id]
            found = {one.code for one in check_claim(claim_of(record, None, Around()), None)}
            flagged, told = "evidence.clock_off" in found, op.values["captured"].get("clockOffsetMs") or 0
            name = f"check-in {op.id} by a clock that was off by {behind}, and {told} ms when it was made"
            _hold(flagged or behind <= 2 * CLOCK_OFF, f"{name}: nothing is said of it")
            right = max(behind, abs(timedelta(milliseconds=told))) <= CLOCK_OFF / 2
            _hold(not (flagged and right), f"{name}: it is accused")

    def at_rest(self) -> None:
        """Compare the shadow with all there is: nothing changes but by a commit."""
        rows = {record.id: record for record in self._server.rows({})}
        _hold(rows == self._shadow, "records changed outside a commit")
        _hold(self._server.receipts() == self._known, "receipts changed outside a commit")

    # -- the feed -----------------------------------------------------------------------------------------------------

    def _unlike_the_contract(self, record: Record) -> list[str]:
        """Return what of a body is not as the contract has it. Of values that is only what the protocol itself keeps.

        The others are of the shape that the rules of a simulation give them. Where no rooms annotate, a check-in lacks
        what they say.
        """
        if record.kind == Kind.CHECK_IN and not self._server.annotates:
            return []
        return complaints(record, values=record.kind in PROTOCOL_KINDS)

    def _follow(self) -> list[Record]:
        """Read what a commit wrote; its places must be the next ones, and the sums those of the records."""
        changed = sorted(self._server.rows(self._heads), key=lambda record: (record.scope, record.seq))
        for record in changed:
            self._shadow[record.id] = record
            unlike = self._unlike_the_contract(record)
            _hold(not unlike, f"{record.id}: {'; '.join(unlike)}")
        for scope, head in self._server.heads().items():
            places = [record.seq for record in changed if record.scope == scope]
            last = self._heads.get(scope, 0)
            dense = places == list(range(last + 1, last + 1 + len(places))) and head.at_seq == last + len(places)
            _hold(dense, f"{scope}: places {places} were given after {last}, and the head is {head.at_seq}")
            if places:
                self._summed(scope, head.sum, head.count)
            self._heads[scope] = head.at_seq
        return changed

    def _summed(self, scope: str, claimed: str, count: int) -> None:
        total = live = 0
        for record in self._shadow.values():
            if record.scope == scope and not record.deleted:
                total, live = checksum.add(total, checksum.term(record.id, record.rev, record.digest)), live + 1
        _hold((checksum.written(total), live) == (claimed, count), f"{scope}: the checksum is not that of its records")

    # -- receipts -----------------------------------------------------------------------------------------------------

    def _receipt(self, who: Who, answer: Answer) -> None:
        key = (who.replica, answer.sent.op_id, answer.sent.body_hash)
        known = self._known.get(key)
        _hold(answer.fresh == (known is None), f"op {answer.sent.op_id}: taken for {'new' if known else 'answered'}")
        _hold(known in (None, answer.receipt), f"op {answer.sent.op_id}: its receipt changed")
        self._known[key] = answer.receipt
        if answer.fresh and answer.sent.n:
            last = self._last.get(who.replica, 0)
            in_order = answer.sent.n > last or answer.receipt.outcome is Outcome.PARKED
            _hold(in_order, f"op {answer.sent.op_id}: taken after later ones of its replica")
            self._last[who.replica] = max(last, answer.sent.n)

    def _units(self, answers: Sequence[Answer]) -> None:
        fates: dict[str, set[bool]] = {}
        for answer in answers:
            if answer.fresh and answer.sent.op is not None and answer.sent.op.unit:
                fates.setdefault(answer.sent.op.unit, set()).add(answer.receipt.outcome is Outcome.PARKED)
        _hold(all(len(fate) == 1 for fate in fates.values()), "a unit was taken in part")

    def _took(self, replica: str, op: AnyOp, receipt: Receipt, others: list[AnyOp]) -> None:
        """Check that a receipt tells the truth: the op stands, or its candidate does, unless other ops came near it."""
        record = self._shadow.get(op.id)
        name = f"{receipt.outcome} {op.__struct_config__.tag} {op.op_id}"
        if record is None:
            raise Broken(f"{name}: its record is nowhere")
        if receipt.outcome is Outcome.CONFLICT and not isinstance(op, Resolve):
            _hold(bool(receipt.conflicts), f"{name}: it names no conflict")
        if any(_touches(other, op.id, self._shadow) for other in others):
            return
        if isinstance(op, Create | Patch):
            self._stands(replica, op, receipt, record, name)
        elif isinstance(op, Delete):
            _hold(record.deleted or bool(receipt.conflicts), f"{name}: the record is still there")
        elif isinstance(op, Sign):
            versions = [version["digest"] for version in record.server.get("signed", ())]
            _hold(op.digest in versions, f"{name}: the signature is nowhere")
        elif receipt.outcome is not Outcome.CONFLICT:
            _hold(record.values["state"] == "resolved", f"{name}: the conflict is still open")

    def _stands(self, replica: str, op: AnyOp, receipt: Receipt, record: Record, name: str) -> None:
        now = leaves(record.values)
        kept = [self._shadow[key] for key in receipt.conflicts if key in self._shadow]
        candidates = [
            one.values["path"]
            for one in kept
            if (mine := one.values["candidates"].get(replica)) and self._numbers[mine["opId"]] >= op.n
        ]
        seen, wanted = was_and_set(op)
        for path, value in wanted.items():
            stands = path in (TOTAL, VERSION) or _equal(now.get(path), value) or record.deleted
            # A cell that was left as it was wants nothing of a row that is gone.
            stands = stands or (_equal(seen.get(path), value) and _row_of(path) not in _rows(record.values))
            _hold(
                stands or any(f"{path}/".startswith(f"{one}/") for one in candidates),
                f"{name}: {path} is neither set to {value!r} nor a candidate",
            )

    # -- what went away -----------------------------------------------------------------------------------------------

    def _parked(self, old: Record | None, new: Record, settled: set[str]) -> None:
        """A parked op keeps waiting until it is applied or a person settles it; its bytes never change."""
        name = f"parked {new.id}"
        if old is not None:
            for part in ("op", "raw", "opId"):
                _hold(old.values.get(part) == new.values.get(part), f"{name}: its {part} changed")
            _hold(old.values["state"] == "waiting", f"{name}: it was settled before")
        _hold(new.values["state"] == "waiting" or new.id in settled, f"{name}: settled by nobody")
        _hold(not new.deleted, f"{name}: deleted")
        _hold("op" in new.values or "raw" in new.values, f"{name}: it keeps no op")

    def _explained(self, old: Record | None, new: Record, taken: list[Taken]) -> None:
        ops = [op for _, op, _ in taken if op.id == new.id]
        resolves = list(_resolves(taken, new.id, self._shadow))
        name = f"{new.kind} {new.id}"
        if old is None:
            _hold(any(isinstance(op, Create) for op in ops), f"{name}: it came from nowhere")
            return
        _hold(old.scope == new.scope and old.kind == new.kind, f"{name}: it moved")
        # Deleted before, or earlier in the same push: by an op, or by a choice that lets the record go.
        went = old.deleted or _went(taken, new.id, resolves)
        again = went and not new.deleted and any(isinstance(op, Create) for op in ops) and is_derived(new.id)
        _hold(not old.deleted or new.deleted or again, f"{name}: it came back from the dead")
        _hold(new.rev - old.rev >= int((old.values, old.deleted) != (new.values, new.deleted)), f"{name}: rev stood")
        self._signatures(old, new, name)
        versions = [op.values.get(VERSION, 0) for op in ops if isinstance(op, Create)]
        highest = max([old.values.get(VERSION, 0), *versions])
        _hold(new.values.get(VERSION, 0) == highest, f"{name}: the higher version of its form does not stand")
        if again:  # written again by somebody who knew that it was deleted: what they say stands
            return
        if new.deleted and not old.deleted:
            seen = {op.was_digest for op in ops if isinstance(op, Delete)}
            others = any(not isinstance(op, Delete) for op in ops) or any(r.value is None for _, r in resolves)
            # What was deleted may be what a choice in the same push made of it.
            _hold(bool({old.digest, new.digest} & seen) or others, f"{name}: deleted by nobody who had seen it")
        self._whole_rows(old, new, ops, name)
        now = leaves(new.values)
        seen_values = [was_and_set(op)[0] for op in ops]
        chosen = [conflict.values["path"] for conflict, _ in resolves]
        for path, value in leaves(old.values).items():
            if path in (TOTAL, VERSION) or _equal(now.get(path), value):
                continue
            by_patch = any(_equal(seen.get(path), value) for seen in seen_values)
            by_choice = any(f"{path}/".startswith(f"{one}/") for one in chosen)
            _hold(by_patch or by_choice, f"{name}: {path} = {value!r} was overwritten by nobody who had seen it")

    def _whole_rows(self, old: Record, new: Record, ops: list[AnyOp], name: str) -> None:
        """A row that nobody wrote and that is there again came by a choice: whole, but for what was chosen in it."""
        before, after = _rows(old.values), _rows(new.values)
        written = {path for op in ops for path in was_and_set(op)[1]}
        for row in after.keys() - before.keys():
            known = self._lost.get((new.id, row))
            if known is not None and not any(path.startswith(f"{row}/") for path in written):
                # It may have come and gone once more within one push: then what the record noted of it is the latest.
                noted = [entry["value"] for entry in old.server.get("removed", ()) if entry["path"] == row][-1:]
                whole = any(last.keys() <= after[row].keys() for last in (known, *noted))
                _hold(whole, f"{name}: of the row {row} came back {after[row]}")
        self._lost |= {(new.id, row): before[row] for row in before.keys() - after.keys()}

    def _signatures(self, old: Record, new: Record, name: str) -> None:
        before, after = old.server.get("signed", []), new.server.get("signed", [])
        _hold(after[: len(before)] == before, f"{name}: a signed version changed")

    def _candidates(self, old: Record | None, new: Record, taken: list[Taken]) -> None:
        """A candidate goes only by a later op of its own replica, or by a choice that saw it.

        When its record is deleted it stays, but settled.
        """
        name = f"conflict {new.id}"
        _hold(new.values["path"] != VERSION, f"{name}: it asks a person which version of a form stands")
        if old is None or old.values["state"] != "open":
            return
        seen = {key for _, op, _ in taken if isinstance(op, Resolve) and op.id == new.id for key in op.seen}
        record = str(new.values["record"])
        went = _went(taken, record, _resolves(taken, record, self._shadow))  # and was written again in the same push
        for replica, candidate in old.values["candidates"].items():
            there = new.values["candidates"].get(replica)
            about = self._shadow.get(new.values["record"])
            stands = new.values["state"] == "open" or (about is not None and about.deleted) or went
            if there == candidate and (stands or candidate["opId"] in seen):
                continue
            numbers = [op.n for by, op, _ in taken if by == replica and op.id == new.values["record"]]
            newer = any(number > self._numbers.get(candidate["opId"], 0) for number in numbers)
            _hold(newer or candidate["opId"] in seen, f"{name}: the candidate {candidate.get('value')!r} went unseen")


def _went(taken: list[Taken], record: str, resolves: Iterable[tuple[Record, Resolve]]) -> bool:
    """Return whether a record was let go in this push: by an op, or by a choice."""
    deleted = any(isinstance(op, Delete) and op.id == record for _, op, _ in taken)
    return deleted or any(choice.value is None for _, choice in resolves)


def _resolves(taken: list[Taken], record: str, records: Mapping[str, Record]) -> Iterator[tuple[Record, Resolve]]:
    for _, op, receipt in taken:
        if isinstance(op, Resolve) and receipt.outcome is not Outcome.CONFLICT:
            conflict = records.get(op.id)
            if conflict is not None and conflict.values["record"] == record:
                yield conflict, op


def _touches(op: AnyOp, record: str, records: Mapping[str, Record]) -> bool:
    if op.id == record:
        return True
    if isinstance(op, Resolve):
        there = records.get(op.id)
        return there is not None and there.values.get("record") == record
    there = records.get(record)  # a later op on the record of this conflict
    return there is not None and there.kind == "conflict" and there.values["record"] == op.id


def _rows(values: Values) -> dict[str, Leaves]:
    """Return the rows of a log by path, each opened to the ground."""
    labour = (values.get("fields") or {}).get("labour")
    rows = labour.items() if isinstance(labour, dict) else ()
    return {f"fields/labour/{row}": leaves(cells) for row, cells in rows if isinstance(cells, dict)}


def _kept(record: Record) -> dict[str, Any]:
    """Return what the server says of a record without its flags: those stay with the readers of the scope it left."""
    return {name: said for name, said in record.server.items() if name != "flags"}


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _row_of(path: str) -> str:
    return "/".join(path.split("/")[:3])


def _equal(left: Any, right: Any) -> bool:
    return type(left) is type(right) and bool(left == right)


def _hold(holds: bool, what: str) -> None:
    if not holds:
        raise Broken(what)

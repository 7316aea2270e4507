"""The records as a plan would leave them: a layer over the state that a unit can throw away."""

import hashlib
from collections.abc import Mapping

from msgspec.structs import replace

from mobile_contract.sync import Limits, Receipt
from mobile_contract.values import Values, canonical
from sync.merge import same
from sync.policy import KindPolicy
from sync.state import Author, PushState, Record, Sent
from sync.typed import Annotation, ProtocolAnnotation


class TooLarge(Exception):
    """The values of a record would take more bytes than a record may."""

    def __init__(self, limit: int) -> None:
        super().__init__(limit)
        self.limit = limit


class Draft:
    """Reads fall through to the layer below; writes stay here until adopted."""

    def __init__(
        self, state: PushState, limits: Limits, below: "Draft | None" = None, author: Author | None = None
    ) -> None:
        self.limits = limits
        self.author: Author = author or state.author
        self.policies: Mapping[str, KindPolicy] = state.policies
        self.derive = state.derive
        self.receipts: dict[tuple[str, str], Receipt] = {}
        self.answered: set[str] = set()
        self.numbers: dict[int, str] = {}
        self.writers: dict[str, str] = {}
        self._state = state
        self._below = below
        self._records: dict[str, Record] = {}
        #: Bytes of values that this layer encoded, whatever became of them: what a unit costs.
        self.weight = 0

    @property
    def own(self) -> frozenset[str]:
        """Ids of the records that this push has already written."""
        lower = self._below.own if self._below else frozenset()
        return lower | frozenset(self._records)

    @property
    def written(self) -> tuple[str, ...]:
        """Ids of the records that this layer wrote."""
        return tuple(self._records)

    def branch(self, author: Author | None = None) -> "Draft":
        """Open a layer above this one, for a unit; ``author`` acts in it, if not the pusher."""
        return Draft(self._state, self.limits, self, author or self.author)

    def adopt(self, branch: "Draft") -> None:
        """Take over what a branch wrote."""
        self._records.update(branch._records)  # noqa: SLF001 - the other layer is of this class
        self.receipts.update(branch.receipts)
        self.answered |= branch.answered
        self.numbers.update(branch.numbers)
        for key, person in branch.writers.items():
            self.writers.setdefault(key, person)

    def answer(self, sent: Sent, receipt: Receipt) -> None:
        """Note the receipt of an op of this push."""
        self.receipts[sent.op_id, sent.body_hash] = receipt
        self.answered.add(sent.op_id)
        if sent.n and not sent.problem:  # 0: the server's own; and what cannot be read says nothing of its number
            self.numbers.setdefault(sent.n, sent.op_id)

    def receipt(self, sent: Sent) -> Receipt | None:
        """Return the receipt that the same bytes already got in this push."""
        found = self.receipts.get((sent.op_id, sent.body_hash))
        return found if found is not None or self._below is None else self._below.receipt(sent)

    def has_answered(self, op_id: str) -> bool:
        """Return whether an op id was already used in this push."""
        return op_id in self.answered or (self._below is not None and self._below.has_answered(op_id))

    def number_went_to(self, n: int) -> str | None:
        """Return the op id that ``n`` was used for, in this push or before."""
        if n in self.numbers:
            return self.numbers[n]
        return self._below.number_went_to(n) if self._below is not None else self._state.numbers.get(n)

    def changed(self) -> Mapping[str, Record]:
        """Return the records whose final state differs from what the state held."""
        return {key: record for key, record in self._records.items() if record != self._state.records.get(key)}

    def get(self, record_id: str) -> Record | None:
        """Return a record as it stands in this draft."""
        if record_id in self._records:
            return self._records[record_id]
        if self._below is not None:
            return self._below.get(record_id)
        return self._state.records.get(record_id)

    def save(self, record: Record) -> Record:
        """Put a record into the draft."""
        self._records[record.id] = record
        self.writers.setdefault(record.id, self.author.person)
        return record

    def revise(self, record: Record, values: Values) -> Record:
        """Save new values: the revision grows if they are others. Raise :class:`TooLarge`."""
        if record.rev and same(values, record.values):
            return self.save(record)
        encoded = canonical(values)
        self.weight += len(encoded)
        if len(encoded) > self.limits.record_bytes:
            raise TooLarge(self.limits.record_bytes)
        digest = hashlib.sha256(encoded).hexdigest()
        return self.save(replace(record, rev=record.rev + 1, values=values, digest=digest))

    def annotate(self, record: Record, annotation: Annotation) -> Record:
        """Save new server values. The revision stays: it counts ``values`` only."""
        return self.save(replace(record, server=annotation.over(record.server)))

    def bury(self, record: Record) -> Record:
        """Save a record as deleted; its values stay for a restore, with who deleted it."""
        server = ProtocolAnnotation(deleted_by=self.author.person).over(record.server)
        return self.save(replace(record, rev=record.rev + 1, deleted=True, server=server))

    def unbury(self, record: Record) -> Record:
        """Save a deleted record as one that is there again."""
        return self.save(living(record))


def living(record: Record) -> Record:
    """Return a deleted record as one that is there again, with the values it had."""
    server = ProtocolAnnotation(deleted_by=None).over(record.server)
    return replace(record, rev=record.rev + 1, deleted=False, server=server)

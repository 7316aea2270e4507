"""Finding and mending the copies of a scope that differ from the server's, without reading the scope again.

Sums by bucket say where to look; only what lies in a bucket that differs is read again. The server's answer counts,
not what is held here. The queue of ops has no part in it.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import msgspec

from mobile_contract.repair import BucketsAnswer, BucketsAsked, BucketSum
from mobile_contract.sync import Upsert
from mobile_contract.values import digest
from sync import checksum
from sync.ports import Copy, RepairTransport, Storage, Unreachable

_ANSWER = msgspec.json.Decoder(BucketsAnswer)


@dataclass(frozen=True, kw_only=True, slots=True)
class Repaired:
    """How many buckets differed, and how many copies were put in place and dropped."""

    buckets: int = 0
    put: int = 0
    dropped: int = 0


def bucket_of(record_id: str) -> str:
    """Name the bucket of a record: the last two digits of its id."""
    return record_id[-2:]


def sums(terms: Iterable[tuple[str, int, str]]) -> dict[str, BucketSum]:
    """Sum records – id, rev, digest – by bucket."""
    totals: dict[str, list[int]] = {}
    for record_id, rev, digest_ in terms:
        so_far = totals.setdefault(bucket_of(record_id), [0, 0])
        so_far[0] += checksum.term(record_id, rev, digest_)
        so_far[1] += 1
    return {
        bucket: BucketSum(sum=checksum.written(checksum.add(0, total)), count=count)
        for bucket, (total, count) in totals.items()
    }


def copy_of(entry: Upsert, sweep: int) -> Copy:
    """Make the copy that a replica keeps of an entry."""
    return Copy(
        kind=entry.kind,
        id=entry.id,
        scope=entry.scope,
        seq=entry.seq,
        rev=entry.rev,
        digest=entry.digest,
        values=entry.values,
        server=entry.server,
        sweep=sweep,
    )


def repair(storage: Storage, transport: RepairTransport, scope: str) -> Repaired:
    """Make the copies of a scope what the server holds. Raise :class:`Unreachable`; what was mended by then stays.

    The copies are judged by their values too, not only by the digest noted beside them. If the server has another
    history by now, nothing is done: the next exchange starts afresh anyway.
    """
    memory = storage.memory()

    def ask(asked: BucketsAsked) -> BucketsAnswer | None:
        try:
            answer = _ANSWER.decode(transport.buckets(msgspec.json.encode(asked)))
        except msgspec.DecodeError as error:
            raise Unreachable(f"the answer is not whole: {error}") from error
        return answer if answer.epoch == memory.cursor.epoch else None

    theirs = ask(BucketsAsked(scope=scope))
    if theirs is None:
        return Repaired()
    copies = storage.copies(scope=scope)
    noted = sums((copy.id, copy.rev, copy.digest) for copy in copies)
    true = sums((copy.id, copy.rev, digest(copy.values)) for copy in copies)
    every = sorted(noted.keys() | theirs.buckets.keys())
    differ = tuple(key for key in every if not noted.get(key) == true.get(key) == theirs.buckets.get(key))
    put, dropped = _read_again(storage, ask, scope, differ, memory.sweep) if differ else (0, 0)
    return Repaired(buckets=len(differ), put=put, dropped=dropped)


def _read_again(
    storage: Storage,
    ask: Callable[[BucketsAsked], BucketsAnswer | None],
    scope: str,
    buckets: tuple[str, ...],
    sweep: int,
) -> tuple[int, int]:
    put, dropped, after = 0, 0, ""
    while True:
        page = ask(BucketsAsked(scope=scope, buckets=buckets, after=after))
        if page is None or (page.more and not page.records):
            return put, dropped
        last = page.records[-1].id if page.more else None
        listed = {entry.id for entry in page.records}
        with storage.transaction():
            stale = [
                copy.id
                for copy in storage.copies(scope=scope)
                if bucket_of(copy.id) in buckets
                and copy.id not in listed
                and copy.id > after
                and (last is None or copy.id <= last)
            ]
            storage.drop_copies(stale)
            for entry in page.records:
                storage.put_copy(copy_of(entry, sweep))
        put, dropped = put + len(listed), dropped + len(stale)
        if last is None:
            return put, dropped
        after = last

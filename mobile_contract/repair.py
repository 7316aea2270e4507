"""Repair after a checksum that does not match: which buckets of a scope differ, and what is in those.

``POST /v1/sync/buckets``. The bucket of a record is the last two hexadecimal digits of its id: both UUIDv7 and UUIDv5
end in bits that are spread evenly. Without ``buckets`` the answer sums each bucket; with them it lists their live
records by id. A phone asks for the sums, then for the buckets whose sums are not its own, page by page; whatever copy
of such a bucket lies between two listed ids and is not listed itself is to be forgotten. Ops in its queue stay.
"""

from typing import Annotated

import msgspec

from mobile_contract.base import Wire
from mobile_contract.sync import Upsert

Bucket = Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{2}$")]


class BucketsAsked(Wire, frozen=True, kw_only=True):
    """Ask for the sums of a scope's buckets, or for the records of some, those with an id beyond ``after``."""

    scope: Annotated[str, msgspec.Meta(max_length=64)]
    buckets: Annotated[tuple[Bucket, ...], msgspec.Meta(max_length=256)] = ()
    after: Annotated[str, msgspec.Meta(max_length=36)] = ""


class BucketSum(Wire, frozen=True, kw_only=True):
    """Sum and count of a bucket's live records, as ``sync.ScopeChecksum`` has them for the whole scope."""

    sum: str
    count: int


class BucketsAnswer(Wire, frozen=True, kw_only=True):
    """Sums by bucket – the empty ones are left out – or records by id; ``more``: there are records beyond the last."""

    epoch: str
    scope: str
    buckets: dict[str, BucketSum] = msgspec.field(default_factory=dict)
    records: tuple[Upsert, ...] = ()
    more: bool = False

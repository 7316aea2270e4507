"""The exchange with a revoked or lost device: what it had not sent is parked, it receives no changes, and it wipes.

The first answer tells a revoked device so, and carries a cursor that marks this. Cursors come back unread, so a
request with that cursor is of a device that knows, and takes no new work: if it has no ops, the queue is empty, and
the answer is to wipe. Should any answer be lost, the device asks again and nothing is missed; after a restore of the
server it sends everything again, as every device does. A device reported lost is to wipe at once.
"""

from collections.abc import Sequence

from msgspec.structs import replace

from mobile_contract.sync import Cursor, Limits, Notice, Receipt, SyncAnswer, SyncRequest
from sync.state import Sent

REVOKED = "device.revoked"
WIPE = "device.wipe"
_HEARD = "revoked "


def is_through(request: SyncRequest, epoch: str, *, lost: bool) -> bool:
    """Return whether the device has nothing more to hand in, or may not: then it is to wipe."""
    return lost or (not request.ops and request.cursor.epoch == _HEARD + epoch)


def quarantined(sent: Sequence[Sent]) -> list[Sent]:
    """Mark ops so that each is parked for where it came from; what cannot be read keeps the reason it has."""
    return [item if item.op is None else replace(item, problem="op.device_revoked", params={}) for item in sent]


def answer(
    request: SyncRequest,
    epoch: str,
    receipts: Sequence[Receipt],
    notices: Sequence[Notice],
    *,
    wipe: bool,
    now: str,
    limits: Limits,
) -> SyncAnswer:
    """Make the answer: receipts and no changes; the copies of every scope are to go. ``now`` is RFC 3339."""
    all_notices = list(notices)
    if not wipe and request.cursor.epoch.removeprefix(_HEARD) not in ("", epoch):
        all_notices.append(Notice(code="sync.cursor_reset", params={"epoch": epoch}))
    all_notices.append(Notice(code=WIPE if wipe else REVOKED))
    return SyncAnswer(
        server_time=now,
        receipts=tuple(receipts),
        cursor=Cursor(epoch=_HEARD + epoch),
        dropped=tuple(sorted(request.cursor.seqs)),
        notices=tuple(all_notices),
        limits=limits,
    )

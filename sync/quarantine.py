"""The exchange with a device that is trusted no more: what it had not sent is parked, it is given nothing, it wipes.

A revoked device hears so in its first answer, whose cursor says that it did. Cursors come back unread, so a request
that carries it is of a device that knows, and takes no new work: one without ops then says that its queue is through,
and it is told to wipe. Should any answer be lost, the device asks again and nothing is missed; after a restore of the
server it sends everything again, as every device does. A lost device is told to wipe at once.
"""

from collections.abc import Sequence

from msgspec.structs import replace

from mobile_contract.sync import Cursor, Limits, Notice, Receipt, SyncAnswer, SyncRequest
from sync.state import Sent

REVOKED = "device.revoked"
WIPE = "device.wipe"
_HEARD = "revoked "


def is_through(request: SyncRequest, epoch: str, *, lost: bool) -> bool:
    """Return whether the device has nothing more to hand in, or may not: now it is to wipe."""
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
    said = list(notices)
    if not wipe and request.cursor.epoch.removeprefix(_HEARD) not in ("", epoch):
        said.append(Notice(code="sync.cursor_reset", params={"epoch": epoch}))
    said.append(Notice(code=WIPE if wipe else REVOKED))
    return SyncAnswer(
        server_time=now,
        receipts=tuple(receipts),
        cursor=Cursor(epoch=_HEARD + epoch),
        dropped=tuple(sorted(request.cursor.seqs)),
        notices=tuple(said),
        limits=limits,
    )

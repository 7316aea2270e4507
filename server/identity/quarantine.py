"""Quarantine of a revoked or lost device: it may hand in what it had not sent, within bounds, and is told to wipe.

Everything here runs inside a transaction of the caller's. A device's row is locked before any stream, as revoking does.
"""

from typing import Any

import sqlalchemy as sa

from mobile_contract.ids import person_scope
from mobile_contract.problems import Refused
from server.identity import store
from server.identity.events import WipeTold
from server.identity.model import Caller, DeviceTrust
from server.kernel.clock import Clock, rfc3339
from server.kernel.journal import Journal
from server.kernel.settings import Settings


class Quarantine:
    """The quarantine of one device. ``lost``: nothing at all is taken of it."""

    def __init__(self, journal: Journal, settings: Settings, clock: Clock, caller: Caller) -> None:
        self.lost = caller.trust is DeviceTrust.LOST
        self._journal = journal
        self._settings = settings
        self._clock = clock
        self._caller = caller

    def lock(self, tx: sa.Connection) -> sa.Row[Any]:
        """Lock the device. Raises ``identity.device_wiped`` if it was told to wipe meanwhile."""
        found = store.device(tx, self._caller.device or "")
        if found is None or found.wipe_told_at is not None:
            raise Refused("identity.device_wiped")
        return found

    def take_ops(self, tx: sa.Connection, ops: int, size: int) -> None:
        """Count ops that were not here before, and their bytes. Raises ``identity.quarantine_full``."""
        found = self.lock(tx)
        self._take(tx, "quarantined_ops", found.quarantined_ops + ops, self._settings.quarantine_ops)
        self._take(tx, "quarantined_bytes", found.quarantined_bytes + size, self._settings.quarantine_bytes)

    def take_media(self, tx: sa.Connection, size: int) -> None:
        """Count bytes of a file about to be sent. Raises ``identity.quarantine_full`` or ``.device_revoked``."""
        found = self.lock(tx)
        if self.lost:
            raise Refused("identity.device_revoked")
        most = self._settings.quarantine_media_bytes
        self._take(tx, "quarantined_media_bytes", found.quarantined_media_bytes + size, most)

    def tell_to_wipe(self, tx: sa.Connection) -> None:
        """Put down that the device is told to wipe; from then on its token is dead."""
        found, now = self.lock(tx), rfc3339(self._clock.now())
        store.change_device(tx, found.id, wipe_told_at=now)
        event = WipeTold(
            actor=found.person, subject=found.person, device=found.id, replica=found.replica, lost=self.lost
        )
        self._journal.record(tx, person_scope(found.person), event, now)

    def _take(self, tx: sa.Connection, column: str, count: int, most: int) -> None:
        if count > most:
            raise Refused("identity.quarantine_full", limit=most)
        store.change_device(tx, self._caller.device or "", **{column: count})

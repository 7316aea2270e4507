"""A phone: the replica with its storage, its network and its files, in one hand."""

import contextlib
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import httpx

from mobile_contract.media import FileState
from mobile_contract.values import Values
from server.fieldphone.storage import SqliteStorage
from server.fieldphone.transport import FileSender, HttpTransport, NotTaken, sha256_of
from server.kernel.clock import new_id
from sync.ports import ReplicaTrust
from sync.replica import Exchanged, Replica


class Phone:
    """A person's phone in a folder of its own.

    ``now`` gives the device's wall time (aware); ``cut`` is told of every chunk of a file that goes out and may raise
    ``Cut``.
    """

    def __init__(
        self,
        folder: Path,
        url: str,
        token: str,
        now: Callable[[], datetime] | None = None,
        cut: Callable[[str, int, int], None] | None = None,
    ) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.storage = SqliteStorage(folder / "phone.db")
        self.transport = HttpTransport(url, token)
        clock = now or (lambda: datetime.now().astimezone())
        self.now: Callable[[], str] = lambda: clock().isoformat(timespec="seconds")
        self.replica = Replica(self.storage, self.transport, self.now, new_id)
        self.files = FileSender(self.storage, self.transport.client, cut)

    def photograph(self, scope: str, path: Path, values: Values, media_type: str = "image/jpeg") -> str:
        """Queue a photo: its bytes are kept before the record that cites them. Gives the record's id."""
        sha256 = self.keep(path, media_type)
        return self.replica.create("photo", scope, {"blob": sha256, "fileName": path.name, **values})

    def keep(self, path: Path, media_type: str) -> str:
        """Put a file on the list of those to send. Gives its SHA-256."""
        sha256 = sha256_of(path)
        self.storage.keep_file(sha256, path.absolute(), path.name, media_type)
        return sha256

    def sync(self) -> list[Exchanged]:
        """Send records first, which are worth having without their bytes; then files; then read what changed.

        On a revoked phone the last of these says that it is through, upon which it is told to wipe: one whose ops are
        all in sends the files that are left before it says so.
        """
        if self.replica.trust is ReplicaTrust.REVOKED and not self.storage.pending(1):
            with contextlib.suppress(NotTaken):
                self.files.send_all(self.now)
        epoch = self.storage.memory().cursor.epoch
        done = self.replica.sync()
        self._read_receipts(restored=self.storage.memory().cursor.epoch != epoch)
        if self.files.send_all(self.now) or self.replica.trust is ReplicaTrust.REVOKED:
            done += self.replica.sync()
            self._read_receipts()
        return done

    def free(self, keep: timedelta) -> list[Path]:
        """Delete the copies whose receipts have said for so long that they are stored; returns their paths.

        ``keep`` is as long as the phone keeps ops it may have to send again: a restored server may want both.
        """
        gone, now = [], datetime.fromisoformat(self.now())
        for sha256, path, _, safe, _ in self.storage.kept_files():
            if safe is not None and now - datetime.fromisoformat(safe) >= keep:
                path.unlink(missing_ok=True)
                self.storage.file_freed(sha256, self.now())
                gone.append(path)
        return gone

    def _read_receipts(self, *, restored: bool = False) -> None:
        """Take from the feed which files are safe, and which must be sent again."""
        receipts = self.storage.file_receipts()
        for sha256, _, sent, safe, unsent in self.storage.kept_files():
            said = receipts.get(sha256, set())
            if said == {FileState.STORED}:
                if restored:
                    self.storage.file_wanted(sha256)
                self.storage.file_safe(sha256, self.now())
            elif safe is not None or (sent is not None and (restored or (unsent and FileState.EXPECTED in said))):
                self.storage.file_wanted(sha256)

    def close(self) -> None:
        """Close file and connections."""
        self.transport.close()
        self.storage.close()


def enrol(url: str, code: str, device: str) -> str:
    """Exchange a one-time enrolment code for the access token of a new replica."""
    body = {"code": code, "device": device, "replica": new_id()}
    answer = httpx.post(f"{url}/v1/enrol", json=body, timeout=30)
    answer.raise_for_status()
    return str(answer.json()["token"])

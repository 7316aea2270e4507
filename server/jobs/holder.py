"""Which worker process holds a lease, and whether the one before it is dead: a locked file in the data folder.

The kernel lets go of the lock when the process ends, however it ends. Who gets the lock therefore knows that the
process named in the file is dead, and need not wait for its leases to run out. The name matters where many work on one
database: only the leases of that one process are freed, never those of workers elsewhere.
"""

import fcntl
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

FILE: Final = "worker.lock"
#: Characters of a holder's name.
LENGTH: Final = 16


def new_holder() -> str:
    """Make the name of a worker process, as its leases carry it."""
    return secrets.token_hex(LENGTH // 2)


class Seat:
    """The place of the one worker of a data folder, taken. ``predecessor`` held it last; empty for the first."""

    def __init__(self, file: int) -> None:
        self._file = file
        self.predecessor = os.pread(file, LENGTH, 0).decode("ascii", "replace")

    def sign(self, holder: str) -> None:
        """Write down who holds it now: after the predecessor's leases were freed, before the first claim."""
        os.pwrite(self._file, holder.encode("ascii"), 0)


@contextmanager
def seat(folder: Path) -> Iterator[Seat | None]:
    """Take the seat of a folder for as long as the block lasts.

    None where another worker has it, or no file can be locked: then leases of the dead run out by time.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        file = os.open(folder / FILE, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError:
        yield None
        return
    try:
        yield Seat(file) if _lock(file) else None
    finally:
        os.close(file)


def _lock(file: int) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True

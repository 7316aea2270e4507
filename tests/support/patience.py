"""How long a test waits: in seconds of a machine that does nothing else, not of the clock on the wall.

With 15 processes on two processors each gets a seventh of one second a second. A wait, or a whole test, is therefore
charged only its share of the time that passes; a generous wall ends what never would.
"""

import asyncio
import os
import signal
import threading
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from types import FrameType
from typing import Any, Final, TypeVar

import pytest
import pytest_timeout

T = TypeVar("T")

#: Times a budget that may pass on the wall, however busy the machine is.
WALL: Final = 12
#: Seconds between two looks at how much of its budget a running test has used.
LOOK_SECONDS: Final = 5.0


def share() -> float:
    """Return what part of the machine one of those who want it gets now, from (0, 1].

    The kernel's load of the last minute counts those who wait for a disk too; who runs at this moment is known at once.
    """
    try:
        running = int(Path("/proc/loadavg").read_text("ascii").split()[3].partition("/")[0])
    except (OSError, ValueError, IndexError):
        running = 0
    wanting = max(os.getloadavg()[0], running, 1.0)
    return min(1.0, (os.cpu_count() or 1) / wanting)


class Patience:
    """A budget of ``seconds``, charged whenever it is asked for."""

    def __init__(
        self, seconds: float, now: Callable[[], float] = time.monotonic, share: Callable[[], float] = share
    ) -> None:
        self._seconds, self._now, self._share = seconds, now, share
        self._began = self._last = now()
        self._used = 0.0

    def lasts(self) -> bool:
        """Charge the time since the last look, and return whether something of the budget is left."""
        now = self._now()
        self._used += (now - self._last) * self._share()
        self._last = now
        return self._used < self._seconds and now - self._began < WALL * self._seconds


def wait_for(look: Callable[[], T | None], what: str, seconds: float = 30, pause: float = 0.05) -> T:
    """Look again and again until there is something, and return it. Raise ``TimeoutError`` when patience is over."""
    patience = Patience(seconds)
    while not (found := look()):
        if not patience.lasts():
            raise TimeoutError(f"waited {seconds:g} s of a free machine for {what}")
        time.sleep(pause)
    return found


async def within(waiting: Awaitable[T], seconds: float = 30) -> T:
    """Await something and return it. Raise ``TimeoutError`` when patience is over, and cancel it."""
    work, patience = asyncio.ensure_future(waiting), Patience(seconds)
    try:
        while not (await asyncio.wait({work}, timeout=min(LOOK_SECONDS, seconds / 4)))[0]:
            if not patience.lasts():
                raise TimeoutError(f"waited {seconds:g} s of a free machine")
        return work.result()
    finally:
        work.cancel()


async def wait_until(look: Callable[[], Awaitable[T | None]], what: str, seconds: float = 30, pause: float = 0.05) -> T:
    """Look again and again until there is something, and return it. Raise ``TimeoutError`` when patience is over."""
    patience = Patience(seconds)
    while not (found := await look()):
        if not patience.lasts():
            raise TimeoutError(f"waited {seconds:g} s of a free machine for {what}")
        await asyncio.sleep(pause)
    return found


def pytest_timeout_set_timer(item: pytest.Item, settings: Any) -> bool | None:
    """Charge a test's timeout by the share of the machine that it gets, in place of the plugin's one alarm."""
    if settings.method != "signal" or threading.current_thread() is not threading.main_thread():
        return None  # the plugin's own way
    patience = Patience(settings.timeout)

    def look(_signal: int, _frame: FrameType | None) -> None:
        __tracebackhide__ = True
        if not patience.lasts():
            signal.setitimer(signal.ITIMER_REAL, 0)
            pytest_timeout.timeout_sigalrm(item, settings)

    def cancel() -> None:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, signal.SIG_DFL)

    vars(item)["cancel_timeout"] = cancel  # where the plugin looks for it
    step = min(LOOK_SECONDS, settings.timeout)
    signal.signal(signal.SIGALRM, look)
    signal.setitimer(signal.ITIMER_REAL, step, step)
    return True

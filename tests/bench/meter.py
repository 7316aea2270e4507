"""Servers as processes of their own, and how much of a processor and of memory their tree took."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from tests.support.processes import die_with_parent

_ROOT = Path(__file__).parents[2]


@dataclass(frozen=True, slots=True)
class Served:
    """A running server: its address and process id."""

    url: str
    pid: int

    def cpu_seconds(self) -> float:
        """Return user and system time of the process and what it started, so far."""
        return cpu_seconds(self.pid)

    def peak_mib(self) -> int:
        """Return the largest resident size of the server process in MiB."""
        return _status(self.pid, "VmHWM") >> 10

    def resident_mib(self) -> int:
        """Return the present resident size of the server process in MiB."""
        return _status(self.pid, "VmRSS") >> 10


def cpu_seconds(pid: int) -> float:
    """Return user and system time of a process and its living descendants so far, in seconds, to the nanosecond."""
    return sum(time.clock_gettime(~member << 3 | 2) for member in _tree(pid))  # Linux: the CPU clock of a process


@contextmanager
def serving(command: Sequence[str], port: int, environment: Mapping[str, str], path: str) -> Iterator[Served]:
    """Start a server, wait until ``path`` answers anything, and stop it at the end."""
    process = subprocess.Popen(
        [sys.executable, *command], env={**os.environ, **environment}, cwd=_ROOT, preexec_fn=die_with_parent  # noqa: PLW1509 - it calls one C function
    )  # fmt: skip
    served = Served(f"http://127.0.0.1:{port}", process.pid)
    try:
        _wait(served.url + path, process)
        yield served
    finally:
        process.terminate()
        process.wait(30)


def _wait(url: str, process: "subprocess.Popen[bytes]") -> None:
    end = time.monotonic() + 240
    while True:
        try:
            httpx.get(url, timeout=2)
        except httpx.TransportError:
            if process.poll() is not None or time.monotonic() > end:
                raise RuntimeError(f"{url} does not answer") from None
            time.sleep(0.02)
        else:
            return


def _tree(pid: int) -> list[int]:
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text("ascii").split()
    return [pid, *(found for child in children for found in _tree(int(child)))]


def _status(pid: int, field: str) -> int:
    lines = Path(f"/proc/{pid}/status").read_text("ascii").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(field + ":"))

"""Servers as processes of their own, and how much of a processor and of memory their tree took."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass
class Served:
    """A running server: its address and process ids (itself and what it started)."""

    url: str
    process: subprocess.Popen[bytes]

    def cpu_seconds(self) -> float:
        """Give user and system time of the tree so far."""
        return sum(_times(pid) for pid in _tree(self.process.pid))

    def peak_mib(self) -> int:
        """Give the largest resident size of the server process in MiB."""
        status = Path(f"/proc/{self.process.pid}/status").read_text("ascii")
        return next(int(line.split()[1]) >> 10 for line in status.splitlines() if line.startswith("VmHWM"))


@contextmanager
def serving(command: Sequence[str], port: int, environment: Mapping[str, str], path: str) -> Iterator[Served]:
    """Start a server, wait until ``path`` answers anything, and stop it at the end."""
    process = subprocess.Popen([sys.executable, *command], env={**os.environ, **environment})
    served = Served(f"http://127.0.0.1:{port}", process)
    try:
        for _ in range(600):
            try:
                httpx.get(served.url + path, timeout=2)
                break
            except httpx.TransportError:
                time.sleep(0.05)
        yield served
    finally:
        process.terminate()
        process.wait(30)


def free_port() -> int:
    """Find a port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _tree(pid: int) -> list[int]:
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text("ascii").split()
    return [pid, *(found for child in children for found in _tree(int(child)))]


def _times(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text("ascii").rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS

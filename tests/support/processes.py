"""Child processes that cannot outlive the tests."""

import ctypes
import signal
import socket

_PR_SET_PDEATHSIG = 1
_LIBC = ctypes.CDLL(None)  # loaded now: a forked child should do as little as possible


def die_with_parent() -> None:
    """Ask the kernel to kill this process when its parent ends, however that ends: give it as ``preexec_fn``."""
    _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def free_port() -> int:
    """Find a TCP port on loopback that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def answers(port: int) -> bool:
    """Return whether somebody listens on a loopback port."""
    with socket.socket() as probe:
        probe.settimeout(0.2)
        return probe.connect_ex(("127.0.0.1", port)) == 0

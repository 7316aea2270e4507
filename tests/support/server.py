"""The real server in a process of its own, that a test may kill and start again."""

import os
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from server.kernel.problems import UNDECLARED
from server.kernel.settings import Settings
from tests.support.bodies import stored
from tests.support.patience import Patience
from tests.support.processes import die_with_parent, free_port

_READY_SECONDS = 60
_REPOSITORY = Path(__file__).parents[2]


class Server:
    """``python -m server serve`` on loopback, over the same folder and database however often it is started."""

    def __init__(self, folder: Path, database_url: str = "", **settings: str) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self._log = folder / "server.log"
        chosen = {"data_dir": str(folder), "port": str(self.port), "log_level": "warning"}
        chosen |= {"database_url": database_url} | settings
        self.database_url = Settings(data_dir=chosen["data_dir"], database_url=chosen["database_url"]).url
        kept = {name: value for name, value in os.environ.items() if not name.startswith("PLUMBLINE_")}
        self._environment = kept | {f"PLUMBLINE_{name.upper()}": value for name, value in chosen.items()}
        self._process: subprocess.Popen[bytes] | None = None

    def user(self, login: str, name: str, password: str) -> None:
        """Make the first administrator."""
        self.command("user", login, name, said=password)

    def command(self, *arguments: str, said: str = "") -> str:
        """Run a command of the program over the same folder and database, with ``said`` on its input."""
        done = subprocess.run(
            [sys.executable, "-m", "server", *arguments],
            env=self._environment, cwd=_REPOSITORY, input=said, capture_output=True, text=True, timeout=600, check=True,
        )  # fmt: skip
        return done.stdout

    def start(self) -> None:
        """Start it and wait until it answers."""
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "server", "serve"],
                env=self._environment, cwd=_REPOSITORY, stdout=log, stderr=log, preexec_fn=die_with_parent,  # noqa: PLW1509 - it calls one C function
            )  # fmt: skip
        patience = Patience(_READY_SECONDS)
        with httpx.Client(base_url=self.url, timeout=10) as http:  # one: making it costs as much as an import
            while True:
                try:
                    if http.get("/health").is_success:
                        return
                except httpx.TransportError:
                    if self._process.poll() is not None or not patience.lasts():
                        raise RuntimeError(self.log()) from None
                time.sleep(0.05)

    def kill(self) -> None:
        """End it as a power cut would: no signal handler, no flush."""
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        """Ask it to end, and wait."""
        self._end(signal.SIGTERM)

    def limit_files(self, size: int | None) -> None:
        """Let no file of the running process grow beyond so many bytes, as on a full disk; None: no limit."""
        assert self._process is not None
        limit = resource.RLIM_INFINITY if size is None else size
        resource.prlimit(self._process.pid, resource.RLIMIT_FSIZE, (limit, resource.RLIM_INFINITY))

    def log(self) -> str:
        """Return what it has logged so far."""
        return self._log.read_text("utf-8", "replace")

    def _end(self, how: signal.Signals) -> None:
        if self._process is not None:
            self._process.send_signal(how)
            try:
                self._process.wait(300)
            except subprocess.TimeoutExpired:
                self._process.kill()
                raise
            self._process = None


@contextmanager
def running(server: Server) -> Iterator[Server]:
    """Run a server for as long as the block lasts.

    Fail if it answered with a problem that a route did not declare, or stored a body that the contract lacks.
    """
    server.start()
    try:
        yield server
    finally:
        server.kill()
    undeclared = [line for line in server.log().splitlines() if UNDECLARED in line]
    assert not undeclared, "\n".join(undeclared)
    unlike = stored(server.database_url)
    assert not unlike, "\n".join(unlike)

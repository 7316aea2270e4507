"""A throw-away PostgreSQL cluster: the real server, on loopback, without durability, ready in under a second."""

import asyncio
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import asyncpg

from tests.support.patience import Patience
from tests.support.processes import die_with_parent, free_port

_READY_SECONDS = 30
_SERVER_SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "max_connections": "100",
    "shared_buffers": "32MB",
    "autovacuum": "off",
    "timezone": "UTC",
}


def missing() -> str | None:
    """Say what is missing for :func:`cluster`, or None."""
    found = all(_binary(name) for name in ("initdb", "postgres"))
    return None if found else "no PostgreSQL server binaries: run scripts/install-system-packages"


class Cluster:
    """A running cluster: makes databases, gives their URLs."""

    def __init__(self, port: int) -> None:
        self.port = port

    def url(self, database: str) -> str:
        """Return the SQLAlchemy URL of a database."""
        return f"postgresql+asyncpg://tests@127.0.0.1:{self.port}/{database}"

    def create(self, template: str = "template0") -> str:
        """Make a database as a copy of ``template`` and give its name. Nobody may be connected to the template."""
        name = f"t{uuid.uuid4().hex}"
        self.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}" STRATEGY FILE_COPY')
        return name

    def drop(self, database: str) -> None:
        """Remove a database, whoever is connected."""
        self.execute(f'DROP DATABASE IF EXISTS "{database}" WITH (FORCE)')

    def execute(self, statement: str) -> None:
        """Run one statement outside any transaction; also from inside a running event loop."""
        with ThreadPoolExecutor(1) as pool:
            pool.submit(asyncio.run, self._execute(statement)).result()

    async def _execute(self, statement: str) -> None:
        connection = await asyncpg.connect(host="127.0.0.1", port=self.port, user="tests", database="postgres")
        try:
            await connection.execute(statement)
        finally:
            await connection.close()


@contextmanager
def cluster() -> Iterator[Cluster]:
    """Run a cluster for as long as the block lasts. As root it runs as ``postgres``, because initdb refuses root."""
    base = Path(tempfile.mkdtemp(prefix="plumbline-pg-"))
    user: dict[str, Any] = {}
    if os.geteuid() == 0:
        account = pwd.getpwnam("postgres")
        os.chown(base, account.pw_uid, account.pw_gid)
        user = {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}
    data, log = base / "data", base / "log"
    init = ("-D", str(data), "-U", "tests", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "-N", "--no-instructions")
    try:
        with log.open("wb") as out:
            subprocess.run([_binary("initdb") or "", *init], check=True, stdout=out, stderr=out, cwd="/", **user)
            port = free_port()
            settings = _SERVER_SETTINGS | {"port": str(port), "unix_socket_directories": str(base)}
            options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
            server = subprocess.Popen(
                [_binary("postgres") or "", "-D", str(data), *options],
                stdout=out, stderr=out, cwd="/", preexec_fn=die_with_parent, **user,  # noqa: PLW1509 - forked from the main thread
            )  # fmt: skip
        try:
            running = Cluster(port)
            _wait_until_ready(running, server, log)
            yield running
        finally:
            server.send_signal(signal.SIGQUIT)  # nothing in it is worth a checkpoint
            server.wait(10)
    except subprocess.CalledProcessError as error:
        raise RuntimeError(log.read_text("utf-8", "replace")) from error
    finally:
        shutil.rmtree(base, ignore_errors=True)


def _wait_until_ready(running: Cluster, server: "subprocess.Popen[bytes]", log: Path) -> None:
    patience = Patience(_READY_SECONDS)
    while True:
        try:
            running.execute("SELECT 1")
        except (OSError, asyncpg.PostgresError) as error:
            if server.poll() is not None or not patience.lasts():
                raise RuntimeError(log.read_text("utf-8", "replace")) from error
            time.sleep(0.02)
        else:
            return


def _binary(name: str) -> str | None:
    versions = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), key=lambda path: int(path.parts[-3]))
    return str(versions[-1]) if versions else shutil.which(name)

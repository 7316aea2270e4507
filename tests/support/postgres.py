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
from collections.abc import Awaitable, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, TypeVar

import asyncpg

from tests.support.patience import Patience
from tests.support.processes import die_with_parent, free_port

T = TypeVar("T")

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


#: What tables, columns, indexes and constraints there are.
_LOOKS = """
SELECT md5(string_agg(looks, ';' ORDER BY looks)) FROM (
    SELECT format('%s %s %s %s %s', c.relname, c.relkind, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull)
    FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid WHERE c.relnamespace = 'public'::regnamespace
    UNION ALL SELECT pg_get_indexdef(indexrelid) FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid
    WHERE c.relnamespace = 'public'::regnamespace
    UNION ALL SELECT conname || pg_get_constraintdef(oid) FROM pg_constraint
    WHERE connamespace = 'public'::regnamespace
    UNION ALL SELECT tgname::text FROM pg_trigger WHERE NOT tgisinternal
) AS all_of_it(looks)
"""


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

    def execute(self, statement: str, database: str = "postgres") -> None:
        """Run statements, one alone outside any transaction; also from inside a running event loop."""
        self.run(lambda connection: connection.execute(statement), database)

    def run(self, work: Callable[[asyncpg.Connection], Awaitable[T]], database: str = "postgres") -> T:
        """Return what comes of work on a connection; also from inside a running event loop."""
        with ThreadPoolExecutor(1) as pool:
            return pool.submit(asyncio.run, self._run(work, database)).result()

    async def _run(self, work: Callable[[asyncpg.Connection], Awaitable[T]], database: str) -> T:
        connection = await asyncpg.connect(host="127.0.0.1", port=self.port, user="tests", database=database)
        try:
            return await work(connection)
        finally:
            await connection.close()


class Copies:
    """Copies of a template that are used one after the other: making and dropping one costs more than most tests.

    The rows of the template are kept beside, in a schema of their own; before the next test a copy holds exactly those
    again. One whose tables a test has changed is dropped.
    """

    #: Deleted rows stay in the files, as nothing vacuums.
    USES: Final = 50

    def __init__(self, cluster: Cluster, template: str) -> None:
        self.cluster, self._template = cluster, template
        self._used: dict[str, int] = {}
        self._idle: list[str] = []
        kept = (
            "SELECT format('CREATE TABLE kept.%1$I AS TABLE public.%1$I', tablename)"
            " FROM pg_tables WHERE schemaname = 'public'"
        )
        put_back = (
            "SELECT string_agg(format('DELETE FROM public.%1$I; INSERT INTO public.%1$I TABLE kept.%1$I;', tablename),"
            " '' ORDER BY tablename) FROM pg_tables WHERE schemaname = 'public'"
        )

        async def prepare(connection: asyncpg.Connection) -> tuple[str, str]:
            await connection.execute("CREATE SCHEMA kept")
            for row in await connection.fetch(kept):
                await connection.execute(row[0])
            return await connection.fetchval(put_back), await connection.fetchval(_LOOKS)

        self._put_back, self._looks = cluster.run(prepare, template)

    def take(self) -> str:
        """Give the name of a copy that holds what the template does."""
        name = self._idle.pop() if self._idle else self.cluster.create(self._template)
        self._used[name] = self._used.get(name, 0) + 1
        return name

    def give_back(self, name: str) -> None:
        """Make a copy ready for the next, or drop it; whoever is connected is thrown out."""
        if self._used[name] < self.USES and self.cluster.run(self._restored, name):
            self._idle.append(name)
        else:
            self.cluster.drop(name)

    async def _restored(self, connection: asyncpg.Connection) -> bool:
        await connection.execute(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        if await connection.fetchval(_LOOKS) != self._looks:
            return False
        await connection.execute(f"SET session_replication_role = replica; {self._put_back}")
        return True


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

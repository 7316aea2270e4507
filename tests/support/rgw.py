"""A throw-away S3 service: Ceph's own gateway over one monitor and one in-memory store, on loopback, as any user."""

import shutil
import subprocess
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.support.patience import Patience
from tests.support.processes import answers, die_with_parent, free_port

ACCESS_KEY, SECRET_KEY = "plumbline-tests", "only-for-the-tests-0123456789"
_READY_SECONDS = 60
_COMMAND_SECONDS = 60

# Why what is set: no authentication between the daemons, hence no secure mode, without which the gateway hangs; one
# copy of everything; answers from the monitor at once instead of after a second; a disk that is full is not our disk.
_CONFIGURATION = """
[global]
fsid = {fsid}
mon initial members = a
mon host = [v2:127.0.0.1:{monitor}/0]
public addr = 127.0.0.1
cluster addr = 127.0.0.1
auth cluster required = none
auth service required = none
auth client required = none
ms mon client mode = crc
ms mon service mode = crc
ms mon cluster mode = crc
ms cluster mode = crc
ms service mode = crc
ms client mode = crc
ms bind ipv6 = false
osd pool default size = 1
osd pool default min size = 1
osd pool default pg num = 1
osd pool default pgp num = 1
osd pool default pg autoscale mode = off
osd crush chooseleaf type = 0
osd objectstore = memstore
memstore device bytes = {memory}
mon allow pool size one = true
mon max pg per osd = 2000
mon data avail crit = 1
mon data avail warn = 2
mon cluster log file = {folder}/log/cluster.log
paxos propose interval = 0.02
paxos min wait = 0.005
run dir = {folder}/run
log file = {folder}/log/$name.log
admin socket = {folder}/run/$name.asok
pid file =
crash dir = {folder}/run
[mon.a]
mon data = {folder}/mon
[osd.0]
osd data = {folder}/osd
[client.rgw]
rgw frontends = {frontends}
rgw data = {folder}/rgw
rgw dns name = localhost
rgw enable usage log = false
rgw thread pool size = 32
"""


def missing() -> str | None:
    """Say what is missing for :func:`server`, or None."""
    found = all(shutil.which(name) for name in ("radosgw", "ceph-mon", "ceph-osd", "ceph", "radosgw-admin"))
    return None if found else "no Ceph RGW: run scripts/install-system-packages"


@dataclass(kw_only=True, eq=False)
class Server:
    """A running S3 service. ``tls_endpoint`` is the same service behind the certificate that was given.

    ``kill`` and ``start`` concern its gateway: what was stored stays stored, what was on its way breaks.
    """

    endpoint: str
    tls_endpoint: str
    open_gateway: Callable[[], "subprocess.Popen[bytes]"]
    gateway: "subprocess.Popen[bytes]"
    access_key: str = ACCESS_KEY
    secret_key: str = SECRET_KEY

    def kill(self) -> None:
        """End the gateway as a power cut would."""
        self.gateway.kill()
        self.gateway.wait()

    def start(self) -> None:
        """Start the gateway again, and wait until it answers."""
        self.gateway = self.open_gateway()


@contextmanager
def server(certificate: Path, key: Path, memory: int = 3 << 30) -> Iterator[Server]:
    """Run the service for as long as the block lasts; ``certificate`` (PEM) is for ``localhost``."""
    folder = Path(tempfile.mkdtemp(prefix="plumbline-rgw-"))
    daemons: list[subprocess.Popen[bytes]] = []
    for name in ("mon", "osd", "rgw", "run", "log"):
        (folder / name).mkdir()
    monitor, port, tls_port = free_port(), free_port(), free_port()
    fsid, osd = str(uuid.uuid4()), str(uuid.uuid4())
    frontends = (
        f"beast endpoint=127.0.0.1:{port} ssl_endpoint=127.0.0.1:{tls_port} "
        f"ssl_certificate={certificate} ssl_private_key={key}"
    )
    conf = str(folder / "ceph.conf")
    Path(conf).write_text(
        _CONFIGURATION.format(fsid=fsid, monitor=monitor, folder=folder, memory=memory, frontends=frontends)
    )

    def start(*command: str) -> "subprocess.Popen[bytes]":
        with (folder / "log" / f"{command[0]}.out").open("wb") as out:
            daemon = subprocess.Popen(
                command, stdout=out, stderr=out, stdin=subprocess.DEVNULL,
                preexec_fn=die_with_parent,  # noqa: PLW1509 - forked from the main thread
            )  # fmt: skip
        daemons.append(daemon)
        return daemon

    try:
        monmap = str(folder / "monmap")
        _run("monmaptool", "--create", "--fsid", fsid, "--addv", "a", f"[v2:127.0.0.1:{monitor}]", monmap)
        _run("ceph-mon", "-c", conf, "--mkfs", "-i", "a", "--monmap", monmap)
        start("ceph-mon", "-c", conf, "-f", "-i", "a")
        _run("ceph", "-c", conf, "--connect-timeout", "30", "osd", "new", osd)
        _run("ceph-osd", "-c", conf, "-i", "0", "--mkfs", "--osd-uuid", osd)
        start("ceph-osd", "-c", conf, "-f", "-i", "0")

        def open_gateway() -> "subprocess.Popen[bytes]":
            gateway = start("radosgw", "-c", conf, "-f", "-n", "client.rgw")
            _wait_for(port, gateway, folder / "log" / "client.rgw.log")
            return gateway

        gateway = open_gateway()
        _run(
            "radosgw-admin", "-c", conf, "-n", "client.rgw", "user", "create", "--uid=tests", "--display-name=tests",
            f"--access-key={ACCESS_KEY}", f"--secret-key={SECRET_KEY}", "--max-buckets=100000",
        )  # fmt: skip
        yield Server(
            endpoint=f"http://127.0.0.1:{port}",
            tls_endpoint=f"https://localhost:{tls_port}",
            open_gateway=open_gateway,
            gateway=gateway,
        )
    finally:
        for daemon in reversed(daemons):
            daemon.kill()  # asked politely, each takes five seconds, and nothing here is worth keeping
        for daemon in daemons:
            daemon.wait()
        shutil.rmtree(folder, ignore_errors=True)


def _run(*command: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True, timeout=_COMMAND_SECONDS, check=False)
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)}: {done.stderr[-2000:]}")


def _wait_for(port: int, gateway: "subprocess.Popen[bytes]", log: Path) -> None:
    patience = Patience(_READY_SECONDS)
    while not answers(port):
        if gateway.poll() is not None or not patience.lasts():
            said = log.read_text("utf-8", "replace")[-2000:] if log.exists() else "nothing"
            raise RuntimeError(f"radosgw did not start; it said: {said}")
        time.sleep(0.02)

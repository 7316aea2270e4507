"""Uploads of 2 MiB (POST, then PATCH) per CPU-second of the server, beside npm's ``@tus/server`` with its file store.

All servers run at once and take turns, so that whatever else the machine does falls on all alike. Ours compares the
SHA-256 of each file, makes it durable (fsync) and journals it; the other one writes the file and no more.
"""

import base64
import hashlib
import itertools
import os
import statistics
import tempfile
import time
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import boto3
import httpx

from tests.bench.link import cpu_of
from tests.bench.meter import Served, serving
from tests.bench.plumbline import Site, administrator, plumbline
from tests.bench.table import Table
from tests.support import certificates, node, rgw
from tests.support.processes import free_port

SIZE = 2 << 20
ROUNDS = 5
UPLOADS = 32
CLIENTS = (1, 8)
_TUS = {"Tus-Resumable": "1.0.0"}
_EXEC = "import os, sys; os.execv(sys.argv[1], sys.argv[1:])"


@dataclass
class Contender:
    """A server in the race, and the CPU-seconds an upload took, round by round, by number of clients."""

    name: str
    served: Served
    path: str
    headers: dict[str, str]
    seconds: dict[int, list[float]] = field(default_factory=lambda: {count: [] for count in CLIENTS})

    def round(self, clients: int) -> None:
        """Send a round of files that the server has not seen."""
        files = [os.urandom(SIZE) for _ in range(UPLOADS)]
        sent = [(data, hashlib.sha256(data).hexdigest()) for data in files]
        with ExitStack() as stack:
            links = [
                stack.enter_context(httpx.Client(base_url=self.served.url, headers=self.headers | _TUS, timeout=60))
                for _ in range(clients)
            ]
            pool = stack.enter_context(ThreadPoolExecutor(clients))
            for link in links:
                link.options(self.path)  # a phone's connection is there already

            def all_of_them() -> None:
                each = [pool.submit(self._send, links[at], sent[at::clients]) for at in range(clients)]
                for one in each:
                    one.result()

            self.seconds[clients].append(cpu_of(self.served, all_of_them) / UPLOADS)

    def per_cpu_second(self, clients: int) -> float:
        """Return the middle of the rounds."""
        return 1 / statistics.median(self.seconds[clients])

    def _send(self, link: httpx.Client, files: list[tuple[bytes, str]]) -> None:
        for data, digest in files:
            metadata = f"sha256 {base64.b64encode(digest.encode()).decode()}"
            begun = link.post(self.path, headers={"Upload-Length": str(SIZE), "Upload-Metadata": metadata})
            begun.raise_for_status()
            sent = link.patch(
                begun.headers["Location"],
                headers={"Upload-Offset": "0", "Content-Type": "application/offset+octet-stream"},
                content=data,
            )
            sent.raise_for_status()
            if sent.headers["Upload-Offset"] != str(SIZE):
                raise RuntimeError(f"{self.name}: {sent.headers}")


def measure() -> Iterable[Table]:
    """Race them."""
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        contenders = [
            stack.enter_context(_peer(Path(folder) / "peer")),
            stack.enter_context(_ours("Plumbline, folder", Path(folder) / "folder")),
        ]
        if rgw.missing() is None:
            bucket = stack.enter_context(_bucket(Path(folder)))
            contenders.append(stack.enter_context(_ours("Plumbline, Ceph RGW", Path(folder) / "s3", **bucket)))
        for clients in CLIENTS:
            for contender in contenders:
                contender.round(clients)  # to warm up
                contender.seconds[clients].clear()
            for _ in range(ROUNDS):
                for contender in contenders:
                    contender.round(clients)
        yield _table(contenders)
    yield _memory()


def _table(contenders: list[Contender]) -> Table:
    peer = contenders[0]
    columns = [f"{what}, {clients}" for clients in ("1 client", "8 clients") for what in ("uploads/CPU-s", "ratio")]
    note = (
        f"Files of {SIZE >> 20} MiB, each by POST and PATCH on connections that are open; medians of {ROUNDS} rounds "
        f"of {UPLOADS} uploads, the servers taking turns. Ours serve without a worker: looking at what has arrived is "
        "a job, and the other server does nothing like it."
    )
    table = Table(("server", *columns, "peak MiB"), note=note)
    for one in contenders:
        rates = [(one.per_cpu_second(count), peer.per_cpu_second(count)) for count in CLIENTS]
        cells = [cell for rate, beside in rates for cell in (f"{rate:.0f}", f"{rate / beside:.2f}")]
        table.add(one.name, *cells, one.served.peak_mib())
    return table


def _memory() -> Table:
    """Send one large file to a fresh server that also verifies it, and say how large the process became."""
    table = Table(("file, MiB", "peak MiB of the server"), note="One file each in a fresh server with its worker.")
    for mib in (16, 256, 2048):
        with tempfile.TemporaryDirectory() as folder:
            administrator(Path(folder))
            with plumbline(Path(folder)) as served, _link(served, Site(served.url)) as link:
                _send_large(link, mib)
                table.add(mib, served.peak_mib())
    return table


def _link(served: Served, site: Site) -> httpx.Client:
    headers = {"Authorization": f"Bearer {site.phone(*site.scopes)}"} | _TUS
    return httpx.Client(base_url=served.url, headers=headers, timeout=300)


def _send_large(link: httpx.Client, mib: int) -> None:
    block, digest = os.urandom(1 << 20), hashlib.sha256()
    for _ in range(mib):
        digest.update(block)
    metadata = f"sha256 {base64.b64encode(digest.hexdigest().encode()).decode()}"
    begun = link.post("/v1/uploads", headers={"Upload-Length": str(mib << 20), "Upload-Metadata": metadata})
    address = begun.headers["Location"]
    sending = {"Upload-Offset": "0", "Content-Type": "application/offset+octet-stream"}
    link.patch(address, headers=sending, content=itertools.repeat(block, mib)).raise_for_status()
    while (state := link.head(address).headers["Upload-State"]) == "verifying":
        time.sleep(0.2)
    if state != "stored":
        raise RuntimeError(f"{mib} MiB: {state}")


@contextmanager
def _peer(folder: Path) -> Iterator[Contender]:
    script, port = node.installed(node.TUS) / "server.mjs", free_port()
    folder.mkdir()
    with serving(["-c", _EXEC, node.NODE, str(script), str(folder), str(port)], port, {}, "/files") as served:
        yield Contender("@tus/server, file store", served, "/files", {})


@contextmanager
def _ours(name: str, folder: Path, **settings: str) -> Iterator[Contender]:
    folder.mkdir()
    administrator(folder)
    with plumbline(folder, embedded_worker="false", **settings) as served:
        site = Site(served.url)
        yield Contender(name, served, "/v1/uploads", {"Authorization": f"Bearer {site.phone(*site.scopes)}"})


@contextmanager
def _bucket(folder: Path) -> Iterator[dict[str, str]]:
    with rgw.server(*certificates.self_signed(folder)) as server:
        boto3.client(
            "s3",
            endpoint_url=server.endpoint,
            region_name="us-east-1",
            aws_access_key_id=server.access_key,
            aws_secret_access_key=server.secret_key,
        ).create_bucket(Bucket="bench")
        yield {
            "blob_store": "s3",
            "s3_endpoint": server.endpoint,
            "s3_bucket": "bench",
            "s3_access_key": server.access_key,
            "s3_secret_key": server.secret_key,
        }

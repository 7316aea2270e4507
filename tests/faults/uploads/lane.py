"""What the suites of uploads run against: real API processes behind a link, over one database and one store."""

import hashlib
import os
import shutil
import time
import uuid
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from server.kernel.settings import Settings, load
from tests.faults.house import Known, bearer
from tests.server.uploads.house import PATCH, TUS, creation, sha256
from tests.support import rgw
from tests.support.link import Link, linked
from tests.support.patience import Patience
from tests.support.postgres import Cluster
from tests.support.server import Server, running

FOLDER, BUCKET, FOLDER_TWO, BUCKET_TWO = "folder", "bucket", "folder, two processes", "bucket, two processes"
#: One process on SQLite, two on PostgreSQL; in a folder and on S3.
EVERY_LANE = (
    FOLDER,
    pytest.param(BUCKET, marks=pytest.mark.s3),
    pytest.param(FOLDER_TWO, marks=pytest.mark.postgres),
    pytest.param(BUCKET_TWO, marks=[pytest.mark.s3, pytest.mark.postgres]),
)
#: The two that have nothing in common; all four run in `make soak`, which sets EVERY_LANE.
LANES = EVERY_LANE if os.environ.get("EVERY_LANE") else (EVERY_LANE[0], EVERY_LANE[-1])
SECONDS = 60


@dataclass
class Lane:
    """The API processes, the link that leads to each in turn, and the people they know."""

    name: str
    servers: list[Server]
    link: Link
    known: Known
    data: Path
    settings: Settings

    @contextmanager
    def http(self) -> Iterator[httpx.Client]:
        """Return a client that opens a connection for each request, and so comes to each process in turn."""
        one_request = httpx.Limits(max_keepalive_connections=0)
        with httpx.Client(
            base_url=self.link.url,
            timeout=SECONDS,
            limits=one_request,
            headers=bearer(self.known.phone),
            follow_redirects=True,  # with a bucket, a file is fetched from there
        ) as client:
            yield client

    def stored(self, client: httpx.Client, data: bytes) -> bool:
        """Wait until the file has passed, and say whether it reads back byte for byte."""
        address, patience = f"/v1/blobs/{sha256(data)}", Patience(SECONDS)
        while (answer := client.get(address)).status_code == httpx.codes.NOT_FOUND and patience.lasts():
            time.sleep(0.05)
        return answer.status_code == httpx.codes.OK and answer.content == data

    def offset(self, client: httpx.Client, address: str) -> int:
        """Look how much of an upload is durable, without taking it over."""
        listed = client.get("/v1/uploads").json()
        return next((int(one.get("offset", 0)) for one in listed if address.endswith(one["id"])), -1)


@contextmanager
def open_lane(name: str, request: pytest.FixtureRequest, **settings: str) -> Iterator[Lane]:
    """Start the processes of a lane over a furnished database of its own."""
    root: Path = request.getfixturevalue("tmp_path_factory").mktemp("lane")
    two = name in (FOLDER_TWO, BUCKET_TWO)
    # A file that a killed process was at is looked at by the other when its lease is over: no need to wait a minute.
    chosen = {"upload_silence_seconds": "2", "job_lease_seconds": "10"} | settings
    if name in (BUCKET, BUCKET_TWO):
        chosen |= _bucket(request)
    with ExitStack() as stack:
        if two:
            template, known = request.getfixturevalue("furnished_postgres")
            cluster: Cluster = request.getfixturevalue("postgres_cluster")
            database = cluster.create(template)
            stack.callback(cluster.drop, database)
            url = cluster.url(database)
        else:
            folder, known = request.getfixturevalue("furnished")
            shutil.copytree(folder, root / "data")
            url = ""
        chosen |= {"data_dir": str(root / "data"), "database_url": url}
        read = load({f"PLUMBLINE_{key.upper()}": value for key, value in chosen.items()})
        # Processes of one house share its folder; each has a log of its own.
        servers = [
            stack.enter_context(running(Server(root / f"log-{number}", **chosen))) for number in range(2 if two else 1)
        ]
        link = stack.enter_context(linked(*(server.port for server in servers)))
        yield Lane(name, servers, link, known, root / "data", read)


def _bucket(request: pytest.FixtureRequest) -> dict[str, str]:
    server: rgw.Server = request.getfixturevalue("rgw_server")
    name = f"t-{uuid.uuid4().hex}"
    request.getfixturevalue("rgw_admin").create_bucket(Bucket=name)
    return {
        "blob_store": "s3",
        "s3_endpoint": server.endpoint,
        "s3_bucket": name,
        "s3_access_key": server.access_key,
        "s3_secret_key": server.secret_key,
    }


def begin(client: httpx.Client, data: bytes, **metadata: str) -> str:
    """Create an upload and give its address."""
    answer = client.post("/v1/uploads", headers=creation(data, **metadata))
    assert answer.status_code == httpx.codes.CREATED, answer.text
    return str(answer.headers["location"])


def send(client: httpx.Client, address: str, offset: int, data: Any, **headers: str) -> httpx.Response:
    """Send bytes from ``offset`` on."""
    return client.patch(address, headers=PATCH | {"Upload-Offset": str(offset)} | headers, content=data)


def ask(client: httpx.Client, address: str) -> int:
    """Ask for the offset, which takes the upload over."""
    answer = client.head(address, headers=TUS)
    assert answer.status_code == httpx.codes.OK, answer.headers
    return int(answer.headers["upload-offset"])


def finish(client: httpx.Client, address: str, data: bytes) -> None:
    """Send what is missing, as a phone does: one that is overtaken by its own past asks again."""
    for _ in range(5):
        offset = ask(client, address)
        if offset == len(data) or send(client, address, offset, data[offset:]).status_code == httpx.codes.NO_CONTENT:
            return
        time.sleep(0.1)
    raise AssertionError("it is overtaken again and again")


def metadata(data: bytes, name: str = "照片.jpg") -> dict[str, str]:
    """Return what the foreign client declares of a file."""
    return {"sha256": hashlib.sha256(data).hexdigest(), "filename": name, "filetype": "application/octet-stream"}

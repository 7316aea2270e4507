"""tus-js-client, as its makers released it, uploads, breaks and resumes: what we speak is tus and not only our own."""

import json
import os
import subprocess
import time
from pathlib import Path
from typing import Any

import httpx
import pytest

from media.upload import PART_BYTES
from tests.faults.uploads.lane import Lane, ask, metadata
from tests.server.uploads.house import sha256
from tests.support import node
from tests.support.link import Break
from tests.support.patience import Patience

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(300)]

MIB = 1 << 20


@pytest.fixture(scope="session")
def package() -> Path:
    return node.installed(node.TUS)


class Client:
    """Runs the foreign client, each time as a process of its own."""

    def __init__(self, package: Path, lane: Lane, folder: Path) -> None:
        self._package, self._lane, self._folder = package, lane, folder

    def run(self, data: bytes, **options: Any) -> dict[str, Any]:
        out, _ = self._start(data, **options).communicate(timeout=900)
        said: dict[str, Any] = json.loads(out.splitlines()[-1])
        return said

    def crash(self, data: bytes, urls: str) -> None:
        """Send until a part is durable and more is under way; then end at once."""
        self._lane.link.break_after(PART_BYTES + MIB, how=Break.SILENCE)
        running = self._start(data, urls=urls)
        patience = Patience(60)
        with self._lane.http() as http:
            while max((one.get("offset", 0) for one in http.get("/v1/uploads").json()), default=0) < PART_BYTES:
                assert patience.lasts()
                time.sleep(0.02)
        running.kill()
        running.communicate()

    def _start(self, data: bytes, **options: Any) -> "subprocess.Popen[str]":
        path = self._folder / sha256(data)
        path.write_bytes(data)
        job = {
            "file": str(path),
            "size": len(data),
            "endpoint": f"{self._lane.link.url}/v1/uploads",
            "token": self._lane.known.phone,
            "metadata": metadata(data),
            **options,
        }
        command = [node.NODE, str(self._package / "client.mjs"), json.dumps(job)]
        return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


@pytest.fixture
def client(package: Path, lane: Lane, tmp_path: Path) -> Client:
    return Client(package, lane, tmp_path)


def patches(said: dict[str, Any]) -> list[int]:
    """Return the offsets at which the client began to send."""
    return [offset for method, offset in said["requests"] if method in ("PATCH", "POST") and offset >= 0]


@pytest.mark.parametrize(
    "size", [0, 1, 2 * MIB, PART_BYTES, 2 * PART_BYTES + 5], ids=["empty", "a byte", "photo", "a part", "video"]
)
def test_a_file_of_any_size_arrives(lane: Lane, client: Client, size: int) -> None:
    data = os.urandom(size)
    assert client.run(data).get("sent")
    with lane.http() as http:
        assert lane.stored(http, data)


@pytest.mark.parametrize(
    "options",
    [{"uploadDataDuringCreation": True}, {"chunkSize": 3 * MIB + 1}, {"overridePatchMethod": True}],
    ids=["with its creation", "in chunks unequal to parts", "by POST alone"],
)
def test_it_arrives_in_any_way_the_client_knows(lane: Lane, client: Client, options: dict[str, Any]) -> None:
    data = os.urandom(PART_BYTES + 3 * MIB)
    said = client.run(data, **options)
    assert said.get("sent"), said
    with lane.http() as http:
        assert lane.stored(http, data)


@pytest.mark.parametrize("how", list(Break))
def test_a_link_that_breaks_again_and_again_never_sends_it_back_to_the_start(
    lane: Lane, client: Client, how: Break
) -> None:
    data = os.urandom(2 * PART_BYTES + 5 * MIB + 7)
    before, breaks = lane.link.up, (PART_BYTES + MIB, 5 * MIB, 4 * MIB) if how is not Break.SILENCE else (9 * MIB,)
    lane.link.break_after(*breaks, how=how)
    said = client.run(data)
    assert said.get("sent"), said
    assert lane.link.whole
    begun = patches(said)
    assert begun == sorted(begun)
    assert len(begun) > len(breaks)
    # What was under way when it broke travels again: the part not yet staged, at most, and what the sockets held.
    assert lane.link.up - before < len(data) + len(breaks) * (PART_BYTES + 2 * MIB)
    with lane.http() as http:
        assert lane.stored(http, data)


def test_a_client_that_crashed_goes_on_where_it_was(lane: Lane, client: Client, tmp_path: Path) -> None:
    data, urls = os.urandom(3 * PART_BYTES), str(tmp_path / "urls.json")
    client.crash(data, urls)
    said = client.run(data, urls=urls)
    assert said.get("sent"), said
    assert said["requests"][0][0] == "HEAD"
    assert patches(said)[0] >= PART_BYTES
    with lane.http() as http:
        assert lane.stored(http, data)


def test_the_server_may_be_killed_meanwhile(lane: Lane, client: Client, tmp_path: Path) -> None:
    data, urls = os.urandom(2 * PART_BYTES + MIB), str(tmp_path / "urls.json")
    client.crash(data, urls)
    for server in lane.servers:
        server.kill()
    assert client.run(data, urls=urls).get("status") == 0
    for server in lane.servers:
        server.start()
    said = client.run(data, urls=urls)
    assert said.get("sent"), said
    assert patches(said)[0] >= PART_BYTES
    with lane.http() as http:
        assert lane.stored(http, data)


def test_it_can_give_an_upload_up(lane: Lane, client: Client) -> None:
    said = client.run(os.urandom(3 * PART_BYTES), terminateAt=MIB)
    assert said.get("terminated"), said
    with lane.http() as http:
        assert http.head(said["url"], headers={"Tus-Resumable": "1.0.0"}).status_code == httpx.codes.NOT_FOUND


def test_it_is_told_that_a_file_is_not_what_was_declared(lane: Lane, client: Client) -> None:
    data = os.urandom(MIB)
    wrong = metadata(data) | {"sha256": sha256(b"something else")}
    said = client.run(data, metadata=wrong)
    assert said["status"] == 460, said
    large = os.urandom(PART_BYTES + 1)
    said = client.run(large, metadata=metadata(large) | {"sha256": sha256(b"something else again")})
    assert said.get("sent")  # received, and nothing more: the whole is compared afterwards
    with lane.http() as http:
        for digest in (sha256(data), sha256(large), sha256(b"something else"), sha256(b"something else again")):
            assert http.get(f"/v1/blobs/{digest}").status_code == httpx.codes.NOT_FOUND
        patience = Patience(60)
        while (answer := http.head(said["url"], headers={"Tus-Resumable": "1.0.0"})).status_code != 460:
            assert answer.headers["upload-state"] == "verifying"
            assert patience.lasts()
            time.sleep(0.05)


def test_a_stored_file_can_be_asked_about_by_its_upload(lane: Lane, client: Client) -> None:
    data = os.urandom(MIB)
    said = client.run(data)
    with lane.http() as http:
        assert ask(http, said["url"]) == MIB

"""Power cuts on our side of the link: every file ends byte-identical or can be resumed, and nothing stays behind.

``KILLS`` says how often a server is killed (3 here, 30 when soaking).
"""

import asyncio
import hashlib
import itertools
import os
import random
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Final

import httpx
import pytest

from media.upload import PART_BYTES
from server.fieldphone import Phone
from server.jobs import Job
from server.kernel.clock import new_id
from server.uploads import open_store
from server.uploads.cleanup import CleanUp
from sync.ports import Unreachable
from tests.faults.house import open_program
from tests.faults.uploads.lane import BUCKET_TWO, FOLDER, LANES, Lane, begin, finish, open_lane, send
from tests.server.uploads.house import TUS
from tests.support import rgw
from tests.support.patience import wait_for

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(900)]

KILLS: Final = int(os.environ.get("KILLS", "3"))
MIB: Final = 1 << 20
#: A photo, a scan that just fills a part, and a video.
SIZES: Final = (2 * MIB + 1, PART_BYTES, 2 * PART_BYTES + 5)


class Sender:
    """A phone that keeps files and sends them, whatever becomes of the servers, until all are sent."""

    def __init__(self, lane: Lane, folder: Path, seed: int) -> None:
        self._lane, self._folder, self._seed = lane, folder, seed
        self._sent = 0
        #: Chunks that went out and tries that failed, ever.
        self.chunks, self.failures = 0, 0

    def work(self) -> None:
        """Keep a photo, a scan and a video, and send them."""
        phone = Phone(self._folder, self._lane.link.url, self._lane.known.phone, cut=self._slowly)
        try:
            for number in range(self._sent, self._sent + len(SIZES)):
                path = self._folder / f"file-{number}"
                path.write_bytes(self._file(number))
                phone.keep(path, "application/octet-stream")
            _until(lambda: self._try(phone), seconds=120)
            self._sent += len(SIZES)
        finally:
            phone.close()

    def files(self) -> Iterator[bytes]:
        """Return what was sent, one after the other."""
        return (self._file(number) for number in range(self._sent))

    def _file(self, number: int) -> bytes:
        return random.Random(self._seed * 1000 + number).randbytes(SIZES[number % len(SIZES)])

    def _try(self, phone: Phone) -> bool:
        try:
            phone.files.send_all(phone.now)
        except Unreachable:
            self.failures += 1
            return False
        return True

    def _slowly(self, _sha256: str, _start: int, reached: int) -> None:
        self.chunks += 1
        if reached % (512 * 1024) == 0:
            time.sleep(0.01)  # so that a kill finds something under way


@pytest.mark.parametrize("name", LANES)
def test_kill_9_during_uploads_leaves_every_file_whole(
    request: pytest.FixtureRequest, tmp_path: Path, name: str
) -> None:
    chance = random.Random(KILLS)
    with open_lane(name, request) as lane, ThreadPoolExecutor(2) as pool:
        senders = [Sender(lane, _made(tmp_path / str(number)), seed=number) for number in range(2)]
        for kill in range(KILLS):
            due = sum(sender.chunks for sender in senders) + chance.randint(1, 400)
            work = [pool.submit(sender.work) for sender in senders]
            _until(lambda due=due: sum(sender.chunks for sender in senders) >= due)  # type: ignore[misc]
            assert not all(one.done() for one in work), "the kill came too late"
            server = lane.servers[kill % len(lane.servers)]
            server.kill()
            server.start()
            for one in work:
                one.result(timeout=180)
        _all_is_well(lane, itertools.chain(*(sender.files() for sender in senders)))


@pytest.mark.s3
@pytest.mark.postgres
def test_the_s3_service_killed_during_uploads_loses_nothing(
    request: pytest.FixtureRequest, tmp_path: Path, rgw_server: rgw.Server
) -> None:
    with open_lane(BUCKET_TWO, request) as lane, ThreadPoolExecutor(1) as pool:
        sender = Sender(lane, _made(tmp_path / "phone"), seed=9)
        for _ in range(min(KILLS, 5)):
            chunks, failures = sender.chunks, sender.failures
            work = pool.submit(sender.work)
            _until(lambda chunks=chunks: sender.chunks > chunks)  # type: ignore[misc]
            rgw_server.kill()
            _until(lambda failures=failures, work=work: sender.failures > failures or work.done())  # type: ignore[misc]
            rgw_server.start()
            work.result(timeout=180)
        _all_is_well(lane, sender.files())


def test_a_full_disk_is_said_and_what_was_sent_goes_on_when_there_is_room(request: pytest.FixtureRequest) -> None:
    """A limit on the size of a file stands for the disk: the store hears the same OSError, and no right is needed."""
    data = os.urandom(PART_BYTES + MIB)
    with open_lane(FOLDER, request) as lane, lane.http() as http:
        (server,) = lane.servers
        server.limit_files(6 * MIB)
        address = begin(http, data)
        answer = send(http, address, 0, data)
        assert (answer.status_code, answer.json()["code"]) == (503, "media.store_unavailable")
        assert http.head(address, headers=TUS).headers["upload-state"] == "receiving"
        photo = os.urandom(7 * MIB)
        assert send(http, begin(http, photo), 0, photo).status_code == 503
        assert http.get(f"/v1/blobs/{hashlib.sha256(photo).hexdigest()}").status_code == httpx.codes.NOT_FOUND
        server.limit_files(PART_BYTES + MIB // 2)
        finish(http, address, data)
        # There is room for its parts and not for the whole: it waits, and is not called stored.
        _until(lambda: "failed, attempt 1" in server.log())
        assert http.head(address, headers=TUS).headers["upload-state"] == "verifying"
        server.limit_files(None)
        _all_is_well(lane, [data])


def _all_is_well(lane: Lane, files: Iterable[bytes]) -> None:
    """Every file reads back, nothing is unfinished, and of the ways there nothing is left after a sweep."""
    with lane.http() as http:
        assert all(lane.stored(http, data) for data in files)
        for one in http.get("/v1/uploads").json():  # its creation's answer was lost, and another took its place
            assert "state" not in one or one["state"] == "receiving", one
            assert http.delete(f"/v1/uploads/{one['id']}", headers=TUS).status_code == 204
    for server in lane.servers:
        assert "unexpected error" not in server.log()
    asyncio.run(_nothing_stays(lane))


async def _nothing_stays(lane: Lane) -> None:
    program = open_program(lane.settings)
    cleanup = Job[dict[str, Any]](id=new_id(), kind=CleanUp.kind, args={}, attempt=1, max_attempts=1, token="")
    (clean_up,) = [handler for handler in program.handlers if handler.kind == cleanup.kind]
    await clean_up(cleanup)
    await program.close()
    files = open_store(lane.settings)
    assert await files.waiting("", 1000) == []
    await files.tidy(-60, 1000)  # which a writer that lives would not survive: there is none
    assert await files.tidy(-60, 1000) == 0


def _until(holds: Callable[[], bool], seconds: float = 60) -> None:
    """Wait on what another process or thread does."""
    wait_for(holds, "it to come to that", seconds, pause=0.02)


def _made(folder: Path) -> Path:
    folder.mkdir()
    return folder

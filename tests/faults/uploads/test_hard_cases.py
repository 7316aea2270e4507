"""The cases in which other upload servers broke, against ours: by raw sockets and plain HTTP, in every lane."""

import base64
import contextlib
import hashlib
import os
import socket
import struct
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from media.upload import MAX_PARTS, PART_BYTES
from tests.faults.house import bearer, problem
from tests.faults.uploads.lane import FOLDER, Lane, ask, begin, finish, open_lane, send
from tests.server.uploads.house import PATCH, TUS, creation
from tests.support.patience import Patience

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(300)]

MIB = 1 << 20


class Raw:
    """A PATCH by hand, which can stop anywhere."""

    def __init__(self, lane: Lane, address: str, offset: int, length: int) -> None:
        self._link = socket.create_connection(("127.0.0.1", lane.link.port), timeout=30)
        headers = PATCH | bearer(lane.known.phone)
        headers |= {"Host": "phone", "Upload-Offset": str(offset), "Content-Length": str(length)}
        lines = [f"PATCH {address} HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items()), "", ""]
        self.head = "\r\n".join(lines).encode()

    def send(self, data: bytes) -> "Raw":
        self._link.sendall(data)
        return self

    def status(self) -> int:
        """Read the status of the answer; 0 when the link ends without one."""
        try:
            answer = self._link.recv(4096)
        except ConnectionError:
            answer = b""
        return int(answer.split(b" ", 2)[1]) if answer else 0

    def close(self, *, reset: bool = False) -> None:
        if reset:
            self._link.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._link.close()


def test_of_eight_clients_on_one_upload_every_byte_counts_once(lane: Lane) -> None:
    data = os.urandom(PART_BYTES + 4 * MIB + 1)
    answers: list[int] = []

    def push(address: str) -> None:
        with lane.http() as http:
            while True:
                asked = http.head(address, headers=TUS)
                if asked.status_code != httpx.codes.OK:
                    answers.append(asked.status_code)
                    return
                offset = int(asked.headers["upload-offset"])
                if offset == len(data):
                    return
                answers.append(send(http, address, offset, data[offset : offset + MIB]).status_code)

    with lane.http() as http:
        address = begin(http, data)
        with ThreadPoolExecutor(8) as pool:
            for done in [pool.submit(push, address) for _ in range(8)]:
                done.result()
        assert set(answers) <= {204, 409}, answers
        assert lane.stored(http, data)


def test_a_request_that_is_overtaken_changes_nothing_more(lane: Lane) -> None:
    data, half = os.urandom(3 * PART_BYTES), 2 * PART_BYTES + 5
    with lane.http() as http:
        address = begin(http, data)
        stale = Raw(lane, address, 0, len(data))
        stale.send(stale.head + data[: PART_BYTES + MIB])
        _until(lambda: lane.offset(http, address) >= PART_BYTES)
        offset = ask(http, address)  # of the next process, where there are two
        assert PART_BYTES <= offset <= PART_BYTES + MIB
        assert send(http, address, offset, data[offset:half]).status_code == 204
        with contextlib.suppress(ConnectionError):
            stale.send(b"!" * (len(data) - PART_BYTES - MIB))
        assert stale.status() in (0, 204, 409)
        offset = ask(http, address)
        assert offset == half
        assert send(http, address, offset, data[offset:]).status_code == 204
        assert lane.stored(http, data)


@pytest.mark.parametrize("reset", [False, True], ids=["closed", "reset"])
@pytest.mark.parametrize("where", ["in the headers", "at the first byte", "in the body"])
def test_a_link_that_ends_anywhere_leaves_an_upload_that_goes_on(lane: Lane, where: str, reset: bool) -> None:
    data = os.urandom(3 * MIB)
    with lane.http() as http:
        address = begin(http, data)
        raw = Raw(lane, address, 0, len(data))
        sent = {"in the headers": raw.head[:-10], "at the first byte": raw.head, "in the body": raw.head + data[:MIB]}
        raw.send(sent[where]).close(reset=reset)
        if where == "in the body" and not reset:
            _until(lambda: lane.offset(http, address) == MIB)
        assert ask(http, address) <= MIB
        finish(http, address, data)
        assert lane.stored(http, data)


def test_a_phone_that_falls_silent_is_cut_off_and_what_it_sent_is_durable(lane: Lane) -> None:
    data = os.urandom(3 * MIB)
    with lane.http() as http:
        address = begin(http, data)
        raw = Raw(lane, address, 0, len(data))
        raw.send(raw.head + data[:MIB])
        _until(lambda: lane.offset(http, address) == MIB)  # after upload_silence_seconds
        assert raw.status() == 204  # with the offset reached
        assert send(http, address, MIB, data[MIB:]).status_code == 204
        assert lane.stored(http, data)


@pytest.mark.parametrize("streamed", [False, True], ids=["announced", "chunked"])
def test_more_than_the_declared_length_never_counts(lane: Lane, streamed: bool) -> None:
    data = os.urandom(2 * MIB)

    def pieces() -> Iterator[bytes]:
        for start in range(0, len(data), 100_000):
            yield data[start : start + 100_000]
        yield b"one more"

    with lane.http() as http:
        address = begin(http, data)
        answer = send(http, address, 0, pieces() if streamed else data + b"one more")
        assert problem(answer) == "media.beyond_length"
        offset = ask(http, address)
        assert send(http, address, offset, data[offset:]).status_code == 204
        assert lane.stored(http, data)
        assert problem(send(http, address, len(data), b"one more")) == "media.beyond_length"


def test_a_refused_request_holds_nothing_up(lane: Lane) -> None:
    data = os.urandom(MIB)
    wrong = base64.b64encode(hashlib.sha1(b"other", usedforsecurity=False).digest()).decode()
    with lane.http() as http:
        address = begin(http, data)
        for _ in range(5):
            assert problem(send(http, address, 7, data)) == "media.wrong_offset"
            assert problem(send(http, address, 0, data, **{"Upload-Checksum": f"sha1 {wrong}"})) == (
                "media.digest_mismatch"
            )
            assert problem(send(http, address, 0, data, **{"Content-Type": "image/jpeg"})) == "request.encoding"
        patience = Patience(10)
        assert send(http, address, 0, data).status_code == 204
        assert patience.lasts()
        assert lane.stored(http, data)


def test_pieces_of_any_size_and_a_tail_of_one_byte_make_one_file(lane: Lane) -> None:
    data = os.urandom(2 * PART_BYTES + 1)
    with lane.http() as http:
        address, offset = begin(http, data), 0
        for size in (5, PART_BYTES - 1, 3, PART_BYTES - 8, 1, len(data)):
            answer = send(http, address, offset, data[offset : offset + size])
            assert answer.status_code == 204, answer.text
            offset = int(answer.headers["upload-offset"])
        assert offset == len(data)
        assert lane.stored(http, data)


def test_files_that_complete_in_another_order_than_they_began_are_all_whole(lane: Lane) -> None:
    files = [os.urandom(MIB + number) for number in range(6)]
    with lane.http() as http:
        addresses = [begin(http, data) for data in files]
        for data, address in zip(files, addresses, strict=True):
            send(http, address, 0, data[:1000])
        for data, address in reversed(list(zip(files, addresses, strict=True))):
            assert send(http, address, 1000, data[1000:]).status_code == 204
        assert all(lane.stored(http, data) for data in files)


def test_one_file_on_its_way_twice_is_stored_once_and_both_say_so(lane: Lane) -> None:
    data = os.urandom(PART_BYTES + MIB)
    with lane.http() as http:
        first, second = begin(http, data), begin(http, data)
        assert send(http, first, 0, data[:MIB]).status_code == 204
        assert send(http, second, 0, data).status_code == 204
        assert lane.stored(http, data)
        assert send(http, first, MIB, data[MIB:]).status_code == 204
        for address in (first, second):
            _until(lambda: http.head(address, headers=TUS).headers["upload-state"] == "stored")  # noqa: B023 - at once
        assert lane.stored(http, data)


def test_an_upload_that_is_given_up_while_it_is_sent_leaves_nothing(lane: Lane) -> None:
    data = os.urandom(2 * PART_BYTES)
    with lane.http() as http:
        address = begin(http, data)
        raw = Raw(lane, address, 0, len(data))
        raw.send(raw.head + data[: PART_BYTES + MIB])
        _until(lambda: lane.offset(http, address) >= PART_BYTES)
        assert http.delete(address, headers=TUS).status_code == 204
        with contextlib.suppress(ConnectionError):
            raw.send(data[PART_BYTES + MIB :])
        assert raw.status() in (0, 404, 409)
        assert http.head(address, headers=TUS).status_code == 404


def test_what_this_server_does_not_offer_is_refused_and_not_half_done(lane: Lane) -> None:
    with lane.http() as http:
        deferred = {key: value for key, value in creation(b"x").items() if key != "Upload-Length"}
        answer = http.post("/v1/uploads", headers=deferred | {"Upload-Defer-Length": "1"})
        assert problem(answer) == "request.invalid"
        final = deferred | {"Upload-Concat": "final;/v1/uploads/a /v1/uploads/b"}
        assert problem(http.post("/v1/uploads", headers=final)) == "request.invalid"
        address = begin(http, b"x")
        assert problem(http.post(address, headers=TUS | {"X-HTTP-Method-Override": "GET"})) == (
            "request.method_not_allowed"
        )
        other = http.head(address, headers={"Tus-Resumable": "0.2.2"})
        assert (other.status_code, other.headers["tus-version"]) == (412, "1.0.0")


def test_a_file_of_more_than_ten_thousand_parts_is_refused_before_its_first_byte(
    request: pytest.FixtureRequest,
) -> None:
    most = MAX_PARTS * PART_BYTES
    with open_lane(FOLDER, request, upload_bytes=str(1 << 50)) as lane, lane.http() as http:
        assert http.options("/v1/uploads").headers["tus-max-size"] == str(most)
        headers = creation(b"")
        assert http.post("/v1/uploads", headers=headers | {"Upload-Length": str(most)}).status_code == 201
        answer = http.post("/v1/uploads", headers=headers | {"Upload-Length": str(most + 1)})
        assert problem(answer) == "media.too_long"


def _until(look: Callable[[], bool]) -> None:
    patience = Patience(60)
    while not look():
        assert patience.lasts()
        time.sleep(0.05)

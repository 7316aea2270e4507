"""Strangers at the public door: heads and bodies that never end, and floods of sign-ins, against a served process."""

import contextlib
import socket
import sqlite3
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection
from typing import Self

import httpx
import pytest

from server.kernel.clock import new_id
from tests.support.patience import Patience, wait_for
from tests.support.people import PASSWORD
from tests.support.server import Server, running

STRANGERS = 48
HEAD_BYTES = 16_384
QUICK = {"head_bytes": str(HEAD_BYTES), "head_seconds": "1", "body_seconds": "2"}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    made = Server(tmp_path_factory.mktemp("strangers"), **QUICK)
    made.user("admin", "管理员", PASSWORD)
    with running(made) as started:
        yield started


@contextlib.contextmanager
def connected(server: Server) -> Iterator[socket.socket]:
    with socket.create_connection(("127.0.0.1", server.port), timeout=60) as link:
        yield link


def rest(link: socket.socket) -> bytes:
    """Read until the server closes; a reset ends it too, since the server read no further."""
    found = b""
    with contextlib.suppress(ConnectionError):
        while part := link.recv(65_536):
            found += part
    return found


def code(answer: bytes) -> str:
    """Return the problem's code of a raw answer, after its status line."""
    head, _, body = answer.partition(b"\r\n\r\n")
    assert b"application/problem+json" in head, answer[:300]
    return str(httpx.Response(200, content=body).json()["code"])


def flood(link: socket.socket, start: bytes, piece: bytes, most: int) -> int:
    """Send a start and then pieces until the server closes; returns how many bytes it took, at most ``most``."""
    link.sendall(start)
    sent = 0
    with contextlib.suppress(ConnectionError):
        while sent < most:
            sent += link.send(piece)
    return sent


CHUNKED = b"POST /v1/login HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
ENDLESS = {
    "one header": (b"GET /health HTTP/1.1\r\nHost: a\r\nX-Long: ", b"a" * 65_536),
    "many headers": (b"GET /health HTTP/1.1\r\nHost: a\r\n", b"X-Many: a\r\n" * 4096),
    "the address": (b"GET /", b"a" * 65_536),
    "blank lines": (b"", b"\r\n" * 32_768),
    "a trailer": (CHUNKED + b"0\r\nX-Long: ", b"a" * 65_536),
    "the extension of a chunk": (CHUNKED + b"1;", b"a" * 65_536),
}


@pytest.mark.parametrize("what", ENDLESS)
def test_what_never_ends_before_a_body_is_refused_when_it_is_too_long(server: Server, what: str) -> None:
    start, piece = ENDLESS[what]
    with connected(server) as link:
        taken = flood(link, start, piece, 150 << 20)
        assert taken < 16 << 20  # what the kernel's buffers hold, not what the program gathers


def test_a_head_that_is_too_large_is_answered_with_a_problem_and_a_large_one_is_taken(server: Server) -> None:
    with connected(server) as link:
        link.sendall(b"GET /health HTTP/1.1\r\nHost: a\r\nX-Long: " + b"a" * HEAD_BYTES + b"\r\n\r\n")
        answer = rest(link)
    assert answer.startswith(b"HTTP/1.1 431 ")
    assert code(answer) == "request.head_too_large"
    taken = httpx.get(f"{server.url}/health", headers={"X-Long": "a" * (HEAD_BYTES - 500)})
    assert taken.status_code == 200


HALVES = {
    "half an address": b"GET /hea",
    "half a head": b"POST /v1/login HTTP/1.1\r\nHost: a\r\nContent-Le",
    "no body": b"POST /v1/login HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\n",
    "half a body": b'POST /v1/login HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\n{"login":',
    "half a chunk": b"POST /v1/login HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n40\r\n{",
}


@pytest.mark.parametrize("half", HALVES.values(), ids=list(HALVES))
def test_half_a_request_is_closed_in_time_and_told_that_it_stalled(server: Server, half: bytes) -> None:
    with connected(server) as link:
        link.sendall(half)
        answer = rest(link)
    assert answer.startswith(b"HTTP/1.1 408 ")
    assert code(answer) == "request.stalled"


def test_a_connection_that_says_nothing_is_closed_without_a_word(server: Server) -> None:
    with connected(server) as link:
        assert rest(link) == b""


def test_what_goes_on_after_its_answer_is_closed_too(server: Server) -> None:
    """The answer comes before the body – nobody asked for it – and uvicorn would wait for the rest for ever."""
    with connected(server) as link:
        link.sendall(b"POST /v1/sync HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\n")
        assert b"401" in link.recv(64)
        drip_until_closed(link)


@pytest.mark.parametrize("start", [b"GET /health HTTP/1.1\r\nX-Slow: ", HALVES["no body"]], ids=["head", "body"])
def test_a_request_that_drips_is_closed_though_it_is_never_silent(server: Server, start: bytes) -> None:
    with connected(server) as link:
        link.sendall(start)
        drip_until_closed(link)


def drip_until_closed(link: socket.socket) -> None:
    """Send a byte now and then: a server that only looks for silence never closes."""
    patience = Patience(60)
    with contextlib.suppress(ConnectionError):
        while patience.lasts():
            link.send(b" ")
            time.sleep(0.1)
        raise AssertionError("it is still open")


def test_slow_but_steady_bodies_and_requests_one_after_another_are_served(server: Server) -> None:
    body = b'{"login":"nobody","password":"guess"' + b" " * 900 + b"}"
    link = HTTPConnection("127.0.0.1", server.port, timeout=60)
    for _ in range(2):
        link.putrequest("POST", "/v1/login")
        link.putheader("Content-Length", str(len(body)))
        link.endheaders()
        for start in range(0, len(body), 64):  # about 2.7 s: longer than a silence may be
            link.send(body[start : start + 64])
            time.sleep(0.18)
        answer = link.getresponse()
        assert (answer.status, answer.getheader("Connection")) == (401, None), answer.read()
        answer.read()
    link.close()


def test_what_is_no_http_is_answered_with_a_problem(server: Server) -> None:
    with connected(server) as link:
        link.sendall(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03")  # TLS, at the wrong port
        answer = rest(link)
    assert answer.startswith(b"HTTP/1.1 400 ")
    assert code(answer) == "request.malformed"


def test_three_hundred_half_requests_leave_the_server_answering_and_no_traceback(server: Server) -> None:
    with contextlib.ExitStack() as open_:
        links = [open_.enter_context(connected(server)) for _ in range(300)]
        for number, link in enumerate(links):
            link.sendall(list(HALVES.values())[number % len(HALVES)])
        assert httpx.get(f"{server.url}/health", timeout=60).status_code == 200
        for link in links[:30]:
            link.close()  # some go away by themselves, in the middle of a body too
        assert {rest(link)[:12] for link in links[30:]} == {b"HTTP/1.1 408"}
    assert httpx.get(f"{server.url}/health", timeout=60).status_code == 200
    assert "Traceback" not in server.log()


# -- signing in -------------------------------------------------------------------------------------------------------


def client(server: Server, address: str = "127.0.0.1") -> httpx.Client:
    """Return a client that connects from an address of its own: all of 127/8 is this machine."""
    transport = httpx.HTTPTransport(local_address=address)
    return httpx.Client(base_url=server.url, transport=transport, timeout=300)


class Flood:
    """Strangers who try to sign in and to enrol without a pause, all from one address."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._over = threading.Event()
        self.refused: list[str] = []

    def __enter__(self) -> Self:
        self._pool = ThreadPoolExecutor(STRANGERS)
        self._done = [self._pool.submit(self._try, number) for number in range(STRANGERS)]
        wait_for(lambda: len(self.refused) >= 4 or None, "the first strangers are refused", 60)
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._pool.shutdown()
        for each in self._done:
            each.result()

    def _try(self, number: int) -> None:
        with client(self._server) as http:
            for turn in range(10_000):
                if self._over.is_set():
                    return
                guess = {"login": f"stranger{number}.{turn}", "password": "a guess"}
                code = {"code": f"{number:05}-{turn:05}", "replica": new_id(), "device": "phone"}
                path, body = ("/v1/enrol", code) if turn % 4 == 3 else ("/v1/login", guess)
                self.refused.append(http.post(path, json=body).json()["code"])


def sign_in(server: Server, login: str, address: str) -> int:
    with client(server, address) as http:
        return http.post("/v1/login", json={"login": login, "password": PASSWORD}).status_code


def rows(server: Server, table: str) -> int:
    with contextlib.closing(sqlite3.connect(server.folder / "plumbline.db")) as database:
        return int(database.execute(f"SELECT count(*) FROM {table}").fetchone()[0])  # noqa: S608


def test_people_sign_in_and_enrol_while_strangers_flood_their_very_address(server: Server) -> None:
    with client(server) as http:
        session = http.post("/v1/login", json={"login": "admin", "password": PASSWORD}).json()
        http.headers["Authorization"] = f"Bearer {session['token']}"
        people = ["chenjianguo", "zhoumin", "liwei", "wangfang"]
        for login in people:
            assert http.post("/v1/persons", json={"name": "某某", "login": login, "password": PASSWORD}).is_success
        code = http.post("/v1/enrolments", json={}).json()["code"]
        before = rows(server, "journal")
        with Flood(server) as flood, ThreadPoolExecutor(8) as pool:
            here = pool.map(lambda login: sign_in(server, login, "127.0.0.1"), people)
            elsewhere = pool.map(lambda login: sign_in(server, login, "127.0.0.2"), people)
            phone = {"code": code, "replica": new_id(), "device": "小米 14"}
            assert http.post("/v1/enrol", json=phone).status_code == 201
            assert [*here, *elsewhere] == [200] * 8
            assert http.get("/v1/me").status_code == 200
    assert set(flood.refused) <= {"identity.wrong_password", "identity.bad_code", "identity.crowded"}
    assert rows(server, "journal") == before + 9  # eight sign-ins and an enrolment: no stranger left a row
    assert "Traceback" not in server.log()

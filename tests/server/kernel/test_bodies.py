"""Bodies as they are read: what is taken at the limit, what is refused beyond it, and with which words."""

import asyncio
import gzip
import random
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import httpx
import msgspec
import pytest
import zstandard
from litestar import Request, post
from litestar.di import NamedDependency

from mobile_contract.base import Wire
from mobile_contract.problems import Refused
from server.kernel import bodies
from server.kernel.bodies import Body, decode, decompress, shape_of
from server.kernel.declared import declare
from tests.support.http import client
from tests.support.refusals import refuses

pytestmark = pytest.mark.anyio
LIMIT = 64
PACKERS: dict[str, Callable[[bytes], bytes]] = {"gzip": gzip.compress, "zstd": zstandard.compress}


class Asked(Wire, frozen=True, kw_only=True):
    """What the routes of these tests take."""

    name: str = "-"


@post("/bytes", opt=declare(limit=LIMIT))
async def taking(sent: NamedDependency[Body[bytes]]) -> int:
    return len(await sent.read())


@post("/json", opt=declare(limit=LIMIT))
async def strictly(sent: NamedDependency[Body[Asked]]) -> list[str]:
    return [(await sent.read()).name]


@post("/optional", opt=declare(limit=lambda settings: settings.port, optional=True))
async def leniently(sent: NamedDependency[Body[Asked]]) -> list[str]:
    return [(await sent.read()).name]


@post("/pieces")
async def in_pieces(sent: NamedDependency[Body[bytes]]) -> int:
    return sum([len(piece) async for piece in sent.pieces()])


@post("/none")
async def bodiless() -> None:
    return


@pytest.fixture
async def http() -> AsyncIterator[httpx.AsyncClient]:
    async with client([taking, strictly, leniently, in_pieces, bodiless], {}) as opened:
        yield opened


async def code(http: httpx.AsyncClient, path: str, body: Any, encoding: str = "") -> Any:
    """Return the JSON of an answer, or the code of its problem."""
    answer = await http.post(path, content=body, headers={"Content-Encoding": encoding} if encoding else {})
    return answer.json()["code"] if answer.status_code >= 400 else answer.json()


@pytest.mark.parametrize("encoding", ["", "identity", "gzip", "GZIP", "zstd"])
async def test_a_body_is_taken_at_the_limit_and_refused_one_byte_beyond(http: httpx.AsyncClient, encoding: str) -> None:
    pack = PACKERS.get(encoding.lower(), bytes)
    assert await code(http, "/bytes", pack(bytes(LIMIT)), encoding) == LIMIT
    assert await code(http, "/bytes", pack(bytes(LIMIT + 1)), encoding) == "request.too_large"


async def test_what_travels_counts_whatever_it_would_become(http: httpx.AsyncClient) -> None:
    assert await code(http, "/bytes", gzip.compress(b"x") + bytes(LIMIT), "gzip") == "request.too_large"


@pytest.mark.parametrize("encoding", PACKERS)
async def test_what_is_no_such_compression_is_malformed(http: httpx.AsyncClient, encoding: str) -> None:
    packed = PACKERS[encoding](b"a body of some length")
    assert await code(http, "/bytes", b"no such thing at all", encoding) == "request.malformed"
    assert decompress(packed, encoding, LIMIT) == b"a body of some length"


@pytest.mark.parametrize("encoding", PACKERS)
def test_a_packed_body_that_ends_early_says_so_wherever_it_was_cut(encoding: str) -> None:
    packed = PACKERS[encoding](random.Random(1).randbytes(LIMIT))
    for kept in range(len(packed)):
        with pytest.raises(Refused) as refused:
            decompress(packed[:kept], encoding, LIMIT)
        assert (refused.value.code, refused.value.params["reason"]) == (
            "request.malformed",
            "the compressed body ends early",
        )
    with refuses("request.too_large"):
        decompress(PACKERS[encoding](bytes(400_000))[:-5], encoding, LIMIT)


def test_an_encoding_that_is_not_known_is_named_with_forty_letters() -> None:
    with pytest.raises(Refused) as refused:
        decompress(b"", "b" * 50, LIMIT)
    assert (refused.value.code, refused.value.params) == ("request.encoding", {"encoding": "b" * 40})


def test_a_refused_compression_says_what_is_wrong_with_it() -> None:
    with pytest.raises(Refused) as refused:
        decompress(b"nonsense", "gzip", LIMIT)
    assert "header" in refused.value.params["reason"]


def test_a_window_beyond_eight_megabytes_is_not_opened() -> None:
    window = zstandard.ZstdCompressionParameters.from_level(1, window_log=24)
    packer = zstandard.ZstdCompressor(compression_params=window).compressobj()
    with refuses("request.malformed"):
        decompress(packer.compress(bytes(LIMIT)) + packer.flush(), "zstd", LIMIT)


async def test_no_bytes_count_as_an_empty_object_only_where_that_is_declared(http: httpx.AsyncClient) -> None:
    assert await code(http, "/optional", b"") == ["-"]
    assert await code(http, "/optional", b'{"name":"a"}') == ["a"]
    assert await code(http, "/json", b'{"name":"a"}') == ["a"]
    assert await code(http, "/json", b"") == "request.malformed"


async def test_a_limit_may_follow_from_the_settings(http: httpx.AsyncClient) -> None:
    assert await code(http, "/optional", b" " * 8468 + b"{}") == ["-"]
    assert await code(http, "/optional", b" " * 8469 + b"{}") == "request.too_large"


@pytest.mark.parametrize(
    ("body", "problem", "reason"),
    [
        (b'{"name":1}', "request.invalid", "$.name"),
        (b"{", "request.malformed", "truncated"),
        (b'{"name":"\xff"}', "request.malformed", "utf-8"),
        (b'{"other":' + b"[" * 5000 + b"]" * 5000 + b"}", "request.malformed", "recursion"),
    ],
)
def test_a_body_that_is_no_such_json_is_refused_with_the_place(body: bytes, problem: str, reason: str) -> None:
    with pytest.raises(Refused) as refused:
        decode(body, Asked)
    assert refused.value.code == problem
    assert reason in refused.value.params["reason"].lower()


def test_a_decoder_is_made_once_for_a_shape() -> None:
    assert bodies._decoder(Asked) is bodies._decoder(Asked)
    assert bodies._decoder(Asked) is not bodies._decoder(int)
    assert decode(b"[1]", list[int]) == [1]


def test_the_shape_of_a_body_is_what_the_handler_asks_for() -> None:
    assert shape_of(strictly) is Asked
    assert shape_of(bodiless) is None


class _Streaming:
    """As much of a request as reading needs, whose bytes come as they come."""

    def __init__(self, pieces: AsyncIterator[bytes]) -> None:
        self.headers: dict[str, str] = {}
        self._pieces = pieces

    def stream(self) -> AsyncIterator[bytes]:
        return self._pieces


async def test_a_sender_that_falls_silent_is_given_up_and_each_byte_is_a_sign_of_life() -> None:
    async def slow(pauses: Iterator[float]) -> AsyncIterator[bytes]:
        for pause in pauses:
            await asyncio.sleep(pause)
            yield b"x"

    steady: Any = _Streaming(slow(iter([0.1] * 15)))
    request: Request[Any, Any, Any] = steady
    assert await bodies.read(request, LIMIT, silence=1.2) == b"x" * 15
    cut_off: Any = _Streaming(slow(iter([0.0, 60.0])))
    with refuses("request.stalled"):
        await bodies.read(cut_off, LIMIT, silence=0.1)


async def test_pieces_are_handed_on_as_they_arrive(http: httpx.AsyncClient) -> None:
    async def pieces() -> AsyncIterator[bytes]:
        yield bytes(40_000)
        yield bytes(30_000)

    assert await code(http, "/pieces", pieces()) == 70_000


def test_a_phone_that_is_silent_for_a_minute_is_cut_off() -> None:
    assert bodies.SILENCE_SECONDS == 60.0


def test_a_long_reason_keeps_its_beginning_and_its_end_and_is_as_long_as_a_reason_may_be() -> None:
    said = "".join(chr(0x4E00 + n) for n in range(1000))
    with pytest.raises(Refused) as refused:
        decode(msgspec.json.encode({"name": ["x"]}), Asked)
    assert refused.value.params["reason"].endswith("$.name`")
    told = bodies.shortened(said)
    assert len(told) == bodies.REASON_CHARACTERS
    head, _, tail = told.partition("…")
    assert (said.startswith(head), said.endswith(tail), len(head)) == (True, True, 200)
    whole = said[: bodies.REASON_CHARACTERS]
    assert bodies.shortened(whole) == whole

"""Answers travel in the shortest form that their reader accepts, and some travel as they are."""

import gzip
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import httpx
import pytest
import zstandard
from litestar import Litestar, Response, get
from litestar.response import Stream

from server.app import Program
from server.kernel.clock import SystemClock
from server.kernel.compression import ENCODERS, LARGE_BYTES, MINIMUM_BYTES, Compression, choose, is_text
from server.kernel.settings import Settings
from tests.support.http import serving

pytestmark = pytest.mark.anyio
TEXT = "铅垂 Plumbline " * 200
READERS: dict[str, Callable[[bytes], bytes]] = {"zstd": zstandard.decompress, "gzip": gzip.decompress}


@get("/text")
async def text() -> str:
    return TEXT


@get("/large")
async def large() -> list[str]:
    return ["一标段"] * (LARGE_BYTES // 5)


@get("/short")
async def short() -> str:
    return "x" * (MINIMUM_BYTES - 1)


@get("/at-the-limit")
async def at_the_limit() -> str:
    return "x" * MINIMUM_BYTES


@get("/events")
async def events() -> Stream:
    async def beats() -> AsyncIterator[bytes]:
        for _ in range(3):
            yield b"event: wake\n\n" * 200

    return Stream(beats(), media_type="text/event-stream")


@get("/photo")
async def photo() -> Response[bytes]:
    return Response(TEXT.encode(), media_type="image/jpeg")


@get("/tagged")
async def tagged() -> Response[str]:
    return Response(TEXT, headers={"ETag": '"of these very bytes"'})


@get("/packed")
async def packed() -> Response[bytes]:
    return Response(gzip.compress(TEXT.encode()), media_type="text/plain", headers={"Content-Encoding": "gzip"})


@get("/varies")
async def varies() -> Response[str]:
    return Response(TEXT, headers={"Vary": "Authorization"})


@get("/never", exclude_from_compression=True)
async def never() -> str:
    return TEXT


@pytest.fixture
async def http() -> AsyncIterator[httpx.AsyncClient]:
    routes = [text, large, short, at_the_limit, events, photo, tagged, packed, varies, never]
    async with serving(Litestar(routes, middleware=[Compression()], openapi_config=None)) as opened:
        yield opened


async def raw(http: httpx.AsyncClient, path: str, accepted: str) -> tuple[httpx.Headers, bytes]:
    """Return an answer's headers and the bytes that came."""
    async with http.stream("GET", path, headers={"Accept-Encoding": accepted}) as answer:
        assert answer.status_code == 200
        return answer.headers, b"".join([part async for part in answer.aiter_raw()])


@pytest.mark.parametrize(
    ("accepted", "chosen"),
    [
        ("gzip, deflate, br, zstd", "zstd"),
        ("gzip, deflate", "gzip"),
        ("GZIP", "gzip"),
        ("zstd;q=0.5, gzip;q=0.8", "gzip"),
        ("zstd;q=0, gzip", "gzip"),
        ("zstd;q=0, gzip;q=0", None),
        ("*", "zstd"),
        ("*;q=0", None),
        ("zstd;q=0, *", "gzip"),
        ("identity", None),
        ("identity, gzip;q=0.5", None),
        ("identity;q=0.5, gzip", "gzip"),
        ("gzip ; q = 0.3", "gzip"),
        ("br", None),
        ("", None),
        ("gzip;q=nonsense", None),
        ("gzip;q=7", None),
        ("gzip;q=nan", None),
        (",,;;=,", None),
        ("notgzip, zstdx", None),
    ],
)
def test_the_reader_chooses_and_we_prefer_zstd(accepted: str, chosen: str | None) -> None:
    assert choose(accepted) == chosen


@pytest.mark.parametrize("path", ["/text", "/large"])
@pytest.mark.parametrize("encoding", ["zstd", "gzip"])
async def test_an_answer_is_compressed_once_and_says_so(http: httpx.AsyncClient, path: str, encoding: str) -> None:
    _, plain = await raw(http, path, "identity")
    headers, body = await raw(http, path, encoding)
    assert READERS[encoding](body) == plain
    assert len(body) < len(plain) / 5
    assert (headers["content-encoding"], headers["content-length"]) == (encoding, str(len(body)))
    assert headers["vary"] == "Accept-Encoding"


async def test_who_accepts_nothing_gets_it_as_it_is_and_caches_are_told_that_it_varies(
    http: httpx.AsyncClient,
) -> None:
    headers, body = await raw(http, "/text", "identity")
    assert body.decode() == TEXT
    assert "content-encoding" not in headers
    assert headers["vary"] == "Accept-Encoding"
    assert (await raw(http, "/varies", "gzip"))[0]["vary"] == "Authorization,Accept-Encoding"


@pytest.mark.parametrize("path", ["/short", "/events", "/photo", "/tagged", "/never"])
async def test_what_is_short_streamed_no_text_or_tagged_travels_as_it_is(http: httpx.AsyncClient, path: str) -> None:
    plain = await raw(http, path, "identity")
    packed = await raw(http, path, "zstd, gzip")
    assert packed[1] == plain[1]
    assert "content-encoding" not in packed[0]


async def test_what_is_packed_already_is_not_packed_again(http: httpx.AsyncClient) -> None:
    headers, body = await raw(http, "/packed", "zstd, gzip")
    assert (headers["content-encoding"], gzip.decompress(body).decode()) == ("gzip", TEXT)


async def test_the_program_answers_so(tmp_path: Path) -> None:
    program = Program(Settings(data_dir=str(tmp_path), embedded_worker=False), SystemClock())
    async with serving(program) as http:
        sizes = {}
        for accepted in ("zstd", "gzip", "identity"):
            headers, body = await raw(http, "/docs/openapi.json", accepted)
            assert headers.get("content-encoding", "identity") == accepted
            sizes[accepted] = len(body)
        assert sizes["zstd"] < sizes["identity"] / 4
        assert (await http.get("/docs/openapi.json")).json()["info"]["title"] == "Plumbline 铅垂"


async def test_a_body_is_compressed_from_the_first_kilobyte_on(http: httpx.AsyncClient) -> None:
    headers, body = await raw(http, "/at-the-limit", "gzip")
    assert (headers["content-encoding"], gzip.decompress(body)) == ("gzip", b"x" * 1024)
    assert (MINIMUM_BYTES, LARGE_BYTES) == (1024, 262_144)


def test_the_same_body_is_the_same_bytes_whenever_it_is_packed() -> None:
    assert ENCODERS["gzip"](b"x" * 2000)[4:8] == bytes(4), "no time stands in it"


@pytest.mark.parametrize(
    ("content_type", "expected"),
    [
        ("text/plain; charset=utf-8", True),
        ("TEXT/CSV", True),
        ("application/json", True),
        ("application/problem+json", True),
        ("application/vnd.x+xml ;a=b", True),
        ("text/javascript", True),
        ("application/javascript", True),
        ("image/jpeg", False),
        ("application/jsonl", False),
        ("application/pdf", False),
        ("", False),
    ],
)
def test_what_reads_as_text_becomes_shorter(content_type: str, expected: bool) -> None:
    assert is_text(content_type) is expected

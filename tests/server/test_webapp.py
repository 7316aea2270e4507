"""The files of the apps over HTTP, whether or not they were built."""

import gzip
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
import zstandard

from server.kernel.settings import Settings
from server.webapp import DESK, PHONE, guards, routes
from tests.support.http import client

pytestmark = pytest.mark.anyio

PAGE = "<!doctype html><title>铅垂</title>" + " " * 2000
SCRIPT = "console.log('plumb');" * 200


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "dist"


@pytest.fixture
def built(folder: Path) -> Path:
    _build(folder)
    return folder


def _build(folder: Path) -> None:
    (folder / "assets").mkdir(parents=True)
    (folder / "index.html").write_text(PAGE, "utf-8")
    (folder / "sw.js").write_text("self.addEventListener('install', () => {})")
    (folder / "manifest.webmanifest").write_text("{}")
    (folder / "assets" / "index-abc123.js").write_text(SCRIPT)
    (folder / "assets" / "reader-abc123.wasm").write_bytes(b"\0asm" + b"\1" * 4000)
    (folder / "icon.png").write_bytes(b"\x89PNG" + b"\2" * 4000)
    (folder.parent / "secret.txt").write_text("not for everybody")


@pytest.fixture
async def http(folder: Path) -> AsyncIterator[httpx.AsyncClient]:
    apps = replace(PHONE, folder=folder), replace(DESK, folder=folder.parent / "desk")
    async with client(routes(Settings(), apps), {}) as serving:
        yield serving


async def test_an_app_that_was_not_built_says_what_to_do(http: httpx.AsyncClient) -> None:
    answer = await http.get("/app/")
    assert answer.status_code == 503
    assert "make web" in answer.text


async def test_an_app_built_while_the_server_runs_is_served_at_once(http: httpx.AsyncClient, folder: Path) -> None:
    assert (await http.get("/app/")).status_code == 503
    _build(folder)
    assert (await http.get("/app/")).text == PAGE


@pytest.mark.usefixtures("built")
async def test_each_file_has_its_type_and_is_kept_as_long_as_its_name_allows(http: httpx.AsyncClient) -> None:
    said = {}
    for name in ("", "sw.js", "manifest.webmanifest", "assets/index-abc123.js", "assets/reader-abc123.wasm"):
        answer = await http.get(f"/app/{name}")
        assert answer.status_code == 200
        said[name] = answer.headers["content-type"], answer.headers["cache-control"]
    for_ever = "public, max-age=31536000, immutable"
    assert said == {
        "": ("text/html; charset=utf-8", "no-cache"),
        "sw.js": ("text/javascript; charset=utf-8", "no-cache"),
        "manifest.webmanifest": ("application/manifest+json", "no-cache"),
        "assets/index-abc123.js": ("text/javascript; charset=utf-8", for_ever),
        "assets/reader-abc123.wasm": ("application/wasm", for_ever),
    }


@pytest.mark.usefixtures("built")
async def test_the_address_without_its_slash_leads_to_the_one_with_it(http: httpx.AsyncClient) -> None:
    answer = await http.get("/app")
    assert (answer.status_code, answer.headers["location"]) == (308, "/app/")


@pytest.mark.usefixtures("built")
async def test_an_address_inside_the_app_gives_its_page_and_a_missing_file_does_not(http: httpx.AsyncClient) -> None:
    assert (await http.get("/app/reports/today")).text == PAGE
    assert (await http.get("/app/assets/index-older.js")).status_code == 404


@pytest.mark.usefixtures("built")
@pytest.mark.parametrize(
    "path", ["../secret.txt", "..%2fsecret.txt", "%2e%2e/secret.txt", "assets/..%2f..%2fsecret.txt"]
)
async def test_no_address_leads_out_of_the_folder(http: httpx.AsyncClient, path: str) -> None:
    request = http.build_request("GET", "/app/x")
    request.url = request.url.copy_with(raw_path=f"/app/{path}".encode())
    answer = await http.send(request)
    assert answer.status_code == 404
    assert "everybody" not in answer.text


@pytest.mark.usefixtures("built")
@pytest.mark.parametrize("encoding", ["zstd", "gzip"])
async def test_what_is_worth_it_travels_packed(http: httpx.AsyncClient, encoding: str) -> None:
    async with http.stream("GET", "/app/assets/index-abc123.js", headers={"Accept-Encoding": encoding}) as answer:
        packed = b"".join([piece async for piece in answer.aiter_raw()])
    assert answer.headers["content-encoding"] == encoding
    assert answer.headers["vary"] == "Accept-Encoding"
    assert len(packed) < len(SCRIPT) / 10
    assert (gzip if encoding == "gzip" else zstandard).decompress(packed).decode() == SCRIPT
    assert "content-encoding" not in (await http.get("/app/icon.png")).headers


@pytest.mark.usefixtures("built")
async def test_who_has_a_file_already_is_told_so(http: httpx.AsyncClient) -> None:
    tag = (await http.get("/app/")).headers["etag"]
    again = await http.get("/app/", headers={"If-None-Match": tag})
    assert (again.status_code, again.content) == (304, b"")
    other = await http.get("/app/", headers={"If-None-Match": tag, "Accept-Encoding": "identity"})
    assert other.status_code == 200, "another encoding is another thing"


@pytest.mark.usefixtures("built")
@pytest.mark.parametrize("path", ["", "sw.js", "assets/index-abc123.js"])
async def test_every_answer_keeps_the_app_to_its_own_origin(http: httpx.AsyncClient, path: str) -> None:
    said = (await http.get(f"/app/{path}")).headers
    policy = dict(part.split(" ", 1) for part in said["content-security-policy"].split("; "))
    assert policy["default-src"] == "'none'"
    assert policy["connect-src"] == "'self'"
    assert "unsafe-inline" not in said["content-security-policy"]
    assert said["x-content-type-options"] == "nosniff"
    assert said["referrer-policy"] == "no-referrer"
    for allowed in ("camera", "geolocation", "microphone"):
        assert f"{allowed}=(self)" in said["permissions-policy"]


async def test_the_desk_is_served_beside_the_phone_app_and_asks_for_no_camera(
    http: httpx.AsyncClient, folder: Path
) -> None:
    assert "make web" in (await http.get("/desk/")).text
    (folder.parent / "desk").mkdir()
    (folder.parent / "desk" / "index.html").write_text("<!doctype html><title>桌面端</title>", "utf-8")
    inside = await http.get("/desk/reports/018f")
    assert "桌面端" in inside.text
    assert "camera=()" in inside.headers["permissions-policy"]
    assert (await http.get("/desk")).headers["location"] == "/desk/"


def test_the_store_that_downloads_are_sent_on_to_may_be_reached_as_well() -> None:
    settings = Settings(blob_store="s3", s3_endpoint="http://10.0.0.3:7480", s3_public_endpoint="https://files.test/b")
    assert "connect-src 'self' https://files.test;" in guards(settings)["Content-Security-Policy"]

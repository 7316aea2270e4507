"""Blobs are served whole, in ranges and small; a digest shows nobody its bytes."""

from pathlib import Path
from typing import Any, cast

import httpx
import pytest

from media import upload as machine
from mobile_contract.media import FileState
from server.app import Program
from server.kernel.clock import new_id
from server.kernel.settings import Settings
from tests.media import images
from tests.server.uploads.house import OTHER, PHOTO, House, problem, sha256, upload
from tests.support import people

pytestmark = pytest.mark.anyio


async def test_a_blob_is_served_whole_in_ranges_and_not_at_all_when_it_is_known(http: httpx.AsyncClient) -> None:
    await upload(http, PHOTO, filename="../沟槽 K0+620.jpg")
    address = f"/v1/blobs/{sha256(PHOTO)}"
    whole = await http.get(address)
    assert whole.headers["content-type"] == "image/jpeg"
    assert whole.headers["x-content-type-options"] == "nosniff"
    assert whole.headers["content-length"] == str(len(PHOTO))
    assert whole.headers["content-disposition"].startswith('inline; filename="')
    assert "filename*=UTF-8''%E6%B2%9F%E6%A7%BD%20K0%2B620.jpg" in whole.headers["content-disposition"]
    known = await http.get(address, headers={"If-None-Match": whole.headers["etag"]})
    assert (known.status_code, known.content) == (304, b"")
    for asked, start, stop in (("5-9", 5, 10), ("100-", 100, len(PHOTO)), ("-7", len(PHOTO) - 7, len(PHOTO))):
        part = await http.get(address, headers={"Range": f"bytes={asked}"})
        assert (part.status_code, part.content) == (206, PHOTO[start:stop])
        assert part.headers["content-range"] == f"bytes {start}-{stop - 1}/{len(PHOTO)}"
    for ignored in ("bytes=0-1,5-6", "lines=1-2", "bytes=9-3", "bytes=-"):
        assert (await http.get(address, headers={"Range": ignored})).content == PHOTO
    stale = await http.get(address, headers={"Range": "bytes=0-1", "If-Range": '"other"'})
    assert stale.status_code == 200
    problem(await http.get(address, headers={"Range": f"bytes={len(PHOTO)}-"}), "media.bad_range")


async def test_what_a_browser_could_run_is_only_ever_offered_as_a_file(http: httpx.AsyncClient) -> None:
    page = b"<!doctype html><script>alert(1)</script>"
    await upload(http, page, filetype="text/html", filename="a.html")
    answer = await http.get(f"/v1/blobs/{sha256(page)}")
    assert answer.headers["content-type"] == "application/octet-stream"
    assert answer.headers["content-disposition"].startswith("attachment")
    assert "sandbox" in answer.headers["content-security-policy"]


async def test_head_says_what_get_would_and_a_range_of_nothing_says_how_much_there_is(http: httpx.AsyncClient) -> None:
    await upload(http, PHOTO)
    address = f"/v1/blobs/{sha256(PHOTO)}"
    said, given = await http.head(address), await http.get(address)
    assert (said.status_code, said.content) == (200, b"")
    for name in ("content-length", "content-type", "etag", "content-disposition", "accept-ranges", "cache-control"):
        assert said.headers[name] == given.headers[name], name
    beyond = problem(await http.get(address, headers={"Range": f"bytes={len(PHOTO)}-"}), "media.bad_range")
    assert beyond.headers["content-range"] == f"bytes */{len(PHOTO)}"
    for known in ("*", f'"x", W/"{sha256(PHOTO)}"'):
        assert (await http.get(address, headers={"If-None-Match": known})).status_code == 304
    assert (await http.get(address, headers={"If-None-Match": f'"{sha256(PHOTO)}x"'})).status_code == 200


SVG = b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>'
HTML = b"<!doctype html><script>alert(1)</script>"
GIF_JS = b"GIF89a/*" + bytes(20) + b"*/=1;alert(1)"


@pytest.mark.parametrize("data", [SVG, HTML, GIF_JS, b"", PHOTO + HTML, b"%PDF-1.7" + HTML, b"MZ" + bytes(60)])
@pytest.mark.parametrize("claimed", ["image/svg+xml", "text/html", "image/jpeg", "video/x-evil", "audio/mpegurl"])
async def test_a_file_is_served_as_what_its_bytes_are_and_never_as_what_was_claimed(
    http: httpx.AsyncClient, data: bytes, claimed: str
) -> None:
    await upload(http, data, filetype=claimed, filename="a.svg")
    answer = await http.get(f"/v1/blobs/{sha256(data)}")
    assert answer.content == data
    expected = {PHOTO[:4]: "image/jpeg", b"%PDF": "application/pdf"}.get(data[:4], "application/octet-stream")
    assert answer.headers["content-type"] == expected
    assert answer.headers["content-disposition"].startswith("inline" if expected == "image/jpeg" else "attachment")
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "sandbox" in answer.headers["content-security-policy"]


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\windows\\沟槽.jpg", "%E6%B2%9F%E6%A7%BD.jpg"),
        ('a"; filename="b.exe', "a%22%3B%20filename%3D%22b.exe"),
        ("a\r\nSet-Cookie: x=1", "aSet-Cookie%3A%20x%3D1"),
        ("\u202egpj.exe", "gpj.exe"),
        ("图" * 1365, "%E5%9B%BE" * 200),
        ("..", ""),
    ],
)
async def test_a_name_tricks_nobody_into_a_path_a_header_or_another_name(
    http: httpx.AsyncClient, name: str, shown: str
) -> None:
    data = f"named {name}".encode()
    await upload(http, data, filename=name)
    answer = await http.get(f"/v1/blobs/{sha256(data)}")
    said = answer.headers["content-disposition"]
    assert said.endswith(f"; filename*=UTF-8''{shown or sha256(data)[:12] + '.bin'}")
    assert said.count('"') == 2
    assert "set-cookie" not in answer.headers


async def test_a_digest_shows_nobody_its_bytes(house: House, http: httpx.AsyncClient) -> None:
    await upload(http, PHOTO)
    digest = sha256(PHOTO)
    asked = {"sha256": [digest, sha256(b"never sent")]}
    assert (await http.post("/v1/blobs/have", json=asked)).json() == {"sha256": [digest]}
    house.speaker = house.stranger
    assert await house.cite(OTHER, new_id(), PHOTO, house.stranger) is FileState.EXPECTED
    for address in (f"/v1/blobs/{digest}", f"/v1/blobs/{digest}/thumbnail"):
        problem(await http.get(address), "request.not_found")
    assert (await http.post("/v1/blobs/have", json=asked)).json() in ({"sha256": []}, {})


async def test_questions_have_a_limit_and_a_form(http: httpx.AsyncClient) -> None:
    many = [sha256(str(n).encode()) for n in range(501)]
    problem(await http.post("/v1/blobs/have", json={"sha256": many}), "request.invalid")
    problem(await http.post("/v1/blobs/have", json={"sha256": ["../etc"]}), "media.bad_digest")
    problem(await http.post("/v1/blobs/have", content=b"{"), "request.malformed")
    for strange in ("..%2f..%2fetc", "x", "A" * 64):
        problem(await http.get(f"/v1/blobs/{strange}"), "request.not_found")


async def test_a_thumbnail_is_made_once_beside_the_original(house: House, http: httpx.AsyncClient) -> None:
    await upload(http, PHOTO)
    address = f"/v1/blobs/{sha256(PHOTO)}/thumbnail?side=100"
    first = await http.get(address)
    assert (first.status_code, first.headers["content-type"]) == (200, "image/jpeg")
    assert b"HUAWEI" not in first.content
    house.uploads.examiner._pictures = None  # type: ignore[assignment] # nothing may be made a second time
    assert (await http.get(address)).content == first.content
    assert (await http.get(f"/v1/blobs/{sha256(PHOTO)}")).content == PHOTO


async def test_a_bomb_or_a_page_of_html_has_no_thumbnail(http: httpx.AsyncClient) -> None:
    for data, code in (
        (images.png_that_claims(30_000, 30_000), "media.too_many_pixels"),
        (b"<!doctype html>", "media.undecodable"),
    ):
        await upload(http, data)
        problem(await http.get(f"/v1/blobs/{sha256(data)}/thumbnail"), code)
    answer: Any = await http.get(f"/v1/blobs/{sha256(data)}/thumbnail?side=0")
    assert answer.status_code in (400, 422)


def test_a_part_is_small_enough_to_hold_in_memory() -> None:
    assert machine.PART_BYTES == 8 * 1024 * 1024


async def test_the_program_compresses_answers_but_never_files(tmp_path: Path) -> None:
    program = Program(Settings(data_dir=str(tmp_path), embedded_worker=False))
    app = program.litestar()
    transport = httpx.ASGITransport(cast(Any, app))
    async with app.lifespan(), httpx.AsyncClient(transport=transport, base_url="http://plumbline.test") as http:
        await program.identity.create_first_admin("管理员", "admin", people.PASSWORD)
        session = await program.identity.sessions.login("admin", people.PASSWORD)
        http.headers["Authorization"] = f"Bearer {session.token}"
        text = b"the same line again\n" * 1000
        await upload(http, text)
        answer = await http.get(f"/v1/blobs/{sha256(text)}", headers={"Range": "bytes=0-9999"})
        assert "content-encoding" not in answer.headers
        assert (answer.status_code, answer.content) == (206, text[:10_000])
        assert await program.uploads.blobs.whole(sha256(text)) == text

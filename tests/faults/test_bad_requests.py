"""Bad input at every other door: tokens, addresses, queries, names, uploads. A listed problem each time."""

import base64
import hashlib
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import msgspec
import pytest

from server.kernel.clock import new_id
from tests.faults.house import TUS, House, bearer, open_house, problem
from tests.support.clock import HandClock

pytestmark = pytest.mark.anyio

BODY = b'{"clock":"x"}'
PATCH = TUS | {"Content-Type": "application/offset+octet-stream"}


def raw(headers: dict[str, str]) -> dict[bytes, bytes]:
    """Headers byte by byte: httpx would refuse some of them."""
    return {name.encode(): value.encode("latin-1") for name, value in headers.items()}


# -- tokens -----------------------------------------------------------------------------------------------------------

TOKENS = {
    "none": None,
    "empty": "",
    "only the scheme": "Bearer",
    "only the scheme and a space": "Bearer ",
    "another scheme": "Basic YWRtaW46YWRtaW4=",
    "a forged one": "Bearer " + "A" * 43,
    "a JWT of nobody": "Bearer eyJhbGciOiJub25lIn0.eyJzdWIiOiJhZG1pbiJ9.",
    "4 KiB": "Bearer " + "a" * 4096,
    "with NUL": "Bearer a\0b",
    "a path": "Bearer ../../../etc/passwd",
    "SQL": "Bearer ' OR 1=1 --",
    "Latin-1": "Bearer \xff\xfe\xc3",
}


@pytest.mark.parametrize("token", TOKENS.values(), ids=list(TOKENS))
async def test_a_token_of_nobody_opens_no_door(house: House, token: str | None) -> None:
    headers = raw({} if token is None else {"Authorization": token})
    for method, path in (("POST", "/v1/sync"), ("GET", "/v1/me"), ("GET", "/v1/records?kind=report")):
        answer = await house.http.request(method, path, content=BODY, headers=headers)
        assert problem(answer) == "identity.unauthenticated"
        assert answer.headers["www-authenticate"] == "Bearer"


async def test_an_expired_token_and_a_revoked_phone_are_told_apart(house: House) -> None:
    late = HandClock(datetime.now(UTC) + timedelta(days=400))
    async with open_house(house.program.settings, house.known, late) as next_year:
        assert problem(await next_year.post(BODY)) == "identity.unauthenticated"
    devices = await house.http.get("/v1/devices", headers=bearer(house.known.revoked))
    gone = devices.json()["devices"][0]["id"]
    revoked = await house.http.delete(f"/v1/devices/{gone}", headers=bearer(house.known.revoked))
    assert revoked.status_code == 204
    sent = await house.http.get("/v1/me", headers=bearer(house.known.revoked))
    assert problem(sent) == "identity.device_revoked"


async def test_a_problem_speaks_the_readers_language(house: House) -> None:
    for language, title in (
        ("zh-CN", "没有找到该内容"),
        ("en", "There is nothing here"),
        ("\xff", "There is nothing here"),
    ):
        answer = await house.http.get("/nowhere", headers=raw({"Accept-Language": language}))
        assert problem(answer) == "request.not_found"
        assert answer.json()["title"] == title


# -- addresses and queries --------------------------------------------------------------------------------------------

STRANGE = ["..%2f..%2fetc%2fpasswd", "%00", "%ff%fe", "a" * 4096, "%ed%a0%80", "'%20OR%201=1", "%0d%0aSet-Cookie:a=b"]


@pytest.mark.parametrize("segment", STRANGE, ids=range(len(STRANGE)))
async def test_a_strange_segment_of_an_address_finds_nothing(house: House, segment: str) -> None:
    for method, path in (
        ("GET", "/{}"),
        ("GET", "/v1/{}"),
        ("GET", "/v1/records/{}"),
        ("GET", "/v1/blobs/{}"),
        ("GET", "/v1/blobs/{}/thumbnail"),
        ("GET", "/v1/forms/{}/1"),
        ("GET", "/v1/forms/daily_log/{}"),
        ("HEAD", "/v1/uploads/{}"),
        ("PATCH", "/v1/uploads/{}"),
        ("DELETE", "/v1/uploads/{}"),
        ("DELETE", "/v1/devices/{}"),
        ("POST", "/v1/jobs/{}/retry"),
        ("POST", "/v1/forms/{}/publish"),
        ("POST", "/v1/persons/{}/password"),
        ("PUT", "/v1/persons/{}/grants/clerk/system"),
        ("PUT", f"/v1/persons/{house.known.person}/grants/{{}}/system"),
        ("PUT", f"/v1/persons/{house.known.person}/grants/clerk/{{}}"),
        ("POST", "/v1/projects/{}/sections"),
        ("PUT", "/v1/sections/{}/fence"),
    ):
        headers = house.admin | PATCH | {"Upload-Offset": "0"}
        answer = await house.http.request(method, path.format(segment), headers=headers, content=b"{}")
        problem(answer)


QUERIES = (
    "/v1/records",
    "/v1/records?kind=",
    "/v1/records?kind=" + "k" * 4096,
    "/v1/records?kind=%00",
    "/v1/records?kind=%ff%fe",
    "/v1/records?kind=report&limit=0",
    "/v1/records?kind=report&limit=-1",
    "/v1/records?kind=report&limit=501",
    "/v1/records?kind=report&limit=1e9",
    "/v1/records?kind=report&limit=ten",
    "/v1/records?kind=report&limit=",
    "/v1/records?kind=report&after=-1",
    "/v1/records?kind=report&after=9223372036854775808",
    "/v1/records?kind=report&after=" + "9" * 5000,
    "/v1/records?kind=report&scope=" + "s" * 4096,
    "/v1/records?kind=report&scope=%00",
    "/v1/reports?form=%00",
    "/v1/reports?number=" + "1" * 4096,
    "/v1/reports?date=2026-11-188",
    "/v1/reports?date=%00",
    "/v1/reports?person=%00&limit=100000",
    "/v1/forms/daily_log/0",
    "/v1/forms/daily_log/-1",
    "/v1/forms/daily_log/99999999999999999999",
    "/v1/forms?after=%00",
    "/v1/projects?after=%00",
    "/v1/persons?after='",
    "/v1/devices?person=%00",
    "/v1/jobs/dead?after=%00",
)


@pytest.mark.parametrize("query", QUERIES, ids=range(len(QUERIES)))
async def test_a_bad_query_is_answered_with_a_problem_or_with_nothing(house: House, query: str) -> None:
    answer = await house.http.get(query, headers=house.admin)
    if answer.status_code != 200:
        problem(answer)
    elif "forms" not in query:
        assert not any(answer.json()), answer.text


async def test_a_wrong_method_is_refused_everywhere(house: House) -> None:
    for route in house.program.litestar().routes:
        path = route.path.replace("{", "").split(":")[0]
        for method in ("TRACE", "PROPFIND", "GET", "POST", "PUT", "PATCH", "DELETE"):
            if method in getattr(route, "methods", ()) or not path.startswith("/v1"):
                continue
            assert problem(await house.http.request(method, path, headers=house.admin)) in {
                "request.method_not_allowed",
                "request.not_found",
                "request.invalid",
            }, (method, path)


# -- bodies of the desk -----------------------------------------------------------------------------------------------

NAMES = ["", "\0", "a\0b", "x" * 4096, "陈\n建国", 7, None, ["a"], {"a": 1}, 1.5, True, 10**30]
MAY_BE_EMPTY = {("/v1/enrolments", "person"), ("/v1/login", "password"), ("/v1/projects", "timeZone")}


@pytest.mark.parametrize("name", NAMES, ids=range(len(NAMES)))
async def test_a_bad_name_is_refused_with_its_place(house: House, name: Any) -> None:
    for path, good, fields in (
        ("/v1/persons", {"name": "陈", "login": new_id(), "password": "Long-enough-7"}, ("name", "login", "password")),
        ("/v1/login", {"login": "nobody", "password": "x"}, ("login", "password")),
        ("/v1/enrol", {"code": "ABCD", "replica": new_id(), "device": "小米"}, ("code", "replica", "device")),
        ("/v1/enrolments", {"person": new_id()}, ("person",)),
        (
            "/v1/projects",
            {"code": "2603-320104-04-01-482177", "name": "n", "lat": 1, "lon": 1},
            ("code", "name", "timeZone"),
        ),
        (
            f"/v1/projects/{house.known.project}/sections",
            {"code": "9", "name": "n", "contractor": "c"},
            ("code", "name"),
        ),
        ("/v1/blobs/have", {"sha256": []}, ("sha256",)),
    ):
        for field in fields:
            if (path, field) in MAY_BE_EMPTY and name in (None, ""):
                continue
            content = msgspec.json.encode({**good, field: name})
            answer = await house.http.post(path, content=content, headers=house.admin)
            assert problem(answer) != "request.malformed", (path, field)


FORMS = {
    "nothing": b"",
    "no form": b"hello",
    "a table without settings": b"| survey |\n| | type | name |\n| | text | a |\n",
    "NUL": b"| survey |\n|\0|",
    "invalid UTF-8": b"| survey |\n| \xff\xfe |",
    "a zip that is no workbook": b"PK\x03\x04" + b"\0" * 100,
    "a formula": b"| settings |\n| | form_id |\n| | =cmd|' /C calc'!A0 |\n",
    "two megabytes of bars": b"|" * 2_000_000,
}


@pytest.mark.parametrize("source", FORMS.values(), ids=list(FORMS))
async def test_a_form_that_is_none_is_refused(house: House, source: bytes) -> None:
    code = problem(await house.http.post("/v1/forms", content=source, headers=house.admin))
    assert code.startswith(("forms.", "request."))


# -- uploads ----------------------------------------------------------------------------------------------------------


def described(**pairs: str) -> str:
    """Write ``Upload-Metadata``."""
    return ",".join(f"{key} {base64.b64encode(value.encode()).decode()}" for key, value in pairs.items())


CREATIONS: dict[str, tuple[dict[str, str], str]] = {
    "no tus": ({"Tus-Resumable": ""}, "media.tus_version"),
    "tus of tomorrow": ({"Tus-Resumable": "2.0.0"}, "media.tus_version"),
    "no length": ({"Upload-Length": ""}, "request.invalid"),
    "a length below zero": ({"Upload-Length": "-5"}, "request.invalid"),
    "a length that is a float": ({"Upload-Length": "1.5"}, "request.invalid"),
    "a length that is a text": ({"Upload-Length": "many"}, "request.invalid"),
    "a length in other digits": ({"Upload-Length": "\xb2"}, "request.invalid"),
    "a length beyond the limit": ({"Upload-Length": str(2**40)}, "media.too_long"),
    "a length of 30 digits": ({"Upload-Length": "9" * 30}, "request.invalid"),
    "no metadata": ({"Upload-Metadata": ""}, "media.bad_digest"),
    "no base64": ({"Upload-Metadata": "sha256 ***"}, "request.invalid"),
    "the same key twice": ({"Upload-Metadata": described(sha256="a") + "," + described(sha256="b")}, "request.invalid"),
    "a digest that is a path": ({"Upload-Metadata": described(sha256="../../../../etc/passwd")}, "media.bad_digest"),
    "a digest in capitals": ({"Upload-Metadata": described(sha256="A" * 64)}, "media.bad_digest"),
    "a digest with NUL": ({"Upload-Metadata": described(sha256="a" * 63 + "\0")}, "media.bad_digest"),
    "metadata that is no UTF-8": ({"Upload-Metadata": "filename /w=="}, "request.invalid"),
    "a checksum of nobody": ({"Upload-Checksum": "crc32 AAAA"}, "request.invalid"),
    "a checksum that is no base64": ({"Upload-Checksum": "sha256 ?"}, "request.invalid"),
}


@pytest.mark.parametrize(("change", "code"), CREATIONS.values(), ids=list(CREATIONS))
async def test_an_upload_that_is_declared_wrongly_is_refused(house: House, change: dict[str, str], code: str) -> None:
    good = house.phone | TUS | {"Upload-Length": "3", "Upload-Metadata": described(sha256="a" * 64)}
    headers = raw({name: value for name, value in (good | change).items() if value})
    assert problem(await house.http.post("/v1/uploads", headers=headers)) == code


async def begin(house: House, data: bytes, length: int | None = None, **pairs: str) -> str:
    """Begin an upload of ``data``, or of what pretends to be it. Gives its address."""
    sha256 = pairs.pop("sha256", hashlib.sha256(data).hexdigest())
    said = {"Upload-Length": str(len(data) if length is None else length)}
    metadata = {"Upload-Metadata": described(sha256=sha256, **pairs)}
    answer = await house.http.post("/v1/uploads", headers=house.phone | TUS | said | metadata)
    assert answer.status_code == 201, answer.text
    return str(answer.headers["location"])


async def send(house: House, address: str, offset: str | int, data: bytes, **more: str) -> httpx.Response:
    """Send bytes of an upload."""
    headers = house.phone | PATCH | {"Upload-Offset": str(offset)} | more
    return await house.http.patch(address, content=data, headers=headers)


async def test_bytes_that_do_not_fit_are_refused_and_the_upload_goes_on(house: House) -> None:
    data = b"0123456789" * 100
    address = await begin(house, data)
    assert (await send(house, address, 0, data[:500])).status_code == 204
    for offset, body, code in (
        (-1, data, "request.invalid"),
        ("1.0", data, "request.invalid"),
        ("", data, "request.invalid"),
        ("9" * 30, data, "request.invalid"),
        (0, data[:500], "media.wrong_offset"),
        (501, data[501:], "media.wrong_offset"),
        (10**15, b"", "media.wrong_offset"),
        (500, data[500:] + b"one more", "media.beyond_length"),
        (500, b"x" * 2_000_000, "media.beyond_length"),
    ):
        assert problem(await send(house, address, offset, body)) == code, offset
    wrong = {"Upload-Checksum": "sha1 " + base64.b64encode(b"x" * 20).decode()}
    assert problem(await send(house, address, 500, data[500:], **wrong)) == "media.digest_mismatch"
    assert problem(await send(house, address, 500, data[500:], **{"Content-Type": "text/plain"})) == "request.encoding"
    assert (await send(house, address, 500, data[500:])).status_code == 204
    stored = await house.http.get(f"/v1/blobs/{hashlib.sha256(data).hexdigest()}", headers=house.phone)
    assert stored.content == data


async def test_a_file_that_is_not_what_was_declared_is_refused_and_nothing_of_it_stays(house: House) -> None:
    data = b"not what was declared" + new_id().encode()
    address = await begin(house, data, sha256="b" * 64)
    assert problem(await send(house, address, 0, data)) == "media.file_mismatch"
    assert problem(await house.http.head(address, headers=house.phone | TUS)) == ""
    for sha256 in ("b" * 64, hashlib.sha256(data).hexdigest()):
        assert problem(await house.http.get(f"/v1/blobs/{sha256}", headers=house.phone)) == "request.not_found"


async def test_a_file_of_zero_bytes_is_whole_at_once_or_refused(house: House) -> None:
    headers = house.phone | TUS | {"Upload-Length": "0"}
    true = {"Upload-Metadata": described(sha256=hashlib.sha256(b"").hexdigest())}
    answer = await house.http.post("/v1/uploads", headers=headers | true)
    if answer.status_code == 201:
        stored = await house.http.get(f"/v1/blobs/{hashlib.sha256(b'').hexdigest()}", headers=house.phone)
        assert (stored.status_code, stored.content) == (200, b"")
    else:
        problem(answer)
    untrue = {"Upload-Metadata": described(sha256="c" * 64)}
    assert problem(await house.http.post("/v1/uploads", headers=headers | untrue)) == "media.file_mismatch"


async def test_a_file_name_is_only_ever_a_name(house: House) -> None:
    for index, name in enumerate(
        ("../../etc/passwd", "..\\..\\x.exe", "a\0b\r\nSet-Cookie: x=y", "长" * 4000, "\x7f", '"; x="')
    ):
        data = f"file {index}".encode()
        address = await begin(house, data, filename=name, filetype="text/html\r\nX: y")
        assert (await send(house, address, 0, data)).status_code == 204
        answer = await house.http.get(f"/v1/blobs/{hashlib.sha256(data).hexdigest()}", headers=house.phone)
        assert answer.content == data
        said = answer.headers["content-disposition"]
        assert said.startswith("attachment; ")
        assert not {"/", "\\", "\r", "\n", "\0"} & set(said)
        assert "set-cookie" not in answer.headers
        assert answer.headers["content-type"] == "application/octet-stream"


async def test_an_upload_is_nobody_elses(house: House) -> None:
    data = new_id().encode()
    address = await begin(house, data)
    stranger = bearer(house.known.stranger)
    for answer in (
        await house.http.head(address, headers=stranger | TUS),
        await house.http.patch(address, content=data, headers=stranger | PATCH | {"Upload-Offset": "0"}),
        await house.http.delete(address, headers=stranger | TUS),
    ):
        assert answer.status_code == 404
    assert (await send(house, address, 0, data)).status_code == 204
    blob = f"/v1/blobs/{hashlib.sha256(data).hexdigest()}"
    assert problem(await house.http.get(blob, headers=stranger)) == "request.not_found"


RANGES = (
    "bytes=5-1",
    "bytes=99999-",
    "bytes=-0",
    "bytes=a-b",
    "bytes=0-" + "9" * 40,
    "lines=1-2",
    "\xff",
    "bytes=0-1,4-5",
)


async def test_a_bad_range_is_refused_or_ignored(house: House) -> None:
    data = b"a file to read parts of"
    address = await begin(house, data)
    await send(house, address, 0, data)
    path = f"/v1/blobs/{hashlib.sha256(data).hexdigest()}"
    for text in RANGES:
        answer = await house.http.get(path, headers=raw(house.phone | {"Range": text}))
        if answer.status_code == 416:
            assert problem(answer) == "media.bad_range"
        else:
            assert answer.content == data
    for side in ("0", "-1", "100000", "x", ""):
        problem(await house.http.get(f"{path}/thumbnail?side={side}", headers=house.phone))
    assert problem(await house.http.get(f"{path}/thumbnail", headers=house.phone)) == "media.undecodable"

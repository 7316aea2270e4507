"""Documents: a report and a day as PDF/A, a month as a zip, GeoJSON to take away."""

import hashlib
import io
import itertools
import json
import zipfile
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pypdfium2
import pytest

from mobile_contract.ids import row_id
from mobile_contract.records import Kind
from mobile_contract.sync import Change, Create, Patch, Sign
from server.insight.document import MISSING, Document, Pair, Text, encoded, pairs, signs
from server.insight.typesetting import printed
from server.kernel.clock import new_id
from server.proof import Sealer
from server.proof.inclusion import path
from server.proof.merkle import Tree, node
from server.replication import Actor
from tests.media import images
from tests.server.desk import AT, Desk, open_desk
from tests.server.insight.test_search import apply, follow, log
from tests.server.uploads.house import problem, sha256, upload
from tests.support.clock import HandClock

pytestmark = pytest.mark.anyio
PICTURE = images.encode(images.picture(), "image/jpeg", exif=images.exif(orientation=1))


@pytest.fixture
async def desk(database_url: str, tmp_path: Path, clock: HandClock) -> AsyncIterator[Desk]:
    async with open_desk(database_url, tmp_path, tmp_path, clock) as opened:
        yield opened


async def made(desk: Desk, kind: str, record: str | None = None, **wanted: Any) -> httpx.Response:
    body = {"kind": kind, "wanted": wanted} | ({"record": record} if record else {})
    answer = await desk.http.post("/v1/takeaways", json=body)
    assert answer.status_code == 201, answer.text
    key = answer.json()["id"]
    await desk.program.worker.drain()
    fetched = await desk.http.get(f"/v1/takeaways/{key}/file")
    assert fetched.status_code == 200, (await desk.http.get(f"/v1/takeaways/{key}")).text
    return fetched


def text_of(pdf: bytes) -> str:
    document = pypdfium2.PdfDocument(pdf)
    return "\n".join(page.get_textpage().get_text_range() for page in (document[at] for at in range(len(document))))


async def photograph(desk: Desk, report: str | None = None) -> str:
    key = new_id()
    await upload(desk.http, PICTURE, filename="现场.jpg")
    values = {
        "blob": sha256(PICTURE),
        "captured": {"at": AT},
        "place": "K0+620",
        "note": "沟槽支护已完成",
        "position": {"lat": 320_415_000, "lon": 1_187_674_000, "datum": "WGS84", "accuracyCm": 1200},
    } | ({"report": report} if report else {})
    op = Create(op_id=new_id(), n=0, scope=desk.scope, kind=Kind.PHOTO, id=key, at=AT, values=values)
    await desk.program.replication.apply(Actor(person=desk.clerk.person, replica=desk.clerk.replica), [op])
    await desk.program.worker.drain()
    await follow(desk)
    return key


async def check_in(desk: Desk, at: str = AT, lat: int = 320_415_000) -> str:
    key = new_id()
    position = {"lat": lat, "lon": 1_187_674_000, "datum": "WGS84", "accuracyCm": 1200}
    values = {"captured": {"at": at}, "position": position, "note": "到岗"}
    op = Create(op_id=new_id(), n=0, scope=desk.scope, kind=Kind.CHECK_IN, id=key, at=at, values=values)
    await apply(desk, op)
    return key


async def signed_log(desk: Desk) -> str:
    key = await log(desk, "2026-11-18", "K0+560~K0+640 沟槽开挖,DN800 管道安装 42 m 😀", weather_am="light_rain")
    row = {"trade": "pipefitter", "count": 12}
    made: dict[str, Any] = {"n": 0, "scope": desk.scope, "kind": Kind.REPORT, "id": key, "at": AT}
    change = {f"fields/labour/{row_id(key, 'labour', 'pipefitter')}": Change(value=row)}
    await apply(desk, Patch(op_id=new_id(), set=change, **made))
    await apply(desk, Sign(op_id=new_id(), digest=(await desk.entry(key))["digest"], **made))
    return key


async def test_a_report_is_its_form_with_photographs_and_signatures_and_the_same_bytes_again(desk: Desk) -> None:
    key = await signed_log(desk)
    await photograph(desk, report=key)
    first = await made(desk, "reportPdf", record=key)
    assert first.headers["content-type"] == "application/pdf"
    pdf = first.content
    assert b"pdfaid:part>2<" in pdf.replace(b" ", b"")
    assert b"pdfaid:conformance>B<" in pdf.replace(b" ", b"")
    said = text_of(pdf)
    for word in ("施工日志", "K0+560", "小雨", "管道工", "12", "chen 某某", "第 1 版", "沟槽支护已完成", "K0+620", key):
        assert word in said, (word, said)
    assert b"/Subtype/Image" in pdf.replace(b" ", b"")
    assert (await made(desk, "reportPdf", record=key)).content == pdf


async def test_a_day_has_its_reports_check_ins_and_photographs(desk: Desk) -> None:
    await signed_log(desk)
    await check_in(desk)
    await photograph(desk)
    pdf = (await made(desk, "dayPdf", scope=desk.scope, since="2026-11-18")).content
    said = text_of(pdf)
    for word in ("2026-11-18 现场记录", "施工日志", "签到(1)", "无围栏", "到岗", "照片(1)", "雨污分流", "一标段"):
        assert word in said, (word, said)
    empty = text_of((await made(desk, "dayPdf", scope=desk.scope, since="2026-11-17")).content)
    assert "当日没有记录" in empty


async def test_what_one_may_not_read_cannot_be_taken_away(desk: Desk) -> None:
    key = await signed_log(desk)
    await desk.as_("sunlei")
    for body in (
        {"kind": "reportPdf", "record": key},
        {"kind": "dayPdf", "wanted": {"scope": desk.scope, "since": "2026-11-18"}},
        {"kind": "month", "wanted": {"scope": desk.scope, "since": "2026-11-01", "until": "2026-11-30"}},
    ):
        asked = (await desk.http.post("/v1/takeaways", json=body)).json()["id"]
        await desk.program.worker.drain()
        found = (await desk.http.get(f"/v1/takeaways/{asked}")).json()
        assert (found["state"], found["problem"]) == ("failed", "request.not_found")
    for wrong in (
        {"kind": "reportPdf"},
        {"kind": "dayPdf", "wanted": {"scope": desk.scope}},
        {"kind": "dayPdf", "wanted": {"scope": desk.scope, "since": "2026-02-30"}},
        {"kind": "dayPdf", "wanted": {"scope": "\0", "since": "2026-02-28"}},
        {"kind": "month", "wanted": {"scope": desk.scope, "since": "2026-11-01", "until": "2026-12-02"}},
        {"kind": "month", "wanted": {"since": "2026-11-01", "until": "2026-11-30"}},
    ):
        problem(await desk.http.post("/v1/takeaways", json=wrong), "request.invalid")


async def test_a_month_holds_originals_copies_and_what_proves_them(desk: Desk) -> None:
    key = await signed_log(desk)
    photo = await photograph(desk)
    await desk.program.of(Sealer).seal()
    wanted = {"scope": desk.scope, "since": "2026-11-01", "until": "2026-11-30"}
    first = (await made(desk, "month", **wanted)).content
    with zipfile.ZipFile(io.BytesIO(first)) as packed:
        files = {name: packed.read(name) for name in packed.namelist()}
    listed = files.pop("manifest-sha256.txt").decode().splitlines()
    manifest = {line[66:]: line[:64] for line in listed}
    assert manifest == {name: hashlib.sha256(data).hexdigest() for name, data in files.items()}
    assert PICTURE in files.values()
    assert sum(name.startswith("水印/") for name in files) == 1
    records = [json.loads(data) for name, data in files.items() if name.startswith("记录/")]
    assert {record["id"] for record in records} == {key, photo}
    rows = [json.loads(line) for line in files["证明/journal.jsonl"].splitlines()]
    for row, after in itertools.pairwise(rows):
        assert after["before"] == row["leaf"]
    head = json.loads(files["证明/head.json"])
    assert root_of(bytes.fromhex(rows[-1]["leaf"]), head) == head["root"]
    assert (await made(desk, "month", **wanted)).content == first


def root_of(leaf: bytes, head: dict[str, Any]) -> str:
    """Go from a leaf to the root, as RFC 9162, section 2.1.3.2, has it."""
    index, last, seen = head["index"], head["size"] - 1, leaf
    for beside in map(bytes.fromhex, head["path"]):
        if index % 2 or index == last:
            seen = node(beside, seen)
            while index and index % 2 == 0:
                index, last = index >> 1, last >> 1
        else:
            seen = node(seen, beside)
        index, last = index >> 1, last >> 1
    return seen.hex()


@pytest.mark.parametrize("size", range(1, 20))
def test_an_audit_path_leads_from_each_leaf_to_the_root(size: int) -> None:
    hashes = [bytes([number]) * 32 for number in range(size)]
    tree = Tree()
    for each in hashes:
        tree.append(each)
    for index, leaf in enumerate(hashes):
        head = {"index": index, "size": size, "path": [each.hex() for each in path(hashes, index)]}
        assert root_of(leaf, head) == tree.root().hex()


async def test_geojson_to_take_away_is_longitude_and_latitude(desk: Desk) -> None:
    await check_in(desk)
    await photograph(desk)
    await follow(desk)
    found = json.loads((await made(desk, "geojson")).content)
    points = {each["properties"]["kind"]: each["geometry"] for each in found["features"]}
    assert points["checkIn"] == points["photo"] == {"type": "Point", "coordinates": [118.7674, 32.0415]}
    assert json.loads((await made(desk, "geojson", until="2026-11-17")).content)["features"] == []


# what is typeset -----------------------------------------------------------------------------------------------------


async def test_a_sign_that_the_font_lacks_is_a_box_and_no_markup_is_read(tmp_path: Path) -> None:
    document = Document(title="#x 😀", date=(2026, 11, 18), foot="*f*", blocks=[Text(text='$a$ #import "x" 喆 \\')])
    assert MISSING.encode() in encoded(document)
    assert "😀".encode() not in encoded(document)
    measured = encoded(Document(title="12 m³,8 m²,x⁵", date=(2026, 11, 18), foot=""))
    assert "12 ㎥,8 ㎡,x5".encode() in measured
    pdf = (await printed(document, tmp_path)).read_bytes()
    assert '$a$ #import "x" 喆 \\' in text_of(pdf)


def test_the_font_draws_what_it_is_said_to_draw() -> None:
    known = signs()
    assert {ord(sign) for sign in "施工日志喆堃玥㎡①□ABC019,。"} <= known
    assert not {ord(sign) for sign in "😀𠀀"} & known


def test_an_answer_that_stands_alone_takes_the_whole_line() -> None:
    found = pairs(
        [
            Pair(label="a", text="1"),
            Pair(label="b", text="2"),
            Pair(label="c", text="3"),
            Pair(label="d", text="x" * 40),
        ]
    )
    assert [(pair.label, pair.wide) for pair in found] == [("a", False), ("b", False), ("c", True), ("d", True)]

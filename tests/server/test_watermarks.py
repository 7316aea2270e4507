"""Captioned copies of photographs: what they say, when they are made, and who gets to see them."""

import io
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import msgspec
import numpy as np
import pytest
from PIL import Image

from media.caption import Caption
from media.watermark import SIDE, draw
from mobile_contract.identity import Role
from mobile_contract.ids import section_scope
from mobile_contract.media import Datum, Position
from mobile_contract.projects import NewProject, NewSection
from mobile_contract.records import Capture, Kind, PhotoValues
from mobile_contract.sync import Create
from ocr.fonts import TEXT
from server.app import Program
from server.captures.captions import caption_of
from server.identity import Caller, Identity
from server.kernel.clock import new_id
from server.kernel.settings import Settings
from server.projects import Place
from server.replication import Actor
from tests.media import images
from tests.server.uploads.house import PHOTO, problem, sha256, upload
from tests.support import people
from tests.support.clock import HandClock
from tests.support.http import serving

PLACE = Place(project="秦淮区中山南路雨污分流及路面改造工程", section="一标段", contractor="江苏宁筑建设有限公司")
STORY_1 = PhotoValues(
    blob="7f3a91c20b5e44d1" + "0" * 48,
    captured=Capture(at="2026-11-18T08:07:31+08:00", clock_offset_ms=1200),
    position=Position(lat=320_394_610, lon=1_187_726_190, datum=Datum.GCJ02, accuracy_cm=1_150),
    place="K0+620",
    note="沟槽支护已完成",
)
CAPTION = caption_of(STORY_1, PLACE, "周敏")


# what it says --------------------------------------------------------------------------------------------------------


def test_a_caption_says_when_where_who_and_for_what_as_the_trade_does() -> None:
    assert (
        Caption(
            time="08:07",
            date="2026-11-18 星期三",
            title="秦淮区中山南路雨污分流及路面改造工程",
            rows=(
                ("标段", "一标段 江苏宁筑建设有限公司"),
                ("部位", "K0+620"),
                ("坐标", "32.04150°N 118.76740°E ±12 m"),
                ("说明", "沟槽支护已完成"),
                ("拍摄", "周敏"),
            ),
            mark="铅垂 · 防伪码 7F3A 91C2 0B5E 44D1",
        )
        == CAPTION
    )


def rows(**changes: Any) -> dict[str, str]:
    return dict(caption_of(msgspec.structs.replace(STORY_1, **changes), PLACE, "周敏").rows)


@pytest.mark.parametrize(
    ("offset_ms", "said"),
    [
        (-600_000, "手机时间比服务器快约 10 分钟"),
        (86_400_000, "手机时间比服务器慢约 24 小时"),
        (299_000, None),
    ],
)
def test_a_caption_names_a_clock_that_is_off(offset_ms: int, said: str | None) -> None:
    captured = Capture(at="2026-11-18T08:07:31+08:00", clock_offset_ms=offset_ms)
    assert rows(captured=captured).get("注意") == said


def test_a_caption_names_a_position_that_is_none() -> None:
    mocked = Position(lat=-1, lon=-1_800_000_000, datum=Datum.WGS84, mock=True)
    assert rows(position=mocked)["坐标"] == "0.00000°S 180.00000°W 模拟定位"
    assert rows(position=Position(lat=10**12, lon=0, datum=Datum.WGS84))["坐标"] == "无效"


def test_a_caption_leaves_out_what_nobody_said() -> None:
    bare = caption_of(PhotoValues(blob="0" * 64, captured=Capture(at="yesterday")), None, "")
    assert (bare.time, bare.date, bare.title, bare.rows) == ("--:--", "时间不明", "未归入项目", ())


# how it looks --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("shade", [0, 255])
def test_a_caption_can_be_read_on_light_and_on_dark(shade: int) -> None:
    picture = Image.new("RGB", (1600, 1200), (shade, shade, shade))
    drawn = np.asarray(draw(picture, CAPTION, TEXT).convert("L")).astype(int)
    assert drawn.shape == (1200, 1600)
    veil = drawn[-300:-100, 100:300]
    assert veil.max() > 245  # letters
    assert np.median(veil) < 110  # and what is behind them
    assert (drawn[:400] == shade).all()


@pytest.mark.parametrize("size", [(1, 1), (64, 40), (40, 64), (2048, 8), (8, 2048), (SIDE, SIDE)])
def test_a_picture_of_any_shape_gets_its_caption(size: tuple[int, int]) -> None:
    drawn = draw(Image.new("RGB", size, "white"), CAPTION, TEXT)
    assert max(drawn.size) >= 1024
    assert drawn.width * drawn.height <= 3 * SIDE * SIDE


def test_hostile_words_make_no_other_picture_than_a_longer_one() -> None:
    hostile = Caption(
        time="8" * 500,
        date="\0\n\r\t\u202e" * 100,
        title="工" * 10_000,
        rows=tuple(("标签" * 50, "值\u200b\ud7ff\U0001f4a3" * 5_000) for _ in range(6)),
        mark="x" * 10_000,
    )
    drawn = draw(Image.new("RGB", (800, 600), "white"), hostile, TEXT)
    assert drawn.width * drawn.height <= 4 * SIDE * SIDE


# when it is made, and for whom ---------------------------------------------------------------------------------------


@dataclass
class Site:
    """A program that serves, with two sections and their people."""

    program: Program
    http: httpx.AsyncClient
    one: str
    two: str
    zhou: Caller

    async def sign_in(self, login: str) -> None:
        session = await self.program.identity.sessions.login(login, people.PASSWORD)
        self.http.headers["Authorization"] = f"Bearer {session.token}"

    async def photo(self, data: bytes) -> str:
        record, at = new_id(), "2026-11-18T08:07:31+08:00"
        values = {"blob": sha256(data), "captured": {"at": at}, "place": "K0+620"}
        op = Create(op_id=new_id(), n=0, scope=self.one, kind=Kind.PHOTO, id=record, at=at, values=values)
        await self.program.replication.apply(Actor(person=self.zhou.person, replica=self.zhou.replica), [op])
        await self.program.worker.drain()
        return record

    async def send(self, data: bytes) -> None:
        await upload(self.http, data)
        await self.program.worker.drain()

    async def server(self, record: str) -> dict[str, Any]:
        found: dict[str, Any] = (await self.http.get(f"/v1/records/{record}")).json()["server"]
        return found

    async def copy(self, record: str, **headers: str) -> httpx.Response:
        return await self.http.get(f"/v1/photos/{record}/watermarked", headers=headers)


@pytest.fixture
async def site(database_url: str, tmp_path: Path, clock: HandClock) -> AsyncIterator[Site]:
    settings = Settings(data_dir=str(tmp_path), database_url=database_url, embedded_worker=False)
    program = Program(settings, clock)
    program.house.services["identity"] = Identity(
        program.db, program.journal, settings, clock, people.cheap_passwords()
    )
    async with serving(program) as http:
        admin = await people.admin(program.identity)
        made = await program.projects.create(
            admin.person,
            NewProject(code="2603-320104-04-01-482176", name=PLACE.project, lat=320_415_000, lon=1_187_674_000),
        )
        one, two = [
            section_scope((await program.projects.create_section(admin.person, made.id, new)).id)
            for new in (
                NewSection(code="1", name="一标段", contractor=PLACE.contractor),
                NewSection(code="2", name="二标段", contractor="南京路桥"),
            )
        ]
        zhou = await people.person(program.identity, admin, "zhou", (Role.INSPECTOR, one))
        await people.person(program.identity, admin, "sun", (Role.INSPECTOR, two))
        opened = Site(program, http, one, two, zhou)
        await opened.sign_in("zhou")
        await program.worker.drain()
        yield opened


@pytest.mark.anyio
@pytest.mark.parametrize("bytes_first", [True, False])
async def test_a_copy_is_made_when_record_and_bytes_are_both_here(site: Site, bytes_first: bool) -> None:
    if bytes_first:
        await site.send(PHOTO)
    record = await site.photo(PHOTO)
    if not bytes_first:
        problem(await site.copy(record), "request.not_found")
        assert "watermarked" not in await site.server(record)
        await site.send(PHOTO)
    digest = (await site.server(record))["watermarked"]
    copy = await site.copy(record)
    assert (copy.status_code, sha256(copy.content)) == (200, digest)
    picture = Image.open(io.BytesIO(copy.content))
    assert (picture.format, dict(picture.getexif())) == ("JPEG", {})
    assert (await site.copy(record, **{"If-None-Match": copy.headers["etag"]})).status_code == 304
    assert (await site.http.get(f"/v1/blobs/{sha256(PHOTO)}")).content == PHOTO


@pytest.mark.anyio
async def test_a_copy_is_for_the_readers_of_its_record_and_says_anew_where_it_moved(site: Site) -> None:
    await site.send(PHOTO)
    record = await site.photo(PHOTO)
    before = (await site.copy(record)).content
    await site.sign_in("sun")
    problem(await site.copy(record), "request.not_found")
    problem(await site.http.get(f"/v1/blobs/{sha256(before)}"), "request.not_found")
    await site.program.db.write(lambda tx: site.program.replication.move(tx, site.zhou.person, [record], site.two))
    await site.program.worker.drain()
    after = await site.copy(record)
    assert after.status_code == 200
    assert after.content != before
    assert sha256(after.content) == (await site.server(record))["watermarked"]
    await site.sign_in("zhou")
    problem(await site.copy(record), "request.not_found")


@pytest.mark.anyio
async def test_a_photo_that_cannot_be_read_says_so_on_its_record(site: Site) -> None:
    bomb = images.png_that_claims(30_000, 30_000)
    record = await site.photo(bomb)
    await site.send(bomb)
    (file,) = (await site.server(record))["files"]
    assert (file["state"], file["problem"]) == ("stored", "media.too_many_pixels")
    problem(await site.copy(record), "request.not_found")


@pytest.mark.anyio
async def test_looking_again_changes_nothing(site: Site) -> None:
    await site.send(PHOTO)
    record = await site.photo(PHOTO)
    before = (await site.http.get(f"/v1/records/{record}")).json()
    job = {"record": record}
    await site.program.db.write(lambda tx: site.program.jobs.add(tx, "reports.watermark", job))
    await site.program.worker.drain()
    assert (await site.http.get(f"/v1/records/{record}")).json() == before

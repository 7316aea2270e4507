"""What is found out about bytes once they are here – or what is wrong with them, without anything falling over."""

import io
import re
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import msgspec
import pytest
from PIL import Image

from media.caption import Caption
from media.memory_store import MemoryStore
from mobile_contract.media import MediaFacts
from ocr.fonts import TEXT
from server.jobs import Worker
from server.kernel.database import Database
from server.kernel.settings import BadSetting, load
from server.uploads.pictures import Unreadable
from tests.media import hostile, images, recordings
from tests.server.uploads.house import PHOTO, House, problem, serve, sha256, upload
from tests.support.clock import HandClock

pytestmark = pytest.mark.anyio

HTML = b"<!doctype html><script>alert(1)</script>"
CAPTION = Caption(
    time="08:07", date="2026-11-18 星期三", title="雨污分流", rows=(("部位", "K0+620"), ("拍摄", "周敏")), mark="7F3A"
)


@pytest.fixture
async def house(database: Database, clock: HandClock) -> AsyncIterator[House]:
    """A house in which what arrives is looked at."""
    made = House(database, MemoryStore(), clock)
    made.journal.handlers = {"blob.stored": ("uploads.examine",)}
    await made.furnish()
    yield made
    made.uploads.close()


async def examined(house: House, http: httpx.AsyncClient, data: bytes, **metadata: str) -> MediaFacts:
    await upload(http, data, **metadata)
    await Worker(house.jobs, house.uploads.handlers).drain()
    return msgspec.convert((await http.get(f"/v1/blobs/{sha256(data)}/facts")).json(), MediaFacts)


def most_held(process: int) -> int:
    """Return the most memory a process has held, in KiB."""
    (most,) = re.findall(r"VmHWM:\s+(\d+) kB", Path(f"/proc/{process}/status").read_text("ascii"))
    return int(most)


def opened(data: bytes) -> Image.Image:
    return Image.open(io.BytesIO(data))


async def test_a_photograph_is_examined_once_and_says_so_for_everyone_who_brings_it(
    house: House, http: httpx.AsyncClient
) -> None:
    found = await examined(house, http, PHOTO)
    assert (found.media_type, found.width, found.height, found.frames) == ("image/jpeg", 320, 200, 1)
    assert found.exif is not None
    assert (found.exif.make, found.exif.taken_at) == ("HUAWEI", "2026-11-18T08:07:31+08:00")
    assert found.phash is not None
    assert len(found.phash) == 16
    assert await house.events("blob.examined") == [sha256(PHOTO)]
    pictures, house.uploads.examiner._pictures = house.uploads.examiner._pictures, None  # type: ignore[assignment]
    house.speaker = house.chen
    assert await examined(house, http, PHOTO) == found
    assert await house.events("blob.examined") == [sha256(PHOTO)] * 2
    house.uploads.examiner._pictures = pictures


async def test_thumbnails_are_there_when_the_facts_are(house: House, http: httpx.AsyncClient) -> None:
    large = images.encode(images.turned(images.picture(1200, 800), 6), "image/jpeg", exif=images.exif(orientation=6))
    found = await examined(house, http, large)
    assert (found.width, found.height) == (1200, 800)
    house.uploads.close()
    for asked, given in ((1, (256, 171)), (256, (256, 171)), (257, (1024, 683)), (4096, (1024, 683))):
        small = opened((await http.get(f"/v1/blobs/{sha256(large)}/thumbnail?side={asked}")).content)
        assert (small.size, small.format, dict(small.getexif())) == (given, "JPEG", {})
    assert house.uploads.examiner._pictures._idle == []  # nothing was decoded again


@pytest.mark.parametrize("media_type", ["video/mp4", "audio/webm"])
async def test_a_recording_says_its_length_and_gets_its_true_type(
    house: House, http: httpx.AsyncClient, media_type: str
) -> None:
    data = recordings.recording(media_type)
    found = await examined(house, http, data, filetype="video/x-strange")
    assert (found.media_type, found.problem) == (media_type, None)
    assert found.duration_ms == pytest.approx(2000, abs=150)
    assert (await http.get(f"/v1/blobs/{sha256(data)}")).headers["content-type"] == media_type
    problem(await http.get(f"/v1/blobs/{sha256(data)}/thumbnail"), "media.undecodable")


BAD = {
    "nothing at all": (b"", None, "media.undecodable"),
    "html as a photograph": (HTML, None, "media.undecodable"),
    "html as a film": (HTML + b" ", None, "media.undecodable"),
    "svg": (b'<svg xmlns="http://www.w3.org/2000/svg"/>', None, "media.undecodable"),
    "html behind a jpeg's first bytes": (b"\xff\xd8\xff\xe0" + HTML, "image/jpeg", "media.undecodable"),
    "a photograph cut short": (PHOTO[: len(PHOTO) // 2], "image/jpeg", "media.undecodable"),
    "a film cut short": (recordings.recording("video/mp4")[:1000], "video/mp4", "media.undecodable"),
    "a bomb": (images.png_that_claims(30_000, 30_000), "image/png", "media.too_many_pixels"),
    "a pdf of nothing": (images.pdf(pages=0), "application/pdf", "media.undecodable"),
}


@pytest.mark.parametrize("name", BAD)
async def test_a_bad_file_is_kept_and_its_problem_named(house: House, http: httpx.AsyncClient, name: str) -> None:
    data, media_type, code = BAD[name]
    declared = {"html as a film": "video/mp4"}.get(name, "image/jpeg")
    found = await examined(house, http, data, filetype=declared)
    assert (found.media_type, found.problem) == (media_type or "application/octet-stream", code)
    answer = await http.get(f"/v1/blobs/{sha256(data)}")
    assert (answer.content, answer.headers["content-type"]) == (data, found.media_type)
    problem(await http.get(f"/v1/blobs/{sha256(data)}/thumbnail"), code)
    assert (await house.jobs.dead()).jobs == ()


async def test_what_could_be_read_of_a_broken_photograph_is_kept(house: House, http: httpx.AsyncClient) -> None:
    found = await examined(house, http, PHOTO[:-200])
    assert found.problem == "media.undecodable"
    assert found.exif is not None
    assert (found.width, found.exif.make) == (320, "HUAWEI")


async def test_what_hides_behind_a_photograph_is_in_no_copy_of_it(house: House, http: httpx.AsyncClient) -> None:
    polyglot = PHOTO + HTML + images.pdf()
    assert (await examined(house, http, polyglot)).problem is None
    assert b"script" not in (await http.get(f"/v1/blobs/{sha256(polyglot)}/thumbnail")).content


@pytest.mark.timeout(240)
async def test_files_that_ask_for_too_much_stop_nothing_and_get_a_bounded_memory(
    house: House, http: httpx.AsyncClient
) -> None:
    for data, _ in hostile.FILES.values():
        await upload(http, data)
    worker = Worker(house.jobs, house.uploads.handlers)
    while await worker.drain():
        house.clock.forward(minutes=2)  # what fell is tried again by then
    pictures = house.uploads.examiner._pictures
    for name, (data, code) in hostile.FILES.items():
        facts = (await http.get(f"/v1/blobs/{sha256(data)}/facts")).json()
        assert facts.get("problem", "") == (code or ""), name
        for said in (facts.get("exif") or {}).values():
            assert isinstance(said, int) or (len(said) <= 120 and said.isprintable())
    assert (await house.jobs.dead()).jobs == ()
    assert (await examined(house, http, PHOTO)).problem is None
    for child in pictures._idle:
        assert most_held(child._process.pid) < 1_200_000


async def test_a_captioned_copy_is_made_anew_when_its_caption_changes(house: House, http: httpx.AsyncClient) -> None:
    await upload(http, PHOTO)
    caption = house.uploads.examiner.caption
    font = str(TEXT)
    first = await caption(sha256(PHOTO), "watermarked-x", CAPTION, font)
    assert first is not None
    copy = opened(await house.uploads.blobs.whole(first))
    assert (copy.format, copy.size, dict(copy.getexif())) == ("JPEG", (1024, 640), {})
    assert await caption(sha256(PHOTO), "watermarked-x", CAPTION, font) == first
    other = msgspec.structs.replace(CAPTION, title="别的工程")
    assert await caption(sha256(PHOTO), "watermarked-x", other, font) != first
    await upload(http, HTML)
    assert await caption(sha256(HTML), "watermarked-x", CAPTION, font) is None
    assert await caption(sha256(b"never sent"), "watermarked-x", CAPTION, font) is None


async def test_a_file_that_takes_too_long_gets_another_process_and_then_a_problem(house: House) -> None:
    slow = images.encode(images.picture(7000, 7000), "image/webp", quality=1)
    async with serve(house) as http:
        await examined(house, http, PHOTO)
        await upload(http, slow)
        pictures = house.uploads.examiner._pictures
        pictures._seconds = 0
        (job,) = await house.jobs.claim(["uploads.examine"], 2)
        (examine,) = [handler for handler in house.uploads.handlers if handler.kind == job.kind]
        (child,) = pictures._idle
        with pytest.raises(Unreadable) as refused:
            await examine(job)
        assert (refused.value.code, refused.value.params) == ("media.too_costly", {"reason": "timeout"})
        assert not child.alive
        await examine(msgspec.structs.replace(job, attempt=2))
        found = msgspec.convert((await http.get(f"/v1/blobs/{sha256(slow)}/facts")).json(), MediaFacts)
        assert (found.media_type, found.problem) == ("image/webp", "media.too_costly")
        assert found.width == 7000  # its header took no time
        pictures.close()
        pictures._seconds = 30
        assert (await examined(house, http, PHOTO + b"next")).problem is None


async def test_facts_are_for_whoever_may_read_the_file(house: House, http: httpx.AsyncClient) -> None:
    await examined(house, http, PHOTO)
    house.speaker = house.stranger
    problem(await http.get(f"/v1/blobs/{sha256(PHOTO)}/facts"), "request.not_found")


def test_the_sides_of_thumbnails_are_sides() -> None:
    assert load({"PLUMBLINE_THUMBNAIL_SIDES": "512, 128,512"}).sides == (128, 512)
    for bad in ("", "big", "8", "1e3", "99999999999999999999", "256;512", "²"):
        with pytest.raises(BadSetting):
            load({"PLUMBLINE_THUMBNAIL_SIDES": bad})

"""What evidence makes of real pictures: too large, cut short, in another colour space."""

import pytest
from PIL import Image

from tests.media import images
from tests.server.evidence.house import Site, shot

pytestmark = pytest.mark.anyio


async def test_a_picture_that_was_not_examined_is_a_flag_and_its_header_is_read_all_the_same(site: Site) -> None:
    bomb = images.png_that_claims(20_000, 20_000)
    record = await site.photo("chen", bomb)
    (flag,) = await site.flags(record)
    assert (flag["code"], flag["params"]) == ("evidence.not_examined", {"problem": "media.too_many_pixels"})
    facts = await site.facts("chen", bomb)
    assert (facts["width"], facts["height"]) == (20_000, 20_000)
    assert [one["code"] for one in await site.listed("liweidong")] == ["evidence.not_examined"]


@pytest.mark.parametrize("size", [(9248, 6936), (16_320, 12_240)])
async def test_a_picture_of_64_or_200_megapixels_is_examined(site: Site, size: tuple[int, int]) -> None:
    tags = images.exif()
    tags.get_ifd(0x8769)[0x9003] = "2026:11:18 07:50:00"
    large = images.encode(Image.new("L", size, 90), "image/jpeg", exif=tags)
    record = await site.photo("chen", large)
    assert await site.flags(record) == []
    facts = await site.facts("chen", large)
    assert ((facts["width"], facts["height"]), facts["exif"]["make"], len(facts["phash"])) == (size, "HUAWEI", 16)


async def test_an_old_photo_without_its_last_two_bytes_is_found_as_used_again(site: Site) -> None:
    old = shot(b"a trench")
    first = await site.photo("zhou", old, at="2026-11-11T08:00:00+08:00")
    second = await site.photo("zhou", old[:-2])
    (flag,) = await site.flags(second)
    assert (flag["code"], flag["params"]["bits"], flag["other"]) == ("evidence.similar_picture", "0", first)


async def test_half_a_photo_is_said_to_be_no_picture(site: Site) -> None:
    old = shot(b"a trench")
    record = await site.photo("zhou", old[: len(old) // 2])
    (flag,) = await site.flags(record)
    assert (flag["code"], flag["params"]) == ("evidence.not_examined", {"problem": "media.undecodable"})

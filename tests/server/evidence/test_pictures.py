"""What evidence makes of real pictures: too large, cut short, in another colour space."""

import io

import numpy as np
import pytest
from PIL import Image

from tests.media import hostile, images
from tests.server.evidence.house import Site, shot
from tests.server.uploads.house import problem, sha256

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


@pytest.mark.parametrize("claimed", ["webp", "png", "heic", "avif", "tiff"])
async def test_what_its_decoder_cannot_hold_is_a_flag_from_its_header_and_costs_no_decoding(
    site: Site, claimed: str
) -> None:
    """None of them would be decoded: nothing but a header is there, which would be another problem."""
    data, limit = {
        "webp": (hostile.webp_that_claims(12_000, 8_000), 67_108_864),
        "png": (images.png_that_claims(20_000, 15_000), 200_000_000),
        "heic": (hostile.claiming("image/heic", 13_000, 12_000), 134_217_728),
        "avif": (hostile.claiming("image/avif", 13_000, 10_000), 119_304_647),
        "tiff": (hostile.tiff_that_claims(20_000, 15_000), 200_000_000),
    }[claimed]
    record = await site.photo("chen", data)
    (flag,) = await site.flags(record)
    assert (flag["code"], flag["params"]) == ("evidence.not_examined", {"problem": "media.too_many_pixels"})
    assert (await site.facts("chen", data))["width"] in {12_000, 13_000, 20_000}
    refused = problem(await site.http.get(f"/v1/blobs/{sha256(data)}/thumbnail"), "media.too_many_pixels")
    assert str(limit) in refused.json()["title"]


async def test_the_colours_of_a_wide_profile_are_those_of_the_thumbnail_and_of_the_captioned_copy(site: Site) -> None:
    # 200, 80, 80 of Display P3 is a fuller red in sRGB.
    dull = Image.new("RGB", (1200, 800), (200, 80, 80))
    wide = images.encode(dull, "image/jpeg", icc_profile=images.wide_gamut())
    record = await site.photo("chen", wide)
    await site.sign_in("chen")
    for address in (f"/v1/blobs/{sha256(wide)}/thumbnail", f"/v1/photos/{record}/watermarked"):
        answer = await site.http.get(address, follow_redirects=True)
        assert answer.status_code == 200, answer.text
        shown = Image.open(io.BytesIO(answer.content))
        assert "icc_profile" not in shown.info
        red, green, blue = np.asarray(shown.convert("RGB"))[5, 5]  # above the caption
        assert red > 210
        assert green < 75
        assert blue < 80
    original = await site.http.get(f"/v1/blobs/{sha256(wide)}")
    assert original.content == wide

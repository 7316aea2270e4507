"""Decoding what strangers send: right when it is right, refused when it is not, and never a crash."""

import io
from fractions import Fraction
from math import isqrt
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image, ImageCms

from media import exif as exif_tags
from media import image
from media.caps import CAPS, Caps
from media.exif import Tags
from media.image import Pixels
from media.sniff import sniff
from mobile_contract.media import Doubt, Exif
from mobile_contract.problems import Refused
from tests.media import images
from tests.media.images import BLUE, GREEN, HEIGHT, RED, WHITE, WIDTH, encode, exif, nanjing, pdf, picture
from tests.support.refusals import refuses

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning", "ignore::PIL.Image.DecompressionBombWarning")

EVERY_TYPE = pytest.mark.parametrize("media_type", images.PLUGINS)


def corners(pixels: Pixels) -> list[tuple[int, int, int]]:
    """Name the four corners by the nearest of our colours: top left, top right, bottom left, bottom right."""
    named = []
    for row, column in ((4, 4), (4, -5), (-5, 4), (-5, -5)):
        seen = pixels[row, column].astype(int)
        named.append(min((RED, GREEN, BLUE, WHITE), key=lambda colour: int(np.abs(seen - colour).sum())))
    return named


def opened(data: bytes) -> Image.Image:
    return Image.open(io.BytesIO(data))


# Facts ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "media_type", sorted(set(images.PLUGINS) - {"image/tiff"})
)  # Pillow writes no sub-tables there
def test_an_image_says_when_where_and_with_what_it_was_taken(media_type: str) -> None:
    facts = image.facts(encode(picture(), media_type, exif=exif(gps=nanjing())))
    assert (facts.media_type, facts.width, facts.height) == (media_type, WIDTH, HEIGHT)
    assert facts.exif is not None
    assert facts.exif.taken_at == "2026-11-18T08:07:31+08:00"
    assert (facts.exif.lat, facts.exif.lon) == (320_415_000, 1_187_674_000)
    assert (facts.exif.make, facts.exif.model, facts.exif.software) == ("HUAWEI", "Mate 60", "HarmonyOS 4.2")


def test_facts_can_be_read_from_a_file(tmp_path: Path) -> None:
    path = tmp_path / "photo.jpg"
    path.write_bytes(encode(picture(), "image/jpeg"))
    assert image.facts(path).width == WIDTH


@EVERY_TYPE
def test_an_image_without_exif_says_nothing(media_type: str) -> None:
    said = image.facts(encode(picture(), media_type)).exif
    assert said is None or said == Exif(orientation=1)  # which is what HEIF's own turn becomes


@pytest.mark.parametrize("orientation", range(1, 9))
@EVERY_TYPE
def test_width_and_height_are_those_of_the_upright_picture(media_type: str, orientation: int) -> None:
    data = encode(images.turned(picture(), orientation), media_type, exif=exif(orientation=orientation))
    facts = image.facts(data)
    assert (facts.width, facts.height) == (WIDTH, HEIGHT)


@pytest.mark.parametrize(
    ("gps", "expected"),
    [
        ({1: "S", 2: images.dms(Fraction(1, 2)), 3: "W", 4: images.dms(Fraction(3, 2))}, (-5_000_000, -15_000_000)),
        ({1: "N", 2: images.dms(Fraction(1, 2))}, (None, None)),
        ({1: "N", 2: images.dms(Fraction(91)), 3: "E", 4: images.dms(Fraction(1))}, (None, None)),
        ({1: "", 2: images.dms(Fraction(1)), 3: "E", 4: images.dms(Fraction(1))}, (None, None)),
    ],
)
def test_a_gps_fix_is_whole_and_possible_or_it_is_none(gps: dict[int, object], expected: tuple[int, int]) -> None:
    said = image.facts(encode(picture(), "image/jpeg", exif=exif(gps=gps))).exif
    assert said is not None
    assert (said.lat, said.lon) == expected


ZERO, NANJING, EAST = images.dms(Fraction(0)), images.dms(Fraction(32)), images.dms(Fraction(118))


@pytest.mark.parametrize(
    ("gps", "doubt"),
    [
        ({1: "N", 2: ZERO, 3: "E", 4: ZERO}, Doubt.NOWHERE),
        ({1: "N", 2: NANJING, 3: "E", 4: EAST, 9: "V"}, Doubt.NOT_FIXED),
        ({1: "N", 2: NANJING, 3: "E", 4: EAST, 9: "A"}, None),
        ({1: "N", 2: EAST, 3: "E", 4: NANJING}, Doubt.SWAPPED_AXES),
        ({1: "N", 2: EAST, 3: "E", 4: EAST}, Doubt.NOT_ON_EARTH),
    ],
)
def test_tags_that_stand_for_no_fix_are_no_place_and_say_so(gps: dict[int, object], doubt: Doubt | None) -> None:
    said = exif_tags.read({}, {}, gps)
    assert said is not None
    assert (said.doubt, said.lat is None) == (doubt, doubt is not None)


anything = (
    st.none() | st.integers() | st.floats() | st.text() | st.binary() | st.tuples(st.floats(), st.text(), st.none())
)
tags = st.dictionaries(
    st.sampled_from([1, 2, 3, 4, 7, 18, 29, 31, 0x010F, 0x0110, 0x0112, 0x0131, 0x0132, 0x9003, 0x9010, 0x9011]),
    anything,
)


@given(tags, tags, tags)
@settings(suppress_health_check=[HealthCheck.too_slow])
def test_tags_of_any_type_say_something_short_or_nothing(main: Tags, camera: Tags, gps: Tags) -> None:
    said = exif_tags.read(main, camera, gps)
    for value in msgspec.structs.astuple(said) if said else ():
        assert value is None or isinstance(value, int) or (0 < len(value) <= 120 and value.isprintable())
    assert said == msgspec.json.decode(msgspec.json.encode(said), type=Exif | None)


@pytest.mark.parametrize(
    ("date", "time", "said"),
    [
        ("2026:11:18", (images.rational(0), images.rational(7), images.rational(31.5)), "2026-11-18T00:07:31Z"),
        ("2026:02:30", (images.rational(0), images.rational(7), images.rational(31)), None),
        ("2026:11:18", (images.rational(25), images.rational(7), images.rational(31)), None),
        ("2026:11:18", "00:07:31", None),
    ],
)
def test_the_satellites_time_is_a_moment_or_nothing(date: str, time: Any, said: str | None) -> None:
    found = exif_tags.read({}, {}, {29: date, 7: time, 31: images.rational(12.34)})
    assert found == Exif(gps_at=said, accuracy_cm=1234)


# Thumbnails ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("orientation", range(1, 9))
@EVERY_TYPE
def test_a_thumbnail_is_upright_small_and_silent(media_type: str, orientation: int) -> None:
    stored = encode(
        images.turned(picture(), orientation), media_type, exif=exif(orientation=orientation, gps=nanjing())
    )
    small = opened(image.thumbnail(stored, 64))
    assert small.format == "JPEG"
    assert small.size == (64, 40)
    assert corners(np.asarray(small)) == [RED, GREEN, BLUE, WHITE]
    assert not small.getexif()
    assert b"HUAWEI" not in image.thumbnail(stored, 64)


def test_a_thumbnail_never_grows_and_has_a_largest_side() -> None:
    assert opened(image.thumbnail(encode(picture(), "image/png"), 10_000)).size == (WIDTH, HEIGHT)
    assert max(opened(image.thumbnail(encode(picture(4000, 100), "image/png"), 10_000)).size) == image.THUMBNAIL_SIDE


def test_a_document_has_a_thumbnail_of_its_first_page() -> None:
    assert opened(image.thumbnail(pdf(pages=50), 100)).size == (71, 100)


def test_colours_are_those_of_the_profile() -> None:
    # A profile whose red, green and blue are further apart than those of sRGB: its (200, 80, 80) is a fuller red there.
    wide = ImageCms.ImageCmsProfile(io.BytesIO(images.wide_gamut()))
    dull = Image.new("RGB", (64, 64), (200, 80, 80))
    small = np.asarray(opened(image.thumbnail(encode(dull, "image/jpeg", icc_profile=wide.tobytes()), 64)))[32, 32]
    assert small[0] > 210
    assert small[1] < 75
    for unfit in (b"not a profile", ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()):
        same = opened(image.thumbnail(encode(dull, "image/jpeg", icc_profile=unfit), 64))
        assert np.abs(np.asarray(same)[32, 32].astype(int) - (200, 80, 80)).max() <= 3


def test_what_is_see_through_becomes_white() -> None:
    hole = Image.new("RGBA", (20, 20), (0, 0, 0, 0))
    assert image.decode_page(encode(hole, "image/png"))[0].min() == 255
    palette = hole.convert("P")
    assert image.decode_page(encode(palette, "image/png", transparency=0))[0].min() == 255


# Pages ---------------------------------------------------------------------------------------------------------------


@EVERY_TYPE
def test_a_page_is_an_upright_rgb_array(media_type: str) -> None:
    stored = encode(images.turned(picture(), 6), media_type, exif=exif(orientation=6))
    (page,) = image.decode_page(stored)
    assert page.shape == (HEIGHT, WIDTH, 3)
    assert page.dtype == np.uint8
    assert corners(page) == [RED, GREEN, BLUE, WHITE]


def test_a_tiff_may_hold_several_pages_up_to_a_cap() -> None:
    data = encode(picture(), "image/tiff", save_all=True, append_images=[picture(100, 60), picture(60, 100)])
    assert [page.shape[:2] for page in image.decode_page(data)] == [(HEIGHT, WIDTH), (60, 100), (100, 60)]
    with refuses("media.too_many_pages"):
        image.decode_page(data, Caps(pages=2))


def test_every_page_of_a_tiff_is_measured() -> None:
    data = encode(picture(), "image/tiff", save_all=True, append_images=[picture(400, 400)])
    with refuses("media.too_many_pixels"):
        image.decode_page(data, Caps(pixels=100_000))


@pytest.mark.parametrize("mode", ["1", "L", "P", "CMYK", "YCbCr", "LA", "RGBA", "I;16", "F"])
def test_pixels_of_every_kind_become_rgb(mode: str) -> None:
    grey = picture().convert("L")
    source = Image.fromarray(np.asarray(grey).astype(np.uint16) * 257) if mode == "I;16" else grey.convert(mode)
    assert source.mode == mode
    media_type = "image/png" if mode in {"1", "L", "P", "LA", "RGBA", "I;16"} else "image/tiff"
    (page,) = image.decode_page(encode(source, media_type))
    assert page.shape == (HEIGHT, WIDTH, 3)
    if mode != "1":
        assert np.abs(page.astype(int) - np.asarray(grey)[:, :, None]).max() <= 2


def test_a_large_page_is_reduced_to_the_longest_side() -> None:
    (page,) = image.decode_page(encode(picture(4000, 3000), "image/png"))
    assert page.shape == (2250, 3000, 3)


def test_a_pdf_is_drawn_at_200_dpi() -> None:
    (page,) = image.decode_page(pdf())
    assert page.shape[:2] == pytest.approx((2339, 1653), abs=1)
    assert tuple(page[-10, 10]) == (0, 0, 255)
    assert tuple(page[10, 10]) == (255, 255, 255)


@pytest.mark.parametrize(("width", "height"), [(14400, 14400), (14400, 10), (10, 14400), (1e7, 1e7)])
def test_no_page_of_a_pdf_is_larger_than_the_longest_side(width: float, height: float) -> None:
    (page,) = image.decode_page(pdf(width=width, height=height))
    assert max(page.shape[:2]) <= CAPS.side


def test_a_pdf_has_pages_up_to_a_cap() -> None:
    assert len(image.decode_page(pdf(pages=3), Caps(side=100))) == 3
    with refuses("media.too_many_pages"):
        image.decode_page(pdf(pages=CAPS.pages + 1))


# Bad input -----------------------------------------------------------------------------------------------------------

NOT_IMAGES = {
    "nothing": b"",
    "svg": b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>',
    "html": b"<!doctype html><script>alert(1)</script>",
    "gif": b"GIF89a" + bytes(100),
    "zip": b"PK\3\4" + bytes(100),
    "jpeg in name only": b"\xff\xd8\xff" + bytes(100),
    "html behind a jpeg's first bytes": b"\xff\xd8\xff\xe0<script>alert(1)</script>",
    "png in name only": b"\x89PNG\r\n\x1a\n" + bytes(100),
    "webp in name only": b"RIFF\0\0\0\0WEBPVP8 " + bytes(100),
    "tiff in name only": b"II*\0\x08\0\0\0" + bytes(100),
    "heic in name only": b"\0\0\0\x18ftypheic" + bytes(100),
    "pdf in name only": b"%PDF-1.7\n" + bytes(100),
    "pdf without pages": pdf(pages=0),
    "postscript": b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 1 1\n",
}


@pytest.mark.parametrize("name", NOT_IMAGES)
def test_what_is_no_image_is_refused(name: str) -> None:
    for read in (image.decode_page, image.facts, lambda data: image.thumbnail(data, 64)):
        with refuses("media.undecodable"):
            read(NOT_IMAGES[name])


@pytest.mark.parametrize("size", [(20_000, 20_000), (65_000, 65_000), (2**31 - 1, 2**31 - 1)])
def test_a_bomb_is_refused_by_its_header_which_is_read(size: tuple[int, int]) -> None:
    bomb = images.png_that_claims(*size)
    assert len(bomb) < 1000
    for read in (image.decode_page, lambda data: image.thumbnail(data, 64)):
        with refuses("media.too_many_pixels", "media.undecodable"):
            read(bomb)
    seen = image.facts(bomb) if size[0] < 2**31 - 1 else None  # which is more than the decoder's own numbers hold
    assert seen is None or (seen.width, seen.height) == size


def test_a_picture_of_just_too_many_pixels_is_named_as_such() -> None:
    side = isqrt(CAPS.pixels) + 1
    with refuses("media.too_many_pixels"):
        image.decode_page(images.png_that_claims(side, side))


@pytest.mark.parametrize(
    ("media_type", "held"),
    [("image/jpeg", 4), ("image/png", 5), ("image/heic", 8), ("image/avif", 9), ("image/webp", 16)],
)
def test_a_picture_is_decoded_if_its_decoder_can_hold_it(media_type: str, held: int) -> None:
    data, needed = encode(picture(), media_type), WIDTH * HEIGHT * held
    assert image.examine(data, (64,), Caps(memory=needed)).facts.problem is None
    seen = image.examine(data, (64,), Caps(memory=needed - 1))
    assert (seen.facts.problem, seen.facts.width, seen.thumbnails) == ("media.too_many_pixels", WIDTH, ())


def test_tags_of_a_picture_that_is_too_large_are_read() -> None:
    seen = image.examine(encode(picture(), "image/jpeg", exif=exif()), (64,), Caps(pixels=1000))
    assert (seen.facts.problem, seen.facts.width, seen.thumbnails) == ("media.too_many_pixels", WIDTH, ())
    assert seen.facts.exif is not None
    assert seen.facts.exif.taken_at == "2026-11-18T08:07:31+08:00"


def test_a_panorama_is_decoded_scaled_by_its_longer_side() -> None:
    with Image.open(io.BytesIO(encode(picture(16_000, 400), "image/jpeg"))) as wide:
        image._scaled(wide, 1000)
        assert wide.size == (2000, 50)


def test_a_png_whose_text_unpacks_without_end_is_refused() -> None:
    from PIL import PngImagePlugin

    text = PngImagePlugin.PngInfo()
    text.add_text("comment", "x" * 10_000_000, zip=True)
    with refuses("media.undecodable"):
        image.decode_page(encode(picture(), "image/png", pnginfo=text))


def test_a_file_that_is_too_long_is_refused_unread(tmp_path: Path) -> None:
    path = tmp_path / "large"
    with path.open("wb") as file:
        file.truncate(CAPS.bytes + 1)
    with refuses("media.too_long"):
        image.decode_page(path)


@EVERY_TYPE
def test_a_file_cut_short_is_refused(media_type: str) -> None:
    noise = Image.fromarray(np.random.default_rng(1).integers(0, 255, (200, 200, 3), np.uint8))
    whole = encode(noise, media_type)
    for share in (0.1, 0.5, 0.9):
        with refuses("media.undecodable"):
            image.decode_page(whole[: int(len(whole) * share)])


@pytest.mark.parametrize("progressive", [False, True])
@pytest.mark.parametrize("lost", [1, 2, 3, 40])
def test_a_jpeg_that_lacks_its_last_bytes_is_decoded_and_looks_as_before(lost: int, *, progressive: bool) -> None:
    random = np.random.default_rng(1).integers(0, 255, (30, 40, 3), np.uint8)
    tags = exif()
    whole = encode(Image.fromarray(random).resize((1600, 1200)), "image/jpeg", exif=tags, progressive=progressive)
    seen, cut = image.examine(whole, (256,)), image.examine(whole[:-lost], (256,))
    assert cut.facts == seen.facts
    assert len(cut.thumbnails) == 1
    assert image.decode_page(whole[:-lost])[0].shape == (1200, 1600, 3)


def test_a_jpeg_that_ends_in_zeros_where_a_tenth_of_it_was_is_not_taken_for_whole() -> None:
    noise = encode(Image.fromarray(np.random.default_rng(1).integers(0, 255, (400, 400, 3), np.uint8)), "image/jpeg")
    tail = len(noise) // 10
    for data in (noise[:-tail], noise[:-tail] + bytes(tail)):
        with refuses("media.undecodable"):
            image.decode_page(data)


SEEDS = [
    *(encode(picture(40, 30), media_type, exif=exif(orientation=6, gps=nanjing())) for media_type in images.PLUGINS),
    pdf(width=40, height=30),
]


@settings(max_examples=300, deadline=None)
@given(
    st.sampled_from(SEEDS),
    st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.integers(0, 255)), min_size=1, max_size=8),
    st.floats(0, 1),
)
def test_damaged_files_are_decoded_or_refused_and_never_crash(
    seed: bytes, damage: list[tuple[float, int]], kept: float
) -> None:
    data = bytearray(seed)
    for place, value in damage:
        data[int(place * len(data))] = value
    sent = bytes(data if kept > 0.5 else data[: int(len(data) * kept * 2)])
    for read in (image.decode_page, image.facts, lambda stored: image.thumbnail(stored, 64)):
        try:
            read(sent)
        except Refused as refusal:
            assert refusal.code.startswith("media.")  # noqa: PT017 - not being refused is fine too


@given(st.binary(max_size=80))
def test_sniffing_never_crashes(head: bytes) -> None:
    sniff(head)

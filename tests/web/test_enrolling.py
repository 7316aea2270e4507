"""A phone is set up by holding it before the code that an administrator shows."""

from collections.abc import Callable
from pathlib import Path

import segno
from PIL import Image
from playwright.sync_api import expect

from server import enrolling
from tests.support.browser import Phone
from tests.web import hands
from tests.web.site import Site


def test_a_code_before_the_camera_sets_the_phone_up(
    new_phone: Callable[..., Phone], site: Site, tmp_path: Path
) -> None:
    code = site.member(site.section()).code()
    segno.make(enrolling.link(site.url, code)).save(str(tmp_path / "code.png"), scale=8, border=6)
    with Image.open(tmp_path / "code.png") as drawn, Image.new("RGB", (720, 960), "#998877") as seen:
        seen.paste(drawn.convert("RGB"), ((720 - drawn.width) // 2, (960 - drawn.height) // 2))
        seen.save(tmp_path / "camera.mjpeg", "JPEG", quality=92)
    phone = new_phone(
        arguments=[
            "--use-fake-device-for-media-stream",
            f"--use-file-for-fake-video-capture={tmp_path / 'camera.mjpeg'}",
        ]
    )
    page = phone.open()
    page.get_by_role("button", name="扫描二维码").click()
    expect(page.get_by_label("启用码")).to_have_value(code.replace("-", ""), timeout=90_000)
    page.get_by_role("button", name="启用", exact=True).click()
    hands.at_home(page)
    assert phone.said == []

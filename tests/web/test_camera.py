"""What is held before the camera: the code that enrols, and a paper form whose fields come back."""

from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import msgspec
import numpy as np
import pytest
import segno
from PIL import Image
from playwright.sync_api import expect

from media.image import decode_page
from mobile_contract.forms import FormDefinition
from ocr.layout import layout_of
from ocr.sheet import print_sheet
from server.demo.paper import ANSWERS, FORM
from server.demo.photograph import fill, photograph
from server.enrolling import link
from tests.support.browser import Phone
from tests.support.server import Server, running
from tests.web import hands
from tests.web.site import Site


def _sheet(form: FormDefinition, project: str, folder: Path) -> Path:
    """Print the form, fill it in, and photograph it with the phone held upright."""
    pdf = print_sheet(form, project=project, project_name="雨污分流", serial="NZ-ZF-2026-003")
    blank = np.ascontiguousarray(decode_page(pdf)[0][:, :, ::-1])
    film = folder / "camera.mjpeg"
    film.write_bytes(photograph(fill(blank, layout_of(form), 1, ANSWERS, 13), "phone", 13).jpeg)
    return film


def _before_the_camera(film: Path) -> list[str]:
    return ["--use-fake-device-for-media-stream", f"--use-file-for-fake-video-capture={film}"]


def test_a_phone_is_enrolled_by_scanning_the_code(new_phone: Callable[..., Phone], site: Site, tmp_path: Path) -> None:
    member = site.member(site.section())
    drawn = BytesIO()
    segno.make(link(site.url, member.code()), error="m").save(drawn, kind="png", scale=8, border=8)
    film = tmp_path / "camera.mjpeg"
    wall = Image.new("RGB", (1280, 720), "white")
    wall.paste(Image.open(drawn).convert("RGB"), (440, 120))
    wall.save(film, "JPEG", quality=90)
    phone = new_phone(arguments=_before_the_camera(film))
    page = phone.open()
    page.get_by_role("button", name="扫描二维码").click()
    expect(page.get_by_label("启用码")).not_to_have_value("", timeout=90_000)
    page.get_by_role("button", name="启用", exact=True).click()
    hands.at_home(page)
    assert len(member.devices()) == 1


@pytest.mark.ocr
@pytest.mark.timeout(240)
def test_a_form_before_the_camera_comes_back_as_fields(
    new_phone: Callable[..., Phone], ocr_models: Path, tmp_path: Path
) -> None:
    with running(Server(tmp_path / "data", ocr_models_dir=str(ocr_models))) as server:
        site = Site(server)
        member = site.member(site.section(), "王丽", "clerk")
        form = msgspec.convert(member.desk.call("GET", f"/v1/forms/{FORM}/1"), FormDefinition)
        film = _sheet(form, site.project, tmp_path)
        phone = new_phone(server.url, arguments=_before_the_camera(film))
        page = hands.settled(phone, member)
        hands.go(page, "scan")
        page.get_by_role("button", name="拍第 1 页").click()
        page.get_by_role("button", name="拍照").click()
        page.get_by_role("button", name="用这张").click()
        page.get_by_role("button", name="关闭").click()
        page.get_by_role("button", name="保存 1 页").click()
        hands.delivered(page)
        [scan] = member.records("scan")
        hands.go(page, "records", scan["id"])
        expect(page.get_by_text("NZ-ZF-2026-003")).to_be_visible(timeout=180_000)
        expect(page.get_by_text("江苏宁筑建设有限公司").first).to_be_visible()

"""A folder of papers brought at the desk: the server dies in the middle, and all of it arrives once."""

import io
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import expect

from tests.support.server import Server, running
from tests.web.seat import Seat, at
from tests.web.site import Site

FILES = 300


def _folder(folder: Path) -> list[Path]:
    """Write small pictures, no two of the same bytes."""
    picture = io.BytesIO()
    Image.new("RGB", (40, 60), "white").save(picture, "JPEG")
    folder.mkdir()
    for number in range(FILES):
        (folder / f"{number:03}.jpg").write_bytes(picture.getvalue() + f"{number}".encode())
    (folder / "目录.txt").write_text("no picture")
    return sorted(folder.iterdir())


@pytest.mark.timeout(600)
def test_a_folder_arrives_once_although_the_server_died_in_the_middle(
    new_desk: Callable[..., Seat], tmp_path: Path
) -> None:
    server = Server(tmp_path / "server", embedded_worker="false")
    files = _folder(tmp_path / "单据")
    with running(server):
        site = Site(server)
        clerk = site.member(site.section(), "王丽", "clerk")
        seat = new_desk(site.url)
        page = seat.sign_in(clerk.login, "/bring")
        at(page, "批量上传")
        page.locator("input[type=file]").last.set_input_files(files)
        expect(page.get_by_text("跳过了 1 个")).to_be_visible()
        status = page.get_by_role("status").filter(has_text=f"共 {FILES} 个")
        expect(status).to_have_text(re.compile("已完成 [1-9][0-9]"))
        server.kill()
        expect(page.get_by_text("连接中断,自动重试").first).to_be_visible()
        server.start()
        expect(status).to_have_text(f"共 {FILES} 个,已完成 {FILES},失败 0", timeout=300_000)
        scans = clerk.records("scan")
        assert len({scan["values"]["pages"][0] for scan in scans}) == len(scans) == FILES
        # chosen again after a reload, nothing is filed twice
        page.reload()
        at(page, "批量上传")
        page.locator("input[type=file]").last.set_input_files(files[:20])
        expect(page.get_by_role("status").filter(has_text="共 20 个,已完成 20")).to_be_visible()
        assert len(clerk.records("scan")) == FILES

"""Forms at the desk: what is wrong with one is told by its row, a draft is looked at, published and printed."""

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.support.people import PASSWORD
from tests.web import axe
from tests.web.seat import Seat, at

HEAD = "| | type | name | label::中文 (zh-CN) |"
SETTINGS = "| settings |\n| | form_id | form_title | default_language |\n| | {id} | {title} | 中文 (zh-CN) |\n"


def _source(form: str, title: str, *rows: str) -> str:
    survey = "\n".join([HEAD, *rows])
    return f"{SETTINGS.format(id=form, title=title)}\n| survey |\n{survey}\n"


@pytest.fixture
def page(seat: Seat) -> Page:
    return seat.sign_in("admin", "/forms", PASSWORD)


def _upload(page: Page, folder: Path, source: str) -> None:
    path = folder / f"{len(list(folder.iterdir()))}.md"
    path.write_text(source, "utf-8")
    if not page.get_by_role("dialog").is_visible():
        page.get_by_role("button", name="上传表单").click()
    page.get_by_label("表单文件").set_input_files(path)
    page.get_by_role("button", name="检查并存为草稿").click()


def test_a_form_is_corrected_by_what_is_told_looked_at_published_compared_and_printed(
    page: Page, seat: Seat, tmp_path: Path
) -> None:
    _upload(page, tmp_path, _source("well", "井盖巡查", "| | colour | a | 甲 |", "| | text | b | |"))
    findings = page.get_by_role("table", name="问题")
    expect(findings.get_by_role("row")).to_have_count(3)
    expect(findings).to_contain_text("survey 第 8 行")
    assert axe.violations(page) == []
    _upload(page, tmp_path, _source("well", "井盖巡查", "| | integer | count | 数量 |"))
    at(page, "井盖巡查")
    preview = page.get_by_role("region", name="井盖巡查")
    preview.get_by_label("数量").fill("3")
    page.get_by_role("button", name="发布").click()
    page.get_by_role("dialog").get_by_role("button", name="发布").click()
    expect(page.get_by_text("第 1 版", exact=True)).to_be_visible()
    page.get_by_role("button", name="与前一版的差异").click()
    expect(page.get_by_text("这是第一版。")).to_be_visible()
    _print(page)
    page.get_by_role("link", name="表单", exact=True).click()
    added = _source("well", "井盖巡查", "| | integer | count | 数量 |", "| | text | note | 备注 |")
    _upload(page, tmp_path, added)
    page.get_by_role("button", name="与前一版的差异").click()
    expect(page.get_by_role("list", name="与前一版的差异")).to_contain_text("新增题目 “备注”")
    assert seat.said == []


def test_a_form_is_retired_after_it_is_said_what_stays(page: Page, tmp_path: Path) -> None:
    _upload(page, tmp_path, _source("gone", "旧表", "| | text | a | 甲 |"))
    page.get_by_role("button", name="发布").click()
    page.get_by_role("dialog").get_by_role("button", name="发布").click()
    page.get_by_role("button", name="停用").click()
    expect(page.get_by_role("dialog")).to_contain_text("照常接收")
    page.get_by_role("dialog").get_by_role("button", name="停用").click()
    expect(page.get_by_text("已停用").first).to_be_visible()


def _print(page: Page) -> None:
    page.get_by_role("button", name="纸质表").click()
    page.get_by_label("编号前缀").fill("A-")
    page.get_by_label("起始编号").fill("009")
    page.get_by_label("份数").fill("2")
    page.get_by_role("button", name="生成").click()
    expect(page.get_by_role("link", name="打开 A-009")).to_be_visible()
    second = page.get_by_role("link", name="打开 A-010")
    expect(second).to_be_visible()
    with page.expect_download() as coming:
        second.evaluate("(link) => { link.download = 'sheet.pdf'; link.click(); }")
    assert coming.value.path().read_bytes()[:5] == b"%PDF-"
    assert axe.violations(page) == []

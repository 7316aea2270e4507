"""An administrator's first hour: an empty server becomes a site with people and phones, by the desk alone."""

import re
from collections.abc import Callable, Iterator
from urllib.parse import urlsplit

import cv2
import numpy as np
import pytest
import zxingcpp
from playwright.sync_api import Locator, Page, expect

from tests.support.browser import Phone
from tests.support.people import PASSWORD
from tests.support.server import Server, running
from tests.web import axe, hands
from tests.web.seat import Seat, at
from tests.web.site import Site


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server that holds nothing but its first administrator."""
    with running(Server(tmp_path_factory.mktemp("empty"))) as server:
        server.user("admin", "管理员", PASSWORD)
        yield server


def test_project_section_person_role_and_phone_are_made_on_an_empty_server(
    empty: Server, new_desk: Callable[..., Seat], new_phone: Callable[..., Phone]
) -> None:
    seat = new_desk(empty.url)
    page = seat.sign_in("admin")
    at(page, "工程")
    _make_project(page)
    _make_section(page, "1", "一标段")
    _make_section(page, "2", "二标")
    page.get_by_role("button", name="修改 二标").click()
    page.get_by_label("标段名称").fill("二标段")
    page.get_by_role("button", name="保存").click()
    expect(page.get_by_role("cell", name="二标段", exact=True)).to_be_visible()
    page.get_by_role("link", name="添加人员").click()
    at(page, "人员")
    _make_person(page, "陈建国", "chenjianguo")
    _grant(page, "施工单位", "滨河路 · 一标段")
    page.get_by_role("button", name="启用手机").click()
    dialog = page.get_by_role("dialog")
    link = _read_code(dialog)
    assert dialog.get_by_text(link, exact=True).is_visible()
    assert axe.violations(page) == []
    phone = new_phone(empty.url)
    hands.enrol(phone, urlsplit(link).fragment.removeprefix("enrol="))
    expect(phone.page.get_by_text("一标段").first).to_be_visible()
    dialog.get_by_role("button", name="关闭").click()
    expect(page.get_by_role("table", name="手机").get_by_text("在用")).to_be_visible()
    assert seat.said == []


def test_what_the_server_refuses_is_said_and_what_was_typed_stays_also_over_a_reload(
    empty: Server, new_desk: Callable[..., Seat]
) -> None:
    page = new_desk(empty.url).sign_in("admin", "/projects")
    page.get_by_role("button", name="新建工程").click()
    _fill_project(page, "南门桥", "2024-51")
    page.get_by_role("dialog").get_by_role("button", name="新建工程").click()
    expect(page.get_by_role("dialog").get_by_role("status")).to_contain_text("项目代码")
    page.reload()
    page.get_by_role("button", name="新建工程").click()
    expect(page.get_by_label("工程名称")).to_have_value("南门桥")
    page.get_by_label("经度").fill("somewhere")
    page.get_by_role("dialog").get_by_role("button", name="新建工程").click()
    expect(page.get_by_role("dialog").get_by_role("status")).to_contain_text("请填写纬度和经度")


def test_a_role_is_taken_back_and_a_phone_reported_lost_only_after_it_is_said_what_happens(
    seat: Seat, site: Site, new_phone: Callable[..., Phone]
) -> None:
    member = site.member(site.section(), "周敏", "inspector")
    hands.enrol(new_phone(), member.code())
    page = seat.sign_in("admin", "/people")
    page.get_by_role("link", name="周敏", exact=True).last.click()
    at(page, "周敏")
    page.get_by_role("button", name=re.compile("收回")).first.click()
    expect(page.get_by_role("dialog")).to_contain_text("还没上传的记录保留")
    page.get_by_role("dialog").get_by_role("button", name="收回", exact=True).click()
    expect(page.get_by_role("button", name=re.compile("收回"))).to_have_count(1)
    page.get_by_role("button", name=re.compile("挂失")).click()
    expect(page.get_by_role("dialog")).to_contain_text("就此丢失")
    page.keyboard.press("Escape")
    assert member.devices()[0].get("lostAt") is None
    page.get_by_role("button", name=re.compile("挂失")).click()
    page.get_by_role("dialog").get_by_role("button", name="挂失", exact=True).click()
    expect(page.get_by_role("table", name="手机").get_by_text("已挂失")).to_be_visible()
    assert member.devices()[0]["lostAt"]
    assert axe.violations(page) == []


def _fill_project(page: Page, name: str, code: str) -> None:
    page.get_by_label("工程名称").fill(name)
    page.get_by_label("项目代码").fill(code)
    page.get_by_label("纬度").fill("32.0415")
    page.get_by_label("经度").fill("118.7674")


def _make_project(page: Page) -> None:
    page.get_by_role("button", name="新建工程").click()
    _fill_project(page, "滨河路", "2024-510100-48-01-123456")
    assert axe.violations(page) == []
    page.get_by_role("dialog").get_by_role("button", name="新建工程").click()
    at(page, "滨河路")
    expect(page.get_by_text("圆形,半径 500 米")).to_be_visible()


def _make_section(page: Page, code: str, name: str) -> None:
    page.get_by_role("button", name="新建标段").click()
    page.get_by_label("标段编号").fill(code)
    page.get_by_label("标段名称").fill(name)
    page.get_by_label("施工单位").fill("江苏宁筑建设有限公司")
    page.get_by_role("button", name="保存").click()
    expect(page.get_by_role("cell", name=name, exact=True)).to_be_visible()


def _make_person(page: Page, name: str, login: str) -> None:
    page.get_by_role("button", name="添加人员").click()
    page.get_by_label("姓名").fill(name)
    page.get_by_label("登录名").fill(login)
    page.get_by_label("初始密码").fill(PASSWORD)
    page.get_by_role("dialog").get_by_role("button", name="添加人员").click()
    at(page, name)


def _grant(page: Page, role: str, where: str) -> None:
    page.get_by_label("角色").select_option(label=role)
    page.get_by_label("范围").select_option(label=where)
    page.get_by_role("button", name="授予").click()
    expect(page.get_by_role("button", name=re.compile(f"收回 {role}"))).to_be_visible()


def _read_code(dialog: Locator) -> str:
    """Read the QR code off the screen, as a phone's camera does."""
    shot = dialog.get_by_role("img", name="启用二维码").screenshot()
    picture = cv2.imdecode(np.frombuffer(shot, np.uint8), cv2.IMREAD_COLOR)
    (found,) = zxingcpp.read_barcodes(picture)
    return found.text

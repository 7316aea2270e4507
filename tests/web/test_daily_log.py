"""The daily log on a phone: written without a network, signed, disputed, amended – and the same on the server."""

from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.support.browser import Phone
from tests.web.site import Member, Site

NewPhone = Callable[..., Phone]


def settled(phone: Phone, member: Member) -> Page:
    """Enrol a phone, and wait until it can do without the network and knows the forms."""
    page = phone.open(f"#enrol={member.code()}")
    page.get_by_role("button", name="启用", exact=True).click()
    phone.installed()
    expect(page.get_by_role("link", name="施工日志")).to_be_visible()
    return page


def open_log(page: Page) -> None:
    page.evaluate("location.hash = '#/today'")
    page.get_by_role("link", name="施工日志").first.click()
    expect(page.get_by_label("记录人")).to_be_visible()


def fill(page: Page, count: int) -> None:
    page.get_by_label("上午天气").select_option(label="阴")
    page.get_by_label("最低气温").fill("6")
    page.get_by_label("最高气温").fill("11")
    page.get_by_label("施工内容与完成量").fill("K0+560~K0+640 沟槽开挖、DN800 管道安装 42 m")
    page.get_by_role("button", name="添加工种").click()
    page.get_by_role("button", name="管道工").click()
    page.get_by_label("人数 管道工").fill(str(count))
    page.get_by_role("button", name="选好了").click()


def press(page: Page, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).click()


def exchanged(page: Page) -> None:
    """Send and read now, whatever the phone would wait for."""
    page.evaluate("location.hash = '#/outbox'")
    press(page, "立即上传")


def logs(member: Member, least: Callable[[list[dict]], bool]) -> dict:
    """Wait for the log on the server, as it should be."""
    for _ in range(100):
        found = member.records("report")
        if found and least(found):
            return found[0]
    raise AssertionError(found)


def test_a_log_is_written_and_signed_offline_and_arrives_signed(phone: Phone, site: Site) -> None:
    member = site.member(site.section())
    page = settled(phone, member)
    phone.offline()
    open_log(page)
    fill(page, 12)
    expect(page.get_by_label("人数合计")).to_have_text("12 人")
    page = phone.restart()
    open_log(page)
    expect(page.get_by_label("人数合计")).to_have_text("12 人")
    press(page, "签字")
    press(page, "确认签字")
    expect(page.get_by_role("navigation", name="主菜单")).to_be_visible()
    phone.offline(False)
    log = logs(member, lambda found: bool(found[0]["server"].get("signed")))
    assert log["values"]["fields"]["labour_total"] == 12
    assert log["server"]["signed"][0]["digest"] == log["digest"]
    assert phone.said == []

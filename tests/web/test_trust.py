"""Phones that are no longer trusted: what they had is not lost, what they hold is."""

from playwright.sync_api import Page, expect

from tests.support.browser import Phone
from tests.support.patience import wait_for
from tests.web import hands
from tests.web.indexeddb import lift
from tests.web.site import Site


def test_a_revoked_phone_hands_in_what_it_had_not_sent_and_wipes_itself(phone: Phone, site: Site) -> None:
    member = site.member(site.section())
    page = hands.settled(phone, member)
    phone.offline()
    hands.check_in(page, "停用前")
    [device] = member.devices()
    member.desk.call("DELETE", f"/v1/devices/{device['id']}")
    phone.offline(False)
    expect(page.get_by_role("heading", name="启用这部手机")).to_be_visible(timeout=90_000)
    assert _mentions(page, "停用前") == [], "nothing of it is left on the phone"
    parked = wait_for(lambda: member.desk.call("GET", "/v1/parked"), "what it handed in")
    assert "停用前" in str(parked)


def test_a_phone_that_was_reported_lost_wipes_at_once(phone: Phone, site: Site) -> None:
    member = site.member(site.section())
    page = hands.settled(phone, member)
    hands.check_in(page, "送达的")
    hands.delivered(page)
    phone.offline()
    hands.check_in(page, "没送的")
    [device] = member.devices()
    member.desk.call("POST", f"/v1/devices/{device['id']}/lost")
    phone.offline(False)
    expect(page.get_by_role("heading", name="启用这部手机")).to_be_visible(timeout=90_000)
    assert _mentions(page, "没送的") == _mentions(page, "送达的") == []


def test_signing_out_refuses_while_something_is_unsent_and_leaves_nothing_behind(phone: Phone, site: Site) -> None:
    member = site.member(site.section())
    page = hands.settled(phone, member)
    phone.offline()
    hands.check_in(page, "没送的")
    hands.go(page, "me")
    expect(page.get_by_text("还有内容没有上传,不能退出")).to_be_visible()
    expect(page.get_by_role("button", name="退出登录")).to_have_count(0)
    phone.offline(False)
    hands.delivered(page)
    assert [one["values"]["note"] for one in member.records("checkIn")] == ["没送的"]
    hands.go(page, "me")
    page.get_by_role("button", name="退出登录").click()
    page.get_by_role("button", name="清除本机数据并退出").click()
    expect(page.get_by_role("heading", name="启用这部手机")).to_be_visible()
    assert _mentions(page, "没送的") == []


def _mentions(page: Page, text: str) -> list[str]:
    return [store["name"] for dump in lift(page) for store in dump["stores"] if text in str(store["rows"])]

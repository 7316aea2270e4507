"""Signing in at the desk: with password and one-time code, in two tabs, and again over a page whose session ended."""

import gzip
import time
from collections.abc import Callable
from urllib.parse import urlsplit

import httpx
from playwright.sync_api import Page, expect

from tests.support import people
from tests.support.people import PASSWORD
from tests.web import axe
from tests.web.seat import Seat, answer, at, menu
from tests.web.site import Member, Site

#: What comes before a person sees the first page, compressed; each page is a file of its own.
FIRST_LOAD_BYTES = 90_000


def _clerk(site: Site) -> Member:
    return site.member(site.section(), "王丽", "clerk")


def test_the_desk_opens_under_its_own_policy_asks_no_other_host_and_is_light(seat: Seat) -> None:
    seat.open()
    expect(seat.page.get_by_role("heading", name="登录")).to_be_visible()
    assert seat.said == []
    assert {urlsplit(one).netloc for one in seat.asked} == {urlsplit(seat.url).netloc}
    first = {one for one in seat.asked if urlsplit(one).path.startswith("/desk")}
    assert 0 < sum(len(gzip.compress(httpx.get(one).content, 9)) for one in first) <= FIRST_LOAD_BYTES


def test_a_wrong_password_is_said_in_words_and_the_right_one_opens_the_page_that_was_wanted(
    seat: Seat, site: Site
) -> None:
    who, page = _clerk(site), seat.open("/me")
    answer(page.get_by_role("main"), who.login, "not the password")
    expect(page.get_by_role("status").filter(has_text="密码或动态口令不正确")).to_be_visible()
    answer(page.get_by_role("main"), who.login, PASSWORD)
    at(page, "账号")
    expect(page.get_by_text("资料员").first).to_be_visible()
    assert seat.said == []


def test_who_uses_one_time_codes_is_asked_for_one(seat: Seat, site: Site) -> None:
    who = _clerk(site)
    secret = who.desk.call("POST", "/v1/me/totp", {"password": PASSWORD})["secret"]
    who.desk.call("POST", "/v1/me/totp/proof", {"code": people.totp(secret, time.time())})
    page = seat.open("/me")
    answer(page.get_by_role("main"), who.login, PASSWORD)
    answer(page.get_by_role("main"), who.login, PASSWORD, people.totp(secret, time.time() + 30))
    at(page, "账号")


def test_a_reload_and_a_second_tab_need_no_password_and_signing_out_ends_both(seat: Seat, site: Site) -> None:
    who = _clerk(site)
    page = seat.sign_in(who.login, "/me")
    page.reload()
    at(page, "账号")
    other = seat.tab("/me")
    at(other, "账号")
    page.get_by_role("button", name="退出登录").click()
    for tab in (page, other):
        at(tab, "登录")


def test_an_ended_session_asks_again_over_the_page_and_what_was_typed_stays(seat: Seat, site: Site) -> None:
    who = _clerk(site)
    page = seat.sign_in(who.login, "/me")
    page.get_by_label("新密码").fill("Half-typed 7")
    end_sessions(page)
    page.get_by_label("现在的密码").first.fill(PASSWORD)
    page.get_by_role("button", name="修改", exact=True).click()
    dialog = page.get_by_role("dialog", name="登录已到期")
    expect(dialog.get_by_label("登录名")).to_have_value(who.login)
    page.keyboard.press("Escape")
    expect(dialog).to_be_visible()
    expect(page.get_by_label("新密码")).to_have_value("Half-typed 7")
    answer(dialog, who.login, PASSWORD)
    # the call that found the session ended is made again by itself
    expect(page.get_by_text("密码已修改")).to_be_visible()
    fresh = page.get_by_role("dialog", name="登录已到期")
    answer(fresh, who.login, "Half-typed 7")
    expect(fresh).to_be_hidden()


def test_what_one_may_not_do_is_not_offered_and_its_address_leads_nowhere(seat: Seat, site: Site) -> None:
    page = seat.sign_in(_clerk(site).login, "/no/such/page")
    at(page, "没有这个页面")
    page.get_by_role("link", name="回到首页").click()
    expect(page).not_to_have_url(f"{site.url}/desk/no/such/page")
    page.go_back()
    at(page, "没有这个页面")


def test_the_keyboard_alone_signs_in_and_axe_finds_nothing(new_desk: Callable[..., Seat], site: Site) -> None:
    seat, who = new_desk(), _clerk(site)
    page = seat.open("/me")
    expect(page.get_by_label("登录名")).to_be_focused()
    assert axe.violations(page) == []
    page.keyboard.type(who.login)
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    menu(page)
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        assert axe.violations(page) == []


def end_sessions(page: Page) -> None:
    """Withdraw the token that the tab holds, as time would."""
    page.evaluate(
        "() => fetch('/v1/logout', {method: 'POST', headers: {Authorization: 'Bearer ' +"
        " JSON.parse(localStorage.getItem('plumbline.desk.session')).token}})"
    )

"""A supervisor's day at the desk: find reports, read them, approve and return them, one by one and many at once."""

import re
from collections.abc import Callable
from datetime import date, timedelta
from typing import NamedTuple

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.support.browser import Phone
from tests.support.people import PASSWORD
from tests.web import axe, hands, logs
from tests.web.seat import Seat, answer, at
from tests.web.site import Member, Site
from tests.web.test_desk_signing_in import end_sessions


class Place(NamedTuple):
    """A section with who writes in it and who reviews there."""

    writer: Member
    supervisor: Member
    today: date

    def log(self, days_ago: int = 0, **fields: object) -> str:
        """File the log of a day."""
        return logs.file(self.writer, self.today - timedelta(days=days_ago), **fields)


@pytest.fixture
def place(site: Site) -> Place:
    section = site.section()
    return Place(site.member(section), site.member(section, "周敏", "supervisor"), logs.today())


def rows(page: Page) -> Locator:
    return page.get_by_role("table", name="报告").locator("tbody tr")


def state_of(place: Place, log: str) -> str:
    review = place.supervisor.desk.record(log)["server"].get("review")
    return str(review["state"]) if review else "waiting"


def test_a_list_is_narrowed_by_its_address_which_back_and_reload_keep(seat: Seat, place: Place) -> None:
    for days_ago in range(4):
        place.log(days_ago)
    page = seat.sign_in(place.supervisor.login, "/reports")
    expect(rows(page)).to_have_count(4)
    until = (place.today - timedelta(days=2)).isoformat()
    page.get_by_label("至", exact=True).fill(until)
    expect(rows(page)).to_have_count(2)
    page.get_by_role("link", name=re.compile("待审核 2")).click()
    expect(page).to_have_url(re.compile(f"until={until}.*state=waiting|state=waiting.*until={until}"))
    rows(page).first.get_by_role("link").click()
    at(page, f"施工日志 · {until}")
    page.go_back()
    expect(rows(page)).to_have_count(2)
    page.reload()
    expect(rows(page)).to_have_count(2)
    page.get_by_label("责任人").fill("没有这个人")
    expect(page.get_by_text("没有符合条件的报告")).to_be_visible()
    page.get_by_role("link", name="清除筛选").click()
    expect(rows(page)).to_have_count(4)
    assert seat.said == []


def test_a_report_is_returned_with_a_reason_of_a_field_and_its_writer_sees_it_there(
    seat: Seat, phone: Phone, place: Place
) -> None:
    log = place.log()
    page = seat.sign_in(place.supervisor.login, f"/reports/{log}")
    at(page, f"施工日志 · {place.today}")
    page.get_by_role("button", name="退回…").click()
    send = page.get_by_role("button", name="退回", exact=True)
    expect(send).to_be_disabled()
    page.get_by_role("button", name="指出问题:部位(轴线/楼层/桩号)").click()
    page.get_by_label("要改什么").fill("桩号与图纸不符")
    send.click()
    expect(page.get_by_text("退回理由:桩号与图纸不符")).to_be_visible()
    assert place.supervisor.desk.record(log)["server"]["review"]["fields"] == {"fields/location": "桩号与图纸不符"}
    theirs = hands.settled(phone, place.writer)
    hands.open_log(theirs)
    expect(theirs.get_by_text("监理退回了这份表单")).to_be_visible()
    expect(theirs.get_by_text("退回理由:桩号与图纸不符")).to_be_visible()
    hands.answer(theirs, "部位", "K1+020")
    hands.file(theirs)
    hands.delivered(theirs)
    page.reload()
    expect(page.get_by_text("审核之后内容又有改动")).to_be_visible()
    expect(page.get_by_text("K1+020", exact=True)).to_be_visible()
    page.get_by_role("button", name="通过", exact=True).click()
    expect(page.get_by_text("已通过").first).to_be_visible()
    assert state_of(place, log) == "approved"


def test_a_return_that_is_being_written_outlives_back_reload_and_the_end_of_the_session(
    seat: Seat, place: Place
) -> None:
    log = place.log()
    page = seat.sign_in(place.supervisor.login, "/reports")
    rows(page).first.get_by_role("link").click()
    page.get_by_role("button", name="退回…").click()
    page.get_by_label("总的理由").fill("人数与考勤对不上")
    page.get_by_role("button", name="指出问题:下午天气").click()
    page.get_by_label("要改什么").fill("下午没有下雨")
    page.go_back()
    at(page, "报告")
    page.go_forward()
    page.reload()
    expect(page.get_by_label("总的理由")).to_have_value("人数与考勤对不上")
    expect(page.get_by_label("要改什么")).to_have_value("下午没有下雨")
    end_sessions(page)
    page.get_by_role("button", name="退回", exact=True).click()
    answer(page.get_by_role("dialog", name="登录已到期"), place.supervisor.login, PASSWORD)
    expect(page.get_by_text("退回理由:下午没有下雨")).to_be_visible()
    assert state_of(place, log) == "returned"


def test_the_keyboard_goes_from_report_to_report_in_the_order_of_the_list(seat: Seat, place: Place) -> None:
    for days_ago in range(3):
        place.log(days_ago)
    page = seat.sign_in(place.supervisor.login, "/reports")
    rows(page).first.get_by_role("link").focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    at(page, f"施工日志 · {place.today - timedelta(days=1)}")
    page.keyboard.press("Alt+ArrowDown")
    at(page, f"施工日志 · {place.today - timedelta(days=2)}")
    page.keyboard.press("Alt+ArrowUp")
    page.keyboard.press("Alt+ArrowUp")
    at(page, f"施工日志 · {place.today}")
    page.reload()
    at(page, f"施工日志 · {place.today}")
    expect(page.get_by_role("link", name="上一份")).to_have_count(0)
    expect(page.get_by_role("link", name="下一份")).to_be_visible()


def test_many_are_approved_at_once_and_what_changed_since_is_left_and_named(seat: Seat, place: Place) -> None:
    first, second, third = (place.log(days_ago) for days_ago in range(3))
    page = seat.sign_in(place.supervisor.login, "/reports")
    expect(rows(page)).to_have_count(3)
    for box in rows(page).get_by_role("checkbox").all()[:2]:
        box.check()
    logs.patch(place.writer, first, meetings="下午又开了会")
    page.get_by_role("button", name="通过", exact=True).click()
    dialog = page.get_by_role("dialog", name="通过 2 份")
    dialog.get_by_role("button", name="通过", exact=True).click()
    left = page.get_by_role("dialog", name="1 份没有处理")
    expect(left.get_by_role("link")).to_have_attribute("href", re.compile(first))
    assert axe.violations(page) == []
    left.get_by_role("button", name="知道了").click()
    assert [state_of(place, log) for log in (first, second, third)] == ["waiting", "approved", "waiting"]


def test_all_that_match_are_reviewed_also_those_on_pages_never_shown(seat: Seat, place: Place) -> None:
    many = [place.log(days_ago) for days_ago in range(53)]
    spared = place.log(60)
    page = seat.sign_in(place.supervisor.login, f"/reports?since={place.today - timedelta(days=55)}&state=waiting")
    expect(rows(page)).to_have_count(50)
    page.get_by_label("全选本页").check()
    page.get_by_role("button", name="选择全部符合条件的 53 份").click()
    page.get_by_role("button", name="标为已审核").click()
    page.get_by_role("dialog").get_by_role("button", name="标为已审核").click()
    expect(page.get_by_text("没有符合条件的报告")).to_be_visible()
    assert {state_of(place, log) for log in many} == {"reviewed"}
    assert state_of(place, spared) == "waiting"


def test_who_reviews_nothing_is_offered_no_decision(seat: Seat, place: Place) -> None:
    log = place.log()
    page = seat.sign_in(place.writer.login, "/reports")
    expect(rows(page)).to_have_count(1)
    expect(rows(page).get_by_role("checkbox")).to_have_count(0)
    page.goto(f"{seat.url}/desk/reports/{log}")
    at(page, f"施工日志 · {place.today}")
    expect(page.get_by_role("button", name="打印")).to_be_visible()
    expect(page.get_by_role("button", name="通过", exact=True)).to_have_count(0)


def test_a_report_shows_its_versions_and_prints_without_the_desk_around_it(
    new_desk: Callable[..., Seat], place: Place
) -> None:
    seat, log = new_desk(), place.log()
    logs.sign(place.writer, log)
    logs.patch(place.writer, log, weather_pm="heavy_rain")
    page = seat.sign_in(place.supervisor.login, f"/reports/{log}")
    changed = page.get_by_role("listitem").filter(has_text="未签的修订")
    expect(changed).to_contain_text("大雨")
    expect(changed).to_contain_text("小雨")
    happened = page.get_by_role("region", name="经过").get_by_role("listitem")
    expect(happened).to_have_count(3)
    expect(happened.first).to_contain_text("修改")
    expect(happened.first).to_contain_text("大雨")
    expect(happened.last).to_contain_text("填报")
    page.emulate_media(media="print")
    expect(page.get_by_role("navigation", name="主菜单")).to_be_hidden()
    expect(page.get_by_role("button", name="通过", exact=True)).to_be_hidden()
    expect(page.get_by_text("K0+560~K0+640")).to_be_visible()
    assert seat.said == []

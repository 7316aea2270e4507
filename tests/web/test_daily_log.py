"""The daily log on a phone: written without a network, signed, disputed, amended – and the same on the server."""

import time
from collections.abc import Callable
from typing import Any

from playwright.sync_api import Page, expect

from tests.support.browser import Phone
from tests.support.patience import Patience
from tests.web import hands
from tests.web.site import Member, Site

NewPhone = Callable[..., Phone]
Log = dict[str, Any]


def fill(page: Page, count: int) -> None:
    page.get_by_label("上午天气").select_option(label="阴")
    page.get_by_label("最低气温").fill("6")
    page.get_by_label("最高气温").fill("11")
    page.get_by_label("施工内容与完成量").fill("K0+560~K0+640 沟槽开挖、DN800 管道安装 42 m")
    hands.count(page, "管道工", count)
    press(page, "选好了")


def press(page: Page, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).click()


def is_there(_log: Log) -> bool:
    return True


def is_signed(log: Log) -> bool:
    return bool(log["server"].get("signed"))


def wait_for_log(member: Member, wanted: Callable[[Log], bool], seconds: float = 20) -> Log:
    """Return the log on the server, once it is as it should be."""
    patience = Patience(seconds)
    while True:
        found = [log for log in member.records("report") if wanted(log)]
        if found:
            return found[0]
        assert patience.lasts(), member.records("report")
        time.sleep(0.2)


def breaches(phone: Phone) -> list[str]:
    """What pages complained of, beyond that there was no network."""
    return [line for line in phone.said if "ERR_INTERNET_DISCONNECTED" not in line]


def test_a_log_is_written_and_signed_offline_and_arrives_signed(phone: Phone, site: Site) -> None:
    member = site.member(site.section())
    page = hands.settled(phone, member)
    phone.offline()
    hands.open_log(page)
    page.get_by_role("button", name="还差").click()
    expect(page.get_by_label("上午天气")).to_be_focused()
    expect(page.get_by_label("上午天气")).to_have_accessible_description("还没填")
    fill(page, 12)
    expect(page.get_by_label("人数合计")).to_have_text("12 人")
    page = phone.restart()
    hands.open_log(page)
    expect(page.get_by_label("人数合计")).to_have_text("12 人")
    press(page, "签字")
    press(page, "确认签字")
    hands.at_home(page)
    phone.offline(False)
    log = wait_for_log(member, is_signed)
    assert log["values"]["fields"]["labour_total"] == 12
    assert log["server"]["signed"][0]["digest"] == log["digest"]
    assert breaches(phone) == []


def test_two_phones_differ_in_a_headcount_and_one_tap_settles_it(new_phone: NewPhone, site: Site) -> None:
    first = site.member(site.section())
    second = site.member(first.section, "李卫东")
    one, other = new_phone(), new_phone()
    pages = [hands.settled(one, first), hands.settled(other, second)]
    for phone, page, count in zip((one, other), pages, (12, 14), strict=True):
        phone.offline()
        hands.open_log(page)
        fill(page, count)
        press(page, "提交")
        hands.at_home(page)
    for phone, member in ((one, first), (other, second)):
        phone.offline(False)
        wait_for_log(member, is_there)
    wait_for_log(first, lambda log: bool(log["server"].get("openConflicts")))
    page = pages[1]
    hands.send_now(page)
    hands.open_log(page)
    clashes = page.get_by_role("group", name="两个人填得不一样,点选正确的一个")
    expect(clashes).to_have_count(2)  # the headcount, and who wrote the log
    expect(page.get_by_role("button", name="签字", exact=True)).to_be_disabled()
    clashes.get_by_role("button", name="14").click()
    clashes.get_by_role("button", name="陈建国").click()
    expect(clashes).to_have_count(0)
    settled_log = wait_for_log(first, lambda log: not log["server"].get("openConflicts"))
    fields = settled_log["values"]["fields"]
    assert (fields["labour_total"], fields["recorder"]) == (14, "陈建国")
    assert breaches(one) == breaches(other) == []


def test_what_was_signed_is_amended_with_a_reason_and_both_versions_are_shown(phone: Phone, site: Site) -> None:
    member = site.member(site.section())
    page = hands.settled(phone, member)
    hands.open_log(page)
    fill(page, 12)
    press(page, "签字")
    press(page, "确认签字")
    wait_for_log(member, is_signed)
    hands.send_now(page)
    hands.open_log(page)
    press(page, "修订")
    press(page, "数量更正")
    press(page, "开始修订")
    page.get_by_label("人数 管道工").fill("14")
    press(page, "签字")
    press(page, "确认签字")
    log = wait_for_log(member, lambda log: len(log["server"].get("signed", ())) == 2)
    assert log["values"]["reason"] == "数量更正"
    assert [version["values"]["fields"]["labour_total"] for version in log["server"]["signed"]] == [12, 14]
    hands.send_now(page)
    hands.open_log(page)
    expect(page.get_by_text("第 2 版", exact=True)).to_be_visible()
    expect(page.get_by_text("修订原因:数量更正")).to_be_visible()
    assert breaches(phone) == []


def test_a_returned_log_is_told_at_once_with_its_reason_until_it_is_corrected(phone: Phone, site: Site) -> None:
    section = site.section()
    member, supervisor = site.member(section), site.member(section, "周敏", "supervisor")
    page = hands.settled(phone, member)
    hands.open_log(page)
    fill(page, 12)
    hands.file(page)
    log = wait_for_log(member, is_there)
    returned = {"state": "returned", "digest": log["digest"], "reason": "管道工人数与考勤不符"}
    supervisor.desk.call("POST", f"/v1/reports/{log['id']}/review", returned)
    expect(page.get_by_text(returned["reason"])).to_be_visible()  # nobody touched the phone
    page.get_by_text(returned["reason"]).click()
    page.get_by_label("人数 管道工").fill("11")
    hands.file(page)
    expect(page.get_by_text(returned["reason"])).to_be_hidden()
    wait_for_log(member, lambda found: bool(found["digest"] != log["digest"]))
    assert breaches(phone) == []

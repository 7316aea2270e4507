"""What went away under a conflict, and what a form does not admit: on the phone's screens, until it is settled."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from playwright.sync_api import Page, expect
from uuid_utils import uuid7

from tests.support.browser import Phone
from tests.support.patience import wait_for
from tests.web import hands
from tests.web.site import Member, Site

GONE = "“管道工”已被删除,又有人填了内容"


def log_of(member: Member) -> dict[str, Any]:
    [log] = member.records("report")
    return log


def log_where(member: Member, wanted: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
    """Return the log on the server once it is as it should be."""
    found: list[dict[str, Any]] = wait_for(lambda: [log for log in member.records("report") if wanted(log)], "the log")
    return found[0]


def remove_row(member: Member) -> None:
    """Remove the only row of the log's table, from the desk."""
    log = log_of(member)
    [(row, cells)] = log["values"]["fields"]["labour"].items()
    op = {
        "action": "patch",
        "opId": str(uuid7()),
        "n": 1,
        "at": datetime.now(UTC).isoformat(),
        "scope": member.section,
        "kind": "report",
        "id": log["id"],
        "set": {f"fields/labour/{row}": {"value": None, "was": cells}},
    }
    body = {"clock": datetime.now(UTC).isoformat(), "ops": [op]}
    [receipt] = member.desk.call("POST", "/v1/sync", body)["receipts"]
    assert receipt["outcome"] in {"applied", "merged"}, receipt


def press(page: Page, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).click()


def disputed(phone: Phone, member: Member, other: Member) -> Page:
    """Open a log in which one person changed a headcount, offline, whose row another had removed meanwhile."""
    page = hands.settled(phone, member)
    hands.open_log(page)
    hands.count(page, "管道工", 12)
    press(page, "选好了")
    hands.file(page)
    hands.delivered(page)
    phone.offline()
    hands.open_log(page)
    page.get_by_label("人数 管道工").fill("15")
    hands.file(page)
    remove_row(other)
    phone.offline(False)
    hands.send_now(page)
    hands.delivered(page)
    hands.go(page, "today")
    page.get_by_text("同一处有两种填法").first.click()
    expect(page.get_by_role("group", name=GONE)).to_be_visible()
    expect(page.get_by_label("人数 管道工")).to_have_count(0)  # and no half of the row
    expect(page.get_by_text("李卫东于")).to_be_visible()
    expect(page.get_by_role("button", name="签字", exact=True)).to_be_disabled()
    return page


def test_a_row_that_was_removed_comes_back_whole_by_one_tap(phone: Phone, site: Site) -> None:
    member = site.member(site.section())
    page = disputed(phone, member, site.member(member.section, "李卫东"))
    page.get_by_role("group", name=GONE).get_by_role("button", name="15").click()
    expect(page.get_by_role("group", name=GONE)).to_have_count(0)
    expect(page.get_by_label("人数 管道工")).to_have_value("15")
    log = log_where(member, lambda found: not found["server"].get("openConflicts"))
    assert list(log["values"]["fields"]["labour"].values()) == [{"trade": "pipefitter", "count": 15}]


def test_a_row_that_was_removed_stays_away_by_one_tap(phone: Phone, site: Site) -> None:
    member = site.member(site.section())
    page = disputed(phone, member, site.member(member.section, "李卫东"))
    press(page, "不恢复")
    expect(page.get_by_role("group", name=GONE)).to_have_count(0)
    log = log_where(member, lambda found: not found["server"].get("openConflicts"))
    assert "labour" not in log["values"]["fields"]


def test_what_the_form_does_not_admit_is_kept_shown_and_corrected(phone: Phone, site: Site) -> None:
    member = site.member(site.section())
    page = hands.settled(phone, member)
    hands.open_log(page)
    hands.answer(page, "最低气温", "零下五度")
    hands.file(page)
    hands.delivered(page)
    assert log_of(member)["values"]["fields"]["temperature_min"] == "零下五度"
    hands.go(page, "today")
    page.get_by_text("有 1 处填写不符合表单").click()
    notice = page.locator(".notice", has_text="1 处内容不符合表单")
    expect(notice).to_contain_text("最低气温 的值与题型不符:零下五度")
    press(page, "去改正")
    expect(page.get_by_label("最低气温")).to_be_focused()
    page.get_by_label("最低气温").fill("-5")
    expect(notice).to_have_count(0)
    hands.file(page)
    hands.delivered(page)
    log = log_where(member, lambda found: not found["server"].get("fieldFlags"))
    assert log["values"]["fields"]["temperature_min"] == -5
    hands.go(page, "today")
    expect(page.get_by_text("不符合表单")).to_have_count(0)

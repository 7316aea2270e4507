"""What waits for a decision at the desk: conflicts, what is parked, evidence, holes in the calendar; the overview."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any, Final, NamedTuple

import pytest
from playwright.sync_api import Page, expect

from server.kernel.clock import new_id
from tests.support.patience import Patience
from tests.support.people import PASSWORD
from tests.web import axe, logs
from tests.web.seat import Seat, answer, at
from tests.web.site import Member, Site
from tests.web.test_desk_signing_in import end_sessions

FIX: Final[dict[str, Any]] = {
    "lat": 320394610,
    "lon": 1187726190,
    "datum": "GCJ02",
    "accuracyCm": 1200,
    "provider": "amap",
}


class Place(NamedTuple):
    """A section with two who write in it and one who decides."""

    writer: Member
    other: Member
    supervisor: Member


@pytest.fixture
def place(site: Site) -> Place:
    section = site.section()
    people = (("陈建国", "contractor"), ("陈小龙", "contractor"), ("周敏", "supervisor"))
    return Place(*(site.member(section, name, role) for name, role in people))


def disputed(place: Place) -> str:
    """File a log of which two people changed one answer without seeing each other's."""
    log = logs.file(place.writer, logs.today())
    seen = place.other.desk.record(log)["values"]["fields"]
    logs.patch(place.writer, log, wind_force=4)
    assert logs.patch(place.other, log, was=seen, wind_force=6)["outcome"] == "conflict"
    return log


def found(place: Place, kind: str) -> list[dict[str, Any]]:
    answer_ = place.supervisor.desk.call("GET", "/v1/evidence")["flags"]
    return [flag for flag in answer_ if flag["code"] == kind]


def decide(page: Page, name: str, reason: str) -> None:
    """Press a button, say why in the dialog, and send it."""
    page.get_by_role("button", name=name, exact=True).click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("理由").fill(reason)
    dialog.get_by_role("button", name=name, exact=True).click()
    expect(dialog).to_be_hidden()


def test_a_conflict_is_decided_with_a_reason_that_outlives_reload_and_the_end_of_the_session(
    seat: Seat, place: Place
) -> None:
    log = disputed(place)
    page = seat.sign_in(place.supervisor.login, f"/reports/{log}")
    page.get_by_role("link", name="有不一致,待裁定").click()
    at(page, "风力(级)")
    expect(page.get_by_role("radio")).to_have_count(2)
    page.get_by_role("radio", name=re.compile("陈小龙")).check()
    page.get_by_label("理由").fill("以气象站记录为准")
    assert axe.violations(page) == []
    page.reload()
    expect(page.get_by_role("radio", name=re.compile("陈小龙"))).to_be_checked()
    expect(page.get_by_label("理由")).to_have_value("以气象站记录为准")
    end_sessions(page)
    page.get_by_role("button", name="裁定", exact=True).click()
    answer(page.get_by_role("dialog", name="登录已到期"), place.supervisor.login, PASSWORD)
    expect(page.get_by_text("以气象站记录为准")).to_be_visible()
    assert place.writer.desk.record(log)["values"]["fields"]["wind_force"] == 6
    page.get_by_role("link", name="返回列表").click()
    expect(page.get_by_text("没有待裁定的不一致")).to_be_visible()
    page.get_by_role("link", name="已裁定").click()
    expect(page.get_by_role("table", name="不一致").get_by_role("link", name="风力(级)")).to_be_visible()
    assert seat.said == []


def test_what_is_parked_is_discarded_with_a_reason_taken_back_and_applied(seat: Seat, site: Site, place: Place) -> None:
    log = logs.file(place.writer, logs.today())
    stranger = site.member(site.section(), "马超")
    change = {"fields/meetings": {"value": "现场协调会", "was": None}}
    parked = logs.send(stranger, action="patch", id=log, scope=place.writer.section, set=change)
    assert parked["outcome"] == "parked"
    page = seat.sign_in(place.supervisor.login, "/parked")
    card = page.get_by_role("article", name=re.compile("修改 · 施工日志"))
    expect(card.get_by_role("row", name=re.compile("会议.*现场协调会.*空"))).to_be_visible()
    assert axe.violations(page) == []
    decide(page, "作废", "由本标段自行填报")
    expect(card).to_have_count(0)
    page.get_by_role("link", name="已作废").click()
    expect(card.get_by_text("由本标段自行填报")).to_be_visible()
    decide(page, "撤销作废", "核实后确有此会")
    expect(card).to_have_count(0)
    page.get_by_role("link", name="待处理").click()
    decide(page, "采用", "核实后采用")
    expect(card).to_have_count(0)
    assert place.writer.desk.record(log)["values"]["fields"]["meetings"] == "现场协调会"
    assert seat.said == []


def test_evidence_shows_both_sides_and_is_dismissed_and_looked_into_again(seat: Seat, place: Place) -> None:
    at_ = datetime.now(UTC).isoformat(timespec="seconds")
    for away in (0, 200_000):
        values = {"captured": {"at": at_}, "position": {**FIX, "lat": FIX["lat"] + away}}
        logs.send(place.writer, action="create", kind="checkIn", id=new_id(), values=values)
    patience = Patience(60)
    while not found(place, "evidence.impossible_travel") and patience.lasts():
        pass
    page = seat.sign_in(place.supervisor.login, "/evidence")
    flag = page.get_by_role("article", name=re.compile("移动了至少"))
    expect(flag.get_by_text("陈建国")).to_have_count(2)
    flag.get_by_role("button", name="排除").click()
    dialog = page.get_by_role("dialog")
    send = dialog.get_by_role("button", name="排除")
    expect(send).to_be_disabled()
    dialog.get_by_label("理由").fill("坐标系设置有误")
    send.click()
    expect(flag).to_have_count(0)
    page.get_by_role("link", name="已排除").click()
    expect(flag.get_by_text("坐标系设置有误")).to_be_visible()
    flag.get_by_role("button", name="重新核查").click()
    page.get_by_role("dialog").get_by_label("理由").fill("再查一次")
    page.get_by_role("dialog").get_by_role("button", name="重新核查").click()
    expect(flag).to_have_count(0)
    assert found(place, "evidence.impossible_travel")
    assert axe.violations(page) == []
    assert seat.said == []


def test_the_calendar_shows_what_is_there_and_what_is_not_and_a_cell_opens_the_day(
    seat: Seat, site: Site, place: Place
) -> None:
    today = logs.today()
    log = logs.file(place.writer, today)
    page = seat.sign_in(place.supervisor.login, "/calendar")
    row = page.get_by_role("table", name=re.compile("日历")).get_by_role("row").filter(has_text="一标段")
    row.get_by_role("link", name=re.compile("已报")).click()
    at(page, f"施工日志 · {today}")
    expect(page).to_have_url(re.compile(log))
    page.go_back()
    page.get_by_role("link", name="下月").click()
    coming = (today.replace(day=1) + timedelta(days=32)).isoformat()[:7]
    expect(page.get_by_label("月份")).to_have_value(coming)
    expect(row.get_by_role("link", name=re.compile("已报"))).to_have_count(0)
    assert axe.violations(page) == []


def test_each_figure_of_the_overview_leads_to_the_list_that_it_counts(seat: Seat, site: Site, place: Place) -> None:
    disputed(place)
    leader = site.member(place.writer.section, "林国栋", "leader")
    page = seat.sign_in(leader.login)
    at(page, "总览")
    expect(page.get_by_role("link", name=re.compile("暂存|疑点"))).to_have_count(0)
    assert axe.violations(page) == []
    page.get_by_role("link", name="有不一致的报告 1").click()
    at(page, "报告")
    expect(page.get_by_role("table", name="报告").locator("tbody tr")).to_have_count(1)
    page.go_back()
    expect(page.get_by_role("link", name="报告总数 1")).to_be_visible()
    assert seat.said == []


def test_a_supervisor_begins_with_what_is_to_be_reviewed_and_an_administrator_sees_dead_jobs(
    seat: Seat, site: Site, place: Place
) -> None:
    page = seat.sign_in(place.supervisor.login)
    expect(page).to_have_url(f"{site.url}/desk/reports?state=waiting")
    expect(page.get_by_role("link", name="放弃的任务")).to_have_count(0)
    page.get_by_role("button", name="退出登录").click()
    seat.sign_in("admin", "/jobs")
    expect(page.get_by_text("没有放弃的任务")).to_be_visible()

"""A phone whose clock is wrong, and one that is full."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import expect

from tests.support.browser import Phone
from tests.support.patience import wait_for
from tests.web import hands
from tests.web.pictures import photographs
from tests.web.site import Site

SITE: Final = ZoneInfo("Asia/Shanghai")


def test_the_map_that_a_person_chose_goes_with_their_positions_and_is_kept(phone: Phone, site: Site) -> None:
    member = site.member(site.section())
    page = hands.settled(phone, member)
    hands.check_in(page)
    hands.go(page, "me")
    page.get_by_text("百度(BD-09)").click()
    page.reload()
    hands.check_in(page, "换了地图")
    hands.delivered(page)
    datums = {one["values"].get("note"): one["values"]["position"]["datum"] for one in member.records("checkIn")}
    assert datums == {None: "WGS84", "换了地图": "BD09"}


@pytest.mark.parametrize("days", [-3, 3])
def test_a_clock_three_days_wrong_is_told_and_corrected(phone: Phone, site: Site, days: int) -> None:
    wrong = timedelta(days=days)
    member = site.member(site.section())
    phone.context.clock.install(time=datetime.now(UTC) + wrong)
    page = hands.settled(phone, member)
    hands.check_in(page)
    hands.delivered(page)
    [check_in] = member.records("checkIn")
    captured = check_in["values"]["captured"]
    said = datetime.fromisoformat(captured["at"])
    assert abs(said - datetime.now(UTC) - wrong) < timedelta(minutes=5), "what the phone showed is kept"
    corrected = said + timedelta(milliseconds=captured["clockOffsetMs"])
    assert abs(corrected - datetime.now(UTC)) < timedelta(minutes=5), "and so is what was wrong with it"
    assert check_in["server"]["fence"]["verdict"] == "inside"

    hands.go(page, "today")
    expect(page.get_by_text(f"手机时间{'慢' if days < 0 else '快'}了 3天")).to_be_visible()
    hands.open_log(page)
    expect(page.get_by_text("日期已按服务器时间")).to_be_visible()
    hands.answer(page, "会议", "周例会")
    hands.file(page)
    hands.delivered(page)
    [log] = member.records("report")
    assert log["values"]["fields"]["business_date"] == datetime.now(SITE).date().isoformat(), (
        "the site's day is proposed"
    )


def test_a_full_phone_says_so_keeps_what_it_has_and_goes_on_when_there_is_room(
    phone: Phone, site: Site, tmp_path: Path
) -> None:
    member = site.member(site.section())
    phone.unwoken()
    page = hands.settled(phone, member)
    phone.offline()
    first, second = photographs(tmp_path, 2)
    hands.photograph(page, [first], note="第一张")
    # Chromium remembers for half a minute how much room there was. A browser that starts anew looks again, and not
    # before the room is set: no background sync wakes the service worker.
    used = page.evaluate("() => navigator.storage.estimate().then((now) => now.usage)")
    phone.close()
    phone.start().room(used + 1_000_000)
    phone.offline()
    page = phone.open()
    hands.go(page, "photo")
    hands.choose(page, [second])
    expect(page.get_by_text("手机存储空间不够")).to_be_visible()
    hands.check_in(page, "照样打卡")

    page = phone.restart()
    hands.photograph(page, [second], note="第二张")
    phone.offline(False)
    hands.delivered(page)
    photos = wait_for(lambda: member.whole("photo", 2), "both photos")
    assert {one["values"]["note"] for one in photos} == {"第一张", "第二张"}
    assert [one["values"]["note"] for one in member.records("checkIn")] == ["照样打卡"]

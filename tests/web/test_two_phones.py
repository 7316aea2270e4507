"""Two phones write the same log without a network: nothing is lost, and a person decides what differs."""

from collections.abc import Callable
from typing import Any

from playwright.sync_api import expect

from server.demo.stage import wait_for
from tests.support.browser import Phone
from tests.web import hands
from tests.web.site import Member, Site


def test_two_phones_disagree_about_one_figure_and_one_tap_settles_it(
    new_phone: Callable[..., Phone], site: Site
) -> None:
    section = site.section()
    chen, long = site.member(section, "陈建国"), site.member(section, "陈小龙")
    first = new_phone()
    page = hands.settled(first, chen)
    hands.open_log(page)
    hands.count(page, "管道工", 12)
    hands.count(page, "普工", 18)
    hands.file(page)
    hands.delivered(page)

    second = new_phone()
    other = hands.settled(second, long)
    hands.open_log(other)
    expect(other.get_by_role("listitem", name="管道工")).to_be_visible()
    first.offline()
    second.offline()
    hands.open_log(page)
    hands.count(page, "管道工", 13)
    hands.file(page)
    hands.count(other, "管道工", 14)
    hands.answer(other, "安全交底", "沟槽支护与临边防护")
    hands.file(other)
    first.offline(False)
    hands.delivered(page)
    second.offline(False)
    hands.delivered(other)
    held = _log(chen)
    assert (held["labour_total"], held["safety_briefing"]) == (31, "沟槽支护与临边防护"), (
        "one differs, the other merges"
    )

    hands.open_log(other)
    clash = other.get_by_role("group", name="两个人填得不一样")
    expect(clash.get_by_role("button")).to_have_count(2)
    expect(other.get_by_role("button", name="签字", exact=True)).to_be_disabled()
    clash.get_by_role("button", name="14").click()
    expect(clash).to_have_count(0)
    wait_for(lambda: _log(chen)["labour_total"] == 32, "the choice to arrive")

    hands.open_log(page)
    expect(page.get_by_role("listitem", name="管道工").get_by_label("人数")).to_have_value("14")
    expect(page.get_by_role("group", name="两个人填得不一样")).to_have_count(0)


def _log(member: Member) -> dict[str, Any]:
    [log] = member.records("report")
    fields: dict[str, Any] = log["values"]["fields"]
    return fields

"""A clerk's day: papers confirmed with the keyboard alone, two clerks on one queue, nothing that was typed is lost."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page, expect

from mobile_contract.extractions import Flag
from tests.support.server import Server, running
from tests.web import axe
from tests.web.papers import Papers, Sheet, application
from tests.web.seat import Seat, answer, at
from tests.web.site import Member, Site

PAPERS = 12


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Site, Papers]]:
    """A server that reads nothing itself, and what lays read papers beside it."""
    server = Server(tmp_path_factory.mktemp("office"), embedded_worker="false")
    with running(server):
        papers = Papers(server)
        yield Site(server), papers
        papers.close()


@pytest.fixture
def clerk(office: tuple[Site, Papers]) -> Member:
    site, _ = office
    return site.member(site.section(), "王丽", "clerk")


@pytest.fixture
def desk(new_desk: Callable[..., Seat], office: tuple[Site, Papers]) -> Seat:
    return new_desk(office[0].url)


def _begin(desk: Seat, clerk: Member) -> Page:
    """Sign in and open the first paper of the queue."""
    page = desk.sign_in(clerk.login)
    at(page, "待办单据")
    page.get_by_role("button", name="开始处理").click()
    at(page, "工程款支付报审表")
    expect(page.locator(".line :focus")).to_have_count(1)  # the keys are those of the value in hand
    return page


def _report(clerk: Member, scan: str) -> dict[str, object]:
    extraction = clerk.desk.record(clerk.desk.record(scan)["server"]["extraction"])
    found: dict[str, object] = clerk.desk.record(extraction["values"]["report"])["values"]["fields"]
    return found


def test_papers_are_confirmed_with_the_keyboard_alone_half_of_them_unchanged(
    desk: Seat, office: tuple[Site, Papers], clerk: Member
) -> None:
    scans = office[1].put(clerk, [application(number) for number in range(PAPERS)])
    page = _begin(desk, clerk)
    before = page.evaluate("() => { window.pressed = 0; addEventListener('keydown', () => window.pressed++, true) }")
    assert before is None
    for number in range(PAPERS):
        expect(page.get_by_label("编号", exact=True)).to_have_value(f"NZ-ZF-2026-{number:03}")
        expect(page.get_by_label("编号", exact=True)).to_be_focused()
        if number % 2:
            page.keyboard.type(f"改-{number:03}")
        for _ in range(8):
            page.keyboard.press("Enter")
    at(page, "待办单据")
    expect(page.get_by_text("没有待办的单据")).to_be_visible()
    for number, scan in enumerate(scans):
        expected = f"改-{number:03}" if number % 2 else f"NZ-ZF-2026-{number:03}"
        assert _report(clerk, scan)["number"] == expected
    assert desk.said == []


def test_why_and_candidates_are_one_key_away_and_nothing_keeps_people_out(
    desk: Seat, office: tuple[Site, Papers], clerk: Member
) -> None:
    doubt = Flag(
        code="paper.identifier_confusable", paths=("fields/contractor_usci",),
        params={"value": "9132O100MA1N8F2K3R", "suggestion": "91320100MA1N8F2K3R"}, suggestion="91320100MA1N8F2K3R",
    )  # fmt: skip
    sheet = application(70, flags=(doubt,), confidence={"fields/contractor_usci": 610})
    sheet = Sheet(values={**sheet.values, "fields/contractor_usci": "9132O100MA1N8F2K3R"}, flags=sheet.flags,
                  confidence=sheet.confidence)  # fmt: skip
    (scan,) = office[1].put(clerk, [sheet])
    page = _begin(desk, clerk)
    page.get_by_label("顺序").select_option("按把握")
    field = page.get_by_label("统一社会信用代码")
    expect(field).to_be_focused()
    expect(page.get_by_text("改为 91320100MA1N8F2K3R 后通过")).to_be_visible()
    page.keyboard.press("F2")
    expect(page.get_by_text("请核对原件;确认后再采用建议值。")).to_be_visible()
    assert axe.violations(page) == []
    page.keyboard.press("Alt+2")
    expect(field).to_have_value("91320100MA1N8F2K3R")
    page.keyboard.press("Control+Enter")
    at(page, "待办单据")
    assert _report(clerk, scan)["contractor_usci"] == "91320100MA1N8F2K3R"


def test_two_clerks_never_work_on_one_paper_unawares(
    new_desk: Callable[..., Seat], office: tuple[Site, Papers], clerk: Member
) -> None:
    site, papers = office
    other = site.member(clerk.section, "李敏", "clerk")
    papers.put(clerk, [application(number) for number in (80, 81, 82, 83)])
    pages = [_begin(new_desk(site.url), who) for who in (clerk, other)]
    numbers = [page.get_by_label("编号", exact=True).input_value() for page in pages]
    assert len(set(numbers)) == 2
    first = pages[0].url
    pages[1].goto(first)
    expect(pages[1].get_by_text("王丽 正在处理该扫描件")).to_be_visible()
    pages[1].get_by_role("button", name="接手").click()
    pages[1].get_by_label("理由").fill("王丽请假")
    pages[1].get_by_role("dialog").get_by_role("button", name="接手").click()
    at(pages[1], "工程款支付报审表")
    expect(pages[1].get_by_label("编号", exact=True)).to_have_value(numbers[0])
    pages[0].keyboard.press("Control+Enter")
    expect(pages[0].get_by_text("李敏 正在处理该扫描件")).to_be_visible()


def test_a_correction_that_was_not_sent_survives_reload_back_and_an_ended_session(
    desk: Seat, office: tuple[Site, Papers], clerk: Member
) -> None:
    (scan,) = office[1].put(clerk, [application(90)])
    page = _begin(desk, clerk)
    page.keyboard.type("手工-90")
    page.reload()
    expect(page.get_by_label("编号", exact=True)).to_have_value("手工-90")
    page.get_by_role("link", name="铅垂").click()
    at(page, "待办单据")
    page.go_back()
    expect(page.get_by_label("编号", exact=True)).to_have_value("手工-90")
    page.evaluate(
        "() => fetch('/v1/logout', {method: 'POST', headers: {Authorization: 'Bearer ' +"
        " JSON.parse(localStorage.getItem('plumbline.desk.session')).token}})"
    )
    page.get_by_label("编号", exact=True).press("Control+Enter")
    dialog = page.get_by_role("dialog", name="登录已到期")
    answer(dialog, clerk.login, "Plumb-line 2026")
    at(page, "待办单据")
    assert _report(clerk, scan)["number"] == "手工-90"


def test_a_paper_is_rejected_with_a_reason(desk: Seat, office: tuple[Site, Papers], clerk: Member) -> None:
    (scan,) = office[1].put(clerk, [application(95)])
    page = _begin(desk, clerk)
    page.keyboard.press("F9")
    expect(page.get_by_label("理由")).to_be_focused()
    page.keyboard.type("缺第二页,请重拍")
    page.get_by_role("dialog").get_by_role("button", name="退回").click()
    at(page, "待办单据")
    expect(page.get_by_text("没有待办的单据")).to_be_visible()
    assert clerk.desk.record(clerk.desk.record(scan)["server"]["extraction"])["values"]["state"] == "discarded"

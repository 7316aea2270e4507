"""Every screen can be used by people who see badly, or hear it instead: no serious finding of axe-core."""

from pathlib import Path
from typing import Final, Literal

import pytest
from playwright.sync_api import expect

from tests.support.browser import Phone
from tests.support.patience import wait_for
from tests.web import hands, tour
from tests.web.axe import violations
from tests.web.pictures import photographs
from tests.web.site import Member, Site

SCHEMES: Final[tuple[Literal["light", "dark"], ...]] = ("light", "dark")


@pytest.fixture
def busy(phone: Phone, site: Site, tmp_path: Path) -> Member:
    """A member whose phone has something of everything."""
    member = site.member(site.section())
    page = hands.settled(phone, member)
    hands.check_in(page)
    hands.open_log(page)
    hands.count(page, "管道工", 12)
    hands.file(page)
    hands.photograph(page, photographs(tmp_path, 1, 400, 300), note="沟槽")
    hands.scan(page, photographs(tmp_path, 1, 500, 400))
    wait_for(lambda: member.whole("scan", 1), "the scan")
    hands.delivered(page)
    return member


def test_no_screen_keeps_anybody_out_by_day_or_by_night(busy: Member, phone: Phone) -> None:
    page, screens = phone.page, tour.places(busy)
    found: dict[str, list[str]] = {}
    for scheme in SCHEMES:
        page.emulate_media(color_scheme=scheme)
        for name in tour.through(page, screens):
            if said := violations(page):
                found[f"{name}, {scheme}"] = said
    assert found == {}


def test_setting_up_a_phone_keeps_nobody_out(phone: Phone) -> None:
    page = phone.open("#enrol=ABCDEFGH23")
    expect(page.get_by_role("button", name="启用", exact=True)).to_be_visible()
    for scheme in SCHEMES:
        page.emulate_media(color_scheme=scheme)
        assert violations(page) == [], scheme

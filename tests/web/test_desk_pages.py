"""Every page of the desk: nothing that keeps people out (axe), nothing in the console, on light ground and dark."""

import pytest
from playwright.sync_api import expect

from tests.support.people import PASSWORD
from tests.web import axe, desk_tour
from tests.web.seat import Seat
from tests.web.site import Site


@pytest.mark.parametrize("role", desk_tour.PAGES)
def test_every_page_of_a_role_can_be_used_by_everyone(seat: Seat, site: Site, role: str) -> None:
    if role == "admin":
        login, desk = "admin", site.admin
    else:
        member = site.member(site.section(), "王丽", role)
        login, desk = member.login, member.desk
    page = seat.sign_in(login, password=PASSWORD)
    found = {}
    for name in desk_tour.through(page, site.url, desk_tour.places(role, desk)):
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            expect(page.locator("html")).to_have_attribute("data-theme", scheme)
            found[f"{name} {scheme}"] = axe.violations(page)
    assert {name: wrong for name, wrong in found.items() if wrong} == {}
    assert seat.said == []

"""What a closed page began is finished by the service worker, where the browser has Background Sync."""

from tests.support.browser import Phone
from tests.support.patience import wait_for
from tests.web import hands
from tests.web.site import Site


def test_what_was_done_offline_arrives_although_the_page_is_closed_by_then(phone: Phone, site: Site) -> None:
    member = site.member(site.section())
    page = hands.settled(phone, member)
    phone.offline()
    hands.check_in(page, "页面已关")
    page.goto("about:blank")
    phone.offline(False)
    found = wait_for(lambda: member.records("checkIn"), "the check-in")
    assert [one["values"]["note"] for one in found] == ["页面已关"]

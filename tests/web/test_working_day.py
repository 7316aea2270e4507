"""A day without a network, and the evening on which everything arrives once."""

from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

from playwright.sync_api import expect

from server.demo.stage import wait_for
from tests.support.browser import Phone
from tests.support.link import linked
from tests.web import hands
from tests.web.pictures import photographs
from tests.web.site import Site


def test_what_was_done_offline_survives_reload_and_restart_and_arrives_once(
    new_phone: Callable[..., Phone], site: Site, tmp_path: Path
) -> None:
    member = site.member(site.section())
    pictures = photographs(tmp_path, 6)
    with linked(site.server.port) as link:
        phone = new_phone(link.url)
        page = hands.settled(phone, member)
        # Off the network at the link too: a browser that starts anew would send in the background before it is told.
        phone.offline()
        link.cut()
        hands.check_in(page, "早班")
        hands.photograph(page, pictures[:5], note="K0+620 沟槽")
        hands.scan(page, pictures[5:])
        page.reload()
        page = phone.restart()
        assert hands.waiting(page) > 0, "it knows after a restart what it has to send"
        assert member.records("checkIn") == member.records("photo") == []

        link.down = False
        phone.offline(False)
        hands.delivered(page)
        hands.go(page, "checkIn")
        expect(page.get_by_text("在场内", exact=True)).to_be_visible()
    check_ins = member.records("checkIn")
    assert [one["values"]["note"] for one in check_ins] == ["早班"]
    assert check_ins[0]["server"]["fence"]["verdict"] == "inside"
    photos = wait_for(lambda: member.whole("photo", 5), "five whole photos")
    assert {one["values"]["note"] for one in photos} == {"K0+620 沟槽"}
    assert sorted(one["values"]["blob"] for one in photos) == sorted(map(_digest, pictures[:5]))
    scans = wait_for(lambda: member.whole("scan", 1), "the scan")
    assert scans[0]["values"]["pages"] == [_digest(pictures[5])]
    for picture in pictures:
        assert member.desk.blob(_digest(picture)) == picture.read_bytes()


def _digest(path: Path) -> str:
    return sha256(path.read_bytes()).hexdigest()

"""A day without a network, and the evening on which everything arrives once."""

import re
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

from playwright.sync_api import expect

from tests.support.browser import Phone
from tests.support.link import linked
from tests.support.patience import wait_for
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
        hands.open_log(page)
        hands.answer(page, "施工内容与完成量", "K0+560~K0+640 沟槽开挖")
        hands.count(page, "管道工", 12)
        hands.count(page, "普工", 18)
        expect(page.get_by_label("人数合计")).to_have_text(re.compile("30"))
        page.reload()
        expect(page.get_by_label("施工内容与完成量")).to_have_value("K0+560~K0+640 沟槽开挖")
        hands.file(page)
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
    [log] = member.records("report")
    fields = log["values"]["fields"]
    assert fields["work_done"] == "K0+560~K0+640 沟槽开挖"
    assert {row["trade"]: row["count"] for row in fields["labour"].values()} == {"pipefitter": 12, "labourer": 18}
    assert fields["labour_total"] == 30
    scans = wait_for(lambda: member.whole("scan", 1), "the scan")
    assert scans[0]["values"]["pages"] == [_digest(pictures[5])]
    for picture in pictures:
        assert member.desk.blob(_digest(picture)) == picture.read_bytes()


def _digest(path: Path) -> str:
    return sha256(path.read_bytes()).hexdigest()

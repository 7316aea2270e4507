"""The connection breaks where it hurts."""

from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import pytest

from tests.support.browser import Phone
from tests.support.link import Break, linked
from tests.support.patience import wait_for
from tests.web import hands
from tests.web.pictures import photographs
from tests.web.site import Site


@pytest.mark.parametrize("how", [Break.RESET, Break.CLOSE])
def test_a_connection_cut_in_the_middle_of_a_photo_costs_only_what_was_on_its_way(
    new_phone: Callable[..., Phone], site: Site, tmp_path: Path, how: Break
) -> None:
    member = site.member(site.section())
    with linked(site.server.port) as link:
        phone = new_phone(link.url)
        page = hands.settled(phone, member)
        [picture] = photographs(tmp_path, 1)
        size = picture.stat().st_size
        before = link.up
        link.break_after(size // 2, how=how)
        hands.photograph(page, [picture])
        hands.delivered(page)
        assert link.whole, "the connection was cut"
        [photo] = wait_for(lambda: member.whole("photo", 1), "the photo")
        digest = sha256(picture.read_bytes()).hexdigest()
        assert photo["values"]["blob"] == digest
        assert member.desk.blob(digest) == picture.read_bytes()
        assert link.up - before < 1.8 * size, "what had arrived was not sent again"

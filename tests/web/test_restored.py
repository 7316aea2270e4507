"""The server was put back from a backup: phones bring what it forgot, files too."""

import shutil
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

from tests.support.browser import Phone
from tests.support.patience import wait_for
from tests.support.server import Server, running
from tests.web import hands
from tests.web.pictures import photographs
from tests.web.site import Site


def test_what_a_restored_server_forgot_is_brought_back_by_the_phone(
    new_phone: Callable[..., Phone], tmp_path: Path
) -> None:
    folder, saved = tmp_path / "data", tmp_path / "saved"
    with running(Server(folder)) as server:
        site = Site(server)
        member = site.member(site.section())
        phone = new_phone(server.url)
        page = hands.settled(phone, member)
        hands.check_in(page, "备份前")
        hands.delivered(page)
        saved.mkdir()
        server.command("backup", str(saved / "plumbline.db"))
        hands.check_in(page, "备份后")
        [picture] = photographs(tmp_path, 1)
        hands.photograph(page, [picture])
        hands.delivered(page)
        wait_for(lambda: member.whole("photo", 1), "the photo")
        phone.offline()
        server.stop()

        for forgotten in folder.glob("plumbline.db*"):
            forgotten.unlink()
        shutil.rmtree(folder / "files")
        shutil.copy(saved / "plumbline.db", folder / "plumbline.db")
        server.command("restored")
        server.start()
        assert [one["values"]["note"] for one in member.records("checkIn")] == ["备份前"]
        phone.offline(False)
        hands.send_now(page)
        wait_for(lambda: member.whole("photo", 1), "the photo again")
        assert {one["values"]["note"] for one in member.records("checkIn")} == {"备份前", "备份后"}
        assert member.desk.blob(sha256(picture.read_bytes()).hexdigest()) == picture.read_bytes()
        hands.delivered(page)

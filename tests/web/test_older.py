"""What an older version of the app kept is opened by this one, with what it had not sent.

The fixtures are never made again: ``python -m tests.web.test_older NAME`` writes one, once, when a version of the
database first appears.
"""

import json
import sys
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

import httpx
import pytest
from playwright.sync_api import sync_playwright

from tests.support.browser import Phone
from tests.support.patience import wait_for
from tests.support.server import Server, running
from tests.web import hands, indexeddb
from tests.web.pictures import photographs
from tests.web.site import Member, Site

KEPT: Final = Path(__file__).parent / "kept"


@pytest.mark.parametrize("kept", sorted(KEPT.glob("*.json")), ids=lambda path: path.stem)
def test_what_an_older_version_had_not_sent_arrives(kept: Path, new_phone: Callable[..., Phone], site: Site) -> None:
    text = kept.read_text("utf-8")
    member = site.member(site.section())
    phone = new_phone()
    asked = {"code": member.code(), "replica": json.loads(text)["replica"], "device": "旧版本的手机"}
    session = httpx.post(f"{site.url}/v1/enrol", json=asked).raise_for_status().json()
    for value, name in _names(site, member, session).items():
        text = text.replace(name, value)
    phone.page.goto(f"{site.url}/health")
    indexeddb.put(phone.page, json.loads(text)["databases"])
    page = phone.open()
    hands.delivered(page)
    photos = wait_for(lambda: member.whole("photo", 1), "the photo")
    assert photos[0]["values"]["note"] == "旧版本拍的"
    assert [one["values"]["note"] for one in member.records("checkIn")] == ["旧版本记的"]


def _names(site: Site, member: Member, session: Mapping[str, Any]) -> dict[str, str]:
    """What differs from one server to the next, with the name it has in a fixture."""
    return {
        site.url: "{server}",
        site.project: "{project}",
        member.section: "{section}",
        session["person"]: "{person}",
        session["device"]: "{device}",
        session["token"]: "{token}",
    }


def _session(dumps: list[indexeddb.Dump]) -> dict[str, Any]:
    """Find who is enrolled among what the app keeps."""
    notes = {
        row[0]: row[1] for dump in dumps for store in dump["stores"] if not store["keyPath"] for row in store["rows"]
    }
    return {**notes["account"], "token": notes["token"]}


def _keep(name: str) -> None:
    """Have today's app keep something that it cannot send, and put its database down as a fixture."""
    with tempfile.TemporaryDirectory() as folder, running(Server(Path(folder) / "data")) as server:
        site = Site(server)
        member = site.member(site.section())
        with sync_playwright() as playwright:
            phone = Phone(playwright, Path(folder) / "phone", site.url).start()
            page = hands.settled(phone, member)
            phone.offline()
            hands.check_in(page, "旧版本记的")
            hands.photograph(page, photographs(Path(folder), 1, 64, 48), note="旧版本拍的")
            dumps = indexeddb.lift(page)
            phone.close()
        session = _session(dumps)
    text = json.dumps({"replica": session["replica"], "databases": dumps}, ensure_ascii=False, indent=1)
    for value, placeholder in _names(site, member, session).items():
        text = text.replace(value, placeholder)
    KEPT.mkdir(exist_ok=True)
    (KEPT / f"{name}.json").write_text(text + "\n", "utf-8")


if __name__ == "__main__":
    _keep(sys.argv[1])

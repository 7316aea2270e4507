"""What an older version of the app kept is opened by this one, with what it had not sent.

The fixtures are never made again: ``python -m tests.web.test_older`` writes that of the newest version of the
database, once, when that version first appears.
"""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

import httpx
import pytest

from server.demo.stage import wait_for
from tests.support.browser import Phone
from tests.web import hands, indexeddb
from tests.web.site import Member, Site

KEPT: Final = Path(__file__).parent / "kept"


@pytest.mark.parametrize("kept", sorted(KEPT.glob("*.json")), ids=lambda path: path.stem)
def test_what_an_older_version_had_not_sent_arrives(kept: Path, new_phone: Callable[..., Phone], site: Site) -> None:
    text = kept.read_text("utf-8")
    member = site.member(site.section())
    phone = new_phone()
    asked = {"code": member.code(), "replica": json.loads(text)["replica"], "device": "旧版本的手机"}
    session = httpx.post(f"{site.url}/v1/enrol", json=asked).raise_for_status().json()
    for name, value in _names(site, member, session).items():
        text = text.replace(name, value)
    phone.page.goto(f"{site.url}/health")
    indexeddb.put(phone.page, json.loads(text)["databases"])
    page = phone.open()
    hands.delivered(page)
    photos = wait_for(lambda: member.whole("photo", 1), "the photo")
    assert photos[0]["values"]["note"] == "旧版本拍的"
    assert [one["values"]["note"] for one in member.records("checkIn")] == ["旧版本记的"]


def _names(site: Site, member: Member, session: Mapping[str, Any]) -> dict[str, str]:
    """What differs from one server to the next, by the name it has in a fixture."""
    return {
        "{server}": site.url,
        "{project}": site.project,
        "{section}": member.section,
        "{person}": session["person"],
        "{device}": session["device"],
        "{token}": session["token"],
    }

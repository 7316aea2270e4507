"""Every screen of the app in turn, for whoever wants to look at all of them."""

from collections.abc import Iterator, Mapping
from typing import Final

from playwright.sync_api import Page, expect

from tests.web import hands
from tests.web.site import Member

#: Name → steps of the address. Those of a record are asked of the server (``places``).
SCREENS: Final[Mapping[str, tuple[str, ...]]] = {
    "today": ("today",),
    "check-in": ("checkIn",),
    "photo": ("photo",),
    "scan": ("scan",),
    "records": ("records",),
    "outbox": ("outbox",),
    "me": ("me",),
}
#: Kinds whose records have a screen, and where it is.
_KINDS: Final = {
    "photo": "records",
    "checkIn": "records",
    "scan": "records",
    "report": "report",
    "parked": "parked",
}


def places(member: Member) -> dict[str, tuple[str, ...]]:
    """Return the screens of the first record of each kind, with the fixed ones before them."""
    found = {kind: member.records(kind) for kind in _KINDS}
    shown = {f"a-{kind}": (_KINDS[kind], rows[0]["id"]) for kind, rows in found.items() if rows}
    blank = ("fill", member.section, "safety_check", "01a1ff00-0000-7000-8000-000000000001")
    return {**SCREENS, "forms": ("forms", member.section), "a-blank-form": blank, **shown}


def through(page: Page, screens: Mapping[str, tuple[str, ...]]) -> Iterator[str]:
    """Open each screen and give its name once it stands still."""
    for name, steps in screens.items():
        hands.go(page, *steps)
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        settle(page)
        yield name


def settle(page: Page) -> None:
    """Wait until pictures are there and nothing moves."""
    page.wait_for_timeout(250)
    page.evaluate(
        "() => Promise.all([...document.images].map((image) => image.decode().catch(() => {})))"
        ".then(() => Promise.all(document.getAnimations().map((one) => one.finished.catch(() => {}))))"
    )


def speak(page: Page, language: str) -> None:
    """Have the app speak a language from its next start, and start it."""
    page.evaluate("(language) => localStorage.setItem('plumbline.language', language)", language)
    page.reload()

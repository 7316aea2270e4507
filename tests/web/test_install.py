"""The app is put on the home screen, and starts there without a network; getting it costs little."""

from collections.abc import Iterable
from urllib.parse import urlsplit

import httpx
from playwright.sync_api import expect

from tests.support.browser import Phone

#: What comes before a person sees the first screen, compressed; the form logic is loaded apart from it.
FIRST_LOAD_BYTES = 250_000
#: The whole program, with its form logic. Pictures are beside it; a decoder of codes comes when a camera is opened.
PROGRAM_BYTES = 600_000


def test_a_browser_offers_to_install_it(phone: Phone) -> None:
    page = phone.open()
    phone.installed()
    session = phone.context.new_cdp_session(page)
    assert session.send("Page.getInstallabilityErrors")["installabilityErrors"] == []


def test_it_starts_offline_after_the_browser_was_closed(phone: Phone) -> None:
    phone.open()
    phone.installed()
    phone.offline()
    page = phone.restart()
    expect(page.locator("#app > *").first).to_be_visible()
    assert page.evaluate("navigator.onLine") is False
    assert phone.said == []


def test_the_first_load_and_the_whole_program_stay_within_their_budgets(phone: Phone) -> None:
    asked: list[str] = []
    phone.page.on("request", lambda request: asked.append(request.url))
    phone.open().wait_for_load_state("networkidle")
    phone.installed()
    kept = phone.page.evaluate(
        "caches.keys().then(names => Promise.all(names.map(name => caches.open(name).then(one => one.keys()))))"
        ".then(lists => lists.flat().map(request => request.url))"
    )
    program = [url for url in kept if urlsplit(url).path.endswith((".js", ".css", ".html", ".json"))]
    first, whole = _compressed(asked), _compressed(program)
    assert 0 < first <= FIRST_LOAD_BYTES
    assert 0 < whole <= PROGRAM_BYTES


def _compressed(addresses: Iterable[str]) -> int:
    """Weigh files as a browser that knows no more than gzip gets them."""
    weights = {}
    for url in addresses:
        if urlsplit(url).path.startswith("/app/"):
            plain = url.partition("#")[0].partition("?")[0]
            with httpx.stream("GET", plain, headers={"Accept-Encoding": "gzip"}) as answer:
                weights[plain] = sum(len(piece) for piece in answer.iter_raw())
    return sum(weights.values())

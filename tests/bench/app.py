"""How long a cold start of the phone app takes without a network, on a slow phone.

Cold: the browser was closed, its processes are new, files come from its profile on disk. The clock is the page's own,
from the navigation on; starting the browser itself is not in it, as starting Android's is not.
"""

import statistics
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

from playwright.sync_api import Playwright, sync_playwright

from tests.bench.table import Table
from tests.support.browser import Phone
from tests.support.server import Server, running
from tests.web import hands
from tests.web.pictures import photographs
from tests.web.site import Site

ROUNDS: Final = 7
SLOWDOWN: Final = 4
#: Resolves when something was painted. Milliseconds since the navigation.
_PAINTED: Final = """() => new Promise((done) => {
  const look = () => {
    const [painted] = performance.getEntriesByName('first-contentful-paint');
    return painted ? done(painted.startTime) : setTimeout(look, 20);
  };
  look();
})"""
#: Resolves when the first screen can be used: its tiles are there. Milliseconds since the navigation.
_USABLE: Final = """() => new Promise((done) => {
  const look = () => document.querySelector('a.tile') ? done(performance.now()) : requestAnimationFrame(look);
  look();
})"""


def measure() -> Iterable[Table]:
    """Enrol a phone, give it a day's work, and start it again and again without a network."""
    table = Table(
        ("offline start of the phone app", "processor as it is", f"{SLOWDOWN}× slower"),
        note=f"Median of {ROUNDS} cold starts each; in brackets the slowest.",
    )
    with tempfile.TemporaryDirectory() as folder, running(Server(Path(folder) / "data")) as server:
        site = Site(server)
        with sync_playwright() as playwright:
            plain = _starts(playwright, site, Path(folder) / "plain", 1)
            slow = _starts(playwright, site, Path(folder) / "slow", SLOWDOWN)
    for name, key in (("until something is painted", "painted"), ("until its buttons are in the page", "usable")):
        table.add(name, *(_told([one[key] for one in starts]) for starts in (plain, slow)))
    yield table


def _starts(playwright: Playwright, site: Site, folder: Path, slowdown: int) -> list[dict[str, float]]:
    phone = Phone(playwright, folder, site.url).start()
    try:
        folder.mkdir(exist_ok=True)
        member = site.member(site.section())
        page = hands.settled(phone, member)
        hands.check_in(page)
        hands.photograph(page, photographs(folder, 5, 800, 600))
        hands.delivered(page)
        phone.offline()
        return [_start(phone, slowdown) for _ in range(ROUNDS)]
    finally:
        phone.close()


def _start(phone: Phone, slowdown: int) -> dict[str, float]:
    phone.close()
    phone.start()
    phone.offline()
    session = phone.context.new_cdp_session(phone.page)
    session.send("Emulation.setCPUThrottlingRate", {"rate": slowdown})
    page = phone.open()
    usable: Any = page.evaluate(_USABLE)
    painted: Any = page.evaluate(_PAINTED)
    return {"usable": float(usable), "painted": float(painted)}


def _told(milliseconds: list[float]) -> str:
    return f"{statistics.median(milliseconds) / 1000:.2f} s ({max(milliseconds) / 1000:.2f})"

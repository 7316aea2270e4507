"""A server with the project of the stories, and phones and desks to hold against it."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Playwright, expect, sync_playwright

from server.webapp import APPS
from tests.support import browser
from tests.support.browser import Phone
from tests.support.server import Server, running
from tests.web.seat import Seat
from tests.web.site import Site

HERE = Path(__file__).parent
expect.set_options(timeout=browser.PATIENCE_MS)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.browser)


# Of the package, not of the session: while it is open, no other test of this process may run an event loop.
@pytest.fixture(scope="package")
def playwright() -> Iterator[Playwright]:
    if reason := browser.missing():
        pytest.skip(reason)
    if not all((app.folder / "index.html").exists() for app in APPS):
        pytest.fail("the apps are not built: make web")
    with sync_playwright() as running_:
        yield running_


@pytest.fixture(scope="package")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """One server for all; each test takes a section of its own."""
    folder = tmp_path_factory.mktemp("site")
    with running(Server(folder, enrolment_minutes="60")) as server:
        yield Site(server)


@pytest.fixture
def new_phone(playwright: Playwright, site: Site, tmp_path: Path) -> Iterator[Callable[..., Phone]]:
    """Call it for a phone that is switched on; with ``url`` it reaches the server by another way."""
    phones: list[Phone] = []

    def create(url: str = "", **options: object) -> Phone:
        folder = tmp_path / f"phone-{len(phones)}"
        phones.append(Phone(playwright, folder, url or site.url, **options))  # type: ignore[arg-type]
        return phones[-1].start()

    yield create
    for phone in phones:
        phone.close()


@pytest.fixture(scope="package")
def chromium(playwright: Playwright) -> Iterator[Browser]:
    """The browser of an office: each person at a desk has a profile of their own in it."""
    started = playwright.chromium.launch(executable_path=browser.BINARY, args=list(browser.ARGUMENTS))
    yield started
    started.close()


@pytest.fixture
def new_desk(chromium: Browser, site: Site) -> Iterator[Callable[..., Seat]]:
    """Call it for a browser at a desk where nobody is signed in; with ``url`` at another server."""
    seats: list[Seat] = []

    def create(url: str = "", **options: Any) -> Seat:
        seats.append(Seat(chromium, url or site.url, **options))
        return seats[-1]

    yield create
    for seat in seats:
        seat.close()


@pytest.fixture
def seat(new_desk: Callable[..., Seat]) -> Seat:
    return new_desk()


@pytest.fixture
def phone(new_phone: Callable[..., Phone]) -> Phone:
    return new_phone()

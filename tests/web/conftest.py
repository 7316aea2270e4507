"""A server with the project of the stories, and phones to hold against it."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Playwright, expect, sync_playwright

from server.webapp import BUILT
from tests.support import browser
from tests.support.browser import Phone
from tests.support.server import Server, running
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
    if not (BUILT / "sw.js").exists():
        pytest.fail("the phone app is not built: make web")
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


@pytest.fixture
def phone(new_phone: Callable[..., Phone]) -> Phone:
    return new_phone()

"""A seat at the desk: a browser profile of one person, and what they do there by the words that they read (zh-CN)."""

from typing import Any, Final

from playwright.sync_api import Browser, ConsoleMessage, Locator, Page, expect

from tests.support.browser import PATIENCE_MS
from tests.support.people import PASSWORD

SCREEN: Final = {"width": 1280, "height": 800}


class Seat:
    """One browser profile. ``said`` is what its pages wrote to the console as errors, policy breaches too."""

    def __init__(self, chromium: Browser, url: str, **options: Any) -> None:
        self.url = url
        self.said: list[str] = []
        self.asked: list[str] = []
        chosen = {"locale": "zh-CN", "timezone_id": "Asia/Shanghai", "viewport": SCREEN, **options}
        self.context = chromium.new_context(**chosen)
        self.context.set_default_timeout(PATIENCE_MS)
        self.context.on("console", self._hear)
        self.context.on("weberror", lambda error: self.said.append(str(error.error)))
        self.context.on("request", lambda request: self.asked.append(request.url))
        self.page: Page = self.context.new_page()

    def open(self, path: str = "/") -> Page:
        """Open a page of the desk by its address."""
        self.page.goto(f"{self.url}/desk{path}")
        return self.page

    def tab(self, path: str = "/") -> Page:
        """Open a page in another tab."""
        page = self.context.new_page()
        page.goto(f"{self.url}/desk{path}")
        return page

    def sign_in(self, login: str, path: str = "/", password: str = PASSWORD) -> Page:
        """Open a page, and sign in on the way to it."""
        page = self.open(path)
        answer(page.get_by_role("main"), login, password)
        menu(page)
        return page

    def close(self) -> None:
        """Close the profile; nothing of it is kept."""
        self.context.close()

    def _hear(self, message: ConsoleMessage) -> None:
        # A refusal is a failed request to the browser and a sentence to the person: the test looks for the sentence.
        if message.type == "error" and "Failed to load resource" not in message.text:
            self.said.append(f"{message.text} {message.location.get('url', '')}".strip())


def answer(where: Locator, login: str, password: str, totp: str = "") -> None:
    """Fill in the form of signing in, and send it; a name that stands there already stays."""
    name = where.get_by_label("登录名")
    if name.is_editable():
        name.fill(login)
    where.get_by_label("密码").fill(password)
    if totp:
        where.get_by_label("动态口令").fill(totp)
    where.get_by_role("button", name="登录", exact=True).click()


def menu(page: Page) -> Locator:
    """Return the menu, once it is there."""
    found = page.get_by_role("navigation", name="主菜单")
    expect(found).to_be_visible()
    return found


def at(page: Page, heading: str) -> None:
    """Wait until a page is open, by its heading."""
    expect(page.get_by_role("heading", level=1, name=heading, exact=True)).to_be_visible()

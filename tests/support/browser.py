"""Chromium as a phone: Debian's browser through Playwright, with a profile of its own that survives a restart.

A phone holds one browser process at a time; it goes off the network at the browser, or at a ``tests.support.link``.
"""

import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from playwright.sync_api import BrowserContext, ConsoleMessage, Page, Playwright

from tests.support.patience import Patience

BINARY = shutil.which("chromium") or ""
#: Nothing of the browser's own goes to the network; root, as CI is, needs ``--no-sandbox``.
ARGUMENTS = (
    "--no-sandbox",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-quic",
    "--disable-gpu",
    "--disable-dev-shm-usage",
)
#: How long a screen may take to show something: a wall, as the browser knows no other. What is there is not waited for.
PATIENCE_MS = 90_000
#: A small phone held upright (CSS pixels).
SCREEN = {"width": 390, "height": 844}
#: The office of the project of the stories (WGS-84).
SITE = {"latitude": 32.0415, "longitude": 118.7674, "accuracy": 12}
PERMISSIONS = ("geolocation", "camera", "notifications", "background-sync")


def missing() -> str:
    """Say why there is no browser; empty when there is one."""
    return "" if BINARY else "Chromium is missing: scripts/install-system-packages"


class Phone:
    """One installation of the app. ``said`` is what its pages wrote to the console as errors, policy breaches too."""

    def __init__(
        self,
        playwright: Playwright,
        folder: Path,
        url: str,
        *,
        arguments: Sequence[str] = (),
        context: Mapping[str, Any] | None = None,
    ) -> None:
        self.url = url
        self.said: list[str] = []
        self._offline = False
        self._playwright, self._folder, self._arguments = playwright, folder, [*ARGUMENTS, *arguments]
        self._options = {
            "locale": "zh-CN",
            "timezone_id": "Asia/Shanghai",
            "viewport": SCREEN,
            "has_touch": True,
            "geolocation": SITE,
            **(context or {}),
        }
        self._context: BrowserContext | None = None

    def start(self) -> "Phone":
        """Start the browser on this phone's profile."""
        self._context = self._playwright.chromium.launch_persistent_context(
            self._folder, executable_path=BINARY, headless=True, args=self._arguments, **self._options
        )
        self._context.grant_permissions(list(PERMISSIONS), origin=self.url)
        self._context.set_default_timeout(PATIENCE_MS)
        self._context.on("console", self._hear)
        self._context.on("weberror", lambda error: self.said.append(str(error.error)))
        return self

    def close(self) -> None:
        """End the browser; what it stored stays."""
        if self._context is not None:
            self._context.close()
            self._context = None

    def restart(self) -> Page:
        """End the browser and start it again; gives the app, opened anew."""
        self.close()
        self.start()
        self.offline(self._offline)
        return self.open()

    @property
    def context(self) -> BrowserContext:
        """The running browser."""
        assert self._context is not None, "not started"
        return self._context

    @property
    def page(self) -> Page:
        """The page that is open."""
        return self.context.pages[0]

    def open(self, address: str = "") -> Page:
        """Open the app, or an address inside it (``#enrol=…``)."""
        self.page.goto(f"{self.url}/app/{address}")
        return self.page

    def offline(self, whether: bool = True) -> None:
        """Take the browser off the network, or put it back."""
        self._offline = whether
        self.context.set_offline(whether)

    def room(self, size: int) -> None:
        """Let the app store so many bytes in all, until the browser is closed. Before the app is opened."""
        session = self.context.new_cdp_session(self.page)
        session.send("Storage.overrideQuotaForOrigin", {"origin": self.url, "quotaSize": size})

    def unwoken(self) -> None:
        """Refuse background sync, so that no service worker starts by itself, until the browser is closed."""
        session = self.context.new_cdp_session(self.page)
        refusal = {"permission": {"name": "background-sync"}, "setting": "denied", "origin": self.url}
        session.send("Browser.setPermission", refusal)

    def installed(self) -> None:
        """Wait until the service worker answers for the page: from now on the app starts without a network."""
        self.until("navigator.serviceWorker.controller?.state === 'activated'")

    def until(self, expression: str, seconds: float = 15) -> None:
        """Wait until something is true in the page. Playwright's own waiting needs ``eval``, which the app forbids."""
        patience = Patience(seconds)
        while not self.page.evaluate(expression):
            if not patience.lasts():
                raise TimeoutError(f"waited {seconds:g} s for {expression}")
            self.page.wait_for_timeout(50)

    def _hear(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.said.append(f"{message.text} {message.location.get('url', '')}".strip())

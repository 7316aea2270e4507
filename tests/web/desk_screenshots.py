"""The pages of the desk for ``make screenshots``: light and dark, zh-CN and en, 1280 and 1920 px wide."""

import re
from pathlib import Path
from typing import Final

from playwright.sync_api import Page, Playwright, ViewportSize

from mobile_contract.ids import project_scope
from server.demo.desk import Desk
from server.demo.stage import Stage
from tests.support import browser
from tests.support.people import PASSWORD
from tests.web import desk_tour, tour
from tests.web.seat import Seat

_SIZES: Final = ((1280, 800), (1920, 1080))
_LANGUAGES: Final = ("zh-CN", "en")
_SCHEMES: Final = ("light", "dark")
_NAMES: Final = {"clerk": "王敏", "supervisor": "赵监理", "admin": "刘管理", "leader": "孙局长"}


def take(playwright: Playwright, stage: Stage, folder: Path, only: re.Pattern[str]) -> None:
    """Take the pictures of every page of every role, each with a person of its own."""
    folder.mkdir(parents=True, exist_ok=True)
    chromium = playwright.chromium.launch(executable_path=browser.BINARY, args=list(browser.ARGUMENTS))
    try:
        for role in desk_tour.PAGES:
            desk = _person(stage, role)
            seat = Seat(chromium, stage.url)
            page = seat.open()
            tour.settle(page)
            _picture(page, folder / f"{role}-sign-in-zh-CN", only)
            seat.sign_in(f"desk-{role}")
            for language in _LANGUAGES:
                tour.speak(page, language)
                for name in desk_tour.through(page, stage.url, desk_tour.places(role, desk)):
                    _picture(page, folder / f"{role}-{name}-{language}", only)
            seat.close()
    finally:
        chromium.close()


def _person(stage: Stage, role: str) -> Desk:
    admin, login = stage.desks["admin"], f"desk-{role}"
    person = admin.call("POST", "/v1/persons", {"name": _NAMES[role], "login": login, "password": PASSWORD})["id"]
    for scope in ("system",) if role == "admin" else (stage.section, project_scope(stage.project)):
        admin.call("PUT", f"/v1/persons/{person}/grants/{role}/{scope}")
    return Desk(stage.url, login, PASSWORD)


def _picture(page: Page, name: Path, only: re.Pattern[str]) -> None:
    if not only.search(name.name):
        return
    for width, height in _SIZES:
        page.set_viewport_size(ViewportSize(width=width, height=height))
        for scheme in _SCHEMES:
            page.emulate_media(color_scheme=scheme)
            tour.settle(page)
            page.screenshot(path=name.with_name(f"{name.name}-{width}-{scheme}.png"))
    page.set_viewport_size(ViewportSize(width=1280, height=800))

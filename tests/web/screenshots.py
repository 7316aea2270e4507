"""``make screenshots``: every screen after the stories were told, as people see it, into ``var/screenshots``.

By day and by night, in Chinese and in English, on a phone of 390 × 844; those of the desk (``desk/``) 1280 and 1920 px
wide. Look at them after every change to a screen.
"""

import argparse
import re
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from playwright.sync_api import Page, Playwright, ViewportSize, sync_playwright

from mobile_contract.ids import record_id
from server.demo import paper, stage, stories
from server.demo.pictures import site_photographs
from server.demo.tell import Teller
from tests.support.browser import SCREEN, Phone
from tests.web import desk_screenshots, hands, tour
from tests.web.site import Member

FOLDER: Final = Path("var/screenshots")
_STAGE: Final = Path("var/screenshots-stage")
_LANGUAGES: Final = ("zh-CN", "en")
_SCHEMES: Final = ("light", "dark")


def main() -> None:
    """Tell the stories and take the pictures."""
    parser = argparse.ArgumentParser(prog="make screenshots")
    parser.add_argument("--no-paper", action="store_true", help="leave out story 3, which reads a page")
    parser.add_argument("--app", choices=("phone", "desk", "both"), default="both", help="only the screens of one app")
    parser.add_argument("--only", default="", metavar="PATTERN", help="screens whose name it matches")
    args = parser.parse_args()
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir(parents=True)
    stage_ = _told(with_paper=not args.no_paper)
    try:
        with sync_playwright() as playwright:
            only = re.compile(args.only)
            for name in ("陈建国", "周敏", "王丽") if args.app != "desk" else ():
                _phone_of(playwright, stage_, name, only)
            if args.app != "phone":
                desk_screenshots.take(playwright, stage_, FOLDER / "desk", only)
    finally:
        stage_.close()


def _told(*, with_paper: bool) -> stage.Stage:
    told = Teller()
    with told.chapter("stage", 7) as chapter:
        stage_ = stage.build(_STAGE, chapter.step)
    with told.chapter("stories", 20) as chapter:
        stories.story_1(stage_, told, chapter, site_photographs(_STAGE / "photos"))
        stories.story_2(stage_, told, chapter)
        if with_paper:
            paper.story_3(stage_, told, chapter, None)
    return stage_


def _phone_of(playwright: Playwright, stage_: stage.Stage, name: str, only: re.Pattern[str]) -> None:
    phone = Phone(playwright, _STAGE / f"browser-{name}", stage_.url).start()
    try:
        member = Member(name, stage_.desks[name], stage_.section)
        page = phone.open(f"#enrol={member.code()}")
        page.get_by_role("button", name="启用", exact=True).wait_for()
        _picture(page, f"{name}-enrol-zh-CN", only)
        page = hands.settled(phone, member)
        log = record_id("report", stage_.section, "daily_log", stage_.day)
        screens = {**tour.places(member), "a-log": ("report", log)}
        for language in _LANGUAGES:
            tour.speak(page, language)
            _pictures(page, screens, f"{name}-{{}}-{language}", only)
        tour.speak(page, "zh-CN")
        phone.offline()
        hands.check_in(page)
        hands.photograph(page, site_photographs(_STAGE / "photos"))
        _pictures(page, {"today": ("today",), "outbox": ("outbox",)}, f"{name}-{{}}-offline-zh-CN", only)
    finally:
        phone.close()


def _pictures(page: Page, screens: Mapping[str, tuple[str, ...]], pattern: str, only: re.Pattern[str]) -> None:
    chosen = {name: steps for name, steps in screens.items() if only.search(name)}
    for name in tour.through(page, chosen):
        _picture(page, pattern.format(name), only)


def _picture(page: Page, name: str, only: re.Pattern[str]) -> None:
    """Whole, however long the screen is: the phone grows until nothing needs to be scrolled to."""
    tall = int(page.evaluate("() => document.documentElement.scrollHeight"))
    page.set_viewport_size(ViewportSize(width=SCREEN["width"], height=max(tall, SCREEN["height"])))
    for scheme in _SCHEMES if only.search(name) else ():
        page.emulate_media(color_scheme=scheme)
        tour.settle(page)
        page.screenshot(path=FOLDER / f"{name}-{scheme}.png")
    page.set_viewport_size(ViewportSize(width=SCREEN["width"], height=SCREEN["height"]))


if __name__ == "__main__":
    main()

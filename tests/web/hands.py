"""What a person does on the phone, by the words that they read (zh-CN) or have read out to them."""

import re
from collections.abc import Sequence
from pathlib import Path

from playwright.sync_api import Locator, Page, expect

from tests.support.browser import PATIENCE_MS, Phone
from tests.web.site import Member


def enrol(phone: Phone, code: str) -> Page:
    """Open the link that an administrator gave, and take it."""
    page = phone.open(f"#enrol={code}")
    page.get_by_role("button", name="启用", exact=True).click()
    at_home(page)
    return page


def at_home(page: Page) -> None:
    """Wait until one of the screens with the menu is there."""
    expect(page.get_by_role("navigation", name="主菜单")).to_be_visible()


def settled(phone: Phone, member: Member) -> Page:
    """A phone of a member that is enrolled, knows its section and its forms, and starts without a network."""
    page = enrol(phone, member.code())
    phone.installed()
    expect(page.get_by_role("link", name="打卡", exact=True)).to_be_visible()
    expect(page.get_by_role("link", name="其他表单")).to_be_visible()
    return page


def go(page: Page, *steps: str) -> None:
    """Go to a screen by its address."""
    page.evaluate("(hash) => { location.hash = hash }", "#/" + "/".join(steps))


def check_in(page: Page, note: str = "") -> None:
    """Say that one is here."""
    go(page, "checkIn")
    if note:
        page.get_by_label("备注").fill(note)
    page.get_by_role("button", name="打卡", exact=True).click()
    expect(page.get_by_text("已打卡")).to_be_visible()


def photograph(page: Page, files: Sequence[Path], note: str = "") -> None:
    """Choose pictures and save them with a note."""
    go(page, "photo")
    choose(page, files)
    if note:
        page.get_by_label("说明").fill(note)
    save = page.get_by_role("button", name=f"保存 {len(files)} 张")
    expect(save).to_be_enabled(timeout=PATIENCE_MS)
    save.click()
    at_home(page)


def scan(page: Page, files: Sequence[Path]) -> None:
    """Choose the pages of a paper form and save them."""
    go(page, "scan")
    choose(page, files)
    save = page.get_by_role("button", name=f"保存 {len(files)} 页")
    expect(save).to_be_enabled(timeout=PATIENCE_MS)
    save.click()
    at_home(page)


def open_log(page: Page) -> None:
    """Open the log of the day from the first screen."""
    go(page, "today")
    page.get_by_role("link", name="施工日志").click()
    expect(page.get_by_role("heading", name="施工日志")).to_be_visible()


def answer(page: Page, question: str, text: str) -> None:
    """Fill in an answer in words or figures."""
    page.get_by_role("main").get_by_label(question).fill(text)


def count(page: Page, trade: str, number: int) -> None:
    """Say how many of a trade were there; the row is added where there is none."""
    cell = page.get_by_label(f"人数 {trade}")
    if not cell.count():
        adder = page.get_by_role("group", name="添加工种")
        if not adder.count():
            page.get_by_role("button", name="添加工种").click()
        adder.get_by_role("button", name=trade, exact=True).click()
    cell.fill(str(number))


def file(page: Page) -> None:
    """Hand the report in as it is, whatever is still missing."""
    page.get_by_role("button", name="提交", exact=True).click()
    anyway = page.get_by_role("button", name="仍然提交")
    anyway.or_(page.get_by_role("navigation", name="主菜单")).first.wait_for()
    if anyway.count():
        anyway.click()
    at_home(page)


def sending(page: Page) -> Locator:
    """Go to what is being sent, and give that screen."""
    go(page, "outbox")
    expect(page.get_by_role("heading", name="上传情况")).to_be_visible()
    return page.get_by_role("main")


def waiting(page: Page) -> int:
    """How many things the phone says are still to be sent, at the mark of its tab."""
    count = page.get_by_role("navigation").locator(".count")
    expect(count).to_be_visible()
    return int(count.inner_text())


def send_now(page: Page) -> None:
    """Do not wait until the phone tries by itself."""
    sending(page).get_by_role("button", name="立即上传").click()


def delivered(page: Page, seconds: float = 30) -> None:
    """Wait until the phone says that everything has arrived."""
    expect(sending(page).get_by_text(re.compile("全部送达"))).to_be_visible(timeout=max(seconds * 1000, PATIENCE_MS))


def choose(page: Page, files: Sequence[Path]) -> None:
    """Choose files on the screen that is open."""
    page.locator("input[type=file][multiple]").first.set_input_files(files)

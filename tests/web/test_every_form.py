"""Every form that is shipped can be filled in, kept and filed on a phone, whatever its fields are."""

import json
from collections.abc import Callable

from playwright.sync_api import Locator, Page, expect

from mobile_contract.forms import fields_of
from server.forms import compile_form, library
from tests.support.browser import Phone
from tests.web import hands
from tests.web.site import Site
from tests.web.test_daily_log import Log, breaches, press, wait_for_log

FORMS = [compile_form(source).form for source in library().values()]


def answer(control: Locator) -> None:
    """Type something that the control takes."""
    kind = control.get_attribute("type") or control.evaluate("element => element.localName")
    mode = control.get_attribute("inputmode")
    words = {"date": "2026-11-18", "time": "08:07", "datetime-local": "2026-11-18T18:00"}
    control.fill(words.get(kind, "7" if mode in ("numeric", "decimal") else "K0+620"))


def fill_everything(page: Page) -> None:
    """Add a row to each table, then answer every field that is typed and each first choice."""
    for table in page.locator(".repeat").all():
        for adder in table.locator("> button.add").all():
            adder.click()
        for offered in table.locator(".adder fieldset").all():
            offered.get_by_role("button").first.click()
            table.get_by_role("button", name="选好了").click()
        for keyed in table.locator("form.keyed").all():
            answer(keyed.locator("input").first)
            keyed.get_by_role("button").click()
    typed = ".form .field:not(.adder *) :is(input[type=text], input[type=date], input[type=time], textarea)"
    for control in page.locator(f"{typed}, .form input[type=datetime-local]").all():
        answer(control)
    for choices in page.locator(".form .field .options").all():
        choices.locator("label").first.click()
    for choices in page.locator(".form .field select").all():
        choices.select_option(index=1)


def is_of(form: str) -> Callable[[Log], bool]:
    return lambda report: bool(report["values"]["form"] == form)


def test_every_shipped_form_is_filled_in_and_filed(phone: Phone, site: Site) -> None:
    member = site.member(site.section())
    page = hands.settled(phone, member)
    for form in FORMS:
        hands.go(page, "forms", member.section)
        page.get_by_role("main").get_by_role("link", name=form.title["zh-CN"], exact=True).last.click()
        expect(page.get_by_role("heading", name=form.title["zh-CN"], level=1)).to_be_visible()
        expect(page.locator(".form")).to_be_visible()
        fill_everything(page)
        press(page, "提交")
        anyway = page.get_by_role("button", name="仍然提交")
        if anyway.is_visible():
            anyway.click()
        hands.at_home(page)
        filed = wait_for_log(member, is_of(form.id))
        wanted = {
            field.name for field in fields_of(form) if field.required and field.type in ("text", "date", "integer")
        }
        assert wanted <= filed["values"]["fields"].keys(), json.dumps(filed["values"], ensure_ascii=False)
    assert breaches(phone) == []

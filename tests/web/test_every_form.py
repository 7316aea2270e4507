"""Every form that is shipped can be filled in, kept and filed on a phone, whatever its fields are."""

import json
from collections.abc import Callable

from playwright.sync_api import expect

from mobile_contract.forms import fields_of
from server.forms import compile_form, library
from tests.support.browser import Phone
from tests.web import hands
from tests.web.site import Site
from tests.web.test_daily_log import Log, breaches, wait_for_log

FORMS = [compile_form(source).form for source in library().values()]


#: Adds a row to each table, then answers what is typed and makes each first choice: by the events that hands cause, in
#: one go, because there are some two hundred fields.
FILL = """async () => {
  const form = document.querySelector('.form');
  const drawn = () => new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
  const words = { date: '2026-11-18', time: '08:07', 'datetime-local': '2026-11-18T18:00' };
  const answer = (control) => {
    const number = ['numeric', 'decimal'].includes(control.inputMode);
    control.value = words[control.type] ?? (number ? '7' : 'K0+620');
    control.dispatchEvent(new Event('input', { bubbles: true }));
  };
  for (const button of form.querySelectorAll('.repeat > button.add')) button.click();
  await drawn();
  for (const offered of form.querySelectorAll('.adder fieldset')) offered.querySelector('button').click();
  for (const keyed of form.querySelectorAll('form.keyed')) answer(keyed.querySelector('input'));
  await drawn();
  for (const keyed of form.querySelectorAll('form.keyed')) keyed.requestSubmit();
  await drawn();
  for (const control of form.querySelectorAll('.field :is(input, textarea)')) {
    if (!control.closest('.adder') && !['radio', 'checkbox', 'file'].includes(control.type)) answer(control);
  }
  for (const choices of form.querySelectorAll('.field .options')) choices.querySelector('label').click();
  for (const choices of form.querySelectorAll('.field select')) {
    choices.selectedIndex = 1;
    choices.dispatchEvent(new Event('change', { bubbles: true }));
  }
  await drawn();
}"""


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
        page.evaluate(FILL)
        hands.file(page)
        filed = wait_for_log(member, is_of(form.id))
        wanted = {
            field.name for field in fields_of(form) if field.required and field.type in ("text", "date", "integer")
        }
        assert wanted <= filed["values"]["fields"].keys(), json.dumps(filed["values"], ensure_ascii=False)
    assert breaches(phone) == []

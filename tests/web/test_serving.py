"""The app is one origin's: it loads, keeps its policy, and asks nobody else."""

from urllib.parse import urlsplit

from playwright.sync_api import expect

from tests.support.browser import Phone


def test_the_app_opens_under_its_own_policy_and_asks_no_other_host(phone: Phone) -> None:
    asked: list[str] = []
    phone.context.on("request", lambda request: asked.append(request.url))
    page = phone.open()
    expect(page.locator("#app > *").first).to_be_visible()
    assert phone.said == []
    hosts = {urlsplit(address).netloc for address in asked if not address.startswith(("data:", "blob:"))}
    assert hosts == {urlsplit(phone.url).netloc}

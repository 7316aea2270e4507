"""Every page of the desk in turn, for whoever wants to look at all of them: `make screenshots` and axe."""

from collections.abc import Iterator, Mapping
from typing import Final

from playwright.sync_api import Page, expect

from server.demo.desk import Desk
from tests.web import tour

#: Name → path of the pages that each role opens. Pages of one record are asked of the server (``places``).
PAGES: Final[Mapping[str, Mapping[str, str]]] = {
    "clerk": {"account": "/me"},
    "supervisor": {"first": "/", "reports": "/reports"},
    "admin": {"first": "/", "projects": "/projects", "people": "/people", "phones": "/phones", "forms": "/forms"},
    "leader": {"first": "/"},
}


def places(role: str, desk: Desk) -> dict[str, str]:
    """Return the pages of a role, those of a record after the fixed ones."""
    found = dict(PAGES[role])
    if role == "supervisor":
        found |= {name: f"/{name}" for name in ("overview", "calendar", "conflicts", "evidence", "parked")}
    if "reports" in found:
        for row in desk.call("GET", "/v1/reports/rows", limit=1)["rows"]:
            found["report"] = f"/reports/{row['id']}"
    if "people" in found:
        shipped = desk.call("GET", "/v1/forms")["forms"][0]
        for view in ("phone", "paper", "changes"):
            found[f"form-{view}"] = f"/forms/{shipped['id']}/{shipped['version']}?view={view}"
        found["project"] = f"/projects/{desk.call('GET', '/v1/projects')['projects'][0]['id']}"
        found["person"] = f"/people/{desk.call('GET', '/v1/persons')['persons'][-1]['id']}"
    if role == "clerk":
        found |= {"queue": "/queue", "bring": "/bring"}
        for row in desk.call("GET", "/v1/scans/queue", limit=1)["scans"]:
            found["paper"] = f"/scans/{row['scan']}"
    return found


def through(page: Page, url: str, pages: Mapping[str, str]) -> Iterator[str]:
    """Open each page and give its name once it stands still."""
    for name, path in pages.items():
        page.goto(f"{url}/desk{path}")
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        expect(page.get_by_text("正在读取").or_(page.get_by_text("Loading…"))).to_have_count(0)
        tour.settle(page)
        yield name

"""Who may do what at the clerk's desk: every route of scans that decides or shows, by every role. Clerks alone may."""

from typing import Any, Final

import pytest

from mobile_contract.identity import Role
from server.scans.model import extraction_id
from tests.server.desk import Desk, proposed
from tests.server.test_docs import OPERATIONS
from tests.server.test_queue import administrator, read
from tests.support import people

pytestmark = pytest.mark.anyio

REASON: Final = {"reason": "看过原件"}
#: What is asked of each route; ``{…}`` are the scan, its extraction, and a pair of it.
ROUTES: Final[dict[str, tuple[str, str, Any]]] = {
    "scans_claim": ("PUT", "/v1/scans/{scan}/claim", {}),
    "scans_release": ("DELETE", "/v1/scans/{scan}/claim", None),
    "scans_list_alternatives": ("GET", "/v1/extractions/{extraction}/alternatives", None),
    "scans_form_draft": ("GET", "/v1/extractions/{extraction}/form-draft", None),
    "scans_one_duplicate": ("GET", "/v1/duplicates/{pair}", None),
    "scans_keep_duplicate": ("POST", "/v1/duplicates/{pair}/keep", REASON),
    "scans_merge_duplicate": ("POST", "/v1/duplicates/{pair}/merge", {}),
    "scans_read_again": ("POST", "/v1/scans/{scan}/read", None),
    "scans_arrange": ("POST", "/v1/scans/arrange", {"into": [{"pages": [{"scan": "{scan}", "page": 1}]}]}),
    "scans_reject": ("POST", "/v1/scans/{scan}/reject", REASON),
    "scans_confirm": ("POST", "/v1/extractions/{extraction}/confirm", {}),
    "scans_discard": ("POST", "/v1/extractions/{extraction}/discard", None),
}
#: Those that show what the caller may decide, and nothing to others.
LISTS: Final = {"scans_queue", "scans_claim_next", "scans_list_duplicates"}
#: Those that are about no scan that is there.
OTHERS: Final = {"scans_bring", "scans_list_thresholds", "scans_set_threshold", "scans_sheet"}


def test_every_route_of_scans_is_in_the_table() -> None:
    there = {line.split()[0] for line in OPERATIONS.read_text("utf-8").splitlines() if line.startswith("scans_")}
    assert there == ROUTES.keys() | LISTS | OTHERS


def filled(node: Any, names: dict[str, str]) -> Any:
    if isinstance(node, dict):
        return {key: filled(each, names) for key, each in node.items()}
    if isinstance(node, list):
        return [filled(each, names) for each in node]
    return node.format(**names) if isinstance(node, str) else node


async def test_clerks_of_the_section_alone_may_work_at_the_desk(desk: Desk) -> None:
    scan, extraction = await read(desk, proposed("fields/number", "1"))
    pairs, scope = desk.program.confirming._pairs, desk.scope
    await desk.program.db.write(
        lambda tx: pairs._put(tx, scope, extraction, {extraction_id("x"): {"sameFile"}}, "2026")
    )
    (pair,) = (await desk.http.get("/v1/duplicates")).json()["duplicates"]
    names = {"scan": scan, "extraction": extraction, "pair": pair["id"]}
    admin = await administrator(desk)
    roles = [role for role in Role if role not in (Role.ADMIN, Role.SYSTEM, Role.CLERK)]
    for role in roles:
        await people.person(desk.program.identity, admin, f"one.{role}", (role, scope))
    expected = {f"one.{role}": "identity.forbidden" for role in roles}
    expected |= {"sunlei": "request.not_found", "admin": "request.not_found"}
    for login, refusal in expected.items():
        await desk.as_(login)
        said = {}
        for name, (verb, path, body) in ROUTES.items():
            answer = await desk.http.request(verb, path.format(**names), json=filled(body, names))
            said[name] = answer.json()["code"]
        assert said == dict.fromkeys(ROUTES, refusal), login
        assert (await desk.http.get("/v1/scans/queue")).json()["scans"] == []
        assert (await desk.http.post("/v1/scans/queue/next")).json() == {"scan": None}
        assert (await desk.http.get("/v1/duplicates")).json()["duplicates"] == []
    await desk.as_("wangli")
    for name, (verb, path, body) in ROUTES.items():
        answer = await desk.http.request(verb, path.format(**names), json=filled(body, names))
        assert answer.is_success or answer.json()["code"].startswith(("scans.", "request.not_found")), (
            name,
            answer.text,
        )
        assert answer.status_code != 403, name

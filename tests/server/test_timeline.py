"""The timeline of a record: what happened to it, typed, page after page, and only what its reader may read."""

from typing import Any

import pytest

from mobile_contract.records import Kind
from mobile_contract.sync import Change, Patch
from server.kernel.clock import new_id
from server.replication import Actor
from tests.server.desk import AT, Desk, open_desk
from tests.server.test_disputes import disputed, resolve
from tests.server.test_reviews import desk, file

__all__ = ["desk", "open_desk"]
pytestmark = pytest.mark.anyio


async def timeline(desk: Desk, record: str, **asked: Any) -> dict[str, Any]:
    answer = await desk.http.get(f"/v1/records/{record}/timeline", params=asked)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def test_it_tells_ops_conflicts_and_reviews_in_their_order_with_the_values_that_were_set(desk: Desk) -> None:
    log, conflict = await disputed(desk)
    await resolve(desk, conflict, value="乙", reason="以旁站记录为准")
    await desk.as_("zhou")
    digest = (await desk.entry(log))["digest"]
    body = {"state": "returned", "digest": digest, "fields": {"fields/safety": "漏填"}}
    assert (await desk.http.post(f"/v1/reports/{log}/review", json=body)).status_code == 200
    told = await timeline(desk, log, newest=False)
    assert [(each["event"], each.get("outcome")) for each in told["entries"]] == [
        ("report.create", "applied"),
        ("report.patch", "applied"),
        ("report.patch", "conflict"),
        ("conflict.resolve", "applied"),
        ("record.annotated", None),
    ]
    _, first, second, settled, reviewed = told["entries"]
    assert first["changes"] == [{"path": "fields/safety", "before": None, "after": "甲"}]
    assert (second["changes"], second["writtenAt"]) == ([{"path": "fields/safety", "before": None, "after": "乙"}], AT)
    assert (settled["subject"], settled["by"], settled["reason"]) == (
        conflict["id"],
        desk.clerk.person,
        "以旁站记录为准",
    )
    assert reviewed["review"]["fields"] == {"fields/safety": "漏填"}
    assert reviewed["members"] == ["review"]
    assert told["people"][desk.contractor.person] == "chen 某某"


async def test_it_comes_in_pages_in_both_directions(desk: Desk) -> None:
    log, _ = await disputed(desk)
    whole = (await timeline(desk, log, newest=False))["entries"]
    assert (await timeline(desk, log))["entries"] == whole[::-1]
    seen: list[Any] = []
    after = ""
    while True:
        page = await timeline(desk, log, limit=1, after=after)
        seen += page["entries"]
        if not (after := page.get("next", "")):
            break
    assert seen == whole[::-1]
    for odd in ("x", "a~b", "a~b~c"):
        answer = await desk.http.get(f"/v1/records/{log}/timeline", params={"after": odd})
        assert answer.json()["code"] == "request.invalid"


async def test_long_values_are_named_and_not_shown_and_a_parked_op_is_its_authors_alone(desk: Desk) -> None:
    log = (await file(desk))["id"]
    made: dict[str, Any] = {"n": 0, "kind": Kind.REPORT, "id": log, "at": AT}
    long = {"fields/work_done": Change(value="长" * 3000, was=None)}
    actor = Actor(person=desk.contractor.person, replica=desk.contractor.replica)
    await desk.program.replication.apply(actor, [Patch(op_id=new_id(), scope=desk.scope, set=long, **made)])
    (newest, *_) = (await timeline(desk, log))["entries"]
    nothing = {"path": "fields/work_done", "before": None, "after": None}
    assert (newest["cut"], newest["changes"]) == (["fields/work_done"], [nothing])
    theirs = {"fields/safety": Change(value="无", was=None)}
    stranger = Actor(person=desk.stranger.person, replica=desk.stranger.replica)
    (receipt,) = await desk.program.replication.apply(
        stranger, [Patch(op_id=new_id(), scope=desk.scope, set=theirs, **made)]
    )
    assert receipt.outcome == "parked"
    assert [each["event"] for each in (await timeline(desk, log))["entries"]] == ["report.patch", "report.create"]
    await desk.as_("sunlei")
    assert (await desk.http.get(f"/v1/records/{log}/timeline")).status_code == 404
